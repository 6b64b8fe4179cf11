import Crypto
import Testing

@testable import TwostepCore

/// A login that needs no code since one was typed a while ago (`remember`): what it takes, and all that ends it.
struct RememberedLoginTests {
    private static let hour: Int64 = 3600
    private static let begun: Int64 = 1000
    private static let asked: [Step] = [.prompt("Verification code: ", answer: Sample.code)]
    private static let askedLater: [Step] = [.prompt("Verification code: ", answer: Sample.nextCode)]

    /// A login as policy sees it: by SSH from an address of IPv6, unless a test changes something about it.
    private struct Login {
        var account: Account? = Sample.alice
        var service = "sshd"
        var address: UInt128? = 0x2001_0db8 << 96 | 7
        var source: Source? = Source(.network, 0x2001_0db8_0000_0000)
        var session = "boot"
        var remember = 3600
        var isRequired = false
        var forwardPass = false
        var trouble: StoreError?
        var uptime: Int64? = begun + 60

        var request: LoginRequest {
            var configuration = Configuration()
            configuration.remember = remember
            configuration.digits = 8
            var options = ModuleOptions()
            options.required = isRequired
            options.forwardPass = forwardPass
            return LoginRequest(
                subject: LoginSubject(account: account, name: account?.name ?? Array("mallory".utf8)),
                service: Array(service.utf8), options: options, configuration: configuration, source: source,
                address: address, session: Array(session.utf8), trouble: trouble,
                membership: { _, _ in .notMember })
        }
    }

    private static func with(_ change: (inout Login) -> Void) -> Login {
        var login = Login()
        change(&login)
        return login
    }

    /// By `sudo`, which a user has started.
    private static let sudo = with {
        $0.service = "sudo"
        $0.address = nil
        $0.source = Source(.uid, 1000)
        $0.session = "boot 17 4711"
    }

    private func play(
        _ steps: [Step], _ login: Login, _ store: inout MemoryStore, at now: Int64 = Sample.now
    ) -> Outcome {
        var conversation = ScriptedConversation(steps)
        var reports: [LoginReport] = []
        let outcome = TwostepCore.login(
            login.request, conversation: &conversation, store: &store, now: { now }, uptime: { login.uptime }
        ) { reports.append($0) }
        #expect(conversation.complaints.isEmpty)
        #expect(reports.map(\.outcome) == [outcome])
        return outcome
    }

    /// A store in which a code was accepted for `login` at `begun`.
    private func store(after login: Login = Login()) throws -> MemoryStore {
        var store = try Sample.store(Sample.record())
        var first = login
        first.uptime = Self.begun
        try #require(play(Self.asked, first, &store) == accepted(.totp))
        return store
    }

