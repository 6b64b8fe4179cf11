import Testing

@testable import TwostepCore

/// Law 9, a year at a time: guessing does not pay, and the owner gets in. The figures stand in docs/threat-model.md.
struct SimulationTests {
    private func play(
        _ scenario: Scenario, _ attacker: Year.Attacker, roaming: Bool = false, seed: UInt64
    ) throws -> YearResult {
        var year = try Year(scenario, attacker: attacker, roaming: roaming, seed: seed)
        let result = try year.run()
        let place = roaming ? "owner anywhere" : "attacker \(attacker)"
        if let published = try PublishedOdds.chance(scenario, attacker) { #expect(result.chance <= published) }
        print("simulation: \(scenario.testDescription), \(place), seed \(seed): \(result)")
        return result
    }

    /// From any number of addresses, none of them the owner's: single codes, pairs and backup codes, each as fast as
    /// they are looked at. The owner is refused nothing, and a stranger's pair or backup code gets in all the while.
    @Test(arguments: Scenario.all, [1, 2] as [UInt64])
    func fromTheWorldNobodyKeepsTheOwnerOut(scenario: Scenario, seed: UInt64) throws {
        let result = try play(scenario, .world, seed: seed)
        #expect(result.refusals.isEmpty && result.logins > 1_000 && result.mistypes > 30)
        #expect(result.failures.isEmpty && result.moments == Year.moments)
        #expect(result.lockedMoments > Year.moments * 3 / 4)
        #expect(result.chance <= 1e-3)
        // The attacker was at work, all year long.
        #expect(result.singles.chance[0] > scenario.leastOfWorld && result.pairs.count[0] > 100)
        #expect(result.backupCodes.count[0] == Year.stretches * Int(Year.stretch) / Int(Record.backupCodePause))
    }

    /// From the owner's own address as well, also right after each of the owner's logins. That the owner is refused
    /// single codes then is the price; two codes in a row get in.
    @Test(arguments: Scenario.all, [3, 4] as [UInt64])
    func fromEverywhereGuessingDoesNotPay(scenario: Scenario, seed: UInt64) throws {
        let result = try play(scenario, .everywhere, seed: seed)
        #expect(result.chance <= 1e-3)
        #expect(result.singles.chance[0] > scenario.leastOfWorld && result.singles.chance[1] > 6e-4)
        // A pair that meets the attacker's in one of the stretches has to wait.
        #expect(result.refusedPairs <= 2)
    }

    /// From an address that the owner once logged in from, and does not any more: it is a known source for 90 days, and
    /// all known sources share one budget.
    @Test(arguments: Scenario.all, [8] as [UInt64])
    func fromAFormerAddressNobodyKeepsTheOwnerOut(scenario: Scenario, seed: UInt64) throws {
        let result = try play(scenario, .formerAddress, seed: seed)
        #expect(result.refusals.isEmpty)
        #expect(result.chance <= 1e-3 && result.singles.count[1] > 20)
    }

    /// Nobody attacks, and the owner is never twice at the same address.
    @Test(arguments: Scenario.all, [5, 6, 7] as [UInt64])
    func anOwnerWhoRoamsGetsIn(scenario: Scenario, seed: UInt64) throws {
        let result = try play(scenario, .nowhere, roaming: true, seed: seed)
        #expect(result.refusals.count <= scenario.mostRefusalsRoaming && result.mistypes > 20)
        #expect(result.refusedPairs == 0)
    }
}
