internal import Notices
internal import TwostepCore
internal import Vault

/// Reads settings that no login looks at in the configuration file; its errors become a person's.
///
/// - Parameter consequence: what a line that is not understood means until it is corrected.
func readSettings<Group: SettingGroup>(at path: [UInt8], untilThen consequence: String) throws(Failure) -> Group {
    let content: [UInt8]
    do throws(StoreError) {
        content = try readConfigurationText(at: path, isDefault: path.equals(Configuration.defaultPath))
    } catch {
        throw Failure(error, site: Configuration(), configurationPath: text(path))
    }
    do throws(ConfigurationError) { return try Group(content) } catch {
        throw Failure(
            "\(text(path)):\(error.line): \(error.badValueText)", hint: "correct the line; until then \(consequence)",
            .configuration)
    }
}

/// Settings as a login finds them: where they cannot be understood it goes on without.
struct FoundSettings<Group: SettingGroup> {
    /// Nil where the configuration says nothing that can be understood.
    let understood: Group?
    /// What keeps from understanding them; nil where nothing does.
    let problem: StoreError?

    init(_ read: () throws(Failure) -> Group) {
        do throws(Failure) {
            understood = try read()
            problem = nil
        } catch {
            understood = nil
            problem = StoreError(.configInvalid, cause: Array(error.message.utf8))
        }
    }
}