    @Test func nothingIsAskedAndNothingIsWritten() throws {
        for login in [Login(), Self.sudo] {
            var store = try store(after: login)
            let before = store.log
            #expect(play([], login, &store) == accepted(.remembered, ""))
            let after = store.log
            #expect(before == ["recalled", "locked", "written"] && after == before + ["recalled"])
            let line = accepted(.remembered, "").eventLine(
                login.request, from: LoginOrigin(remoteHost: Array("::1".utf8), terminal: []))
            #expect(
                String(decoding: line.text, as: UTF8.self)
                    == "event=accepted method=remembered user=alice rhost=::1")
        }
    }

    /// Each of these, and nothing else about the login, has the person asked.
    private static let others: [(String, Login)] = [
        ("another service", with { $0.service = "sshd-2" }),
        ("another address of the same network", with { $0.address = 0x2001_0db8 << 96 | 8 }),
        ("a host that is known by name", with { $0.address = nil }),
        ("the console", with { ($0.address, $0.source) = (nil, Source(.console, 0)) }),
        ("another boot", with { $0.session = "boot 2" }),
        ("no session", with { $0.session = "" }),
        ("an hour later", with { $0.uptime = begun + hour }),
        ("before it", with { $0.uptime = begun - 1 }),
        ("a clock that cannot be read", with { $0.uptime = nil }),
        ("a shorter time", with { $0.remember = 60 }),
        ("no such setting", with { $0.remember = 0 }),
        ("the argument required", with { $0.isRequired = true }),
    ]

    @Test(arguments: 0..<others.count)
    func whateverElseIsDifferentHasThePersonAsked(index: Int) throws {
        let (name, login) = Self.others[index]
        var store = try store()
        #expect(play(Self.askedLater, login, &store, at: Sample.now + 30) == accepted(.totp), "\(name)")
    }

    @Test func anotherSessionOrCallerOfSudoIsAsked() throws {
        for (caller, session) in [(1000, "boot 18 4711"), (1000, "boot 17 4712"), (1001, "boot 17 4711")]
            as [(UInt64, _)]
        {
            var store = try store(after: Self.sudo)
            var other = Self.sudo
            other.source = Source(.uid, caller)
            other.session = session
            #expect(play(Self.askedLater, other, &store, at: Sample.now + 30) == accepted(.totp))
            // The first one is as it was.
            #expect(play([], Self.sudo, &store) == accepted(.remembered, ""))
        }
    }

    @Test func theTimeCountsFromTheCode() throws {
        var store = try store()
        let late = Self.with { $0.uptime = Self.begun + Self.hour - 1 }
        #expect(play([], late, &store) == accepted(.remembered, ""))
        let over = Self.with { $0.uptime = Self.begun + Self.hour }
        #expect(play(Self.askedLater, over, &store, at: Sample.now + 30) == accepted(.totp))
        // And again from that one.
        #expect(play([], Self.with { $0.uptime = Self.begun + Self.hour + 60 }, &store) == accepted(.remembered, ""))
    }

    @Test func rootIsAskedEachTime() throws {
        let root = Account(uid: 0, name: Array("root".utf8))
        var store = try Sample.store(Sample.record())
        store.account = root
        let login = Self.with { $0.account = root }
        #expect(play(Self.asked, login, &store) == accepted(.totp))
        #expect(play(Self.askedLater, login, &store, at: Sample.now + 30) == accepted(.totp))
        let log = store.log
        #expect(!log.contains("recalled"))
    }

    @Test func aRecordThatIsInDoubtOrNotActive() throws {
        for state in [Record.State.pending, .mustReenrol, .disabled] {
            var store = try store()
            store.record?.state = state
            guard case .refused = play(Self.askedLater, Login(), &store, at: Sample.now + 30) else {
                Issue.record("\(state)")
                continue
            }
        }
        var damaged = try store()
        damaged.health = .oneSlotDamaged
        // The next step's floor is above it: nothing but the code decides.
        #expect(play(Self.askedLater, Login(), &damaged, at: Sample.now + 30) == .refused(.damaged))
        damaged.health = .sound
        let left = damaged.record?.remembered.count
        #expect(left == 0)
        var cautious = try store()
        cautious.record?.cautious = true
        #expect(play(Self.askedLater, Login(), &cautious, at: Sample.now + 30) == accepted(.totp))
    }

    @Test func aCodeThatIsNotAcceptedIsNotRemembered() throws {
        var store = try Sample.store(Sample.record())
        #expect(play([.prompt("Verification code: ", answer: "123456")], Login(), &store) == .refused(.wrongCode))
        #expect(play(Self.asked, Login(), &store) == accepted(.totp))
        let count = store.record?.remembered.count
        #expect(count == 1)
    }

    @Test func whatMayNotBeRememberedIsNotWritten() throws {
        for login in [Self.with { $0.isRequired = true }, Self.with { $0.remember = 0 }, Self.with { $0.session = "" }]
        {
            var store = try store(after: login)
            #expect(play(Self.askedLater, Login(), &store, at: Sample.now + 30) == accepted(.totp))
        }
    }

    @Test func somebodyWithoutRecordIsLookedForAllTheSame() throws {
        for account in [nil, Account(uid: 1001, name: Array("bob".utf8))] {
            var store = try Sample.store(Sample.record())
            let refusal = Refusal.self
            let outcome = play(Self.asked, Self.with { $0.account = account }, &store)
            #expect(outcome == .refused(account == nil ? refusal.unknownUser : .notEnrolled))
            let log = store.log
            #expect(log == ["recalled", "decoy locked", "written"])
        }
    }

    @Test func aStoreThatCannotSayHasThePersonAsked() throws {
        var store = try store()
        store.lookFails = StoreError(.recordUnreadable)
        #expect(play(Self.askedLater, Login(), &store, at: Sample.now + 30) == accepted(.totp))
    }

    @Test func whatHasGoneWrongIsAnsweredAfterThePrompt() throws {
        var store = try store()
        let trouble = StoreError(.configInvalid)
        #expect(play(Self.askedLater, Self.with { $0.trouble = trouble }, &store) == .unavailable(trouble))
    }

    @Test func withForwardPassThePasswordIsNeeded() throws {
        var store = try store()
        let login = Self.with { $0.forwardPass = true }
        let steps: [Step] = [
            .prompt("Password and verification code: ", answer: "horse" + Sample.nextCode), .left("horse"),
        ]
        #expect(play(steps, login, &store, at: Sample.now + 30) == accepted(.totp))
    }

    @Test func theOldestOfEightGoes() {
        var record = Record(state: .active, confirmed: true, created: 1, changed: 1)
        for number in 0..<9 as Range<UInt64> {
            record.remember(RememberedLogin.Mark(high: 1, low: number), at: Int64(number))
        }
        record.remember(RememberedLogin.Mark(high: 1, low: 3), at: 20)
        let lows = record.remembered.map(\.mark.low)
        #expect(lows == [3, 8, 7, 6, 5, 4, 2, 1])
        record.remember(RememberedLogin.Mark(high: 1, low: 3), at: 1 << 32)
        let first = record.remembered[0].at
        #expect(first == 20)
    }
}
