package import Crypto

/// A mail as it is handed to the mail system: headers and text, by RFC 5322, 2045, 2047 and 3834, with line feeds alone as
/// sendmail's interface takes them.
package struct Letter: Sendable {
    package let sender: EmailAddress
    /// An address, or the name of a local user.
    package let recipient: String
    package let subject: String
    /// The text; at most one `{code}`, at the end of a line.
    package let body: String
    /// Seconds since the epoch.
    package let time: Int64
    /// What makes the mail the same mail, however often it is sent: letters, digits, dots.
    package let id: String

    /// The longest line of text, in characters.
    package static let width = 72

    package init(
        from sender: EmailAddress, to recipient: String, subject: String, body: String, time: Int64, id: String
    ) {
        self.sender = sender
        self.recipient = recipient
        self.subject = subject
        self.body = body
        self.time = time
        self.id = id
    }

    /// The whole mail.
    ///
    /// - Parameter code: what stands in the place of `{code}`; a secret, and ASCII.
    package func bytes(code: borrowing SecretBytes) -> SecretBytes {
        let text = Letter.wrap(body)
        let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
        let headers = [
            "Date: \(Moment.mailDate(time))", "From: Twostep <\(sender.text)>", "To: <\(recipient)>",
            "Subject: \(Letter.encodedSubject(subject))", "Message-ID: <\(id)@\(sender.domain)>",
            "Auto-Submitted: auto-generated", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: \(isASCII ? "7bit" : "quoted-printable")",
        ]
        let whole = headers.joined(separator: "\n") + "\n\n" + (isASCII ? text : QuotedPrintable.encode(text))
        // The mark is the same in either encoding.
        let mark = Array("{code}".utf8)
        let bytes = Array(whole.utf8)
        var letter = SecretBytes(capacity: bytes.count + 4 * code.count)
        let place = code.count > 0 ? Letter.find(mark, in: bytes) : nil
        let all = bytes.span
        letter.append(contentsOf: all.extracting(0..<(place ?? bytes.count)))
        guard let place else { return letter }
        if isASCII { letter.append(contentsOf: code.bytes) } else { QuotedPrintable.append(code, to: &letter) }
        letter.append(contentsOf: all.extracting((place + mark.count)..<bytes.count))
        return letter
    }

    private static func find(_ mark: [UInt8], in bytes: [UInt8]) -> Int? {
        guard bytes.count >= mark.count else { return nil }
        return (0...(bytes.count - mark.count)).last { bytes[$0..<($0 + mark.count)].elementsEqual(mark) }
    }

    /// Lines of at most 72 characters, broken at spaces; a line that begins with a space stays as it is. A word that is
    /// longer stays whole.
    package static func wrap(_ text: String) -> String {
        var lines: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            guard line.count > width, line.first != " " else {
                lines.append(String(line))
                continue
            }
            var current = ""
            for word in line.split(separator: " ") {
                if !current.isEmpty, current.count + 1 + word.count > width {
                    lines.append(current)
                    current = ""
                }
                current += (current.isEmpty ? "" : " ") + word
            }
            lines.append(current)
        }
        while lines.last == "" { lines.removeLast() }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The subject on as many lines as it takes: as it is where it is ASCII, else as encoded words (RFC 2047), on lines of at
    /// most 76 characters, none of which divides a character.
    static func encodedSubject(_ subject: String) -> String {
        let words = subject.split(separator: " ").map(String.init)
        let subject = String(words.joined(separator: " ").prefix(200))
        let isPlain = subject.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } && !subject.contains("=?")
        if isPlain { return fold(subject.split(separator: " ").map(String.init)) }
        var encodedWords: [String] = []
        var word = ""
        for scalar in subject.unicodeScalars {
            let encoded = String(scalar).utf8.map(QuotedPrintable.escaped).joined()
            // Room is left for the header's name on its line.
            if word.utf8.count + encoded.utf8.count > 76 - "Subject: =?utf-8?Q??=".utf8.count {
                encodedWords.append(word)
                word = ""
            }
            word += encoded
        }
        return fold((encodedWords + [word]).map { "=?utf-8?Q?\($0)?=" })
    }

    private static func fold(_ words: [String]) -> String {
        var folded = ""
        var column = "Subject: ".count
        for word in words {
            if !folded.isEmpty {
                let fits = column + 1 + word.count <= 76
                folded += fits ? " " : "\n "
                column = fits ? column + 1 : 1
            }
            folded += word
            column += word.count
        }
        return folded
    }
}

/// RFC 2045 section 6.7.
enum QuotedPrintable {
    /// A byte as an encoded word has it (RFC 2047 section 4.2).
    static func escaped(_ byte: UInt8) -> String {
        switch byte {
        case 0x20: return "_"
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: return String(UnicodeScalar(byte))
        default: return hex(byte)
        }
    }

    /// Adds a code, or a link that ends in one: ASCII without blanks, alone on its line.
    static func append(_ code: borrowing SecretBytes, to text: inout SecretBytes) {
        var column = 0
        let bytes = code.bytes
        for index in bytes.indices {
            if column > 60 {
                for byte in "=\n".utf8 { text.append(byte) }
                column = 0
            }
            let unit = bytes[index] == 0x3D ? Array("=3D".utf8) : [bytes[index]]
            text.append(contentsOf: unit.span)
            column += unit.count
        }
    }

    private static func hex(_ byte: UInt8) -> String {
        let digits = Array("0123456789ABCDEF")
        return "=\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
    }

    /// Text with line feeds; no line is longer than 76 characters.
    static func encode(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map(encode(line:)).joined(separator: "\n")
    }

    private static func encode(line: Substring) -> String {
        let bytes = Array(line.utf8)
        var encoded = ""
        var column = 0
        for (index, byte) in bytes.enumerated() {
            let isLast = index == bytes.count - 1
            let isPlain = byte >= 0x20 && byte < 0x7F && byte != 0x3D && !(isLast && byte == 0x20)
            let unit = isPlain ? String(UnicodeScalar(byte)) : hex(byte)
            // One column is left for the `=` that breaks the line.
            if column + unit.count > (isLast ? 76 : 75) {
                encoded += "=\n"
                column = 0
            }
            encoded += unit
            column += unit.count
        }
        return encoded
    }
}
