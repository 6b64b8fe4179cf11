import Crypto
import Doctor
import Linux
import Testing

@testable import TwostepCore

/// The table of policy, each case explained as well: by what `twostep explain` is made of, for somebody who has no second
/// step and for somebody who has one, with `nullok`, without it and with `required`.
struct ExplainTests {
    private static let place = Place("/etc/pam.d/sshd", 6)
    private static let configPath = "/etc/twostep/twostep.conf"

    /// What the quoted lines say without their reasons: `5: exempt = user:alice`, `pam` for the line in /etc/pam.d, and
    /// `default: required = all` where the file says nothing.
    private func lines(_ explanation: Explanation) -> [String] {
        explanation.decides.map { quote in
            if quote.place == ExplainTests.place { return "pam" }
            return (quote.place.line.map { "\($0)" } ?? "default") + ": " + quote.text
        }
    }

    private func explain(
        _ row: PolicyCase, _ arguments: String, isEnrolled: Bool = false, at now: Int64
    ) throws -> Explanation {
        let text = Array(row.configuration.utf8)
        let configuration = try Configuration.parse(text, address: networkAddress)
        let options = try ModuleOptions.parse(arguments.split(separator: " ").map { Array($0.utf8) })
        var store = try Sample.store(isEnrolled ? try Sample.record() : nil)
        if let account = row.account { store.account = account }
        let explainer = LineExplainer(
            ExplainTests.place, "auth required pam_twostep.so \(arguments)",
            QuotedConfiguration(path: ExplainTests.configPath, text: text))
        return explainer.explain(keys: [], store: &store, now: now) { key in
            LoginRequest(
                subject: LoginSubject(account: row.account, name: row.account?.name ?? Array("mallory".utf8)),
                service: Array(row.service.utf8), options: options, configuration: configuration,
                address: networkAddress(Array(row.remoteHost.utf8)).map(Rule.number), securityKey: key,
                membership: People.membership)
        }
    }

    /// The line of a setting in the case's own text, found by other means than the code's.
    private func line(_ name: String, _ row: PolicyCase, default text: String) -> String {
        let all = row.configuration.split(separator: "\n", omittingEmptySubsequences: false)
        guard let index = all.firstIndex(where: { $0.hasPrefix("\(name) =") }) else {
            return "default: \(name) = \(text)"
        }
        return "\(index + 1): \(all[index])"
    }

    @Test(arguments: DecisionTests.cases) func whoHasNoSecondStep(_ row: PolicyCase) throws {
        let day = try #require(Day(Array(row.day.utf8)))
        let required = line("required", row, default: "all")
        let noExemption = row.configuration.contains("exempt") ? [line("exempt", row, default: "")] : []
        let deadline = row.configuration.contains("enroll_by") ? [line("enroll_by", row, default: "no")] : []
        for now in [day.end - 86_400, day.end - 1] {
            let explanation = try explain(row, "nullok", at: now)
            let wanted: (Explanation.Outcome, String, [String])
            switch row.decided {
            case .exempt: wanted = (.passes, "exempt", noExemption)
            case .optional: wanted = (.passes, "not-enrolled", [required, "pam"])
            case .due: wanted = (.passes, "enroll-by", deadline + [required, "pam"])
            case .fails(let reason): wanted = (.refused, "\(reason.text)", [required])
            case .required where row.account == nil: wanted = (.refused, "unknown-user", ["pam"] + noExemption)
            case .required: wanted = (.refused, "not-enrolled", [required] + deadline + noExemption)
            }
            #expect(explanation.outcome == wanted.0 && explanation.reason == wanted.1)
            #expect(lines(explanation) == wanted.2)
        }
    }

    /// Without `nullok` nobody passes but who is exempt; with `required` nobody at all.
    @Test(arguments: DecisionTests.cases) func whatTheArgumentsOverrule(_ row: PolicyCase) throws {
        let now = try #require(Day(Array(row.day.utf8))).end - 1
        let noExemption = row.configuration.contains("exempt") ? [line("exempt", row, default: "")] : []
        let reason = row.account == nil ? "unknown-user" : "not-enrolled"
        let bare = try explain(row, "", at: now)
        if case .exempt = row.decided {
            #expect(bare.outcome == .passes && bare.reason == "exempt" && lines(bare) == noExemption)
        } else {
            #expect(bare.outcome == .refused && bare.reason == reason && lines(bare) == ["pam"] + noExemption)
        }
        let strict = try explain(row, "required", at: now)
        #expect(strict.outcome == .refused && strict.reason == reason)
        #expect(Set(lines(strict)) == ["pam"])
    }

