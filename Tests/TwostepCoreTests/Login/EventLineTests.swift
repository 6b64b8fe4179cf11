import Testing

@testable import TwostepCore

/// The log: one line, fields that nobody can forge, and no name that no account has.
struct EventLineTests {
    private func line(_ outcome: Outcome, _ request: LoginRequest, rhost: String = "") -> String {
        let origin = LoginOrigin(remoteHost: Array(rhost.utf8), terminal: Array("ssh".utf8))
        return String(decoding: outcome.eventLine(request, from: origin).text, as: UTF8.self)
    }

    @Test func theFieldsStandInOrder() {
        let phone = Acceptance(method: .totp, token: Array("my phone".utf8), backupCodesLeft: 3)
        #expect(
            line(.accepted(phone), Sample.request(), rhost: "192.0.2.7")
                == "event=accepted method=totp user=alice rhost=192.0.2.7 tty=ssh token=\"my phone\"")
        let backup = Acceptance(method: .backupCode, token: [], backupCodesLeft: 3)
        #expect(
            line(.accepted(backup), Sample.request()) == "event=accepted method=backup-code user=alice tty=ssh left=3")
        #expect(
            line(.unavailable(StoreError(.notWritable, cause: "EROFS")), Sample.request())
                == "event=error reason=not-writable cause=EROFS user=alice tty=ssh")
        #expect(line(.passed(.notEnrolled), Sample.request()) == "event=ignored reason=not-enrolled user=alice tty=ssh")
    }

    @Test func aNameThatNoAccountHasIsNotLogged() {
        #expect(line(.refused(.unknownUser), Sample.request(nil)) == "event=refused reason=unknown-user user=? tty=ssh")
    }

    @Test(arguments: [
        ("plain-1.2:3/4@x", "plain-1.2:3/4@x"), ("a b", "\"a b\""), ("a\nevent=accepted", "\"a\\x0aevent=accepted\""),
        ("\"", "\"\\x22\""), ("\\", "\"\\x5c\""), ("é", "\"\\xc3\\xa9\""), ("\u{1B}[2J", "\"\\x1b[2J\""),
        ("a=b", "\"a=b\""),
    ])
    func nothingInAValueCanLookLikeAField(value: String, shown: String) {
        #expect(String(decoding: EventLine.escaped(Array(value.utf8)), as: UTF8.self) == shown)
    }

    @Test func longValuesAreCut() {
        let text = EventLine.escaped([UInt8](repeating: 0x61, count: 300))
        #expect(text.count == 256 + 5)
    }

    @Test func everyReasonHasANameOfItsOwn() {
        let names = StoreError.Reason.allCases.map { "\($0.text)" }
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0.allSatisfy { $0.isLowercase || $0 == "-" } })
    }
}
