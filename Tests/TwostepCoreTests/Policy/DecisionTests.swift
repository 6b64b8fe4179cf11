import Linux
import Testing

@testable import TwostepCore

/// Who is there, and what the name service says of them.
enum People {
    static let alice = Account(uid: 1000, name: Array("alice".utf8))
    static let bob = Account(uid: 1001, name: Array("bob".utf8))

    /// alice is in staff; of `gone` the name service knows nothing, of `broken` it says nothing.
    static func membership(_ account: Account, _ group: [UInt8]) -> Membership {
        switch String(decoding: group, as: UTF8.self) {
        case "staff": account == alice ? .member : .notMember
        case "linux admins": account == bob ? .member : .notMember
        case "gone": .noSuchGroup
        case "broken": .unavailable(Array("EIO".utf8))
        default: .notMember
        }
    }
}

/// What is decided of a login, and by which rule.
enum Decided: Equatable, CustomStringConvertible {
    case exempt(String)
    /// Must have a second step, and without one is refused.
    case required(String)
    /// Must have one, and may do without until the day is over.
    case due(String)
    case optional
    case fails(StoreError.Reason)

    var description: String {
        switch self {
        case .exempt(let rule): "exempt by \(rule)"
        case .required(let rule): "required by \(rule)"
        case .due(let rule): "due by \(rule)"
        case .optional: "optional"
        case .fails(let reason): "fails: \(reason.text)"
        }
    }
}

/// One line of the table: a configuration, a login, and what comes of it.
struct PolicyCase: CustomStringConvertible, Sendable {
    let configuration: String
    let account: Account?
    let service: String
    let remoteHost: String
    let day: String
    let decided: Decided

    init(
        _ configuration: String, account: Account? = People.alice, at service: String = "sshd",
        from remoteHost: String = "",
        on day: String = "2026-11-26", _ decided: Decided
    ) {
        self.configuration = configuration
        self.account = account
        self.service = service
        self.remoteHost = remoteHost
        self.day = day
        self.decided = decided
    }

    var description: String {
        let name = account.map { String(decoding: $0.name, as: UTF8.self) } ?? "?"
        return "\(configuration): \(name) at \(service) from '\(remoteHost)' on \(day)"
    }
}

