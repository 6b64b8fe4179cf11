package import Crypto

/// How the QR code of an enrolment is drawn.
package enum QRStyle: Sendable { case utf8, ascii, none }

/// What the configuration file says. Without a file these are the values: the strictest.
package struct Configuration: Equatable, Sendable {
    /// Where the file is unless the module or the command is told otherwise.
    package static let defaultPath: StaticString = "/etc/twostep/twostep.conf"
    /// The largest configuration file that is read, in bytes.
    package static let sizeLimit = 65_536

    /// Absolute path of the store's folder.
    package var store = [UInt8](text: "/var/lib/twostep")
    /// Absolute path of the master key.
    package var key = [UInt8](text: "/etc/twostep/key")
    /// What apps show beside the account; empty for the machine's host name.
    package var issuer: [UInt8] = []
    package var algorithm = HashAlgorithm.sha1
    /// 6 to 8.
    package var digits = 6
    /// Seconds, 15 to 120.
    package var period = 30
    /// Who must have a second step; empty for nobody.
    package var required: [Rule] = [.everybody]
    /// Who is not asked for one, whether or not they have it; decided before `required`.
    package var exempt: [Rule] = []
    /// Until when who must have one, and has none, may still do without; nil where that is over.
    package var enrollBy: Day?
    package var enrollAtLogin = EnrolmentAtLogin.no
    package var rules = VerificationRules()
    /// How often somebody is asked in one conversation, 1 to 5.
    package var tries = 1
    /// The services whose security keys count as the second step; empty for none.
    package var securityKeyServices: [[UInt8]] = []
    /// For how long a code is enough, in seconds, at most `RememberedLogin.longest`; 0 for one login.
    package var remember = 0
    package var explain = false
    package var qr = QRStyle.utf8
    /// 0 to 10.
    package var backupCodes = 10
    /// 10 to 16.
    package var bcryptCost = 12

    @inline(never)
    package init() {}
}

/// What is wrong with a line of the configuration file.
package struct ConfigurationError: Error, Equatable, Sendable {
    package enum Problem: Equatable, Sendable {
        case noEqualsSign, unknownName, notAvailable, badValue, repeated, controlCharacter, tooLong
    }
    /// Counted from 1.
    package let line: Int
    package let problem: Problem
    /// The name as written; empty where there is none.
    package let name: [UInt8]
    /// What a good value is; nil where the value is not what is wrong.
    package let expected: Setting?
    /// What was read and is no good value: of a list, the word that is no rule.
    package let word: [UInt8]

    package init(
        line: Int, problem: Problem, name: [UInt8] = [], expected: Setting? = nil, word: [UInt8] = []
    ) {
        self.word = word
        self.line = line
        self.problem = problem
        self.name = name
        self.expected = expected
    }

    /// What is wrong, in words, without the file's name.
    package var text: [UInt8] {
        let quoted = [UInt8](text: "'") + name + [UInt8](text: "'")
        switch problem {
        case .noEqualsSign: return [UInt8](text: "expected 'name = value'")
        case .unknownName: return [UInt8](text: "unknown name ") + quoted
        case .notAvailable: return quoted + [UInt8](text: " is not available in this version")
        case .badValue:
            return [UInt8](text: "bad value for ") + quoted + place + [UInt8](text: ": ")
                + [UInt8](text: expected?.summaryInLogins ?? "")
        case .repeated: return quoted + [UInt8](text: " is set twice")
        case .controlCharacter: return [UInt8](text: "control character in the line")
        case .tooLong: return [UInt8](text: "line longer than 1024 bytes")
        }
    }

    /// What was read, and what is easily got wrong there.
    private var place: [UInt8] {
        guard !word.isEmpty else { return [] }
        var previous: UInt8 = 0x20
        var remark: StaticString = ""
        if expected == .exempt, word.starts(with: [UInt8](text: "net:")) {
            remark = " (the bits beyond /BITS must be zero)"
        }
        for byte in word {
            if byte == 0x23, previous <= 0x20 { remark = " (nothing may follow it)" }
            previous = byte
        }
        return [UInt8](text: ", at '") + word + [0x27] + [UInt8](text: remark)
    }
}
