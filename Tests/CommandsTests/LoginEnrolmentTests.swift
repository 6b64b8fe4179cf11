import Crypto
import Foundation
import Linux
import Testing
import TwostepCore
import Vault
import Wire

@testable import Commands

/// One step of an enrolment at a login: what must be asked, and the answer, which may rest on what was told before.
private typealias Exchange = (question: String, answer: @Sendable (String) -> String?)

/// Somebody at a login who answers what is expected, in turn, and nothing else; what was told is kept.
private struct ScriptedPerson: Conversation {
    private var script: [Exchange]
    private(set) var told = ""
    private(set) var complaints: [String] = []

    init(_ script: [Exchange]) { self.script = script }

    var left: Int { script.count }

    mutating func ask(_ prompt: [UInt8], echo: Bool) throws(ConversationError) -> SecretBytes {
        let asked = String(decoding: prompt, as: UTF8.self)
        guard let next = script.first, asked.hasPrefix(next.question) else {
            complaints.append("asked: \(asked)")
            throw .failed
        }
        script.removeFirst()
        guard let answer = next.answer(told) else { throw .failed }
        return SecretBytes(copying: Array(answer.utf8).span)
    }

    mutating func tell(_ line: [UInt8], isError: Bool) { told += String(decoding: line, as: UTF8.self) + "\n" }
    func firstPass() -> SecretBytes? { nil }
    func leave(_ password: borrowing SecretBytes) throws(ConversationError) { throw .failed }
}

/// Enrolments at a login on a store on the disk: in process, and over a connection as the module relays them.
struct LoginEnrolmentTests {
    private let enrolmentCode = "Enrolment code: "
    private let appCode = "2. Type the code that the app shows now"
    private let sentence = "   Type \"I have saved these codes\" to finish: "
    private func at(_ question: String, _ answer: @escaping @Sendable (String) -> String?) -> Exchange {
        (question, answer)
    }

    private let saved: @Sendable (String) -> String? = { _ in "I have saved these codes" }

    private func request(_ site: OwnersSite) -> LoginRequest {
        let request = LoginRequest(
            subject: LoginSubject(account: site.owner, name: site.owner.name), service: Array("sshd".utf8),
            options: ModuleOptions(), configuration: site.configuration, membership: { _, _ in .notMember })
        request.offersEnrolment = true
        return request
    }

    /// Plays a login each way on two sites alike; what each came to must be the same.
    private func play(
        _ setting: EnrolmentAtLogin, _ logins: [(script: [Exchange], end: EnrolmentEnd)], invited: Bool
    ) throws -> [OwnersSite] {
        var sites: [OwnersSite] = []
        for overTheWire in [false, true] {
            let site = try OwnersSite()
            site.configuration.enrollAtLogin = setting
            if invited { try invite(site) }
            for (number, login) in logins.enumerated() {
                let played = try overTheWire ? serve(login.script, site) : here(login.script, site)
                #expect(played.end == login.end, "login \(number), over the wire: \(overTheWire)")
                #expect(played.person.complaints == [] && played.person.left == 0, "login \(number)")
            }
            sites.append(site)
        }
        return sites
    }

    private func here(_ script: [Exchange], _ site: OwnersSite) -> (person: ScriptedPerson, end: EnrolmentEnd) {
        let console = LoginConsole(ScriptedPerson(script)) { _, _ in ["(a picture)"] }
        let login = LoginInHand(
            request(site), from: LoginOrigin(remoteHost: [], terminal: []), at: console, configurationPath: [],
            log: { _ in })
        let end = LoginEnrolment(login, of: site.owner).run()
        return (console.person, end)
    }

