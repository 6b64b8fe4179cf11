internal import Crypto
internal import Linux
package import TwostepCore
internal import Vault

/// A login that the service has in hand, for whatever it does there beyond judging a code of an app: what is asked, where it
/// comes from, who sits there, under which configuration file, and the log.
package struct LoginInHand<Person: Conversation & ~Copyable> {
    package let request: LoginRequest
    package let origin: LoginOrigin
    package let console: LoginConsole<Person>
    package let configurationPath: [UInt8]
    /// Writes a line to the log.
    package let write: (EventLine) -> Void

    /// - Parameters:
    ///   - path: of the configuration file.
    ///   - log: writes a line to the log.
    package init(
        _ request: LoginRequest, from origin: LoginOrigin, at console: LoginConsole<Person>,
        configurationPath path: [UInt8], log: @escaping (EventLine) -> Void
    ) {
        self.request = request
        self.origin = origin
        self.console = console
        configurationPath = path
        write = log
    }

    /// Tells the person these lines.
    func tell(_ lines: String..., isError: Bool = false) {
        for line in lines { console.person.tell(Array(line.utf8), isError: isError) }
    }

    /// Adds to a line of the log who logs in, and from where.
    func addWho(to line: inout EventLine) {
        line.add("user", request.account?.name ?? [UInt8](text: "?"))
        line.add("rhost", origin.remoteHost)
        line.add("tty", origin.terminal)
    }

    /// Random bytes from the kernel.
    func random(_ count: Int) throws(StoreError) -> SecretBytes {
        do throws(CryptoError) { return try SecretBytes.random(count) } catch {
            throw StoreError(.cryptoUnavailable, cause: "getrandom")
        }
    }

    /// Judges something that was typed against the record, or a decoy where there is none, as a login does, and writes back
    /// what came of it before this returns. A record of which one slot is damaged is treated with caution, and the log says so.
    ///
    /// - Parameter body: takes the record, seconds since the epoch, and libcrypto.
    /// - Returns: whether it was a decoy.
    func update(
        _ body: (inout Record, Int64, borrowing Libcrypto) throws(CryptoError) -> RecordUpdate
    ) throws(StoreError) -> Bool {
        guard wallClock() != nil else { throw StoreError(.clockUnavailable) }
        var isDamaged = false
        var store = Store(request.configuration)
        let updated = try store.update(request.subject) { (record, health, crypto) throws(CryptoError) in
            guard let now = wallClock() else { throw .failed }
            if health == .oneSlotDamaged {
                isDamaged = true
                record.becomeCautious(rules: request.configuration.rules, now: now)
            }
            return try body(&record, now, crypto)
        }
        if isDamaged { write(EventLine.slotDamaged(request.account)) }
        return updated.isDecoy
    }
}

extension RecordUpdate {
    /// Of something that is judged by no rules for codes of apps. The store wants to know whether somebody is refused, and
    /// nothing else of a verdict.
    init(isRight: Bool, inBothSlots: Bool) {
        self.init(
            isRight
                ? .accepted(Acceptance(method: .totp, token: Enrolment.label, backupCodesLeft: 0))
                : .refused(.mustReenrol),
            inBothSlots: inBothSlots)
    }
}
