internal import Crypto

/// One of the things a record lets its owner in with, by its place there.
package enum Device: Equatable, Sendable {
    /// Its place in `tokens`.
    case token(Int)
    /// Its place in `securityKeys`.
    case securityKey(Int)
}

/// How the owner's tokens and security keys are told apart: no two of them have one name.
extension Record {
    /// Whether `text` may be a label: 1 to `limit` bytes, something to be seen, and not digits alone, since that is how
    /// ids look.
    package static func isLabel(_ text: [UInt8], limit: Int) -> Bool {
        text.count <= limit && !text.trimmed.isEmpty && !text.allSatisfy(isDigit)
    }

    package func hasLabel(_ label: [UInt8]) -> Bool {
        tokens.contains { $0.label == label } || securityKeys.contains { $0.label == label }
    }

    /// `label`, or the first of `label-2`, `label-3` and so on that nothing here is called.
    package func freeLabel(_ label: [UInt8]) -> [UInt8] {
        var candidate = label
        var number: Int64 = 2
        while hasLabel(candidate) {
            candidate = label + [0x2D] + [UInt8](decimal: number)
            number += 1
        }
        return candidate
    }

    /// What somebody means by a token's id, a label, or a security key's text.
    package func find(_ name: [UInt8]) -> Device? {
        if let id = name.decimal, let index = tokens.firstIndex(where: { $0.id == id }) { return .token(index) }
        if let index = tokens.firstIndex(where: { $0.label == name }) { return .token(index) }
        return securityKeys.firstIndex { $0.label == name || $0.publicKey == name }.map { .securityKey($0) }
    }

    /// An id above all that are taken now.
    package var nextTokenID: UInt32 { (tokens.map { $0.id }.max() ?? 0) &+ 1 }

    /// Whether a token has this key already: two with one key would each accept its codes, and so one code twice.
    package func hasKey(_ key: Span<UInt8>) -> Bool {
        var found = false
        for token in tokens where withKey(of: token, { equalInConstantTime($0, key) }) { found = true }
        return found
    }
}
