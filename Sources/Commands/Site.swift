package import ArgumentParser
internal import Linux
package import TwostepCore
package import Vault

/// `--config` on every command.
package struct SiteOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Configuration file, also TWOSTEP_CONFIG.", valueName: "path"), completion: .file())
    package var config: String?

    package init() {}

    /// The file named by the option or the environment; nil where nobody names one.
    package var named: [UInt8]? {
        if let config { return Array(config.utf8) }
        if let named = environmentVariable("TWOSTEP_CONFIG"), !named.isEmpty { return named }
        return nil
    }

    /// Root's desk, under the configuration that is named.
    package func desk(at console: any Console) throws -> Desk {
        guard effectiveUserID() == 0 else { throw Failure.notRoot }
        let path = try configurationPath()
        let desk = Desk(console, try readSite(at: path), from: path)
        // What no login looks at stands in no command's way, either, but in that of those that need it.
        desk.warn { () throws(Failure) in _ = try readMailSettings(at: path) }
        desk.warn { () throws(Failure) in _ = try readRecoverySettings(at: path) }
        desk.warn { () throws(Failure) in _ = try readDeliverySettings(at: path) }
        return desk
    }

    /// The file of the configuration, by its absolute path.
    package func configurationPath() throws(Failure) -> [UInt8] {
        guard let named else { return [UInt8](text: Configuration.defaultPath) }
        guard isPlainPath(named) else {
            throw Failure(
                "not an absolute path: \(printable(text(named)))",
                hint: "name the configuration from / on, with no . or .. in it", .usage)
        }
        return named
    }
}

/// Reads the configuration; its errors become a person's.
package func readSite(at path: [UInt8]) throws(Failure) -> Configuration {
    do throws(StoreError) {
        return try readConfiguration(at: path, isDefault: path.equals(Configuration.defaultPath))
    } catch {
        throw Failure(error, site: Configuration(), configurationPath: text(path))
    }
}

/// The account of a user named on the command line.
func findAccount(_ name: String) throws -> Account {
    do throws(SystemError) {
        guard let entry = try PasswordEntry.named(Array(name.utf8)) else { throw SystemError.noEntry }
        return Account(uid: entry.uid, name: entry.name)
    } catch {
        if error == .noEntry { throw Failure.noSuchUser(name) }
        throw Failure(StoreError(.accountsUnavailable, cause: error.name), site: Configuration())
    }
}

extension Desk {
    /// Says what is wrong with something that the command may do without.
    fileprivate func warn(of look: () throws(Failure) -> Void) {
        do throws(Failure) { try look() } catch {
            warn(error.message, hint: error.hint)
        }
    }

    /// Runs `body` with the site's store; its errors become a person's.
    package func withStore<R>(_ body: (borrowing OpenStore) throws(StoreError) -> R) throws -> R {
        var store = Store(configuration)
        do throws(StoreError) { return try store.withOpen(body) } catch { throw Failure(error, site: configuration) }
    }
}

extension CompletionKind {
    /// Names of users, for shells that complete. The colon is written as a number: zsh parts what it is told by colons,
    /// which ArgumentParser forgets.
    package static var user: CompletionKind { .shellCommand(#"getent passwd | tr '\072' '\011' | cut -f1"#) }
}
