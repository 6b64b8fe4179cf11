internal import ArgumentParser
internal import Linux
internal import TwostepCore
internal import Vault

/// `--config` on every command.
struct SiteOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Configuration file, also TWOSTEP_CONFIG (default: /etc/twostep/twostep.conf).", valueName: "path"))
    var config: String?

    /// The file named by the option, the environment, or nobody.
    var path: [UInt8] {
        if let config { return Array(config.utf8) }
        if let named = environmentVariable("TWOSTEP_CONFIG"), !named.isEmpty { return named }
        return [UInt8](text: Configuration.defaultPath)
    }

    /// Reads the configuration; for root only, as everything behind it is.
    func load() throws -> Configuration {
        guard effectiveUserID() == 0 else { throw Failure.notRoot }
        let path = path
        do throws(StoreError) {
            return try readConfiguration(at: path, isDefault: path.equals(Configuration.defaultPath))
        } catch {
            throw Failure(error, site: Configuration(), configurationPath: text(path))
        }
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

/// Runs `body` with the site's store; its errors become a person's.
func withStore<R>(
    _ configuration: Configuration, _ body: (borrowing OpenStore) throws(StoreError) -> R
) throws -> R {
    var store = Store(configuration)
    do throws(StoreError) { return try store.withOpen(body) } catch { throw Failure(error, site: configuration) }
}
