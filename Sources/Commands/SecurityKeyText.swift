internal import FoundationEssentials
internal import TwostepCore

/// A security key's public key as people have it: a line of a `.pub` file.
struct SecurityKeyText {
    /// Type, space, base64.
    let publicKey: [UInt8]
    /// What stands behind it, often whose it is.
    let comment: [UInt8]

    /// Both, as they stand in a line.
    var line: [UInt8] { comment.isEmpty ? publicKey : publicKey + [0x20] + comment }

    /// - Throws: what is wrong. Nothing of `line` is repeated: it may be a private key by mistake.
    init(_ line: [UInt8]) throws(Failure) {
        let words = line.map { $0 == 0x09 || $0 == 0x0D ? 0x20 : $0 }.parts(separatedBy: 0x20).filter { !$0.isEmpty }
        guard words.count >= 2, SecurityKey.isPublicKey(words[0] + [0x20] + words[1]) else {
            throw Failure(
                "that is not the public key of a security key",
                hint: "it begins with sk-ssh-ed25519@openssh.com or sk-ecdsa-sha2-nistp256@openssh.com;"
                    + " ssh-keygen -t ed25519-sk makes one", .dataError)
        }
        guard SecurityKeyText.isWhole(type: words[0], base64: words[1]) else {
            throw Failure(
                "the public key is cut off or damaged", hint: "copy the whole line of the .pub file", .dataError)
        }
        publicKey = words[0] + [0x20] + words[1]
        comment = Array(words.dropFirst(2).joined(separator: [0x20]))
    }

    /// The one key in a file.
    static func read(_ path: String) throws(Failure) -> SecurityKeyText {
        let lines = try contents(of: path).parts(separatedBy: 0x0A).map(\.trimmed)
            .filter { !$0.isEmpty && $0 != [0x0D] && $0.first != 0x23 }
        guard let line = lines.first, lines.count == 1 else {
            throw Failure(
                "\(printable(path)) has \(lines.count) lines",
                hint: "give a .pub file, or one of its lines with --ssh-key",
                .dataError)
        }
        return try SecurityKeyText(line)
    }

    private static func contents(of path: String) throws(Failure) -> [UInt8] {
        do {
            let file = URL(filePath: path).resolvingSymlinksInPath()
            let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
            // Neither a pipe, which may never end, nor something that only looks like a key.
            guard attributes[.type] as? FileAttributeType == .typeRegular,
                let size = attributes[.size] as? any BinaryInteger, Int(clamping: size) <= 16_384
            else { throw CocoaError(.fileReadCorruptFile) }
            return Array(try Data(contentsOf: file))
        } catch {
            throw Failure(
                "\(printable(path)) cannot be read, or is no small file", hint: "give the .pub file of the key",
                .dataError)
        }
    }

    /// Whether the blob has all that its type says, and nothing behind it (OpenSSH's PROTOCOL.u2f): the type, for ECDSA
    /// the curve, the public key, the application.
    private static func isWhole(type: [UInt8], base64: [UInt8]) -> Bool {
        guard let blob = Data(base64Encoded: Data(base64)), let parts = strings(in: Array(blob)), parts.first == type
        else {
            return false
        }
        return type.equals("sk-ssh-ed25519@openssh.com")
            ? parts.count == 3 && parts[1].count == 32 && !parts[2].isEmpty
            : parts.count == 4 && parts[1].equals("nistp256") && parts[2].count == 65 && !parts[3].isEmpty
    }

    /// The strings of which an SSH blob consists (RFC 4251 section 5); nil where it ends within one.
    private static func strings(in blob: [UInt8]) -> [[UInt8]]? {
        var rest = blob[...]
        var strings: [[UInt8]] = []
        while !rest.isEmpty {
            guard rest.count >= 4 else { return nil }
            let size = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            guard size <= rest.count else { return nil }
            strings.append(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        return strings
    }
}
