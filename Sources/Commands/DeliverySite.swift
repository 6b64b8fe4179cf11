internal import Linux
package import Notices
internal import TwostepCore
internal import Vault

/// Reads what the configuration says about codes that the site sends; its errors become a person's.
package func readDeliverySettings(at path: [UInt8]) throws(Failure) -> DeliverySettings {
    let content: [UInt8]
    do throws(StoreError) {
        content = try readConfigurationText(at: path, isDefault: path.equals(Configuration.defaultPath))
    } catch {
        throw Failure(error, site: Configuration(), configurationPath: text(path))
    }
    do throws(ConfigurationError) { return try DeliverySettings(content) } catch {
        throw Failure(
            "\(text(path)):\(error.line): \(error.mailText)", hint: "correct the line; until then no code is sent",
            .configuration)
    }
}
