/// What came of a simulated year.
struct YearResult: Sendable, CustomStringConvertible {
    /// One class of guesses: how many were looked at, and their chances summed; from the world and from known sources.
    struct Guesses: Sendable {
        var count = [0, 0]
        var chance = [0.0, 0.0]

        mutating func add(_ group: Int, chance: Double) {
            count[group] += 1
            self.chance[group] += chance
        }
    }

    var singles = Guesses()
    /// Of the stretches in which they were made.
    var pairs = Guesses()
    var backupCodes = Guesses()
    /// How long those stretches were together, in seconds.
    var sampled: Int64 = 0

    var logins = 0
    var mistypes = 0
    /// Logins that were refused though the code was right, or a mistyped one that was not even looked at.
    var refusals: [String] = []
    /// Of the pairs of codes that the owner typed after such a refusal, those that were refused.
    var refusedPairs = 0
    /// Moments at which a stranger's single code, pair and backup code were tried on a copy; where single ones were not
    /// looked at; and where the pair or the backup code was refused.
    var moments = 0
    var lockedMoments = 0
    var failures: [String] = []

    /// What the stretches say of a whole year.
    private func yearly(_ guesses: Guesses) -> Double {
        sampled == 0 ? 0 : (guesses.chance[0] + guesses.chance[1]) * Double(Codebook.year) / Double(sampled)
    }

    /// The chance that one of all guesses of the year is right: at most their sum.
    var chance: Double { singles.chance[0] + singles.chance[1] + yearly(pairs) + yearly(backupCodes) }

    private func rounded(_ chance: Double) -> Double { (chance * 1e7).rounded() / 1e7 }

    var description: String {
        """
        chance \(rounded(chance)): single codes \(singles.chance.map(rounded)) in \(singles.count) guesses, \
        pairs \(rounded(yearly(pairs))), backup codes \(rounded(yearly(backupCodes))); \
        \(logins) logins, \(mistypes) mistyped, \(refusals.count) refused \(refusals.prefix(2)), \
        \(refusedPairs) pairs after that; \(moments) moments, \(lockedMoments) locked
        """
    }
}
