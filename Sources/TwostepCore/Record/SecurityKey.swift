/// A FIDO2 key that the owner uses with SSH; its signature, which sshd has checked, is the second step.
package struct SecurityKey: Equatable, Sendable {
    /// The most keys a record may have.
    package static let limit = 4
    /// The longest public key that is kept, in bytes of its text.
    package static let sizeLimit = 256
    /// The longest label, in bytes.
    package static let labelLimit = 32

    /// What the owner calls it, UTF-8, 0 to `labelLimit` bytes.
    package let label: [UInt8]
    /// The public key as OpenSSH writes it, without a comment: type, space, base64.
    package let publicKey: [UInt8]
    /// Seconds since the epoch.
    package let created: Int64
    /// Seconds since the epoch; 0 for never.
    package var lastUsed: Int64

    package init(label: [UInt8], publicKey: [UInt8], created: Int64, lastUsed: Int64 = 0) {
        self.label = label
        self.publicKey = publicKey
        self.created = created
        self.lastUsed = lastUsed
    }

    /// The types of key that prove a touch: OpenSSH's two FIDO2 types (PROTOCOL.u2f), certificates not among them.
    private static var types: [StaticString] { ["sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"] }

    /// Whether `text` is the public key of a FIDO2 key: a known type, one space, and base64 of a blob that begins with
    /// that type (RFC 4253 section 6.6), and nothing else.
    package static func isPublicKey(_ text: [UInt8]) -> Bool {
        let parts = text.parts(separatedBy: 0x20)
        guard text.count <= sizeLimit, parts.count == 2 else { return false }
        for type in types where parts[0].equals(type) {
            let start = [0, 0, 0, UInt8(truncatingIfNeeded: parts[0].count)] + parts[0]
            return isBase64(parts[1]) && parts[1].count > start.count * 4 / 3 && begins(parts[1], with: start)
        }
        return false
    }

    /// The key that sshd says somebody signed with, from its `SSH_AUTH_INFO_0` (sshd_config(5), ExposeAuthInfo): nil
    /// unless that is one line, `publickey` and a key whose type begins with `sk-`. Several lines are several methods,
    /// and it is not ours to say which of them counts. What comes back means something only where it equals a
    /// registered key.
    package static func signed(authInfo: [UInt8]) -> [UInt8]? {
        var line = authInfo
        if line.last == 0x0A { line.removeLast() }
        let method = [UInt8](text: "publickey ")
        let start = method + [UInt8](text: "sk-")
        guard line.count > start.count, line.count <= method.count + sizeLimit, !line.contains(0x0A),
            Array(line[..<start.count]) == start
        else { return nil }
        return Array(line[method.count...])
    }

    /// Groups of four of the alphabet of RFC 4648 section 4, padded at the end alone.
    private static func isBase64(_ text: [UInt8]) -> Bool {
        var body = text
        while body.last == 0x3D, text.count - body.count < 2 { body.removeLast() }
        return text.count % 4 == 0 && !body.isEmpty && body.allSatisfy { sextet($0) != nil }
    }

    /// Whether the bytes that `base64` stands for begin with `start`.
    private static func begins(_ base64: [UInt8], with start: [UInt8]) -> Bool {
        var bits: UInt32 = 0
        var held: UInt32 = 0
        var next = 0
        for character in base64 where next < start.count {
            guard let value = sextet(character) else { return false }
            bits = (bits << 6 | value) & 0xFFFF
            held += 6
            guard held >= 8 else { continue }
            held -= 8
            guard UInt8(truncatingIfNeeded: bits >> held) == start[next] else { return false }
            next += 1
        }
        return next == start.count
    }

    private static func sextet(_ character: UInt8) -> UInt32? {
        switch character {
        case 0x41...0x5A: UInt32(character) - 0x41
        case 0x61...0x7A: UInt32(character) - 0x61 + 26
        case 0x30...0x39: UInt32(character) - 0x30 + 52
        case 0x2B: 62
        case 0x2F: 63
        default: nil
        }
    }
}