/// The policy as a table: user, groups, service, source, date, and what comes of it.
struct DecisionTests {
    static let cases: [PolicyCase] = [
        // Nothing said: everybody.
        PolicyCase("", .required("all")),
        PolicyCase("required = all", .required("all")),
        PolicyCase("required = none", .optional),
        // Users, groups and services; one that holds is enough.
        PolicyCase("required = user:alice", .required("user:alice")),
        PolicyCase("required = user:alice", account: People.bob, .optional),
        PolicyCase("required = user:Alice", .optional),
        PolicyCase("required = group:staff", .required("group:staff")),
        PolicyCase("required = group:staff", account: People.bob, .optional),
        PolicyCase("required = \"group:linux admins\"", account: People.bob, .required("group:linux admins")),
        PolicyCase("required = service:sshd", .required("service:sshd")),
        PolicyCase("required = service:sshd", at: "sudo", .optional),
        PolicyCase("required = user:bob group:staff service:su", .required("group:staff")),
        PolicyCase("required = group:staff service:sshd", .required("service:sshd")),
        // A group that is not known is an error, unless something else has decided.
        PolicyCase("required = group:gone", .fails(.groupUnknown)),
        PolicyCase("required = group:broken", .fails(.accountsUnavailable)),
        PolicyCase("required = group:gone group:staff", .required("group:staff")),
        PolicyCase("required = group:staff group:gone", account: People.bob, .fails(.groupUnknown)),
        PolicyCase("required = group:gone service:sshd", .required("service:sshd")),
        PolicyCase("required = group:gone user:bob", account: People.bob, .required("user:bob")),
        // Exemptions come first.
        PolicyCase("exempt = user:alice", .exempt("user:alice")),
        PolicyCase("exempt = user:alice", account: People.bob, .required("all")),
        PolicyCase("exempt = group:staff\nrequired = user:alice", .exempt("group:staff")),
        PolicyCase("exempt = group:staff", account: People.bob, .required("all")),
        PolicyCase("exempt = service:i3lock", at: "i3lock", .exempt("service:i3lock")),
        PolicyCase("exempt = service:i3lock", at: "i3lockx", .required("all")),
        PolicyCase("exempt = service:i3lock", account: nil, at: "i3lock", .exempt("service:i3lock")),
        PolicyCase("exempt = user:alice group:staff", account: nil, .required("all")),
        // A group that is not known exempts nobody.
        PolicyCase("exempt = group:gone", .required("all")),
        PolicyCase("exempt = group:broken", .required("all")),
        PolicyCase("exempt = group:gone group:staff", .exempt("group:staff")),
        PolicyCase("exempt = group:gone\nrequired = group:gone", .fails(.groupUnknown)),
        // Networks.
        PolicyCase("exempt = net:192.0.2.0/24", from: "192.0.2.7", .exempt("net:192.0.2.0/24")),
        PolicyCase("exempt = net:192.0.2.0/24", from: "192.0.3.7", .required("all")),
        PolicyCase("exempt = net:192.0.2.0/24", from: "::ffff:192.0.2.7", .exempt("net:192.0.2.0/24")),
        PolicyCase("exempt = net:192.0.2.0/24", from: "::192.0.2.7", .required("all")),
        PolicyCase("exempt = net:192.0.2.0/24", from: "64:ff9b::192.0.2.7", .required("all")),
        PolicyCase("exempt = net:192.0.2.0/24", from: "", .required("all")),
        PolicyCase("exempt = net:192.0.2.0/24", from: "192.0.2.7.example.org", .required("all")),
        PolicyCase("exempt = net:192.0.2.0/24", from: "192.0.2", .required("all")),
        PolicyCase("exempt = net:192.0.2.7", from: "192.0.2.7", .exempt("net:192.0.2.7")),
        PolicyCase("exempt = net:192.0.2.7", from: "192.0.2.6", .required("all")),
        PolicyCase("exempt = net:192.0.2.0/23", from: "192.0.3.255", .exempt("net:192.0.2.0/23")),
        PolicyCase("exempt = net:192.0.2.0/23", from: "192.0.4.0", .required("all")),
        PolicyCase("exempt = net:0.0.0.0/0", from: "203.0.113.1", .exempt("net:0.0.0.0/0")),
        PolicyCase("exempt = net:0.0.0.0/0", from: "2001:db8::1", .required("all")),
        PolicyCase("exempt = net:::/0", from: "2001:db8::1", .exempt("net:::/0")),
        PolicyCase("exempt = net:::/0", from: "192.0.2.7", .required("all")),
        PolicyCase("exempt = net:::/0", from: "::ffff:192.0.2.7", .required("all")),
        PolicyCase("exempt = net:::1", from: "::1", .exempt("net:::1")),
        PolicyCase("exempt = net:::1", from: "::2", .required("all")),
        PolicyCase("exempt = net:2001:db8::/33", from: "2001:db8:7fff::1", .exempt("net:2001:db8::/33")),
        PolicyCase("exempt = net:2001:db8::/33", from: "2001:db8:8000::1", .required("all")),
        PolicyCase("exempt = net:fe80::/10", from: "fe80::1%eth0", .required("all")),
        PolicyCase("exempt = net:::ffff:192.0.2.0/120", from: "192.0.2.7", .exempt("net:::ffff:192.0.2.0/120")),
        PolicyCase("exempt = net:::ffff:192.0.2.0/120", from: "192.0.3.7", .required("all")),
        PolicyCase("exempt = net:192.0.2.0/24 net:2001:db8::/32", from: "2001:db8::9", .exempt("net:2001:db8::/32")),
        // The day is over at midnight by UTC.
        PolicyCase("enroll_by = 2026-11-26", .due("all")),
        PolicyCase("enroll_by = 2026-11-25", .required("all")),
        PolicyCase("enroll_by = 2026-11-27", on: "2026-11-27", .due("all")),
        PolicyCase("enroll_by = 2026-11-27", on: "2026-11-28", .required("all")),
        PolicyCase("enroll_by = 2027-01-01\nrequired = group:staff", .due("group:staff")),
        PolicyCase("enroll_by = 2027-01-01\nrequired = group:staff", account: People.bob, .optional),
        PolicyCase("enroll_by = 2027-01-01\nrequired = group:gone", .fails(.groupUnknown)),
        PolicyCase("enroll_by = 2027-01-01\nrequired = none", .optional),
        PolicyCase("enroll_by = 2027-01-01\nexempt = user:alice", .exempt("user:alice")),
    ]

