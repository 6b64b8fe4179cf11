import Crypto
import Foundation
import Testing

/// A copy of secret bytes, to compare with.
func array(_ secret: borrowing SecretBytes) -> [UInt8] {
    let span = secret.bytes
    return span.indices.map { span[$0] }
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

/// One case of a vector file: lines `name = value`, ended by an empty line.
struct Vector: Sendable, CustomTestStringConvertible {
    private var fields: [String: String] = [:]
    /// Whether the case says `FAIL`: it must not decrypt.
    private(set) var mustFail = false
    private(set) var testDescription: String

    struct Missing: Error { let field: String }

    func text(_ field: String) throws -> String {
        guard let value = fields[field] else { throw Missing(field: field) }
        return value
    }

    /// The value of a field in hexadecimal.
    func bytes(_ field: String) throws -> [UInt8] {
        let digits = Array(try text(field).utf8)
        guard digits.count.isMultiple(of: 2) else { throw Missing(field: field) }
        return try stride(from: 0, to: digits.count, by: 2).map { index in
            guard let byte = UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) else {
                throw Missing(field: field)
            }
            return byte
        }
    }

    /// The cases of a file in `Vectors`, none where it cannot be read (which `VectorTests` notices).
    static func read(_ file: String) -> [Vector] {
        let folder = Bundle.module.bundleURL.appendingPathComponent("Vectors")
        guard let text = try? String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8) else {
            return []
        }
        var vectors: [Vector] = []
        var current = Vector(testDescription: "")
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty {
                if !current.fields.isEmpty { vectors.append(current) }
                current = Vector(testDescription: "\(file) \(vectors.count + 1)")
            } else if line == "FAIL" {
                current.mustFail = true
            } else if !line.hasPrefix("#"), !line.hasPrefix("["), let sign = line.firstIndex(of: "=") {
                let name = line[..<sign].trimmingCharacters(in: .whitespaces)
                current.fields[name] = line[line.index(after: sign)...].trimmingCharacters(in: .whitespaces)
            }
        }
        if !current.fields.isEmpty { vectors.append(current) }
        return vectors
    }
}

/// The first 32 bytes of HKDF-Expand, into an array of `count` bytes.
func expand(
    _ crypto: borrowing Libcrypto, _ key: [UInt8], _ info: [UInt8], count: Int = 32
) throws(CryptoError) -> [UInt8] {
    var derived = [UInt8](repeating: 0, count: count)
    var room = derived.mutableSpan
    try crypto.expand(key: key.span, info: info.span, into: &room)
    return derived
}
