package import Notices

/// Reads what the configuration says about codes that the site sends; its errors become a person's.
package func readDeliverySettings(at path: [UInt8]) throws(Failure) -> DeliverySettings {
    try readSettings(at: path, untilThen: "no code is sent")
}
