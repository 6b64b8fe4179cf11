import Crypto
import Foundation
import TwostepCore

/// A copy of secret bytes, to compare with.
func array(_ secret: borrowing SecretBytes) -> [UInt8] {
    let span = secret.bytes
    return span.indices.map { span[$0] }
}

/// A copy of secret bytes as text; they are ASCII in every test that asks.
func string(_ secret: borrowing SecretBytes) -> String { String(decoding: array(secret), as: UTF8.self) }

func secret(_ bytes: [UInt8]) -> SecretBytes { SecretBytes(copying: bytes.span) }

/// The bytes of an even number of hexadecimal digits.
func bytes(hex: String) -> [UInt8] {
    var digits = Substring(hex)
    var bytes: [UInt8] = []
    while let byte = UInt8(digits.prefix(2), radix: 16) {
        bytes.append(byte)
        digits = digits.dropFirst(2)
    }
    return bytes
}

func hex(_ bytes: [UInt8]) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
}

/// SplitMix64: the same sequence for the same seed, so that a failing case comes back.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) } }
}

/// The test secrets of RFC 4226 appendix D and of RFC 6238 appendix B as corrected by its erratum 2866:
/// "1234567890" repeated to the size of the hash.
func rfcKey(_ algorithm: HashAlgorithm) -> [UInt8] {
    (0..<algorithm.digestSize).map { UInt8(ascii: "0") + UInt8(($0 + 1) % 10) }
}

/// A program could not be run, or failed.
struct ToolFailure: Error, CustomStringConvertible { let description: String }

/// The lines that oathtool(1) prints, our independent generator of codes.
func oathtool(_ arguments: [String]) throws -> [String] {
    String(decoding: try oathtoolOutput(arguments), as: UTF8.self).split(separator: "\n").map(String.init)
}

/// The same as it comes: a year of codes is many lines.
func oathtoolOutput(_ arguments: [String]) throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/oathtool")
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    do { try process.run() } catch { throw ToolFailure(description: "oathtool is not installed: \(error)") }
    let text = [UInt8](output.fileHandleForReading.readDataToEndOfFile())
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
        throw ToolFailure(
            description: "oathtool \(arguments.joined(separator: " ")): \(String(decoding: text, as: UTF8.self))")
    }
    return text
}