    /// Whoever is enrolled is asked, whatever `required` and `enroll_by` say.
    @Test(arguments: DecisionTests.cases) func whoIsEnrolled(_ row: PolicyCase) throws {
        guard row.account != nil else { return }
        let now = try #require(Day(Array(row.day.utf8))).end - 1
        for arguments in ["nullok", "", "required"] {
            let explanation = try explain(row, arguments, isEnrolled: true, at: now)
            if case .exempt = row.decided, arguments != "required" {
                #expect(explanation.outcome == .passes && explanation.reason == "exempt")
            } else {
                #expect(explanation.outcome == .asked && explanation.reason == "enrolled")
                #expect(lines(explanation).first == "pam")
            }
        }
    }

    private func explain(
        _ configuration: String, _ store: inout MemoryStore, keys: [SecurityKey] = [], trouble: StoreError? = nil,
        enrols: Bool = false, source: Source? = nil
    ) throws -> Explanation {
        let text = Array(configuration.utf8)
        let parsed = try Configuration.parse(text, address: networkAddress)
        let explainer = LineExplainer(
            ExplainTests.place, "auth required pam_twostep.so",
            QuotedConfiguration(path: ExplainTests.configPath, text: text))
        return explainer.explain(keys: keys, store: &store, now: Sample.now) { key in
            let request = LoginRequest(
                subject: LoginSubject(account: Sample.alice, name: Sample.alice.name), service: Array("sshd".utf8),
                options: ModuleOptions(), configuration: parsed, source: source, securityKey: key, trouble: trouble,
                membership: People.membership)
            request.offersEnrolment = enrols
            return request
        }
    }

    @Test(arguments: [Record.State.pending, .mustReenrol, .disabled])
    func aRecordThatLetsNobodyIn(state: Record.State) throws {
        var record = try Sample.record()
        record.state = state
        var store = try Sample.store(record)
        let explanation = try explain("", &store)
        let reason = state == .pending ? "not-enrolled" : state == .disabled ? "disabled" : "must-reenrol"
        #expect(explanation.outcome == .refused && explanation.reason == reason && lines(explanation) == ["pam"])
    }

    @Test func whoMayEnrolIsLedThroughIt() throws {
        var store = try Sample.store(nil)
        let explanation = try explain("# a site\nenroll_at_login = code", &store, enrols: true)
        #expect(explanation.outcome == .enrols && explanation.reason == "enroll-at-login")
        #expect(lines(explanation) == ["2: enroll_at_login = code", "pam"])
        #expect(try explain("enroll_at_login = code", &store).outcome == .refused)
    }

    @Test func theSecurityKeysThatCountAreNamed() throws {
        let key = Array("sk-ssh-ed25519@openssh.com AAAA".utf8)
        let registered = SecurityKey(label: Array("yubi".utf8), publicKey: key, created: 1)
        let gone = SecurityKey(label: Array("gone".utf8), publicKey: Array("sk-other".utf8), created: 1)
        var record = try Sample.record()
        let added = record.add(registered)
        try #require(added)
        var store = try Sample.store(record)
        let counted = try explain("ssh_key_touch = enforced", &store, keys: [registered, gone])
        #expect(counted.outcome == .asked && counted.securityKeys == ["yubi"])
        #expect(lines(counted) == ["pam", "1: ssh_key_touch = enforced"])
        // Nor where no key counts in this service.
        for text in ["", "ssh_key_touch = enforced sudo"] {
            #expect(try explain(text, &store, keys: [registered]).securityKeys == [])
        }
    }

    @Test func aClosedPurseIsTold() throws {
        var record = try Sample.record()
        record.throttle.settle(at: Sample.now)
        var store = try Sample.store(record)
        #expect(try explain("", &store).lockedUntil == nil)
        // Five wrong codes.
        for _ in 0..<5 {
            _ = playLogin([.prompt("Verification code: ", answer: "00000000")], Sample.request(digits: 8), &store)
        }
        let explanation = try explain("", &store)
        #expect(explanation.outcome == .asked)
        #expect(explanation.lockedUntil == Sample.now + 900)
    }