    @Test(arguments: cases) func table(_ row: PolicyCase) throws {
        let configuration = try Configuration.parse(Array(row.configuration.utf8), address: networkAddress)
        let subject = PolicySubject(
            account: row.account, service: Array(row.service.utf8),
            address: networkAddress(Array(row.remoteHost.utf8)).map(Rule.number))
        let day = try #require(Day(Array(row.day.utf8)))
        let first = decide(configuration, subject, at: day.end - 86_400)
        let last = decide(configuration, subject, at: day.end - 1)
        #expect(first == row.decided && last == row.decided)
    }

    private func decide(_ configuration: Configuration, _ subject: PolicySubject, at now: Int64) -> Decided {
        if let rule = configuration.exemption(of: subject, People.membership) { return .exempt(text(rule)) }
        do throws(StoreError) {
            guard let rule = try configuration.requirement(of: subject, People.membership) else { return .optional }
            return configuration.isBeforeDeadline(now) ? .due(text(rule)) : .required(text(rule))
        } catch {
            return .fails(error.reason)
        }
    }

    private func text(_ rule: Rule) -> String { String(decoding: rule.text, as: UTF8.self) }

    @Test func withoutAClockNothingIsPutOff() throws {
        let configuration = try Configuration.parse(Array("enroll_by = 2999-12-31".utf8), address: networkAddress)
        #expect(!configuration.isBeforeDeadline(nil) && configuration.isBeforeDeadline(0))
    }

    /// Nobody is asked about a group whom another rule has decided on already, or that no rule names.
    @Test func groupsAreAskedAboutOnlyWhereTheyDecide() throws {
        for (text, account) in [
            ("required = group:staff user:alice", People.alice), ("required = all", People.alice),
            ("required = group:staff service:sshd", People.bob), ("exempt = user:bob", People.bob),
            ("exempt = group:staff net:192.0.2.7", People.bob),
        ] {
            let configuration = try Configuration.parse(Array(text.utf8), address: networkAddress)
            let subject = PolicySubject(account: account, service: Array("sshd".utf8), address: 0xFFFF_C000_0207)
            _ = configuration.exemption(of: subject) { _, _ in
                Issue.record("asked: \(text)")
                return .notMember
            }
            _ = try configuration.requirement(of: subject) { _, _ in
                Issue.record("asked: \(text)")
                return .notMember
            }
        }
    }
}

/// Which lists of rules are taken.
struct RuleTests {
    private func parse(_ text: String) throws(ConfigurationError) -> Configuration {
        try Configuration.parse(Array(text.utf8), address: networkAddress)
    }

    @Test(arguments: [
        "user:alice", "user:alice user:bob\tgroup:staff", "service:sudo-i", "user:DOMAIN\\alice",
        "user:alice@example.org",
        "\"group:domain users\" user:alice", "user:#1000",
    ])
    func rulesOfBothSettings(list: String) throws {
        #expect(try !parse("required = \(list)").required.isEmpty)
        #expect(try !parse("exempt = \(list)").exempt.isEmpty)
    }

