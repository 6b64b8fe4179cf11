import Testing

@testable import TwostepCore

/// Who may enrol at a login: it is told apart before anything is asked, and nothing is logged of it.
struct MayEnrolTests {
    private let asked: [Step] = [.prompt("Verification code: ", answer: "123456")]

    private func request(
        _ setting: EnrolmentAtLogin = .code, offered: Bool = true, _ request: LoginRequest = Sample.request()
    ) -> LoginRequest {
        var configuration = request.configuration
        configuration.enrollAtLogin = setting
        let changed = LoginRequest(
            subject: request.subject, service: request.service, options: request.options, configuration: configuration,
            trouble: request.trouble, silent: request.silent, membership: { _, _ in .notMember })
        changed.offersEnrolment = offered
        return changed
    }

    private func play(_ steps: [Step], _ request: LoginRequest, _ record: consuming Record?) throws -> Outcome {
        var store = try Sample.store(record)
        var conversation = ScriptedConversation(steps)
        var reports: [LoginReport] = []
        let outcome = login(request, conversation: &conversation, store: &store, now: { Sample.now }) {
            reports.append($0)
        }
        #expect(conversation.complaints.isEmpty)
        #expect(reports.isEmpty == (outcome == .mayEnrol))
        return outcome
    }

    private func record(_ state: Record.State) throws -> Record {
        var record = try Sample.record()
        record.state = state
        return record
    }

    @Test func whoHasNone() throws {
        for setting in [EnrolmentAtLogin.code, .yes] {
            #expect(try play([], request(setting), nil) == .mayEnrol)
            #expect(try play([], request(setting), record(.pending)) == .mayEnrol)
            #expect(try play([], request(setting), record(.mustReenrol)) == .mayEnrol)
            for state in [Record.State.active, .disabled] {
                #expect(try play(asked, request(setting), record(state)) != .mayEnrol)
            }
        }
        #expect(FinalVerdict(.mayEnrol, explained: true) == .refused)
    }

    @Test func nobodyWhereItIsNotOffered() throws {
        for request in [request(.no), request(offered: false), request(.code, Sample.request(silent: true))] {
            #expect(try play(asked, request, nil) == .refused(.notEnrolled))
            #expect(try play(asked, request, record(.mustReenrol)) == .refused(.mustReenrol))
        }
        let firstPass: [Step] = [.firstPass("123456")]
        #expect(try play(firstPass, request(.code, Sample.request(firstPass: .only)), nil) == .refused(.notEnrolled))
        let trouble = StoreError(.configInvalid)
        #expect(try play(asked, request(.code, Sample.request(trouble: trouble)), nil) == .unavailable(trouble))
    }

    /// Whoever need not have one passes, invited or not; whoever must enrol anew does.
    @Test func policyComesFirst() throws {
        let lenient = request(.yes, Sample.request(nullok: true, requiredForAll: false))
        #expect(try play([], lenient, nil) == .passed(.notEnrolled))
        #expect(try play([], lenient, record(.pending)) == .passed(.notEnrolled))
        #expect(try play([], lenient, record(.mustReenrol)) == .mayEnrol)
    }
}