    private func serve(_ script: [Exchange], _ site: OwnersSite) throws -> (person: ScriptedPerson, end: EnrolmentEnd) {
        var other: Descriptor?
        let served = Served(Channel(try Descriptor.pair { other = consume $0 }), request(site), site.owner)
        let ended = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            served.run()
            ended.signal()
        }
        guard let own = other.take() else { throw SystemError.invalid }
        var channel = Channel(own)
        var person = ScriptedPerson(script)
        let hello = Hello(
            realUID: 0, silent: false, service: [], user: site.owner.name, remoteHost: [], terminal: [], arguments: [])
        let verdict = try relay(hello, over: &channel, conversation: &person)
        ended.wait()
        let end = try #require(served.end)
        #expect(verdict == end.verdict(explained: false))
        return (person, end)
    }

    private static let invitation = "0123-4567-89AB-CDEF"

    private func invite(_ site: OwnersSite) throws {
        let now = try #require(wallClock())
        let code = Array(Self.invitation.utf8).filter { $0 != UInt8(ascii: "-") }
        let crypto = try Libcrypto.load()
        var record = Record(state: .pending, confirmed: false, created: now, changed: now)
        try record.invite(
            Invitation(code.span, salt: [UInt8](repeating: 1, count: 16), now: now, hours: 1, crypto: crypto))
        var store = Store(site.configuration)
        try store.withOpen { (store) throws(StoreError) in
            do throws(EnrolmentError) { try store.create(site.owner, record) } catch { throw StoreError(.recordExists) }
        }
    }

    private func state(_ site: OwnersSite) throws -> Record.State? {
        var store = Store(site.configuration)
        return try store.withOpen { (store) throws(StoreError) in try store.peek(site.owner) { $0.state } }
    }

    private var toEnrol: [Exchange] {
        [
            at(enrolmentCode) { _ in Self.invitation }, at(appCode) { appsCode($0) }, at(sentence, saved),
        ]
    }

    @Test func byCode() throws {
        for site in try play(.code, [(toEnrol, .enrolled)], invited: true) { #expect(try state(site) == .active) }
    }

    @Test func onTrust() throws {
        let script = Array(toEnrol.dropFirst())
        for site in try play(.yes, [(script, .enrolled)], invited: false) { #expect(try state(site) == .active) }
    }

    /// Each question is left without an answer in turn; the state is never one that lets anybody in.
    @Test(arguments: 0..<3) func cutOff(_ answered: Int) throws {
        let cut = Array(toEnrol.prefix(answered)) + [at(toEnrol[answered].question) { _ in nil }]
        for site in try play(.code, [(cut, .noAnswer)], invited: true) { #expect(try state(site) == .pending) }
    }

    @Test func goesOnWhereItWasCutOff() throws {
        let shown = [toEnrol[0], at(appCode) { _ in nil }]
        let proven = [toEnrol[0], toEnrol[1], at(sentence) { _ in nil }]
        // The code that proved the app is spent, and nobody sees the key any more.
        let spent: [Exchange] = [at("Verification code: ") { screen in screen.contains("otpauth") ? "seen" : "123" }]
        let logins: [([Exchange], EnrolmentEnd)] = [
            (shown, .noAnswer), (proven, .noAnswer), (spent, .refused(.code(.malformed))),
        ]
        for site in try play(.code, logins, invited: true) { #expect(try state(site) == .pending) }
    }

    @Test func whoGetsItWrong() throws {
        let wrongCode: [Exchange] = [at(enrolmentCode) { _ in "ZZZZ-4567-89AB-CDEF" }]
        let sites = try play(
            .code, [(wrongCode, .refused(.wrongEnrolmentCode))], invited: true)
        for site in sites {
            let played = here(wrongCode, site)
            guard case .refused(.tooSoon) = played.end else {
                Issue.record("\(played.end)")
                return
            }
        }
        _ = try play(.code, [(wrongCode, .refused(.wrongEnrolmentCode))], invited: false)
        let wrongApp = [toEnrol[0]] + Array(repeating: at(appCode) { _ in "12" }, count: 5)
        let noSentence = [toEnrol[0], toEnrol[1]] + Array(repeating: at(sentence) { _ in "no" }, count: 5)
        let logins: [([Exchange], EnrolmentEnd)] = [
            (wrongApp, .refused(.unfinished)), (noSentence, .refused(.unfinished)),
        ]
        for site in try play(.code, logins, invited: true) { #expect(try state(site) == .pending) }
    }
}

/// @unchecked: one thread uses it until it is started, the other one afterwards.
private final class Served: @unchecked Sendable {
    private var channel: Channel?
    private let request: LoginRequest
    private let account: Account
    private(set) var end: EnrolmentEnd?

    init(_ channel: consuming Channel, _ request: LoginRequest, _ account: Account) {
        self.channel = consume channel
        self.request = request
        self.account = account
    }

    func run() {
        guard var channel = channel.take(), let frame = try? channel.receive(within: 1000), frame.type == .hello else {
            return
        }
        let console = LoginConsole(RemoteConversation(channel)) { _, _ in ["(a picture)"] }
        let login = LoginInHand(
            request, from: LoginOrigin(remoteHost: [], terminal: []), at: console, configurationPath: [],
            log: { _ in })
        let came = LoginEnrolment(login, of: account).run()
        end = came
        console.person.end(came.verdict(explained: false))
    }
}
