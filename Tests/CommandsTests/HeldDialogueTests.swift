import Crypto
import Foundation
import Linux
import Notices
import Testing
import TwostepCore
import Vault

@testable import Commands

/// Somebody who has password and codes holds a dialogue open, the owner gets back in meanwhile, and all within the same second:
/// nothing of what is typed then may come into the new record.
struct HeldDialogueTests {
    struct Held: Sendable, CustomTestStringConvertible {
        let words: [String]
        /// The question at which the owner gets back in, before it is answered; nil where that is as soon as the code was
        /// judged.
        var at: String?
        /// What is typed, in turn.
        var typed: [String]

        var testDescription: String { words.joined(separator: " ") }
    }

    private static let key = Array("12345678901234567890".utf8)
    private static let mailedCode = "7K3M-9QXZ"
    private static let setting = Array("$2b$04$abcdefghijklmnopqrstuu".utf8)
    private static let securityKey =
        "--ssh-key=sk-ssh-ed25519@openssh.com "
        + "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fAAAABHNzaDo="

    /// What an owner may run that waits for something between the proof and the change, each with what is asked.
    static let all = [
        Held(words: ["token", "add", "--"], at: "2. Type the code", typed: ["x", "code", "app"]),
        Held(words: ["token", "add", securityKey, "--"], typed: ["x", "code"]),
        Held(words: ["token", "remove", "--", "root", "1"], typed: ["x", "code"]),
        Held(words: ["token", "rename", "--", "root", "1", "mine"], at: "Password", typed: ["x"]),
        Held(words: ["token", "resync", "--", "root", "1"], at: "The code after", typed: ["x", "code", "next"]),
        Held(
            words: ["backup-codes", "--regenerate", "--"], at: "   Type",
            typed: ["x", "code", "I have saved these codes"]),
        Held(words: ["disable", "--"], typed: ["x", "code"]),
        Held(words: ["contact", "--verify", "--"], at: "Code from", typed: ["x", "code", mailedCode]),
        Held(
            words: ["contact", "--questions", "--"], at: "   Again",
            typed: ["x", "code", "evil one", "evil one", "evil two", "evil two"]),
        Held(words: ["contact", "--remove", "--"], typed: ["x", "code"]),
    ]

    @Test(arguments: all, [RecoveryGrant.Way.admin, .email])
    func whatWasBegunBeforeIsNotFinished(held: Held, way: RecoveryGrant.Way) throws {
        let site = try Self.site()
        let person = HoldingPerson(held)
        person.getBackIn = { try Self.recover(site, by: way) }
        let status = site.run(held.words, at: person)
        #expect(person.wasHeld && person.trouble == nil, "\(person.screen)")
        #expect(person.typed == [], "\(person.screen)")
        // What waits for a code of a mail is gone, and that is what is seen first.
        let why =
            held.words[1] == "--verify"
            ? "no code is waited for" : "somebody else has changed root's record meanwhile; nothing was changed"
        #expect(status != 0 && person.screen.contains(why), "\(status): \(person.screen)")
        try Self.expectTheNewRecord(site)
    }

    /// None of them is refused for anything but that.
    @Test(arguments: all)
    func andIsFinishedOtherwise(held: Held) throws {
        let site = try Self.site()
        let person = HoldingPerson(held)
        #expect(site.run(held.words, at: person) == 0, "\(person.screen)")
        #expect(person.wasHeld && person.typed == [], "\(person.screen)")
    }

    /// Whoever enrolled with a password alone, and lets that wait which would offer a way back.
    @Test func norAtTheEndOfEnrolling() throws {
        let site = try Self.site(enrolled: false)
        let person = HoldingPerson(
            Held(
                words: ["enroll", "--"], at: "root now has a second step",
                typed: ["x", "app", "I have saved these codes"]))
        person.getBackIn = { try Self.recover(site, by: .admin) }
        // They are enrolled, as what they saw first.
        #expect(site.run(["enroll", "--"], at: person) == 0)
        #expect(person.wasHeld && person.trouble == nil, "\(person.screen)")
        #expect(person.screen.contains("somebody else has changed root's record meanwhile"), "\(person.screen)")
        try Self.expectTheNewRecord(site)
    }