    @Test func aRuleIsShownAsItIsWritten() throws {
        let rules = try parse("exempt = user:alice \"group:domain users\" net:2001:DB8::/32").exempt
        #expect(
            rules.map { String(decoding: $0.text, as: UTF8.self) } == [
                "user:alice", "group:domain users", "net:2001:DB8::/32",
            ])
    }

    /// The list, and the word that the message names.
    @Test(arguments: [
        ("", ""), ("nobody", "nobody"), ("user:", "user:"), ("user:alice bob", "bob"),
        ("user:alice,user:bob", "user:alice,user:bob"),
        ("user:alice, user:bob", "user:alice,"), ("User:alice", "User:alice"), ("user: alice", "user:"),
        ("alice", "alice"),
        ("user:alice # and others", "#"), ("all user:alice", "all"), ("user:alice none", "none"),
        ("service:SSHD", "service:SSHD"),
        ("service:/etc/pam.d/sshd", "service:/etc/pam.d/sshd"), ("\"group:staff", "\"group:staff"),
        ("!user:alice", "!user:alice"),
        ("uid:1000", "uid:1000"), ("user:a:b", "user:a:b"),
        ("user:" + String(repeating: "x", count: 257), "user:" + String(repeating: "x", count: 257)),
    ])
    func noRules(list: String, word: String) {
        for name in ["required", "exempt"] {
            #expect {
                _ = try parse("# first\n\(name) = \(list)")
            } throws: { error in
                let error = error as? ConfigurationError
                return error?.line == 2 && error?.problem == .badValue && error?.word == Array(word.utf8)
            }
        }
    }

    @Test(arguments: [
        "net:", "net:10.0.0.0/", "net:10.0.0.0/33", "net:10.0.0.0/-1", "net:10.0.0.0/8/8", "net:10.1.0.0/8",
        "net:10.0.0.1/31",
        "net:10.0.0/8", "net:010.0.0.0/8", "net:example.org", "net:2001:db8::1/64", "net:2001:db8::/129",
        "net:fe80::1%eth0",
        "net:::ffff:10.0.0.0/95", "net:::ffff:10.1.0.0/104", "net:*", "net:10.0.0.0/255.0.0.0", "net:10.0.0.0-10.0.0.9",
        "net:[::1]",
        "net:10.0.0.0/0000000008",
    ])
    func noNetworks(rule: String) {
        #expect(throws: ConfigurationError.self) { try parse("exempt = \(rule)") }
    }

    /// Where somebody comes from makes nobody need a second step.
    @Test func networksCannotBeRequired() {
        #expect(throws: ConfigurationError.self) { try parse("required = net:10.0.0.0/8") }
        #expect(throws: ConfigurationError.self) { try parse("required = user:alice net:10.0.0.0/8") }
    }

    /// A remark stands only where it is to the point.
    @Test(arguments: [
        ("exempt = user:alice,bob", "'exempt', at 'user:alice,bob'", Setting.exempt),
        ("exempt = user:alice # the boss", "'exempt', at '#' (nothing may follow it)", .exempt),
        ("exempt = net:10.0.0.1/8", "'exempt', at 'net:10.0.0.1/8' (the bits beyond /BITS must be zero)", .exempt),
        ("required = net:10.0.0.0/8", "'required', at 'net:10.0.0.0/8'", .required),
        ("enroll_by = 31.01.2027", "'enroll_by', at '31.01.2027'", .enrollBy),
        ("enroll_by = 2027-02-30", "'enroll_by', at '2027-02-30'", .enrollBy),
        ("enroll_by = 2027-02-28 # end", "'enroll_by', at '2027-02-28 # end' (nothing may follow it)", .enrollBy),
        ("enroll_by =", "'enroll_by'", .enrollBy),
        ("issuer = C#:", "'issuer', at 'C#:'", .issuer),
    ])
    func theMessageNamesWhatWasRead(line: String, told: String, setting: Setting) {
        let error = #expect(throws: ConfigurationError.self) { try parse(line) }
        #expect(error.map { String(decoding: $0.text, as: UTF8.self) } == "bad value for \(told): \(setting.summary)")
    }
}

/// Days, against the calendar that everybody uses.
struct DayTests {
    @Test(arguments: [
        ("2000-01-01", 946_771_200), ("2000-02-29", 951_868_800), ("2026-11-26", 1_795_737_600),
        ("2026-12-31", 1_798_761_600),
        ("2028-02-29", 1_835_481_600), ("2100-02-28", 4_107_542_400), ("2999-12-31", 32_503_680_000),
    ])
    func endsAtMidnight(text: String, end: Int64) {
        #expect(Day(Array(text.utf8))?.end == end)
    }

    @Test(arguments: [
        "", "2026-11-31", "2026-02-29", "2100-02-29", "2026-13-01", "2026-00-01", "2026-01-00", "26-01-01", "2026-1-1",
        "2026/01/01", "1999-12-31", "3000-01-01", "2026-01-01T00:00", "2026-01-0x", "+026-01-01", "no ",
    ])
    func whatIsNoDay(text: String) {
        #expect(Day(Array(text.utf8)) == nil)
    }

    @Test func everyDayIsADayLong() throws {
        var previous = try #require(Day(Array("2026-12-31".utf8))).end
        for month in 1...12 {
            for day in 1...31 {
                let text = "2027-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
                guard let end = Day(Array(text.utf8))?.end else { continue }
                #expect(end == previous + 86_400, "\(text)")
                previous = end
            }
        }
        #expect(previous == Day(Array("2027-12-31".utf8))?.end)
    }
}