    @Test func troubleQuotesWhatNamesIt() throws {
        for (reason, wanted) in [
            (StoreError.Reason.keyMissing, "1: key = /root/key"), (.storeMissing, "default: store = /var/lib/twostep"),
            (.configUnsafe, "default: "), (.recordCorrupt, "default: store = /var/lib/twostep"),
        ] {
            var store = try Sample.store(nil)
            let explanation = try explain(
                "key = /root/key", &store, trouble: StoreError(reason, cause: "mode"))
            #expect(explanation.outcome == .refused && explanation.reason == "\(reason.text)")
            #expect(explanation.cause == "mode" && lines(explanation) == [wanted])
        }
    }

    @Test func anArgumentThatTheModuleDoesNotTake() {
        let explainer = LineExplainer(
            ExplainTests.place, "auth required pam_twostep.so nullko",
            QuotedConfiguration(path: ExplainTests.configPath, text: []))
        do throws(ModuleOptions.Problem) {
            _ = try ModuleOptions.parse([Array("nullko".utf8)])
            Issue.record("it is taken")
        } catch {
            let explanation = explainer.explain(error)
            #expect(explanation.outcome == .refused && explanation.reason == "unknown-argument")
            #expect(explanation.cause == "nullko" && lines(explanation) == ["pam"])
        }
    }

    /// A recovery code is taken where the service is asked about such an answer, and nowhere else.
    @Test func whoMustEnrolAnew() throws {
        let cases: [(String, ServiceAnswers, Bool)] = [
            ("", .handedOver, true), ("nullok", .handedOver, true), ("", .elsewhere, false),
            ("forward_pass", .handedOver, false), ("use_first_pass", .handedOver, false),
        ]
        for (arguments, answers, isTaken) in cases {
            var record = try Sample.record()
            record.state = .mustReenrol
            var store = try Sample.store(record)
            let options = try ModuleOptions.parse(arguments.isEmpty ? [] : [Array(arguments.utf8)])
            let explainer = LineExplainer(
                ExplainTests.place, "auth required pam_twostep.so \(arguments)",
                QuotedConfiguration(path: ExplainTests.configPath, text: []))
            for until in [nil, Sample.now + 3600] {
                let explanation = explainer.explain(
                    keys: [], recoveryUntil: until, store: &store, now: Sample.now
                ) { _ in
                    let request = LoginRequest(
                        subject: LoginSubject(account: Sample.alice, name: Sample.alice.name),
                        service: Array("sshd".utf8), options: options, configuration: Configuration(),
                        membership: People.membership)
                    request.serviceAnswers = answers
                    return request
                }
                #expect(explanation.outcome == .refused && explanation.reason == "must-reenrol")
                #expect((explanation.wayBack != nil) == isTaken)
                #expect(explanation.wayBack?.until == (isTaken ? until : nil))
                let told = explanation.sentences { "at \($0)" }
                #expect(told[0].contains("unless by a recovery code") == isTaken)
                #expect(told.count == (isTaken ? 2 : 1))
                if isTaken { #expect(told[1].contains(until.map { "until at \($0)" } ?? "twostep recover")) }
            }
        }
    }

    /// Only where such a login may be remembered at all.
    @Test func whatIsRemembered() throws {
        let cases: [(String, UInt128?, Bool)] = [("", 7, true), ("", nil, false), ("required", 7, false)]
        for (arguments, address, isQuoted) in cases {
            let text = Array("remember = 12h".utf8)
            let configuration = try Configuration.parse(text, address: networkAddress)
            let options = try ModuleOptions.parse(arguments.isEmpty ? [] : [Array(arguments.utf8)])
            var store = try Sample.store(Sample.record())
            let explainer = LineExplainer(
                ExplainTests.place, "auth required pam_twostep.so \(arguments)",
                QuotedConfiguration(path: ExplainTests.configPath, text: text))
            let explanation = explainer.explain(keys: [], store: &store, now: Sample.now) { _ in
                LoginRequest(
                    subject: LoginSubject(account: Sample.alice, name: Sample.alice.name), service: Array("sshd".utf8),
                    options: options, configuration: configuration, address: address, session: [1],
                    membership: People.membership)
            }
            #expect(explanation.outcome == .asked)
            #expect(lines(explanation).contains("1: remember = 12h") == isQuoted)
        }
    }
}