    /// What either dialogue has in hand where it is offered: nothing is sent, and nothing kept.
    @Test func norIsAnAddressSetOrAnAnswerKept() throws {
        let site = try Self.site()
        let console = ScriptedConsole([])
        let desk = Desk(console, site.configuration, from: site.configurationPath)
        let stamp = try RecordStamp.ofActiveRecord(site.owner, desk)
        try Self.recover(site, by: .admin)
        var contact = ContactDialogue(account: site.owner, desk: desk, name: "root", json: false, of: stamp)
        let address = try #require(EmailAddress("evil@example.org"))
        #expect(throws: Failure.changedMeanwhile(site.owner)) { try contact.send(to: address) }
        let hashes = [try Self.hash("evil one"), try Self.hash("evil two")]
        let questions = QuestionDialogue(account: site.owner, desk: desk, echo: false, json: false)
        #expect(throws: Failure.changedMeanwhile(site.owner)) {
            try questions.save(hashes, to: [Array("A?".utf8), Array("B?".utf8)], of: stamp)
        }
        try Self.expectTheNewRecord(site)
    }

    /// Nor where an address comes in before the answers: what was sent there is asked for by nobody any more.
    @Test func theAddressThatWaitsIsOfThisDialogue() throws {
        let site = try Self.site()
        let held = Held(words: ["contact", "--verify", "--"], at: "Code from", typed: ["x", "code", Self.mailedCode])
        let person = HoldingPerson(held)
        person.getBackIn = {
            try site.change { (record, now) in
                _ = UnverifiedContact(
                    try #require(EmailAddress("other@example.org")), expires: now + 900,
                    hash: try Self.hash("0000AAAA")
                ).keep(in: &record)
            }
        }
        #expect(site.run(held.words, at: person) == 65)
        try site.change { (record, _) in
            #expect(Contact(of: record) == nil)
            #expect(UnverifiedContact(of: record)?.triesLeft == UnverifiedContact.tries)
        }
    }

    // MARK: the site

    private static func site(enrolled: Bool = true) throws -> OwnersSite {
        let site = try OwnersSite()
        let questions = "\(site.folder)/questions"
        try "First pet?\nBorn where?\n".write(toFile: questions, atomically: false, encoding: .utf8)
        let path = "\(site.folder)/twostep.conf"
        try "mail = twostep@example.org\nrecovery = email\nrecovery_questions = \(questions)\n"
            .write(toFile: path, atomically: false, encoding: .utf8)
        site.configurationPath = Array(path.utf8)
        guard enrolled, let now = wallClock() else { return site }
        var record = Record(state: .active, confirmed: true, created: now, changed: now)
        for id in [1, 2] as [UInt32] { try add(&record, id, key: key, now) }
        let isWaiting = UnverifiedContact(
            try #require(EmailAddress("evil@example.org")), expires: now + 900, hash: try hash("7K3M9QXZ")
        ).keep(in: &record)
        try #require(isWaiting)
        try keepAnswers("rex", "rome", in: &record, now)
        var store = Store(site.configuration)
        try store.withOpen { (store) throws(StoreError) in
            do throws(EnrolmentError) { try store.create(site.owner, record) } catch { throw StoreError(.recordExists) }
        }
        return site
    }

    private static func add(_ record: inout Record, _ id: UInt32, key: [UInt8], _ now: Int64) throws {
        let token = Token(
            id: id, kind: .totp, algorithm: .sha1, digits: 6, period: 30, created: now,
            label: id == 1 ? Enrolment.label : Array("other".utf8), key: 0..<0)
        let isAdded = record.add(token, key: (id == 1 ? key : Array(key.reversed())).span)
        try #require(isAdded)
    }

    private static func keepAnswers(_ one: String, _ two: String, in record: inout Record, _ now: Int64) throws {
        let questions = [Array("First pet?".utf8), Array("Born where?".utf8)]
        try record.keep(SecurityAnswers(questions, hashes: [try hash(one), try hash(two)], set: now))
    }

    private static func hash(_ text: String) throws -> [UInt8] {
        let phrase = Array(text.utf8)
        return try Bcrypt.hash(phrase.span, setting: setting.span).array
    }

    // MARK: the owner

    /// Gets back in and enrols anew, as a login does: the token, the app, the backup codes, each with its change.
    private static func recover(_ site: OwnersSite, by way: RecoveryGrant.Way) throws {
        let token = Array("0123456789ABCDEFGHJKMNPQRR".utf8)
        let crypto = try Libcrypto.load()
        try site.change { (record, now) in
            try record.give(
                RecoveryGrant(token.span, id: Array(1...8), way: way, salt: Array(0..<16), now: now, crypto: crypto))
            let presented: SecretBytes? = SecretBytes(copying: token.span)
            _ = try record.present(
                recovery: presented, answers: [hash("rex"), hash("rome")], from: nil, now: now, crypto: crypto)
            try #require(record.state == .mustReenrol)
        }
        try site.change { (record, now) in
            let app = Token(
                id: 1, kind: .totp, algorithm: .sha1, digits: 6, period: 30, created: now, label: Enrolment.label,
                key: 0..<0)
            let key = Array("another key, no less".utf8)
            try record.keep(
                Enrolment(
                    id: Array(1...8), stage: .proven, proof: .recovery, begun: now, token: app,
                    key: SecretBytes(copying: key.span)))
            record.changed = record.nextChange(at: now)
        }
        try site.change { (record, now) in
            let isComplete = try record.complete(with: BackupCodeSet(), now: now)
            try #require(isComplete)
            record.changed = record.nextChange(at: now)
            // As whoever has both set anew.
            let isKept = Contact(try #require(EmailAddress("owner@example.org")), verified: now).keep(in: &record)
            try #require(isKept)
            try keepAnswers("owner one", "owner two", in: &record, now)
        }
    }

    private static func expectTheNewRecord(_ site: OwnersSite) throws {
        let known = [try hash("owner one"), try hash("owner two")]
        try site.change { (record, _) in
            #expect(record.state == .active && record.tokens.map(\.label) == [Enrolment.label])
            #expect(record.securityKeys.isEmpty && record.backupCodes == BackupCodeSet())
            #expect(Contact(of: record)?.address.text == "owner@example.org")
            let answers = try record.securityAnswers()
            #expect(answers?.fit(known) == true)
        }
    }

    fileprivate static func code(_ later: Int64) -> String {
        guard let now = wallClock(), let crypto = try? Libcrypto.load() else { return "" }
        var code = SecretBytes(capacity: HOTP.workSize)
        let step = UInt64(TOTP.step(at: now, period: 30) + later)
        do {
            try HOTP.compute(
                key: key.span, counter: step, algorithm: .sha1, digits: 6, crypto: crypto, into: &code)
        } catch {
            return ""
        }
        return String((0..<6).map { Character(Unicode.Scalar(code.bytes[$0])) })
    }
}

