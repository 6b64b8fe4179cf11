import Linux
import Testing
import TwostepCore

@testable import Commands

/// Whether an invitation says that no login asks for it: beside what the login's own rules say in DecisionTests.
struct InvitationObstacleTests {
    struct Row: CustomTestStringConvertible {
        let configuration: String
        let state: Record.State
        let day: String
        let wanted: InvitationObstacle?

        init(
            _ configuration: String, _ wanted: InvitationObstacle?, _ state: Record.State = .pending,
            on day: String = "2026-11-27"
        ) {
            self.configuration = configuration
            self.state = state
            self.day = day
            self.wanted = wanted
        }

        var testDescription: String { "\(configuration), \(state), \(day)" }
    }

    static let rows = [
        Row("", .notAtLogin), Row("required = none", .notAtLogin), Row("", .notAtLogin, .mustReenrol),
        Row("enroll_at_login = code", nil), Row("enroll_at_login = yes", nil),
        Row("enroll_at_login = code\nrequired = none", .notRequired),
        Row("enroll_at_login = code\nrequired = none", nil, .mustReenrol),
        Row("enroll_at_login = code\nrequired = user:bob", .notRequired),
        Row("enroll_at_login = code\nrequired = user:alice", nil),
        Row("enroll_at_login = code\nrequired = group:staff", nil),
        Row("enroll_at_login = code\nrequired = group:others", .notRequired),
        Row("enroll_at_login = code\nrequired = group:gone", nil),
        Row("enroll_at_login = code\nrequired = service:sshd", nil),
        Row("enroll_at_login = code\nexempt = user:alice", .exempt("user:alice")),
        Row("enroll_at_login = code\nexempt = user:alice", .exempt("user:alice"), .mustReenrol),
        Row("enroll_at_login = code\nexempt = service:sshd net:192.0.2.0/24 user:bob", nil),
        Row("enroll_at_login = code\nenroll_by = 2026-11-27", .notDue("2026-11-27")),
        Row("enroll_at_login = code\nenroll_by = 2026-11-27", nil, on: "2026-11-28"),
        Row("enroll_at_login = code\nenroll_by = 2026-11-27", nil, .mustReenrol),
        Row("enroll_at_login = code\nenroll_by = 2026-11-27\nrequired = service:sshd", .notDue("2026-11-27")),
        Row("enroll_at_login = code\nenroll_by = 2026-11-27\nrequired = user:bob", .notRequired),
    ]

    @Test(arguments: rows) func whatIsSaid(_ row: Row) throws {
        let configuration = try Configuration.parse(Array(row.configuration.utf8), address: networkAddress)
        let noon = try #require(Day(Array(row.day.utf8))).end - 43_200
        let alice = Account(uid: 1001, name: Array("alice".utf8))
        let found = InvitationObstacle(configuration, alice, row.state, now: noon) { _, group in
            switch String(decoding: group, as: UTF8.self) {
            case "staff": .member
            case "gone": .noSuchGroup
            default: .notMember
            }
        }
        #expect(found == row.wanted)
    }
}
