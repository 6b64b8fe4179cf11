import Foundation
import Testing

@testable import TwostepCore

/// The figures that docs/threat-model.md publishes beside ours, computed: 1 - (1 - p)^n.
struct OddsTests {
    struct Incumbent: CustomTestStringConvertible, Sendable {
        let testDescription: String
        /// How many guesses are looked at in a second.
        let rate: Double
        /// How many codes of a million are right.
        let acceptable: Double

        private var wrong: Double { log1p(-acceptable / 1e6) }
        /// The chance that one of a year's guesses is right.
        var chance: Double { -expm1(rate * Double(Codebook.year) * wrong) }
        /// After how many seconds it is one half.
        var half: Double { log(0.5) / wrong / rate }

        /// Three attempts in 30 s. Ten connections, each refused after 2 s; 5 codes either side, or none.
        static let all = [
            Incumbent(
                testDescription: "google-authenticator-libpam, `RATE_LIMIT 3 30`, `WINDOW_SIZE 3`", rate: 3.0 / 30,
                acceptable: 3),
            Incumbent(testDescription: "pam_oath, TOTP, no `window` given", rate: 10.0 / 2, acceptable: 2 * 5 + 1),
            Incumbent(testDescription: "pam_oath, TOTP, `window=0`", rate: 10.0 / 2, acceptable: 1),
        ]
    }

    @Test(arguments: Incumbent.all)
    func whatIsPublishedOfOthers(incumbent: Incumbent) throws {
        let cells = try #require(try PublishedOdds.cells(incumbent.testDescription))
        let time =
            incumbent.half < 86_400
            ? String(format: "%.1f hours", incumbent.half / 3_600)
            : String(format: "%.1f days", incumbent.half / 86_400)
        #expect(
            cells == [
                String(format: "%g", incumbent.rate), String(format: "%g", incumbent.acceptable),
                String(format: "%.3f %%", incumbent.chance * 100), time,
            ])
    }

    /// All that the two budgets hold in a year, in chances: the bound that the text gives for single codes.
    @Test func theBudgetsOfAYear() {
        let units = [Budget.Group.world, .known].map { $0.capacity + 365 * $0.perDay }.reduce(0, +)
        #expect(units == 89_825)
        #expect(Double(units) / 1e8 < 9.0e-4)
    }

    /// Every kind of second step that is simulated has its row, below the goal.
    @Test(arguments: Scenario.all)
    func whatIsPublishedOfUs(scenario: Scenario) throws {
        for attacker in [Year.Attacker.world, .formerAddress, .everywhere] {
            let chance = try #require(try PublishedOdds.chance(scenario, attacker))
            #expect(chance > 0 && chance <= 1e-3)
        }
    }
}
