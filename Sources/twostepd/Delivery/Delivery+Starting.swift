internal import Commands
internal import Crypto
internal import Linux
internal import Notices
internal import TwostepCore
internal import Vault

/// Starting what is due: mails and hooks.
extension Delivery {
    mutating func start() {
        guard let now = wallClock() else { return }
        codes.start(at: now, site)
        sentCodes.start(site)
        for entry in queue.entries {
            for pending in entry.pending where pending.isDue(at: now) && mayStart(pending.target, of: entry) {
                start(pending, of: entry, now)
            }
        }
    }

    func mayStart(_ target: Target, of entry: QueueEntry) -> Bool {
        guard !running.contains(where: { $0.id == entry.occurrence.id && $0.target == target }) else { return false }
        // A hook gets events in their order, one at a time.
        if target.isHook { return !running.contains { $0.target == target } }
        return running.count { !$0.target.isHook } < Delivery.mailsAtOnce
    }

    mutating func start(_ pending: PendingDelivery, of entry: QueueEntry, _ now: Int64) {
        guard let event = entry.occurrence.event else { return drop(pending.target, of: entry) }
        if case .hook(let name) = pending.target { return startHook(name, pending, entry, event) }
        let settings: SiteFiles.Settings
        do throws(StoreError) { settings = try site.settings() } catch {
            complainOnce(.configuration, error, now)
            return putOff(pending.target, of: entry, now)
        }
        if pending.target == .undecided { return decide(entry, event, now) }
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

    mutating func startHook(
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

    mutating func decide(_ entry: QueueEntry, _ event: LoggedEvent, _ now: Int64) {
        let targets = mailTargets(event, nil, now)
        change(entry) { entry in
            entry.pending.removeAll { $0.target == .undecided }
            entry.pending += targets.map { PendingDelivery($0, due: now) }
        }
    }
}

extension Letter {
    /// Starts the mail system with this mail, by sendmail's interface: the recipient is an argument, and no header is read
    /// for it. What it says of a mail that brings a code may have that in it, and does not reach the log.
    func hand(
        to mail: MailSettings, code: borrowing SecretBytes, within milliseconds: Int64
    ) throws(SystemError) -> RunningProgram {
        try RunningProgram(
            (mail.command + ["-i", "-f", sender.text, "--", recipient]).map { Array($0.utf8) }, bytes(code: code),
            within: milliseconds, isQuoted: code.count == 0)
    }
}
