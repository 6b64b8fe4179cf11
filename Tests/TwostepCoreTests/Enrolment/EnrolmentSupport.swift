import Crypto
import Testing

@testable import TwostepCore

/// Somebody who was invited, and what they began.
enum Invited {
    static let code = "0123-4567-89AB-CDEF"
    static let otherCode = "ZZZZ-4567-89AB-CDEF"
    static let firstKey = Array("12345678901234567890".utf8)
    static let secondKey = Array("another key, no less".utf8)

    /// Invited an hour ago, for a day.
    static func record(
        _ state: Record.State = .pending, invitedFor hours: Int? = 24, begun: Enrolment.Stage? = nil,
        by proof: Enrolment.Proof = .invitation
    ) throws -> Record {
        var record = Record(state: state, confirmed: false, created: 1, changed: 1)
        if let hours {
            let typed = Array(code.utf8).filter { $0 != UInt8(ascii: "-") }
            let crypto = try Libcrypto.load()
            try record.invite(
                Invitation(
                    typed.span, salt: [UInt8](repeating: 7, count: 16), now: Sample.now - 3600, hours: hours,
                    crypto: crypto))
        }
        if let begun { try record.keep(enrolment(key: firstKey, stage: begun, proof: proof)) }
        return record
    }

    static func enrolment(
        key: [UInt8] = secondKey, stage: Enrolment.Stage = .shown, proof: Enrolment.Proof = .invitation, id: UInt8 = 1
    ) -> Enrolment {
        let token = Token(
            id: 1, kind: .totp, algorithm: .sha1, digits: 8, period: 30, created: 1, label: Enrolment.label, key: 0..<0)
        return Enrolment(
            id: [UInt8](repeating: id, count: 8), stage: stage, proof: proof, begun: 1, token: token, key: secret(key))
    }
}

extension Record {
    /// Presents a code that somebody typed.
    mutating func present(
        _ typed: String, beginning fresh: borrowing Enrolment = Invited.enrolment(), from source: Source? = nil,
        at now: Int64 = Sample.now
    ) throws -> PresentedCode {
        let crypto = try Libcrypto.load()
        let code = EnrolmentCode.read(Array(typed.utf8).span)
        return try present(code, beginning: fresh, from: source, now: now, crypto: crypto)
    }

    /// The key of the enrolment that was begun; nil where there is none.
    var begunKey: [UInt8]? {
        guard let begun = try? enrolment() else { return nil }
        return array(begun.key)
    }

    var stage: Enrolment.Stage? { (try? enrolment())?.stage }
}
