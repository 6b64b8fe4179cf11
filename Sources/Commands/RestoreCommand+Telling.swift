internal import TwostepCore
internal import Vault

/// What somebody is told who has put a backup back: what is void, since when what counts again, and what to do.
extension RestoreCommand {
    /// Says what becomes void of how many, and asks. Nothing is open or locked meanwhile.
    func confirm(_ desk: Desk) throws {
        let count = try desk.withStore { (store) throws(StoreError) in try store.recordUIDs().count }
        guard count > 0 else { return }
        try desk.say("records that will count as used until now: \(count)")
        try desk.say("void from then on, for good:")
        if !keepBackupCodes { try desk.say("  their backup codes; to keep those: --keep-backup-codes") }
        try desk.say("  invitations, recovery codes, and enrolments that are not complete")
        try desk.say("codes of apps do not count for some minutes")
        try desk.confirm("Make them void?")
    }

    func tell(_ result: Restored, _ desk: Desk) throws {
        for one in result.left {
            let name = one.user.map(printable) ?? "uid \(one.uid)"
            try desk.say("\(name): \(one.error)", isDone: true)
        }
        for one in result.unguarded {
            let user = printable(one.user)
            try desk.say("\(user) has no timed code that could prove anything:", isDone: true)
            if one.counted { try desk.say("  twostep token resync \(user) TOKEN", isDone: true) }
            if one.backupCodes > 0 {
                try desk.say(
                    "  twostep backup-codes \(user) --regenerate --override --reason \"restored\"", isDone: true)
            }
        }
        try tellOfBackupCodes(result, desk)
        if result.records > 0 { try tellOfTheRest(result, desk) }
        try desk.say("records that count as used until now: \(result.records)", isDone: true)
    }

    private func tellOfBackupCodes(_ result: Restored, _ desk: Desk) throws {
        if result.backupCodesKept > 0 {
            try desk.say("people whose backup codes count as in the backup: \(result.backupCodesKept)", isDone: true)
            try desk.say("  what they used since counts again; to see who did: twostep log", isDone: true)
        }
        if result.backupCodesGone > 0 {
            try desk.say("people who have no backup code that could be kept: \(result.backupCodesGone)", isDone: true)
            try desk.say("  where a restore before this one voided them, the option came too late:", isDone: true)
            try desk.say("  put the copy back again, and begin with restore --keep-backup-codes", isDone: true)
        }
        guard result.backupCodesVoid > 0 else { return }
        try desk.say("people whose backup codes count no more: \(result.backupCodesVoid)", isDone: true)
        try desk.say("  new ones, by themselves: twostep backup-codes --regenerate", isDone: true)
        try desk.say(
            "  by you: twostep backup-codes USER --regenerate --override --reason \"restored\"", isDone: true)
        try desk.say("  that asks for a sentence to be typed; with --json behind it nothing is asked", isDone: true)
    }

    private func tellOfRefused(_ result: Restored, _ desk: Desk) throws {
        let names = result.refusedUntilInvited
        guard !names.isEmpty else { return }
        try desk.say("people who are refused until they are invited anew: \(names.count)", isDone: true)
        let list = names.map(printable).joined(separator: ", ")
        for line in wrapped(list, head: "  ", indent: "  ", width: 80) { try desk.say(line, isDone: true) }
    }

    /// Also of what was given out after the copy was made, which it does not know.
    private func tellOfTheRest(_ result: Restored, _ desk: Desk) throws {
        try desk.say("invitations and recovery codes that were given out are void; others:", isDone: true)
        try desk.say("  twostep invite USER, or twostep recover USER --reason TEXT", isDone: true)
        try tellOfRefused(result, desk)
        guard let from = result.appCodesFrom else { return }
        try desk.say("codes of apps count again from \(from) on", isDone: true)
        guard result.backupCodesKept > 0 else { return }
        try desk.say("  backup codes that are kept, once their owner has typed one of those", isDone: true)
    }
}
