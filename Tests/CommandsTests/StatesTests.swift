import ArgumentParser
import Crypto
import Foundation
import Linux
import Notices
import Testing
import TwostepCore
import Vault

@testable import Commands

/// Every state that an account can be in, and everything that can happen in each: docs/states.md says what comes of it, and
/// each of its cells is tried on a store on the disk.
struct StatesTests {
    enum State: String, CaseIterable {
        case none, invited, enrolling, active, locked, cautious
        case mustReenrol = "must-reenrol"
        case recovering, disabled
    }

    /// What happens, by its name in the document.
    enum Happening: String, CaseIterable {
        case rootEnrols = "`twostep enroll` by root"
        case ownerEnrols = "`twostep enroll` by the owner"
        case invite = "`twostep invite`"
        case enrolmentCode = "the enrolment code at a login"
        case complete = "app and backup codes confirmed at a login"
        case code = "a right code"
        case laterCode = "a right code ten minutes later"
        case wrongCode = "a wrong code"
        case pair = "two codes in a row"
        case backupCode = "a backup code"
        case sentCode = "a code that is sent"
        case time = "the lock's time passes"
        case unlock = "`twostep unlock`"
        case damage = "a slot is damaged"
        case recover = "`twostep recover`"
        case adminToken = "an administrator's recovery code"
        case mailedToken = "a mailed token and the right answers"
        case mailedTokenAlone = "a mailed token and wrong answers"
        case lateToken = "either after an hour"
        case disable = "`twostep disable` with a code"
        case override = "`twostep disable --override`"
    }

    /// Root, whom everything happens to, and what they know.
    private static let key = Array("12345678901234567890".utf8)
    private static let enrolmentCode = Array("0123456789ABCDEF".utf8)
    private static let token = Array("0123456789ABCDEFGHJKMNPQRR".utf8)
    private static let backup = "7K3M-9QXZ"
    private static let setting = Array("$2b$04$abcdefghijklmnopqrstuu".utf8)

    // MARK: the document

    private func document() throws -> String {
        let top = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
        return try String(contentsOf: top.appendingPathComponent("docs/states.md"), encoding: .utf8)
    }

