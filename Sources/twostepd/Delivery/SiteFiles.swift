internal import Commands
internal import Crypto
internal import Linux
internal import Notices
internal import TwostepCore
internal import Vault

/// What the delivery reads of a site: its configuration, templates, hooks, and owners' addresses. Read anew each time, so
/// that a change counts at once.
struct SiteFiles: TemplateSource {
    private static let templates = ["/etc/twostep/mail", "/usr/share/twostep/mail"]

    let configurationPath: [UInt8]

    struct Settings {
        let configuration: Configuration
        let mail: MailSettings
    }

    /// - Throws: what is wrong, for the log.
    func settings() throws(StoreError) -> Settings {
        let configuration = try readConfiguration(
            at: configurationPath, isDefault: configurationPath.equals(Configuration.defaultPath))
        let mail: MailSettings
        do throws(Failure) { mail = try readMailSettings(at: configurationPath) } catch {
            throw StoreError(.configInvalid, cause: Array(error.message.utf8))
        }
        return Settings(configuration: configuration, mail: mail)
    }

    // MARK: templates

    func template(_ name: String) -> String? {
        for folder in SiteFiles.templates {
            do throws(PathProblem) {
                let file = try openChecked(Array("\(folder)/\(name).txt".utf8), .read, .unchangeable)
                var bytes = [UInt8](repeating: 0, count: MailTemplate.limit + 1)
                var room = bytes.mutableSpan
                do throws(SystemError) {
                    let count = try file.read(into: &room, at: 0)
                    bytes = Array(bytes.prefix(count))
                } catch {
                    throw .system(error)
                }
                guard let text = String(validating: bytes, as: UTF8.self) else {
                    complain(name, .text)
                    continue
                }
                return text
            } catch {
                if case .missing = error { continue }
                Delivery.complain(.template, cause: Array("\(folder)/\(name).txt: ".utf8) + error.cause)
            }
        }
        return nil
    }

    func complain(_ name: String, _ problem: MailTemplate.Problem) {
        Delivery.complain(.template, cause: Array("\(name): \(problem.rawValue)".utf8))
    }

    // MARK: hooks

    /// The names of the programs that get each event: executable files of letters, digits, `-` and `_`.
    func hookNames() -> [String] {
        do throws(PathProblem) {
            let folder = try Descriptor.walk(to: Array(HookFolder.path.utf8), .unchangeable)
            do throws(SystemError) {
                return try folder.names().filter { name in
                    HookFolder.isName(name) && SiteFiles.mayBeRun(name, in: folder)
                }.map { String(decoding: $0, as: UTF8.self) }.sorted()
            } catch {
                throw .system(error)
            }
        } catch {
            if case .missing = error { return [] }
            Delivery.complain(.hookUnsafe, cause: Array("\(HookFolder.path): ".utf8) + error.cause)
            return []
        }
    }

    /// Whether it is meant to be run: a file without the right to be executed is put out of use by that.
    private static func mayBeRun(_ name: [UInt8], in folder: borrowing Descriptor) -> Bool {
        do throws(SystemError) {
            let status = try folder.status(of: name)
            return status.kind != .regular || status.mode & 0o111 != 0
        } catch {
            return false
        }
    }

    /// The path of a hook, if nobody but root could have put it there or changed it.
    func hook(_ name: String) throws(PathProblem) -> [UInt8] {
        let path = Array("\(HookFolder.path)/\(name)".utf8)
        _ = try openChecked(path, .read, .unchangeable)
        return path
    }

    // MARK: codes

    /// The program that sends codes, if nobody but root could have put it there or changed it, and words before the user's
    /// name; nil where none are sent.
    ///
    /// - Throws: what is wrong, for the log.
    func deliverCommand() throws(StoreError) -> [[UInt8]]? {
        let settings: DeliverySettings
        do throws(Failure) { settings = try readDeliverySettings(at: configurationPath) } catch {
            throw StoreError(.configInvalid, cause: Array(error.message.utf8))
        }
        guard let command = settings.command, let program = command.first else { return nil }
        do throws(PathProblem) { _ = try openChecked(Array(program.utf8), .read, .unchangeable) } catch {
            throw StoreError(.configInvalid, cause: Array("\(program): ".utf8) + error.cause)
        }
        return command.map { Array($0.utf8) }
    }

    // MARK: owners

    /// The address in a user's record, also one that is for telling alone; nil where there is none.
    func address(of user: String, _ configuration: Configuration) throws(StoreError) -> EmailAddress? {
        let account: Account
        do throws(SystemError) {
            guard let entry = try PasswordEntry.named(Array(user.utf8)) else { return nil }
            account = Account(uid: entry.uid, name: entry.name)
        } catch {
            throw StoreError(.accountsUnavailable, cause: error.name)
        }
        var store = Store(configuration)
        return try store.withOpen { (store) throws(StoreError) in
            try store.peek(account) { Contact(of: $0)?.address } ?? nil
        }
    }
}
