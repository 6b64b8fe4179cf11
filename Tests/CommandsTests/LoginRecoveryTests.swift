import Crypto
import Foundation
import Linux
import Notices
import Testing
import TwostepCore
import Vault

@testable import Commands

/// Asking for a way back at a login, and coming with a token, on a store on the disk.
struct LoginRecoveryTests {
    private static let token = "0123456789ABCDEFGHJKMNPQRR"

    /// A mail lets somebody back in by an address that they have verified, and that was not set by who had the phone before
    /// them; answers alone, given anew, make it none.
    @Test(arguments: [(verified: 7, "mail-not-sent"), (verified: 0, "no-address")] as [(verified: Int64, String)])
    func whoseAddressCounts(verified: Int64, reason: String) throws {
        let site = try site("mail = twostep@example.org\nrecovery = email\n")
        try site.change { record, now in
            let address = try #require(EmailAddress("alice@example.org"))
            let isKept = Contact(address, verified: verified).keep(in: &record)
            try #require(isKept)
            let hash = Array("$2b$04$abcdefghijklmnopqrstuu".utf8) + [UInt8](repeating: 0x61, count: 31)
            try record.keep(SecurityAnswers([Array("A?".utf8), Array("B?".utf8)], hashes: [hash, hash], set: now))
        }
        let played = play("recover", site)
        #expect(played.end == .refused)
        // Nobody hears in a test who would send it.
        #expect(played.log.contains { $0.contains("event=recovery-refused") && $0.contains("reason=\(reason)") })
    }

    /// A bad line of the settings keeps nobody out but by mail.
    @Test(arguments: ["recovery = email\nrecovery_url = nonsense\n", "recovery = email\nrecovery_questions = none\n"])
    func anAdministratorsTokenNeedsNoSettings(text: String) throws {
        let site = try site(text)
        try site.change { record, now in
            let token = Array(Self.token.utf8)
            let crypto = try Libcrypto.load()
            try record.give(
                RecoveryGrant(token.span, id: Array(1...8), way: .admin, salt: Array(0..<16), now: now, crypto: crypto))
        }
        guard case .unavailable = play("recover", site).end else {
            Issue.record("a mail is asked for by settings that are none")
            return
        }
        // Any other token is none.
        #expect(play("ZZZZ" + Self.token.dropFirst(4), site).end == .refused)
        #expect(try state(site) == .active)
        try site.change { record, now in record.throttle = Throttle(now: now) }
        #expect(play(Self.token, site).end == .enrolment(.noAnswer))
        #expect(try state(site) == .mustReenrol)
    }

    // MARK: how it comes about

    private func site(_ text: String) throws -> OwnersSite {
        let site = try OwnersSite()
        let path = "\(site.folder)/twostep.conf"
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        site.configurationPath = Array(path.utf8)
        guard let now = wallClock() else { return site }
        let record = Record(state: .active, confirmed: true, created: now, changed: now)
        var store = Store(site.configuration)
        try store.withOpen { (store) throws(StoreError) in
            do throws(EnrolmentError) { try store.create(site.owner, record) } catch { throw StoreError(.recordExists) }
        }
        return site
    }

    private func state(_ site: OwnersSite) throws -> Record.State? {
        var store = Store(site.configuration)
        return try store.withOpen { (store) throws(StoreError) in try store.peek(site.owner) { $0.state } }
    }

    private func play(_ typed: String, _ site: OwnersSite) -> (end: RecoveryEnd, log: [String]) {
        var lines: [String] = []
        let request = LoginRequest(
            subject: LoginSubject(account: site.owner, name: site.owner.name), service: Array("sshd".utf8),
            options: ModuleOptions(), configuration: site.configuration, membership: { _, _ in .notMember })
        let login = LoginInHand(
            request, from: LoginOrigin(remoteHost: [], terminal: []), at: LoginConsole(Silent()) { _, _ in [] },
            configurationPath: site.configurationPath
        ) { line in lines.append(String(decoding: line.text, as: UTF8.self)) }
        let end = LoginRecovery(login).run(SecretBytes(copying: Array(typed.utf8).span))
        return (end, lines)
    }
}

/// Somebody who answers nothing.
private struct Silent: Conversation {
    mutating func ask(_ prompt: [UInt8], echo: Bool) throws(ConversationError) -> SecretBytes { throw .failed }
    mutating func tell(_ line: [UInt8], isError: Bool) {}
    func firstPass() -> SecretBytes? { nil }
    func leave(_ password: borrowing SecretBytes) throws(ConversationError) { throw .failed }
}