    /// The cells of the table: what comes of each event in each state.
    private func table() throws -> [Happening: [State: String]] {
        let lines = try document().split(separator: "\n").filter { $0.hasPrefix("| ") }.map { line in
            line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
                .map { $0.trimmingCharacters(in: .whitespaces) }
        }
        let head = try #require(lines.firstIndex { $0.first == "what happens" })
        let states = try lines[head].dropFirst().map { try #require(State(rawValue: $0), "\($0)") }
        #expect(states == State.allCases)
        var table: [Happening: [State: String]] = [:]
        for line in lines[(head + 1)...] {
            guard let happening = Happening(rawValue: line[0]) else { continue }
            table[happening] = Dictionary(uniqueKeysWithValues: zip(states, line.dropFirst()))
        }
        return table
    }

    @Test func everyCellHolds() throws {
        let table = try table()
        let site = try OwnersSite()
        site.configuration.rules.deny = 1
        var tried = 0
        var wrong: [String] = []
        for happening in Happening.allCases {
            for state in State.allCases {
                let found = try happen(happening, in: state, site)
                let said = table[happening]?[state] ?? "(nothing)"
                if found != said { wrong.append("\(happening.rawValue) | \(state.rawValue): \(found), not \(said)") }
                tried += 1
            }
        }
        #expect(wrong.isEmpty, "\(wrong.joined(separator: "\n"))")
        #expect(tried == Happening.allCases.count * State.allCases.count)
    }

    /// The drawing has an arrow for each change in the table, and no other.
    @Test func theDrawingIsTheTable() throws {
        var arrows = Set<String>()
        for line in try document().split(separator: "\n") where line.contains(" --> ") && !line.contains("[*]") {
            let ends = line.split(separator: ":")[0].components(separatedBy: " --> ").map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            arrows.insert(ends.joined(separator: " --> "))
        }
        var changes = Set<String>()
        for row in try table().values {
            for (state, cell) in row {
                guard let end = cell.components(separatedBy: "→ ").dropFirst().first else { continue }
                changes.insert("\(state.rawValue) --> \(end)".replacing("must-reenrol", with: "must_reenrol"))
            }
        }
        #expect(arrows == changes)
    }

    /// The address, for telling alone, and how many mails were asked for; but no answers and no token: why root does it nobody
    /// knows, and a lost phone is the usual reason.
    @Test(arguments: [State.mustReenrol, .recovering, .invited])
    func theAddressAloneOutlivesEnrollingAnew(state: State) throws {
        let site = try OwnersSite()
        let address = try #require(EmailAddress("alice@example.org"))
        guard var record = try record(state), let now = wallClock() else { return }
        let isKept = Contact(address, verified: 7).keep(in: &record)
        try #require(isKept)
        var recovery = try record.recovery()
        recovery.countRequest(at: now)
        try record.keep(recovery)
        try put(record, site)
        #expect(try act(.rootEnrols, site))
        let found = try withStore(site) { (store) throws(StoreError) in
            try store.peek(site.owner) { record in
                (Contact(of: record), try? record.securityAnswers(), try? record.recovery(), record.state)
            }
        }
        #expect(found?.0 == Contact(address, verified: 0) && found?.1 == .some(nil) && found?.3 == .active)
        #expect(found?.2 == Recovery(requests: [now]))
    }

    // MARK: how it comes about

    /// - Returns: what the document writes: `yes`, `no`, and with `→` another state that it leads to.
    private func happen(_ happening: Happening, in state: State, _ site: OwnersSite) throws -> String {
        try put(try record(state), site)
        try #require(try look(site) == state, "\(state)")
        let isDone = try act(happening, site)
        let after = try look(site, later: happening == .time ? 1000 : 0)
        return (isDone ? "yes" : "no") + (after == state ? "" : " → \(after.rawValue)")
    }

    private func withStore<R>(
        _ site: OwnersSite, _ body: (borrowing OpenStore) throws(StoreError) -> R
    ) throws -> R {
        var store = Store(site.configuration)
        return try store.withOpen(body)
    }

    private func put(_ record: consuming Record?, _ site: OwnersSite) throws {
        _ = try withStore(site) { (store) throws(StoreError) in try store.remove(site.owner) { _ in true } }
        guard let record else { return }
        try withStore(site) { (store) throws(StoreError) in
            do throws(EnrolmentError) { try store.create(site.owner, record) } catch {
                throw StoreError(.recordExists)
            }
        }
    }

    /// A record in this state; whoever has a token has a recovery code outstanding as well.
    private func record(_ state: State) throws -> Record? {
        guard let now = wallClock(), state != .none else { return nil }
        let crypto = try Libcrypto.load()
        let kept: Record.State =
            switch state {
            case .invited, .enrolling: .pending
            case .mustReenrol, .recovering: .mustReenrol
            case .disabled: .disabled
            default: .active
            }
        var record = Record(state: kept, confirmed: true, created: now - 1000, changed: now - 1000)
        if state == .invited {
            try record.invite(
                Invitation(Self.enrolmentCode.span, salt: Array(0..<16), now: now, hours: 1, crypto: crypto))
        }
        if state == .enrolling { try record.keep(enrolment(.invitation, now)) }
        guard state != .invited, state != .enrolling else { return record }
        let token = Token(
            id: 1, kind: .totp, algorithm: .sha1, digits: 6, period: 30, created: now, label: [], key: 0..<0)
        _ = record.add(token, key: Self.key.span)
        record.backupCodes = BackupCodeSet(
            setting: Self.setting, entries: [.init(tail: Array(try hash("7K3M9QXZ")[29...]))])
        let questions = [Array("One?".utf8), Array("Two?".utf8)]
        try record.keep(SecurityAnswers(questions, hashes: [try hash("rex"), try hash("rome")], set: now))
        if state == .recovering {
            try give(.email, to: &record, now, crypto)
            try redeem(&record, now, crypto)
            try record.keep(enrolment(.recovery, now))
        }
        if state == .locked {
            record.throttle.worldPurse = Purse(failures: 1, closure: Pause(since: now, duration: 900))
        }
        if state == .cautious { record.becomeCautious(rules: VerificationRules(), now: now) }
        return record
    }

    private func enrolment(_ proof: Enrolment.Proof, _ now: Int64) -> Enrolment {
        let token = Token(
            id: 1, kind: .totp, algorithm: .sha1, digits: 6, period: 30, created: now, label: Enrolment.label,
            key: 0..<0)
        let key = Array("another key, no less".utf8)
        return Enrolment(
            id: Array(1...8), stage: .proven, proof: proof, begun: now, token: token,
            key: SecretBytes(copying: key.span))
    }

    private func give(_ way: RecoveryGrant.Way, to record: inout Record, _ now: Int64, _ crypto: borrowing Libcrypto)
        throws
    {
        try record.give(
            RecoveryGrant(
                Self.token.span, id: Array(1...8), way: way, salt: Array(0..<16), now: now, crypto: crypto))
    }

    private func redeem(_ record: inout Record, _ now: Int64, _ crypto: borrowing Libcrypto) throws {
        let token: SecretBytes? = SecretBytes(copying: Self.token.span)
        let answers = [try hash("rex"), try hash("rome")]
        _ = try record.present(recovery: token, answers: answers, from: nil, now: now, crypto: crypto)
    }

    private func hash(_ answer: String) throws -> [UInt8] {
        let phrase = Array(answer.utf8)
        return try Bcrypt.hash(phrase.span, setting: Self.setting.span).array
    }

    // MARK: what is there

    private func look(_ site: OwnersSite, later: Int64 = 0) throws -> State {
        let rules = site.configuration.rules
        let now = try #require(wallClock()) + later
        let found = try withStore(site) { (store) throws(StoreError) in
            try store.peek(site.owner) { record -> State in
                switch record.state {
                case .pending: ((try? record.enrolment()) ?? nil) == nil ? .invited : .enrolling
                case .mustReenrol: (try? record.recovery())?.grant?.stage == .redeemed ? .recovering : .mustReenrol
                case .disabled: .disabled
                case .active:
                    record.cautious
                        ? .cautious : record.lockedUntil(.world, rules: rules, now: now) == nil ? .active : .locked
                }
            }
        }
        return found ?? .none
    }

    // MARK: what happens

    /// - Returns: whether it was let happen.
    private func act(_ happening: Happening, _ site: OwnersSite) throws -> Bool {
        switch happening {
        case .rootEnrols: return try run(EnrollCommand.parse(["root", "--provision"]), site)
        case .ownerEnrols: return site.run(["enroll", "--"], at: Person()) == 0
        case .invite: return try run(InviteCommand.parse(["root"]), site)
        case .code: return try verify(code(), site)
        case .laterCode:
            let typed = try Array(code(later: 20).utf8)
            let rules = site.configuration.rules
            return try change(site) { (record, now, crypto) throws(CryptoError) in
                let attempt = Attempt(
                    code: TypedCode.read(typed.span), backupHash: SecretBytes(capacity: 0), source: nil)
                let verdict = try TwostepCore.verify(&record, attempt, rules: rules, now: now + 600, crypto: crypto)
                if case .accepted = verdict { return true }
                return false
            }
        case .wrongCode: return try verify(wrongCode(), site)
        case .pair: return try verify(code() + code(later: 1), site)
        case .backupCode: return try verify(Self.backup, site)
        case .sentCode:
            return try change(site) { (record, now, crypto) throws(CryptoError) in
                let code = Array("7K3M9QXZ".utf8)
                _ = try record.send(code.span, salt: Array(0..<16), now: now, crypto: crypto)
                let verdict = try record.present(sent: code.span, from: nil, now: now, crypto: crypto)
                if case .accepted = verdict { return true }
                return false
            }
        case .time: return true
        case .unlock: return try run(UnlockCommand.parse(["root"]), site)
        case .recover: return try run(RecoverCommand.parse(["root", "--reason", "lost"]), site)
        case .disable: return try run(DisableCommand.parse(["root"]), site, typing: code())
        case .override: return try run(DisableCommand.parse(["root", "--override", "--reason", "left"]), site)
        case .enrolmentCode:
            return try change(site) { (record, now, crypto) throws(CryptoError) in
                let code: SecretBytes? = SecretBytes(copying: Self.enrolmentCode.span)
                let fresh = enrolment(.invitation, now)
                return try record.present(code, beginning: fresh, from: nil, now: now, crypto: crypto) == .accepted
            }
        case .complete:
            return try change(site) { (record, now, _) throws(CryptoError) in
                do throws(DecodeError) { return try record.complete(with: BackupCodeSet(), now: now) } catch {
                    throw CryptoError.failed
                }
            }
        case .damage:
            return try change(site) { (record, now, _) throws(CryptoError) in
                record.becomeCautious(rules: site.configuration.rules, now: now)
                return true
            }
        case .adminToken: return try present(.admin, [], site)
        case .mailedToken: return try present(.email, [hash("rex"), hash("rome")], site)
        case .mailedTokenAlone: return try present(.email, [hash("rex"), hash("paris")], site)
        case .lateToken:
            let isMailed = try present(.email, [hash("rex"), hash("rome")], later: 3600, site)
            return try present(.admin, [], later: 3600, site) || isMailed
        }
    }

    private func run(_ command: some DeskCommand, _ site: OwnersSite, typing answer: String? = nil) throws -> Bool {
        let desk = Desk(Person(code: answer), site.configuration, from: Array("\(site.folder)/twostep.conf".utf8))
        do {
            try command.run(desk)
            return true
        } catch is Failure {
            return false
        }
    }

    private func verify(_ code: String, _ site: OwnersSite) throws -> Bool {
        try run(VerifyCommand.parse(["root"]), site, typing: code)
    }

    /// A token that was given out a moment, or `later` seconds, ago.
    private func present(
        _ way: RecoveryGrant.Way, _ answers: [[UInt8]], later: Int64 = 0, _ site: OwnersSite
    ) throws -> Bool {
        try change(site) { (record, now, crypto) throws(CryptoError) in
            do {
                let isRecovering = (try? record.recovery())?.grant?.stage == .redeemed
                // Nobody else is given one.
                if record.isRecoverable { try give(way, to: &record, now - later, crypto) }
                // In a record that is being recovered it is the one that was redeemed.
                if isRecovering { try redeem(&record, now - later, crypto) }
                let token: SecretBytes? = SecretBytes(copying: Self.token.span)
                let end = try record.present(
                    recovery: token, answers: answers, from: nil, now: now, crypto: crypto)
                if case .accepted = end { return true }
                return false
            } catch {
                throw CryptoError.failed
            }
        }
    }

    private func change(
        _ site: OwnersSite, _ body: (inout Record, Int64, borrowing Libcrypto) throws(CryptoError) -> Bool
    ) throws -> Bool {
        let changed = try withStore(site) { (store) throws(StoreError) in
            try store.change(site.owner) { (record, _, crypto) throws(CryptoError) in
                guard let now = wallClock() else { throw .failed }
                return .save(try body(&record, now, crypto))
            }
        }
        return changed?.answer ?? false
    }

    private func code(later: Int64 = 0) throws -> String {
        let step = TOTP.step(at: try #require(wallClock()), period: 30) + later
        return try String(Self.code(Self.key, step).suffix(6))
    }

    private func wrongCode() throws -> String {
        let step = TOTP.step(at: try #require(wallClock()), period: 30)
        let near = try (-3...3).map { try Self.code(Self.key, step + $0) }
        return try #require(
            ["111111", "222222", "333333", "444444", "555555", "666666", "777777", "888888"].first {
                !near.contains($0)
            })
    }

    fileprivate static func code(_ key: [UInt8], _ step: Int64) throws -> String {
        let crypto = try Libcrypto.load()
        var code = SecretBytes(capacity: HOTP.workSize)
        try HOTP.compute(
            key: key.span, counter: UInt64(step), algorithm: .sha1, digits: 6, crypto: crypto, into: &code)
        var text = ""
        for index in 0..<6 { text.unicodeScalars.append(Unicode.Scalar(code.bytes[index])) }
        return text
    }
}

/// Somebody who knows what to answer to everything.
private final class Person: Console {
    private let code: String?
    private var screen = ""

    init(code: String? = nil) { self.code = code }

    func write(_ text: [UInt8]) throws(SystemError) { screen += String(decoding: text, as: UTF8.self) }
    func writeError(_ text: [UInt8]) {}
    func draw(_ address: borrowing SecretBytes, _ style: QRStyle?) throws(Failure) {}
    func keep(_ sheet: [UInt8]) throws(Failure) {}

    func ask(_ prompt: String, echo: Bool, always: Bool) -> SecretBytes? {
        let answer: String? =
            if prompt.hasPrefix("Password") {
                "x"
            } else if prompt.hasPrefix("Verification code") {
                code
            } else if prompt.contains("the app shows now") {
                shownCode()
            } else {
                "I have saved these codes"
            }
        return answer.map { SecretBytes(copying: Array($0.utf8).span) }
    }

    /// The code of an app that was given the key on the screen.
    private func shownCode() -> String? {
        let keys = screen.split(separator: "\n").map { $0.filter { $0 != " " } }.filter {
            $0.count == 32 && $0.allSatisfy { "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".contains($0) }
        }
        guard let key = keys.last, let secret = try? Base32.decode(Array(key.utf8).span), let now = wallClock() else {
            return nil
        }
        return try? StatesTests.code(secret.array, TOTP.step(at: now, period: 30))
    }
}
