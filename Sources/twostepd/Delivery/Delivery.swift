internal import Commands
internal import Crypto
internal import Linux
internal import Notices
internal import TwostepCore
internal import Vault

/// The process that tells people and programs of events: takes them at a socket of root's, keeps them on the disk, and has
/// the mail system and the site's hooks told, each in its own time. No login waits for any of it.
struct Delivery: ~Copyable {
    static var socketPath: [UInt8] { [UInt8](text: "/run/twostep/events") }
    /// Milliseconds that the mail system may take for one mail, and a hook for one event.
    static let mailLimit: Int64 = 60_000
    static let hookLimit: Int64 = 10_000
    static let mailsAtOnce = 4
    /// The most events that are taken before something is done about them.
    private static let batch = 256
    /// What this process says itself, and what is of no interest to anybody but the log.
    private static let own = [EventKind.debug, .mailed, .codeSent, .deliveryFailed].map { "\($0.name)" }
    /// The most people whose sessions are ended at a time.
    private static let endingLimit = 64

    let socket: Descriptor
    let site: SiteFiles
    var queue: DeliveryQueue
    var codes = CodeMails()
    var sentCodes = SentCodes()
    var running: [Running] = []
    private var pace = MailPace()
    private var hookPace = HookPace()
    /// Sessions that are being ended.
    private var endings: [SessionEnding] = []
    /// What was said last of each kind of trouble that comes back with each event.
    var lastComplaint: [DeliveryReason: Int64] = [:]

    struct Running {
        let id: String
        let target: Target
        let program: RunningProgram
    }

    /// Delivers until the system ends it: what comes at the socket on standard input, or else at one of its own.
    static func run(configurationPath: [UInt8]) throws(PathProblem) {
        let isGiven = Descriptor.standardInputIsSocket
        do throws(SystemError) {
            try openStandardStreams()
            try Confinement.stayPrivate()
        } catch {
            throw .system(error)
        }
        ignoreBrokenPipes()
        if isGiven { return try run(Descriptor.standardInput(), openQueue(), configurationPath) }
        // Whoever has the queue may put the socket of one that has ended aside.
        let queue = try openQueue()
        let socket = try Listener.place(at: socketPath) { (path) throws(SystemError) in
            try Descriptor.listenForDatagrams(at: path)
        }
        try run(socket, queue, configurationPath)
    }

    private static func openQueue() throws(PathProblem) -> DeliveryQueue {
        try DeliveryQueue.open { reason, cause in Delivery.complain(reason, cause: cause) }
    }

    private static func run(
        _ socket: consuming Descriptor, _ queue: consuming DeliveryQueue, _ configurationPath: [UInt8]
    ) throws(PathProblem) {
        var delivery = Delivery(socket, queue, configurationPath)
        do throws(SystemError) { try delivery.loop() } catch { throw .system(error) }
    }

    private init(_ socket: consuming Descriptor, _ queue: consuming DeliveryQueue, _ configurationPath: [UInt8]) {
        self.socket = socket
        self.queue = queue
        site = SiteFiles(configurationPath: configurationPath)
    }

    private mutating func loop() throws(SystemError) {
        while true {
            try takeRequests()
            finish()
            start()
            endings.removeAll { $0.step() }
            socket.waitForInput(patience)
        }
    }

    /// How long nothing needs to be done but to listen, in milliseconds.
    private var patience: Int32 {
        if !running.isEmpty || codes.isBusy || sentCodes.isBusy || !endings.isEmpty { return 20 }
        guard let now = wallClock(), let next = nextDue else { return 60_000 }
        return Int32(clamping: min(max((next - now) * 1000, 100), 60_000))
    }

    private var nextDue: Int64? {
        let due = queue.entries.flatMap { $0.pending.map(\.due) } + codes.due
        return due.min()
    }

    // MARK: taking

