/// What sshd does for one user: names in lower case, as `sshd -T` prints them, and their values.
package struct SSHDSettings: Equatable, Sendable {
    private var values: [String: String]

    package init(_ values: [String: String] = [:]) { self.values = values }

    /// Reads what `sshd -T` prints: a name and its value on each line. Of a name that comes again the first counts.
    package init(dump: String) {
        values = [:]
        for line in dump.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            guard let name = words.first?.lowercased(), values[name] == nil else { continue }
            values[name] = words.count > 1 ? words[1] : ""
        }
    }

    /// The value of a name, or sshd's own where nobody has set it. See sshd_config(5).
    subscript(name: String) -> String {
        let value = values[name] ?? SSHDSettings.older[name].flatMap { values[$0] } ?? SSHDSettings.defaults[name] ?? ""
        return value.lowercased()
    }

    /// Names that a setting had in earlier versions.
    private static let older = ["kbdinteractiveauthentication": "challengeresponseauthentication"]

    private static let defaults = [
        "usepam": "no", "kbdinteractiveauthentication": "yes", "passwordauthentication": "yes",
        "pubkeyauthentication": "yes", "permitrootlogin": "prohibit-password", "logingracetime": "120",
        "authenticationmethods": "any", "pubkeyauthoptions": "none", "gssapiauthentication": "no",
        "hostbasedauthentication": "no", "pamservicename": "sshd",
    ]

    func isOn(_ name: String) -> Bool { self[name] == "yes" }

    /// The PAM service that sshd names.
    package var service: String { values["pamservicename"] ?? "sshd" }

    /// The ways in, each a list of methods of which all must succeed in this order; nil where any one will do.
    var methods: [[String]]? {
        let value = self["authenticationmethods"]
        guard value != "any", !value.isEmpty else { return nil }
        return value.split(separator: " ").map { list in
            list.split(separator: ",").map { $0.split(separator: ":").first.map(String.init) ?? "" }
        }
    }

    /// Seconds until sshd hangs up on who has not logged in; nil where it never does.
    var graceTime: Int? {
        var total = 0
        var digits = ""
        for character in self["logingracetime"] {
            if character.isNumber {
                digits.append(character)
                continue
            }
            let unit = ["s": 1, "m": 60, "h": 3600, "d": 86_400][character] ?? 0
            total += min(Int(digits) ?? 0, 1_000_000) * unit
            digits = ""
        }
        total += Int(digits) ?? 0
        return total == 0 ? nil : total
    }

    /// Whether a public key is asked for before PAM is, whichever way somebody takes.
    package var keyComesBeforePAM: Bool {
        guard let methods else { return false }
        let throughPAM = methods.filter { $0.contains("keyboard-interactive") || $0.contains("password") }
        return !throughPAM.isEmpty && throughPAM.allSatisfy { $0.first == "publickey" }
    }
}
