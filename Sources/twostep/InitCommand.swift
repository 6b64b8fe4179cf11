internal import ArgumentParser
internal import Commands
internal import TwostepCore
internal import Vault

struct InitCommand: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make the key, the store and the configuration, once.",
        discussion: """
            Safe to repeat: what is there stays as it is. Makes no key where there is a
            store, and no store where there is a key: what went missing must be put back.

            EXAMPLE
              twostep init
            """)

    @Flag(help: "Make an empty store though there is a key: everybody must enrol again.") var newStore = false
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var site: SiteOptions

    private struct Made: Encodable {
        let key: Bool
        let store: Bool
        let configuration: Bool
    }

    func run(_ desk: Desk) throws {
        let configuration = desk.configuration
        let path = desk.configurationPath
        let made: InitialisedFiles
        do throws(StoreError) {
            made = try Initialising.run(
                configuration, configurationPath: path, template: Array(InitCommand.template.utf8), newStore: newStore)
        } catch {
            throw Failure(error, site: configuration)
        }
        // A store that lost something looks initialised; say so now, not at the first login.
        _ = try desk.withStore { (store) throws(StoreError) in try store.enrolledUIDs().count }
        if json {
            return try desk.sayJSON(
                Made(key: made.madeKey, store: made.madeStore, configuration: made.madeConfiguration))
        }
        try report(desk, "key", text(configuration.key), made: made.madeKey)
        try report(desk, "store", text(configuration.store), made: made.madeStore)
        try report(desk, "configuration", text(path), made: made.madeConfiguration)
        if made.madeKey {
            try desk.say("Keep a copy of the key apart from the store's backup:")
            try desk.say("without it nobody's record can be read.")
        }
    }

    private func report(_ desk: Desk, _ what: String, _ path: String, made: Bool) throws {
        try desk.say("\(what): \(path) \(made ? "made" : "was there already")")
    }

    /// Every setting with what it means, commented out with its default: a line comes into force without its `#`.
    static var template: String {
        var lines = [
            "# Twostep: see twostep.conf(5). What is not set has the strictest value."
        ]
        for setting in Setting.allCases {
            lines += ["", "# \(setting.summary)", "#\(setting.name) = \(setting.defaultText)"]
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
