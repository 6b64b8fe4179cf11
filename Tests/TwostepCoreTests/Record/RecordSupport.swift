import Crypto

@testable import TwostepCore

struct DoesNotFit: Error {}

extension Record {
    /// The record's plaintext, in so many bytes.
    func encoded(size: Int = 4032) throws -> SecretBytes {
        guard let text = RecordCodec.encode(self, size: size) else { throw DoesNotFit() }
        return text
    }

    /// The same, to compare with.
    func bytes() throws -> [UInt8] { array(try encoded()) }

    /// The record once more, by way of its bytes.
    func copy(size: Int = 4032) throws -> Record {
        let text = try encoded(size: size)
        return try RecordCodec.decode(text.bytes)
    }
}
