import Foundation
import Testing

@testable import TwostepCore

/// Which texts are public keys of FIDO2 keys, and which lines of sshd say that somebody signed with one.
struct SecurityKeyTests {
    private static let ed25519 = "sk-ssh-ed25519@openssh.com"
    private static let ecdsa = "sk-ecdsa-sha2-nistp256@openssh.com"

    /// A public key as OpenSSH writes it: the type, and base64 of the type's length, the type and what follows.
    private static func key(_ type: String, inner: String? = nil, rest: Int = 40) -> String {
        let inner = inner ?? type
        var blob: [UInt8] = [0, 0, 0, UInt8(inner.utf8.count)]
        blob += Array(inner.utf8)
        blob += (0..<rest).map { UInt8($0 & 255) }
        return "\(type) \(Data(blob).base64EncodedString())"
    }

    private func isKey(_ text: String) -> Bool { SecurityKey.isPublicKey(Array(text.utf8)) }

    private func signed(_ information: String) -> String? {
        SecurityKey.signed(authInfo: Array(information.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// From ssh-keygen(1) 9.2 with the security key provider of Debian's openssh-tests: not only we say what one is.
    private static let real = [
        "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAINbb6GOu88Ce0Be9EJR83Sx/wTl+jYz7oPOY"
            + "kVdmmRZVAAAABHNzaDo=",
        "sk-ecdsa-sha2-nistp256@openssh.com AAAAInNrLWVjZHNhLXNoYTItbmlzdHAyNTZAb3BlbnNzaC5jb20AAAAIbmlzdHAyNTYAAABB"
            + "BItMNvKbILD1fuFFV0deBSZHAmD+4u/SDlT1eLeF3y+V83WiAGHgRqttZe3ZiYrj3cFEMm416H/tetyULScaAl0AAAAEc3NoOg==",
    ]

    @Test func whatOpenSSHWritesIsOne() {
        #expect(Self.real.allSatisfy(isKey))
        for rest in 1...100 {
            #expect(isKey(Self.key(Self.ed25519, rest: rest)) && isKey(Self.key(Self.ecdsa, rest: rest)))
        }
    }

    @Test(arguments: [
        "ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "sk-ssh-ed25519-cert-v01@openssh.com",
        "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", "webauthn-sk-ecdsa-sha2-nistp256@openssh.com", "sk-",
        "SK-SSH-ED25519@OPENSSH.COM", "sk-ssh-ed25519@openssh.com,", "",
    ])
    func noOtherTypeIs(type: String) {
        #expect(!isKey(Self.key(type)))
        #expect(!isKey(Self.key(Self.ed25519, inner: type)))
        #expect(!isKey(Self.key(type, inner: Self.ed25519)))
    }

    @Test func theTypeInsideIsTheTypeOutside() {
        #expect(!isKey(Self.key(Self.ed25519, inner: Self.ecdsa)))
        #expect(!isKey(Self.key(Self.ecdsa, inner: Self.ed25519)))
    }

    @Test func nothingStandsAroundIt() {
        let key = Self.key(Self.ed25519)
        for before in ["", " ", "\t", "\n", "\0", "publickey ", "no-touch-required "] {
            for after in ["", " ", "\n", "\r\n", "\0", "\t", " alice@host", "=", "A", "\u{e9}", "\n" + key] {
                #expect(isKey(before + key + after) == (before + after).isEmpty, "\(before)|\(after)")
            }
        }
        #expect(!isKey(key.replacing(" ", with: "  ")) && !isKey(key.replacing(" ", with: "\t")))
    }

    /// Each character of a key, one after the other, replaced by something that base64 does not have.
    @Test func everyCharacterCounts() {
        let key = Array(Self.key(Self.ed25519).utf8)
        for index in key.indices {
            for byte in [0, 0x0A, 0x20, 0x2D, 0x5F, 0x7F, 0x80, 0xFF] as [UInt8] where key[index] != byte {
                var other = key
                other[index] = byte
                #expect(!SecurityKey.isPublicKey(other), "\(index)")
            }
        }
        #expect(!isKey(Self.ed25519) && !isKey(Self.ed25519 + " ") && !isKey(Self.ed25519 + " ===="))
        // The type and nothing behind it.
        #expect(!isKey(Self.key(Self.ed25519, rest: 0)))
        // Cut anywhere that base64 does not end, and wherever the type is not whole.
        let type = Self.ed25519.utf8.count + 1
        for length in 0..<key.count where SecurityKey.isPublicKey(Array(key[..<length])) {
            #expect((length - type) % 4 == 0 && length - type > (type + 3) * 4 / 3)
        }
    }

    @Test func itsLengthIsBounded() {
        #expect(isKey(Self.key(Self.ed25519, rest: 140)))
        #expect(Self.key(Self.ed25519, rest: 150).utf8.count > 256)
        for rest in [150, 1_000, 100_000] { #expect(!isKey(Self.key(Self.ed25519, rest: rest))) }
    }

    @Test func oneLineOfSshdNamesTheKey() {
        let key = Self.key(Self.ed25519)
        #expect(signed("publickey \(key)\n") == key)
        #expect(signed("publickey \(key)") == key)
        for key in Self.real { #expect(signed("publickey \(key)\n") == key) }
    }

    @Test(arguments: [
        "", "\n", "password\n", "keyboard-interactive/pam\n", "hostbased sk-ssh-ed25519@openssh.com AAAA\n",
        "publickey ssh-ed25519 AAAA\n", "publickey\n", "publickey sk-", " publickey sk-ssh-ed25519@openssh.com AAAA\n",
        "PUBLICKEY sk-ssh-ed25519@openssh.com AAAA\n", "publickey  sk-ssh-ed25519@openssh.com AAAA\n",
        "publickey rsa-sha2-512 AAAA\npublickey sk-ssh-ed25519@openssh.com AAAA\n",
        "publickey sk-ssh-ed25519@openssh.com AAAA\npublickey ssh-rsa AAAA\n",
        "publickey sk-ssh-ed25519@openssh.com AAAA\npassword\n", "publickey sk-ssh-ed25519@openssh.com AAAA\n\n",
        "\npublickey sk-ssh-ed25519@openssh.com AAAA", "password\npublickey sk-ssh-ed25519@openssh.com AAAA",
        "gssapi-with-mic sk-ssh-ed25519@openssh.com", "publickey: sk-ssh-ed25519@openssh.com AAAA",
    ])
    func noOtherLineDoes(information: String) {
        #expect(signed(information) == nil)
    }

    /// What comes back of a hostile line is nothing, or nothing that anybody could have registered.
    @Test func aHostileLineNamesNoKeyThatCouldBeRegistered() {
        let key = Self.key(Self.ed25519)
        let certificate = Self.key("sk-ssh-ed25519-cert-v01@openssh.com", rest: 200)
        for line in [
            "publickey \(key) ", "publickey \(key)\0", "publickey \(key)\r\n", "publickey \(key) \n",
            "publickey \(key)\t",
            "publickey \(certificate)\n", "publickey \(key) alice@host\n", "publickey \(key)\0\n",
            "publickey \(key.replacing(" ", with: "\0"))\n", "publickey sk-\(key)\n", "publickey \(key),\(key)\n",
            "publickey \(key)\u{85}x\n", "publickey \(key)\u{2028}password\n",
        ] {
            let found = signed(line)
            #expect(found != key)
            if let found { #expect(!isKey(found)) }
        }
        for count in [513, 4_096, 100_000] {
            #expect(signed("publickey sk-" + String(repeating: "A", count: count)) == nil)
        }
    }

    @Test func anyBytesAreReadWithoutATrap() {
        var generator = SeededGenerator(seed: 256)
        let key = Array("publickey \(Self.key(Self.ed25519))\n".utf8)
        for _ in 0..<5_000 {
            var line = key
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let index = Int.random(in: 0..<line.count, using: &generator)
                switch Int.random(in: 0...2, using: &generator) {
                case 0: line[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: line.remove(at: index)
                default: line.insert(contentsOf: generator.bytes(2), at: index)
                }
            }
            let found = SecurityKey.signed(authInfo: line)
            if let found, SecurityKey.isPublicKey(found) {
                #expect(Array("publickey ".utf8) + found == line.filter { $0 != 0x0A })
            }
        }
    }
}
