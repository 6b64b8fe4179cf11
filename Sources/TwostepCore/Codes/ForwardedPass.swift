package import Crypto

/// A password and a code typed into one field (`forward_pass`), for applications that ask once.
package struct ForwardedPass: ~Copyable {
    /// What belongs to the next module; everything, where no code stands at the end.
    package let password: SecretBytes
    /// What stands at the end; empty where nothing there is shaped like a code.
    package let code: SecretBytes

    /// Takes `answer` apart.
    ///
    /// The code is the last `digits` characters where they are digits, or the last nine where they are a backup code as
    /// it is printed, with its dash. Nothing here looks at anybody's record, so that the split tells nothing.
    ///
    /// - Parameter digits: how many digits the site's codes have, 6 to 8.
    package init(_ answer: borrowing SecretBytes, digits: Int) {
        let bytes = answer.bytes
        // Of an answer that was cut, the end is not its end.
        let size = bytes.count > ForwardedPass.longest ? 0 : ForwardedPass.codeSize(bytes, digits: digits)
        password = SecretBytes(copying: bytes.extracting(first: bytes.count - size))
        code = SecretBytes(copying: bytes.extracting(last: size))
    }

    private static func codeSize(_ bytes: Span<UInt8>, digits: Int) -> Int {
        if isPrintedBackupCode(bytes.extracting(last: printedSize)) { return printedSize }
        guard HOTP.digitsRange.contains(digits), bytes.count >= digits else { return 0 }
        for index in (bytes.count - digits)..<bytes.count where !isDigit(bytes[index]) { return 0 }
        return digits
    }

    /// The longest answer that PAM passes on whole, in bytes (`PAM_MAX_RESP_SIZE`).
    private static var longest: Int { 512 }

    /// `XXXX-XXXX`.
    private static var printedSize: Int { BackupCode.size + 1 }

    /// Whether `text` is a backup code as it is printed: with a dash in its middle and a letter somewhere.
    package static func isPrintedBackupCode(_ text: Span<UInt8>) -> Bool {
        guard text.count == printedSize, text[BackupCode.size / 2] == UInt8(ascii: "-") else { return false }
        var letter = false
        for index in text.indices where index != BackupCode.size / 2 {
            guard let character = CrockfordBase32.fold(text[index]) else { return false }
            if !isDigit(character) { letter = true }
        }
        return letter
    }
}
