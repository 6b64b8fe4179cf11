import Crypto
import Testing

@testable import TwostepCore

/// One-time enrolment codes, and the sections that keep what becomes of them.
struct EnrolmentCodeTests {
    private func read(_ text: String) -> String? {
        guard let code = EnrolmentCode.read(Array(text.utf8).span) else { return nil }
        return string(code)
    }

    @Test func tenBytesAreSixteenCharacters() {
        let random: [UInt8] = [0x00, 0x44, 0x32, 0x14, 0xC7, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
        let code = EnrolmentCode.make(random: random.span)
        #expect(string(code) == "01234567ZZZZZZZZ")
        #expect(string(EnrolmentCode.display(code.bytes)) == "0123-4567-ZZZZ-ZZZZ")
        let tooFew = Array(random.dropLast())
        let none = EnrolmentCode.make(random: tooFew.span).count
        #expect(none == 0)
    }

    @Test(arguments: ["0123-4567-ABCD-EFGH", "0123456789abcdef", " o i23\t4567-89AB-CD-ef ", "O1L1-OOOO-1111-iIlL"])
    func howeverItIsTyped(_ typed: String) throws {
        let code = try #require(read(typed))
        #expect(code.count == 16 && code.allSatisfy { "0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains($0) })
    }

    @Test(arguments: [
        "", "0123-4567-ABCD-EFG", "0123-4567-ABCD-EFGHJ", "0123-4567-ABCD-EFGU", "0123-4567-ABCD-EF!H", "é",
    ])
    func whatIsNone(_ typed: String) { #expect(read(typed) == nil) }

    /// By Python's hmac.
    @Test func theHashIsHMAC() throws {
        let code = Array("0123456789ABCDEF".utf8)
        let crypto = try Libcrypto.load()
        let hash = try EnrolmentCode.hash(code.span, salt: Array(0..<16), crypto: crypto)
        #expect(hex(hash) == "8216f30529e8ec9cab6675e62c1f9f8b60d108e5e67c75b44101d42605909dcf")
    }

    private static let invitation = Invitation(
        created: 0x0102, expires: 0x0304, salt: [UInt8](repeating: 5, count: 16), hash: [UInt8](repeating: 6, count: 32)
    )

    private static var enrolment: Enrolment {
        var token = Token(
            id: 1, kind: .totp, algorithm: .sha256, digits: 8, period: 60, created: 9, label: Array("app".utf8),
            key: 0..<0)
        token.drift = -2
        token.lean = 1
        token.floor = 0x0A0B
        return Enrolment(
            id: Array(1...8), stage: .proven, proof: .invitation, begun: 9, token: token, key: secret([0xC0, 0xC1]))
    }

    /// By hand, from docs/file-format.md.
    private let invited: [UInt8] =
        [0, 0, 0, 0, 0, 0, 1, 2] + [0, 0, 0, 0, 0, 0, 3, 4] + [UInt8](repeating: 5, count: 16)
        + [UInt8](repeating: 6, count: 32)
    private let begun: [UInt8] =
        [1, 2, 3, 4, 5, 6, 7, 8] + [2, 1] + [0, 0, 0, 0, 0, 0, 0, 9] + [1, 2, 8, 60, 0xFE, 1]
        + [0, 0, 0, 0, 0, 0, 0x0A, 0x0B] + [2, 0xC0, 0xC1]

    @Test func bothSectionsAreAsTheDocumentSays() throws {
        #expect(array(Self.invitation.encode()) == invited)
        #expect(try Invitation.decode(invited.span) == Self.invitation)
        #expect(array(Self.enrolment.encode()) == begun)
        let read = try Enrolment.decode(begun.span)
        #expect(array(read.encode()) == begun)
        #expect(read.token.label == Array("app".utf8) && read.token.created == 9)
    }

    @Test func nothingElseIsTaken() {
        for count in 0..<invited.count {
            #expect(throws: DecodeError.malformed) { try Invitation.decode(Array(invited.prefix(count)).span) }
        }
        #expect(throws: DecodeError.malformed) { try Invitation.decode((invited + [0]).span) }
        let turned = Array(invited[8..<16]) + Array(invited[0..<8]) + Array(invited[16...])
        #expect(throws: DecodeError.malformed) { try Invitation.decode(turned.span) }
        for count in 0..<begun.count {
            #expect(throws: DecodeError.malformed) { _ = try Enrolment.decode(Array(begun.prefix(count)).span).begun }
        }
        #expect(throws: DecodeError.malformed) { _ = try Enrolment.decode((begun + [0]).span).begun }
        for (place, byte) in [
            (8, 0), (8, 3), (9, 0), (9, 4), (10, 0xFF), (18, 3), (19, 4), (20, 9), (21, 14), (22, 11), (32, 0),
        ]
            as [(Int, UInt8)]
        {
            var bytes = begun
            bytes[place] = byte
            #expect(throws: DecodeError.malformed, "\(byte) at \(place)") { _ = try Enrolment.decode(bytes.span).begun }
        }
    }
}
