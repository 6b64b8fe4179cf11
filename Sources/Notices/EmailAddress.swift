internal import TwostepCore

/// An address for mail: a dot-atom, `@`, and a domain of letters, digits and hyphens (RFC 5321 section 4.1.2, without its
/// quoted forms and address literals). A domain in another script is written as DNS has it (`xn--…`).
package struct EmailAddress: Equatable, Sendable {
    /// As it was written.
    package let text: String
    /// What stands behind the `@`, in lower case.
    package let domain: String

    /// The longest address, in bytes (RFC 5321 section 4.5.3.1.3, without the angle brackets).
    package static let limit = 254
    private static let localLimit = 64

    /// - Returns: nil for what is no such address.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count <= EmailAddress.limit, let at = bytes.lastIndex(of: UInt8(ascii: "@")) else { return nil }
        let domain = Array(bytes[(at + 1)...])
        guard EmailAddress.isLocalPart(Array(bytes[..<at])), EmailAddress.isDomain(domain) else { return nil }
        self.text = text
        self.domain = String(decoding: domain.map(\.lowercased), as: UTF8.self)
    }

    /// Whether the text is what may stand before the `@`: atoms of RFC 5322 with dots between them; and not what a program
    /// would take for an option.
    package static func isLocalPart(_ text: [UInt8]) -> Bool {
        guard (1...localLimit).contains(text.count), text[0] != 0x2D else { return false }
        return text.parts(separatedBy: 0x2E).allSatisfy { !$0.isEmpty && $0.allSatisfy(isAtom) }
    }

    private static func isAtom(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || Array("!#$%&'*+-/=?^_`{|}~".utf8).contains(byte)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }

    private static func isDomain(_ text: [UInt8]) -> Bool {
        guard (1...253).contains(text.count) else { return false }
        return text.parts(separatedBy: 0x2E).allSatisfy { label in
            (1...63).contains(label.count) && label.first != 0x2D && label.last != 0x2D
                && label.allSatisfy { isAlphanumeric($0) || $0 == 0x2D }
        }
    }

    /// What a machine is called: by its own name, which is known without its domain, too, and by its mail system's.
    package static func names(ofHost host: String, mailName: String?) -> [String] {
        [host, host.split(separator: ".").first.map(String.init), mailName].compactMap(\.self)
    }

    /// Whether mail to this address stays on a machine of these names: who can read it there may be whoever has broken in.
    ///
    /// - Parameter names: what the machine calls itself, with or without a domain, and what its mail system does.
    package func isDelivered(onMachineOf names: [String]) -> Bool {
        let local = ["localhost", "localdomain", "local", "invalid", "internal"]
        let labels = domain.split(separator: ".")
        guard labels.count > 1, let last = labels.last, !local.contains(String(last)), labels.first != "localhost",
            // An address is no name.
            !last.allSatisfy({ $0.isNumber })
        else { return true }
        return names.contains { name in
            let name = name.lowercased()
            return !name.isEmpty && (name == domain || !name.contains(".") && labels.first.map(String.init) == name)
        }
    }
}
