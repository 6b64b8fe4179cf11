/// What a frame `output` has behind its first byte.
package enum CommandOutput: UInt8, Sendable {
    /// Bytes for standard output.
    case standard = 1
    /// Bytes for standard error.
    case error = 2
    /// An address, to be drawn as a QR code of half blocks.
    case halfBlocks = 3
    /// An address, to be drawn as a QR code of ASCII characters.
    case ascii = 4
    /// New backup codes as people print them, for the file that they want them in.
    case sheet = 5

    /// The most bytes behind the first.
    package static let limit = 1024
}
