package import Crypto

/// Percent-encoding of UTF-8 text (RFC 3986 section 2.1).
package enum PercentEncoding {
    /// Appends `bytes` to `text`, everything encoded but the unreserved characters (RFC 3986 section 2.3).
    ///
    /// - Returns: whether all of it fitted; each byte takes up to three.
    package static func append(_ bytes: Span<UInt8>, to text: inout SecretBytes) -> Bool {
        var fitted = true
        for index in bytes.indices {
            let byte = bytes[index]
            if isUnreserved(byte) {
                fitted = text.append(byte) && fitted
            } else {
                fitted = text.append(UInt8(ascii: "%")) && fitted
                fitted = text.append(hexadecimal(byte >> 4)) && fitted
                fitted = text.append(hexadecimal(byte & 15)) && fitted
            }
        }
        return fitted
    }

    /// Decodes `text`. A plus sign stands for itself, as everywhere but in web forms.
    ///
    /// - Parameter text: at most 2,048 bytes.
    /// - Returns: the bytes; no more than `text` has.
    /// - Throws: `.tooLong`; `.badEncoding` for a percent sign that two hexadecimal digits do not follow.
    package static func decode(_ text: Span<UInt8>) throws(URIError) -> SecretBytes {
        guard text.count <= OTPAuthURI.longestText else { throw .tooLong }
        var bytes = SecretBytes(capacity: text.count)
        var index = 0
        while index < text.count {
            guard text[index] == UInt8(ascii: "%") else {
                bytes.append(text[index])
                index += 1
                continue
            }
            guard index + 2 < text.count, let high = value(of: text[index + 1]), let low = value(of: text[index + 2])
            else { throw .badEncoding }
            bytes.append(high << 4 | low)
            index += 3
        }
        return bytes
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// The upper-case hexadecimal digit for a value of 0 to 15 (RFC 3986 section 2.1 prefers upper case).
    private static func hexadecimal(_ value: UInt8) -> UInt8 {
        let value = value & 15
        return value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + (value - 10)
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
