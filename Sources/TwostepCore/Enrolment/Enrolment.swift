package import Crypto

/// An enrolment that was begun and is not complete, as a section of a record's appendix: docs/file-format.md. Its token
/// lies here and not among the record's, so that nothing but the enrolment itself can make use of it.
public struct Enrolment: ~Copyable {
    package enum Stage: UInt8, Sendable {
        /// The key was shown.
        case shown = 1
        /// A code has proven that an app has the key.
        case proven = 2
    }

    /// What let somebody begin.
    package enum Proof: UInt8, Sendable, CaseIterable {
        /// A one-time enrolment code.
        case invitation = 1
        /// The password alone, where the site trusts it.
        case password = 2
        /// What recovery asks for.
        case recovery = 3

        /// The name in the log, documented in docs/events.md.
        package var name: StaticString {
            switch self {
            case .invitation: "invitation"
            case .password: "password"
            case .recovery: "recovery"
            }
        }
    }

    package static let idSize = 8

    /// Random; whoever writes looks whether it is still the one that they began.
    package let id: [UInt8]
    package var stage: Stage
    package let proof: Proof
    /// Seconds since the epoch.
    package let begun: Int64
    /// Its `key` is a range of nothing: the key is below.
    package var token: Token
    /// 1 to 128 bytes.
    package let key: SecretBytes

    package init(
        id: [UInt8], stage: Stage = .shown, proof: Proof, begun: Int64, token: Token, key: consuming SecretBytes
    ) {
        self.id = id
        self.stage = stage
        self.proof = proof
        self.begun = begun
        self.token = token
        self.key = key
    }

    package func copy() -> Enrolment {
        Enrolment(id: id, stage: stage, proof: proof, begun: begun, token: token, key: key.copy())
    }

    package func encode() -> SecretBytes {
        var section = SecretBytes(capacity: 256)
        section.append(contentsOf: id.span)
        section.append(stage.rawValue)
        section.append(proof.rawValue)
        section.append(bigEndian: UInt64(clamping: begun))
        for byte in [
            token.kind.rawValue, token.algorithm.rawValue, UInt8(clamping: token.digits), UInt8(clamping: token.period),
            UInt8(bitPattern: token.drift), UInt8(bitPattern: token.lean),
        ] { section.append(byte) }
        section.append(bigEndian: UInt64(clamping: token.floor))
        section.append(UInt8(clamping: key.count))
        section.append(contentsOf: key.bytes)
        return section
    }

    package static func decode(_ section: Span<UInt8>) throws(DecodeError) -> Enrolment {
        var reader = ByteReader(section)
        let id = try reader.array(idSize)
        guard let stage = Stage(rawValue: try reader.unsigned()), let proof = Proof(rawValue: try reader.unsigned())
        else { throw .malformed }
        let begun = try reader.count64()
        guard let kind = Token.Kind(rawValue: try reader.unsigned()),
            let algorithm = HashAlgorithm(rawValue: try reader.unsigned())
        else { throw .malformed }
        var token = Token(
            id: 1, kind: kind, algorithm: algorithm, digits: Int(try reader.unsigned(UInt8.self)),
            period: Int(try reader.unsigned(UInt8.self)), created: begun, label: label, key: 0..<0)
        token.drift = Int8(bitPattern: try reader.unsigned())
        token.lean = Int8(bitPattern: try reader.unsigned())
        token.floor = try reader.count64()
        let range = try reader.take(Int(try reader.unsigned(UInt8.self)))
        let key = SecretBytes(copying: reader.span(range))
        var whole = token
        whole.key = 0..<key.count
        guard reader.isAtEnd, whole.isValid(secretCount: key.count) else { throw .malformed }
        return Enrolment(id: id, stage: stage, proof: proof, begun: begun, token: token, key: key)
    }

    /// What the token is called from then on.
    package static var label: [UInt8] { [UInt8](text: "app") }
}
