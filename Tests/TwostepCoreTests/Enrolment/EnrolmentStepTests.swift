import Testing

@testable import TwostepCore

/// What somebody must show who enrols at a login: nobody who has the password alone goes on with what another one began.
struct EnrolmentStepTests {
    private struct Case {
        let state: Record.State
        let invited: Int?
        let begun: Enrolment.Stage?
        let proof: Enrolment.Proof
        let code: EnrolmentStep?
        let yes: EnrolmentStep?

        init(
            _ state: Record.State, invited: Int? = nil, _ begun: Enrolment.Stage? = nil,
            by proof: Enrolment.Proof = .invitation, code: EnrolmentStep?, yes: EnrolmentStep?
        ) {
            (self.state, self.invited, self.begun, self.proof) = (state, invited, begun, proof)
            (self.code, self.yes) = (code, yes)
        }
    }

    private let cases: [Case] = [
        // Nothing was begun.
        Case(.pending, code: .invitation, yes: .nothing),
        // Who was invited is more than a password, until the invitation has gone by.
        Case(.pending, invited: 24, code: .invitation, yes: .invitation),
        Case(.pending, invited: 1, code: .invitation, yes: .nothing),
        // A key that was shown is shown again to nobody but whoever has the invitation.
        Case(.pending, invited: 24, .shown, code: .invitation, yes: .invitation),
        Case(.pending, invited: 1, .shown, code: .invitation, yes: .shownApp),
        Case(.pending, .shown, by: .password, code: .invitation, yes: .shownApp),
        Case(.pending, .shown, by: .recovery, code: .invitation, yes: .invitation),
        // An app that was proven is as good as a second step.
        Case(.pending, .proven, code: .provenApp, yes: .provenApp),
        Case(.pending, .proven, by: .password, code: .invitation, yes: .provenApp),
        Case(.pending, .proven, by: .recovery, code: .invitation, yes: .invitation),
        // Whoever had a second step is never taken at their password.
        Case(.mustReenrol, code: .invitation, yes: .invitation),
        Case(.mustReenrol, invited: 24, code: .invitation, yes: .invitation),
        Case(.mustReenrol, .shown, by: .recovery, code: .invitation, yes: .invitation),
        Case(.mustReenrol, .shown, by: .password, code: .invitation, yes: .invitation),
        Case(.mustReenrol, .proven, by: .password, code: .invitation, yes: .invitation),
        // Not even by the app: a recovery token counts for an hour, and so does what it began.
        Case(.mustReenrol, .proven, by: .recovery, code: .invitation, yes: .invitation),
        Case(.mustReenrol, invited: 24, .proven, by: .recovery, code: .invitation, yes: .invitation),
        // Nobody enrols with these.
        Case(.active, invited: 24, .proven, code: nil, yes: nil),
        Case(.disabled, invited: 24, .proven, code: nil, yes: nil),
    ]

    @Test func table() throws {
        for (number, one) in cases.enumerated() {
            let record = try Invited.record(one.state, invitedFor: one.invited, begun: one.begun, by: one.proof)
            #expect(try EnrolmentStep(record, .code, now: Sample.now) == one.code, "case \(number), code")
            #expect(try EnrolmentStep(record, .yes, now: Sample.now) == one.yes, "case \(number), yes")
        }
    }

    @Test func withoutARecord() {
        #expect(EnrolmentStep(withoutRecord: .code) == .invitation)
        #expect(EnrolmentStep(withoutRecord: .yes) == .nothing)
        #expect(EnrolmentStep(withoutRecord: .no) == .invitation)
    }
}
