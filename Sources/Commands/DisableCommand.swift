package import ArgumentParser
internal import Notices
internal import TwostepCore
internal import Vault

package struct DisableCommand: OwnerCommand {
    package static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Take a user's second step away.",
        discussion: """
            Takes a current code of the user, or a backup code. Tokens, security keys and backup codes are forgotten.

            EXAMPLES
              twostep disable alice
              twostep disable alice --override --reason "lost phone, ticket 123"
            """)

    @Argument(help: "The user; without root, oneself.", completion: .user) var user: String?
    @OptionGroup var override: OverrideOptions
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup package var site: SiteOptions

    package init() {}

    package var makesFiles: Bool { true }

    package func request() throws -> [String] {
        try override.checkIsNotGiven()
        return ["disable"] + (json ? ["--json"] : []) + ["--"] + [user].compactMap(\.self)
    }

    private struct Disabled: Encodable {
        let user: String
        let disabled: Bool
    }

    package func run(_ desk: Desk) throws {
        let account = try desk.account(of: user)
        let name = user ?? text(account.name)
        // What was not complete has no code that could be asked for, and is root's to take back.
        let (stamp, isPending, address) = try unlessEnrolled(account, say: "there is nothing to disable") {
            try lookAtRecord(account, desk, unlessPending: desk.owner != nil) { (record) throws(Failure) in
                (RecordStamp(record), record.state == .pending, Contact(of: record)?.address)
            }
        }
        // Who must have one does not get rid of it alone.
        if desk.owner != nil, try desk.mustHaveSecondStep(account) {
            throw Failure(
                "you must have a second step here; nothing was changed", hint: "ask your administrator",
                .noPermission)
        }
        try desk.confirmOwner(account, json: json)
        if desk.owner == nil, !override.isGiven, !isPending {
            try desk.sayUnless(json, "Type a current code of \(printable(name))'s, or a backup code. It is used up.")
            try askForCode(of: account, desk)
        }
        let removal = try desk.withStore { (store) throws(StoreError) in
            try store.remove(account) { RecordStamp($0) == stamp }
        }
        switch removal {
        case .done: break
        case .notMeant: throw Failure.changedMeanwhile(account)
        case .doubt(let error): throw doubt(error, account, desk)
        }
        var event = ToolEvent(.disabled, account, desk)
        override.tell(&event)
        event.log(alsoTo: address)
        if json { return try desk.sayJSON(Disabled(user: name, disabled: true), isDone: true) }
        try desk.say(
            isPending
                ? "\(printable(name))'s invitation is void."
                : "\(printable(name)) has no second step any more.", isDone: true)
        guard (try? desk.mustHaveSecondStep(account)) ?? true else { return }
        try desk.say(
            "\(printable(name)) must have one here: until they are enrolled again, they are refused.", isDone: true)
    }
}
