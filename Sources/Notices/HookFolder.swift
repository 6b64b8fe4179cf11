/// Where a site's hooks are, and which names are taken for one.
package enum HookFolder {
    package static let path = "/etc/twostep/hooks.d"

    /// Letters, digits, `-` and `_`: what editors and packages leave has a dot or a tilde.
    package static func isName(_ name: [UInt8]) -> Bool { !name.isEmpty && name.allSatisfy(isOfName) }

    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
        default: false
        }
    }
}
