import Linux
import Testing

@testable import TwostepCore

/// The configuration file and the module's arguments: what is taken, and that nothing else is passed over.
struct ConfigurationTests {
    private func parse(_ text: String) throws(ConfigurationError) -> Configuration {
        try Configuration.parse(Array(text.utf8), address: networkAddress)
    }

    @Test func nothingMeansTheStrictestValues() throws {
        let configuration = try parse("")
        #expect(configuration == Configuration())
        #expect(configuration.required == [.everybody] && !configuration.explain && configuration.rules.window == 1)
        #expect(configuration.rules.deny == 5 && configuration.rules.unlockTime == 900)
    }

    @Test func everyNameIsTaken() throws {
        let values: [Setting: String] = [
            .store: "/srv/two step", .key: "/srv/key", .issuer: "Example Ltd", .algorithm: "sha512", .digits: "8",
            .period: "60", .window: "0", .required: "none", .deny: "3", .unlockTime: "60", .explain: "yes",
            .exempt: "user:bob", .enrollBy: "2027-01-31", .enrollAtLogin: "code", .sshKeyTouch: "enforced sshd",
            .tries: "3", .remember: "12h",
            .qr: "ascii", .backupCodes: "0", .bcryptCost: "10",
        ]
        // What no login judges is passed over there, and told by whoever does.
        let others: [Setting] = [
            .mail, .mailCommand, .mailAdmin, .notify, .recovery, .recoveryURL, .recoveryQuestions, .deliverCommand,
        ]
        #expect(values.count + others.count == Setting.allCases.count)
        for setting in others { #expect(try parse("\(setting.name) = whatever") == Configuration()) }
        for setting in Setting.allCases where !others.contains(setting) {
            let line = "  \(setting.name)\t=  \(values[setting] ?? "")  "
            let configuration = try parse("# comment\n\n\(line)\n")
            #expect(configuration != Configuration(), "\(setting.name)")
        }
    }

    @Test(arguments: [
        ("store", "relative"), ("store", "/"), ("store", "/a//b"), ("store", "/a/../b"), ("store", ""),
        ("key", "/a/./b"), ("issuer", ""), ("issuer", "a:b"), ("algorithm", "md5"), ("digits", "5"), ("digits", "9"),
        ("digits", "six"), ("digits", "-6"), ("digits", "06x"), ("period", "14"), ("period", "121"), ("window", "11"),
        ("required", "All"), ("required", "all user:bob"), ("exempt", "all"), ("enroll_by", "31.1.2027"),
        ("enroll_at_login", "Yes"), ("enroll_at_login", "invite"), ("deny", "0"),
        ("deny", "101"), ("unlock_time", "0"),
        ("unlock_time", "99999999999999999999"), ("explain", "true"), ("qr", "png"), ("backup_codes", "11"),
        ("bcrypt_cost", "9"), ("bcrypt_cost", "17"),
        ("tries", "0"), ("tries", "6"), ("ssh_key_touch", "yes"), ("ssh_key_touch", "sshd"),
        ("ssh_key_touch", "no sshd"),
        ("ssh_key_touch", "enforced a b c d e f g h i"), ("remember", "0"), ("remember", "yes"), ("remember", "31d"),
        ("remember", "h"), ("remember", "-1"), ("remember", "1 h"), ("remember", "2592001"), ("remember", "43201m"),
        ("remember", "99999999999999999999d"),
    ])
    func badValuesAreRefusedByNameAndLine(name: String, value: String) {
        #expect {
            _ = try parse("# first\n\(name) = \(value)\n")
        } throws: { error in
            let error = error as? ConfigurationError
            return error?.line == 2 && error?.problem == .badValue && error?.name == Array(name.utf8)
        }
    }

