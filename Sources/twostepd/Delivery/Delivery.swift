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
    private static let mailLimit: Int64 = 60_000
    private static let hookLimit: Int64 = 10_000
    private static let mailsAtOnce = 4
    /// The most events that are taken before something is done about them.
    private static let batch = 256

    private let socket: Descriptor
    private let site: SiteFiles
    private var queue: DeliveryQueue
    private var codes = CodeMails()
    private var running: [Running] = []
    private var pace = MailPace()
    /// What was said last of each kind of trouble that comes back with each event.
    private var lastComplaint: [DeliveryReason: Int64] = [:]

    private struct Running {
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
            socket.waitForInput(patience)
        }
    }

    /// How long nothing needs to be done but to listen, in milliseconds.
    private var patience: Int32 {
        if !running.isEmpty || codes.isBusy { return 20 }
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
            guard let count = try socket.receiveDatagram(into: &room) else { return }
            datagram.resize(to: count)
            take(datagram)
        }
    }

    private mutating func take(_ datagram: consuming SecretBytes) {
        guard let now = wallClock() else { return }
        if codes.take(datagram, at: now, site) { return }
        guard case .event(let line, let former) = DeliveryRequest.parse(datagram.array) else {
            return Delivery.complain(.request)
        }
        guard let id = Delivery.newID() else { return Delivery.complain(.start, cause: Array("getrandom".utf8)) }
        let occurrence = Occurrence(
            id: id, time: now, host: String(decoding: hostName(), as: UTF8.self), line: line)
        // Of what this process says itself nobody else hears: that would never end.
        guard let event = occurrence.event, !["debug", "mailed", "delivery-failed"].contains(event.name) else { return }
        let targets = targets(of: occurrence, event, former, now)
        if !targets.isEmpty { keep(QueueEntry(occurrence, targets)) }
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
    private mutating func targets(
        of occurrence: Occurrence, _ event: LoggedEvent, _ former: EmailAddress?, _ now: Int64
    ) -> [Target] {
        site.hookNames().map { .hook($0) } + mailTargets(event, former, now)
    }

    private mutating func mailTargets(_ event: LoggedEvent, _ former: EmailAddress?, _ now: Int64) -> [Target] {
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
            guard !own.isEmpty else { continue }
            switch pace.take(event, hearer, at: now) {
            case .send: targets += own
            case .told, .tooMany(isFirst: false): break
            case .tooMany(isFirst: true): complain(.mailTooMany, to: own[0], about: event)
            }
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

    private mutating func keep(_ entry: QueueEntry) {
        do throws(SystemError) {
            for gone in try queue.add(entry) {
                for pending in gone.pending { complain(.queueFull, to: pending.target, about: gone.occurrence.event) }
            }
        } catch {
            complainOnce(.queue, StoreError(.notWritable, cause: error.name), entry.occurrence.time)
        }
    }

    // MARK: starting

    private mutating func start() {
        guard let now = wallClock() else { return }
        codes.start(at: now, site)
        for entry in queue.entries {
            for pending in entry.pending where pending.isDue(at: now) && mayStart(pending.target, of: entry) {
                start(pending, of: entry, now)
            }
        }
    }

    private func mayStart(_ target: Target, of entry: QueueEntry) -> Bool {
        guard !running.contains(where: { $0.id == entry.occurrence.id && $0.target == target }) else { return false }
        // A hook gets events in their order, one at a time.
        if target.isHook { return !running.contains { $0.target == target } }
        return running.count { !$0.target.isHook } < Delivery.mailsAtOnce
    }

    private mutating func start(_ pending: PendingDelivery, of entry: QueueEntry, _ now: Int64) {
        guard let event = entry.occurrence.event else { return drop(pending.target, of: entry) }
        if case .hook(let name) = pending.target { return startHook(name, pending, entry, event) }
        let settings: SiteFiles.Settings
        do throws(StoreError) { settings = try site.settings() } catch {
            complainOnce(.configuration, error, now)
            return putOff(pending.target, of: entry, now)
        }
        if pending.target == .undecided { return decide(entry, event, settings, now) }
        guard let sender = settings.mail.sender else { return drop(pending.target, of: entry) }
        let recipient: String?
        switch pending.target {
        case .admin: recipient = settings.mail.admin
        case .former(let address), .owner(.some(let address)): recipient = address
        default:
            do throws(StoreError) {
                recipient = try event["user"].flatMap { (user) throws(StoreError) in
                    try site.address(of: user, settings.configuration)?.text
                }
            } catch {
                return fail(.owner, cause: [UInt8](text: error.reason.text), pending, entry, event, now)
            }
        }
        guard let recipient,
            let letter = Letters.about(
                entry.occurrence, to: recipient, as: pending.target == .admin ? .admin : .owner, from: sender, site)
        else { return drop(pending.target, of: entry) }
        do throws(SystemError) {
            let program = try letter.hand(to: settings.mail, code: SecretBytes(capacity: 0), within: Delivery.mailLimit)
            running.append(Running(id: entry.occurrence.id, target: pending.target, program: program))
        } catch {
            fail(.mailRefused, cause: error.name, pending, entry, event, now)
        }
    }

    private mutating func startHook(
        _ name: String, _ pending: PendingDelivery, _ entry: QueueEntry, _ event: LoggedEvent
    ) {
        do throws(PathProblem) {
            let path = try site.hook(name)
            do throws(SystemError) {
                let program = try RunningProgram([path], hookInput(entry.occurrence), within: Delivery.hookLimit)
                running.append(Running(id: entry.occurrence.id, target: pending.target, program: program))
            } catch {
                complain(.hookFailed, cause: error.name, to: pending.target, about: event)
                drop(pending.target, of: entry)
            }
        } catch {
            if case .missing = error {
            } else {
                complain(.hookUnsafe, cause: error.cause, to: pending.target, about: event)
            }
            drop(pending.target, of: entry)
        }
    }

    private mutating func decide(
        _ entry: QueueEntry, _ event: LoggedEvent, _ settings: SiteFiles.Settings, _ now: Int64
    ) {
        let targets = mailTargets(event, nil, now)
        change(entry) { entry in
            entry.pending.removeAll { $0.target == .undecided }
            entry.pending += targets.map { PendingDelivery($0, due: now) }
        }
    }

    // MARK: finishing

    private mutating func finish() {
        guard let now = wallClock() else { return }
        for result in codes.finish(at: now) { log(result) }
        var still: [Running] = []
        for one in running {
            guard let result = one.program.step() else {
                still.append(one)
                continue
            }
            guard let entry = queue.entries.first(where: { $0.occurrence.id == one.id }),
                let event = entry.occurrence.event,
                let pending = entry.pending.first(where: { $0.target == one.target })
            else { continue }
            switch result {
            case .done:
                if !one.target.isHook { Delivery.sayMailed(one.target.name, event["user"], event.name) }
                drop(one.target, of: entry)
            case .failed(let cause) where one.target.isHook:
                complain(.hookFailed, cause: cause, to: one.target, about: event)
                drop(one.target, of: entry)
            case .failed(let cause): fail(.mailRefused, cause: cause, pending, entry, event, now)
            }
        }
        running = still
    }

    private func log(_ result: CodeMails.Ended) {
        switch result {
        case .mailed(let user, let of): Delivery.sayMailed("code", user, of)
        case .failed(let line): line.log()
        }
    }

    /// Says what went wrong, and tries again later, or no more.
    private mutating func fail(
        _ reason: DeliveryReason, cause: [UInt8], _ pending: PendingDelivery, _ entry: QueueEntry, _ event: LoggedEvent,
        _ now: Int64
    ) {
        let isOver = now > entry.occurrence.time + QueueEntry.lifetime
        complain(
            isOver ? .mailGivenUp : reason, cause: cause, to: pending.target, about: event,
            attempts: pending.attempts + 1)
        if isOver { drop(pending.target, of: entry) } else { putOff(pending.target, of: entry, now) }
    }

    private mutating func putOff(_ target: Target, of entry: QueueEntry, _ now: Int64) {
        change(entry) { entry in
            for index in entry.pending.indices where entry.pending[index].target == target {
                entry.pending[index].fail(at: now)
            }
        }
    }

    private mutating func drop(_ target: Target, of entry: QueueEntry) {
        change(entry) { entry in entry.pending.removeAll { $0.target == target } }
    }

    private mutating func change(_ entry: QueueEntry, _ body: (inout QueueEntry) -> Void) {
        do throws(SystemError) { try queue.update(entry.occurrence.id, body) } catch {
            complainOnce(.queue, StoreError(.notWritable, cause: error.name), wallClock() ?? 0)
        }
    }

    // MARK: saying

    private static func sayMailed(_ to: String, _ user: String?, _ of: String) {
        var line = EventLine(.mailed, severity: .info)
        line.add("to", Array(to.utf8))
        line.add("user", Array((user ?? "").utf8))
        line.add("of", Array(of.utf8))
        line.log()
    }

    static func complain(_ reason: DeliveryReason, cause: [UInt8] = []) {
        var line = EventLine(.deliveryFailed, severity: .error)
        line.add("reason", Array(reason.rawValue.utf8))
        line.add("cause", cause)
        line.log()
    }

    private func complain(
        _ reason: DeliveryReason, cause: [UInt8] = [], to target: Target, about event: LoggedEvent?,
        attempts: Int? = nil
    ) {
        var line = EventLine(.deliveryFailed, severity: .error)
        line.add("reason", Array(reason.rawValue.utf8))
        line.add("cause", cause)
        line.add("to", Array(target.name.utf8))
        line.add("user", Array((event?["user"] ?? "").utf8))
        line.add("of", Array((event?.name ?? "").utf8))
        if let attempts { line.add("attempts", [UInt8](decimal: Int64(attempts))) }
        line.log()
    }

    /// Not with each event: an hour passes before the same kind is said again.
    private mutating func complainOnce(_ reason: DeliveryReason, _ error: StoreError, _ now: Int64) {
        if let last = lastComplaint[reason], now >= last, now < last + 3600 { return }
        lastComplaint[reason] = now
        Delivery.complain(reason, cause: error.cause.isEmpty ? [UInt8](text: error.reason.text) : error.cause)
    }
}

extension Letter {
    /// Starts the mail system with this mail, by sendmail's interface: the recipient is an argument, and no header is read
    /// for it.
    func hand(
        to mail: MailSettings, code: borrowing SecretBytes, within milliseconds: Int64
    ) throws(SystemError) -> RunningProgram {
        try RunningProgram(
            (mail.command + ["-i", "-f", sender.text, "--", recipient]).map { Array($0.utf8) }, bytes(code: code),
            within: milliseconds)
    }
}