    private mutating func takeRequests() throws(SystemError) {
        for _ in 0..<Delivery.batch {
            var datagram = SecretBytes(zeroes: DeliveryRequest.limit + 1)
            var room = datagram.mutableBytes
            var passed: Descriptor?
            guard let count = try socket.receiveDatagram(into: &room, with: &passed) else { return }
            datagram.resize(to: count)
            if let answer = passed.take() { end(datagram, answerAt: answer) } else { take(datagram) }
        }
    }

    /// Nobody but who asks for sessions to be ended has anything to pass.
    private mutating func end(_ datagram: borrowing SecretBytes, answerAt answer: consuming Descriptor) {
        guard let request = SessionRequest.parse(datagram.array), endings.count < Delivery.endingLimit else {
            return Delivery.complain(.request)
        }
        endings.append(SessionEnding(request, answerAt: answer))
    }

    private mutating func take(_ datagram: consuming SecretBytes) {
        guard let now = wallClock() else { return }
        if codes.take(datagram, at: now) || sentCodes.take(datagram) { return }
        guard case .event(let line, let former) = DeliveryRequest.parse(datagram.array) else {
            return Delivery.complain(.request)
        }
        guard let id = Delivery.newID() else { return Delivery.complain(.start, cause: Array("getrandom".utf8)) }
        let occurrence = Occurrence(
            id: id, time: now, host: String(decoding: hostName(), as: UTF8.self), line: line)
        // Of what this process says itself nobody else hears: that would never end.
        guard let event = occurrence.event, !Delivery.own.contains(event.name) else { return }
        let targets = targets(of: event, former, now)
        if !targets.isEmpty { keep(QueueEntry(occurrence, targets), event) }
    }

    static func newID() -> String? {
        var bytes = [UInt8](repeating: 0, count: 16)
        do throws(SystemError) {
            var room = bytes.mutableSpan
            try fillRandom(&room)
        } catch {
            return nil
        }
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    /// Who is to hear of an event, as far as that can be said now.
    private mutating func targets(of event: LoggedEvent, _ former: EmailAddress?, _ now: Int64) -> [Target] {
        let hooks = hookPace.take(event, at: now) ? site.hookNames() : []
        return hooks.map { .hook($0) } + mailTargets(event, former, now)
    }

    mutating func mailTargets(_ event: LoggedEvent, _ former: EmailAddress?, _ now: Int64) -> [Target] {
        let settings: SiteFiles.Settings
        do throws(StoreError) { settings = try site.settings() } catch {
            complainOnce(.configuration, error, now)
            return [.undecided] + (former.map { [.former($0.text)] } ?? [])
        }
        var targets: [Target] = []
        for hearer in settings.mail.hearers(of: event) {
            let own: [Target]
            switch hearer {
            case .admin: own = [.admin]
            case .owner: own = ownTargets(event, settings.configuration) + (former.map { [.former($0.text)] } ?? [])
            }
            let answer = pace.take(own, of: event, hearer, at: now)
            targets += answer.told
            if let left = answer.firstLeftOut { complain(.mailTooMany, to: left, about: event) }
        }
        return targets
    }

    /// The owner where they have an address, or where that cannot be said now.
    private func ownTargets(_ event: LoggedEvent, _ configuration: Configuration) -> [Target] {
        guard let user = event["user"], user != "?" else { return [] }
        do throws(StoreError) {
            return try site.address(of: user, configuration).map { [.owner($0.text)] } ?? []
        } catch {
            return [.owner(nil)]
        }
    }

    private mutating func keep(_ entry: QueueEntry, _ event: LoggedEvent) {
        do throws(SystemError) {
            for gone in try queue.add(entry, event) {
                for pending in gone.pending { complain(.queueFull, to: pending.target, about: gone.occurrence.event) }
            }
        } catch {
            complainOnce(.queue, StoreError(.notWritable, cause: error.name), entry.occurrence.time)
        }
    }
}