    @Test(arguments: [
        ("windows = 1", ConfigurationError.Problem.unknownName), ("Window = 1", .unknownName),
        ("window 1", .noEqualsSign),
        ("= 1", .unknownName), ("window = 1\nwindow = 1", .repeated), ("key_source = tpm", .notAvailable),
        ("window = 1\u{0}", .controlCharacter), ("window = 1\r", .controlCharacter),
        ("issuer = " + String(repeating: "x", count: 1100), .tooLong),
    ])
    func whatIsNotUnderstoodIsRefused(text: String, problem: ConfigurationError.Problem) {
        #expect {
            _ = try parse(text)
        } throws: { error in
            (error as? ConfigurationError)?.problem == problem
        }
    }

    /// `init` writes every setting commented out: each line may lose its `#` and means what it meant before.
    @Test func theDefaultsAsTextAreTheDefaults() throws {
        for setting in Setting.allCases where setting != .issuer {
            #expect(try parse("\(setting.name) = \(setting.defaultText)") == Configuration(), "\(setting.name)")
        }
    }

    @Test func servicesOfSecurityKeysAreNamed() throws {
        let values: [(String, [String])] = [
            ("no", []), ("enforced", ["sshd"]), ("enforced sshd-keys  other", ["sshd-keys", "other"]),
        ]
        for (value, services) in values {
            let names = try parse("ssh_key_touch = \(value)").securityKeyServices.map {
                String(decoding: $0, as: UTF8.self)
            }
            #expect(names == services)
        }
    }

    @Test func howLongACodeIsEnough() throws {
        let values = ["no": 0, "1": 1, "900": 900, "30m": 1800, "12h": 43_200, "30d": 2_592_000, "2592000": 2_592_000]
        for (value, seconds) in values { #expect(try parse("remember = \(value)").remember == seconds) }
    }

    @Test func namesToComeAreNotNamesThatAre() {
        for name in settingsToCome {
            #expect(!Setting.allCases.contains { "\($0.name)" == "\(name)" })
        }
    }
}

struct ModuleOptionsTests {
    private func parse(_ arguments: String...) throws(ModuleOptions.Problem) -> ModuleOptions {
        try ModuleOptions.parse(arguments.map { Array($0.utf8) })
    }

    @Test func everyArgumentIsTaken() throws {
        let options = try parse("config=/etc/x.conf", "nullok", "prompt=Code, please: ", "echo_code", "debug")
        #expect(options.nullok && options.echoCode && options.debug && !options.required)
        #expect(options.config == Array("/etc/x.conf".utf8) && options.prompt == Array("Code, please: ".utf8))
        #expect(try parse("required").required)
        #expect(try parse("try_first_pass").firstPass == .first && parse("use_first_pass").firstPass == .only)
        #expect(try parse("forward_pass", "use_first_pass").forwardPass)
        #expect(try parse() == ModuleOptions())
    }

    @Test(arguments: [
        (["nullOK"], ModuleOptions.Problem.Kind.unknown), (["config"], .unknown), ([""], .unknown),
        (["nullok=1"], .unknown), (["config="], .badValue), (["config=relative"], .badValue),
        (["config=/a/../b"], .badValue), (["prompt="], .badValue), (["prompt=a\nb"], .badValue),
        (["prompt=" + String(repeating: "x", count: 257)], .badValue), (["debug", "debug"], .repeated),
        (["config=/a", "config=/b"], .repeated), (["nullok", "required"], .contradiction),
        (["try_first_pass", "use_first_pass"], .contradiction), (["use_first_pass", "try_first_pass"], .contradiction),
        (["use_first_pass", "use_first_pass"], .repeated), (["forward_pass=1"], .unknown),
        (["secret=/home/x"], .unknown),
    ])
    func anythingElseIsRefused(arguments: [String], kind: ModuleOptions.Problem.Kind) {
        #expect {
            _ = try ModuleOptions.parse(arguments.map { Array($0.utf8) })
        } throws: { error in
            (error as? ModuleOptions.Problem)?.kind == kind
        }
    }
}