/// Somebody who types what they were told to, and at one place waits for what happens meanwhile.
private final class HoldingPerson: Console {
    private let held: HeldDialogueTests.Held
    private(set) var typed: [String]
    private(set) var screen = ""
    private(set) var wasHeld = false
    private(set) var trouble: (any Error)?
    private var isCodeJudged = false
    var getBackIn: () throws -> Void = {}

    init(_ held: HeldDialogueTests.Held) {
        self.held = held
        typed = held.typed
    }

    private func hold() {
        guard !wasHeld else { return }
        wasHeld = true
        do { try getBackIn() } catch { trouble = error }
    }

    func write(_ text: [UInt8]) throws(SystemError) {
        let text = String(decoding: text, as: UTF8.self)
        screen += text
        if let place = held.at { if text.hasPrefix(place) { hold() } } else if isCodeJudged { hold() }
    }

    func writeError(_ text: [UInt8]) { screen += String(decoding: text, as: UTF8.self) }
    func draw(_ address: borrowing SecretBytes, _ style: QRStyle?) throws(Failure) {}
    func keep(_ sheet: [UInt8]) throws(Failure) {}

    func ask(_ prompt: String, echo: Bool, always: Bool) -> SecretBytes? {
        screen += prompt + "\n"
        if let place = held.at, prompt.hasPrefix(place) { hold() }
        guard !typed.isEmpty else { return nil }
        let answer: String
        switch typed.removeFirst() {
        case "code":
            answer = HeldDialogueTests.code(0)
            isCodeJudged = true
        case "next": answer = HeldDialogueTests.code(1)
        case "app": answer = appsCode(screen) ?? ""
        case let other: answer = other
        }
        return SecretBytes(copying: Array(answer.utf8).span)
    }
}
