internal import Crypto
package import TwostepCore

/// An address that waits for the code that was sent to it: a section of the record's appendix (docs/file-format.md).
package struct UnverifiedContact: Equatable, Sendable {
    /// How long a code counts, in minutes.
    package static let minutes = 15
    /// How many wrong codes are allowed.
    package static let tries = 5

    package let address: EmailAddress
    /// In seconds since the epoch.
    package let expires: Int64
    package private(set) var triesLeft: Int
    /// bcrypt of the code, 60 bytes.
    package let hash: [UInt8]

    package init(_ address: EmailAddress, expires: Int64, hash: [UInt8]) {
        self.address = address
        self.expires = expires
        self.hash = hash
        triesLeft = UnverifiedContact.tries
    }

    /// The bcrypt setting that a code is to be hashed with.
    package var setting: [UInt8] { Array(hash.prefix(Bcrypt.settingSize)) }

    /// Whether a code may still be tried.
    package func isOpen(at now: Int64) -> Bool {
        triesLeft > 0 && now < expires && now >= expires - Int64(UnverifiedContact.minutes) * 60 - 60
    }

    /// - Returns: nil where the record has none, or what it has cannot be read.
    package init?(of record: borrowing Record) {
        do throws(DecodeError) {
            guard let section = try Appendix(record)[.unverifiedContact] else { return nil }
            var reader = ByteReader(section.bytes)
            expires = try reader.count64()
            triesLeft = Int(try reader.unsigned(UInt8.self))
            hash = try reader.array(Bcrypt.hashSize)
            guard triesLeft <= UnverifiedContact.tries,
                let address = EmailAddress(
                    String(decoding: try reader.array(section.count - 9 - Bcrypt.hashSize), as: UTF8.self))
            else { return nil }
            self.address = address
        } catch {
            return nil
        }
    }

    /// Puts it into the record's appendix, in place of one that waits.
    ///
    /// - Returns: false, with nothing changed, where there is no room or the appendix cannot be read.
    package func keep(in record: inout Record) -> Bool {
        var section = SecretBytes(capacity: 9 + Bcrypt.hashSize + EmailAddress.limit)
        section.append(bigEndian: UInt64(clamping: expires))
        section.append(UInt8(clamping: triesLeft))
        section.append(contentsOf: hash.span)
        section.append(contentsOf: Array(address.text.utf8).span)
        do throws(DecodeError) {
            var appendix = try Appendix(record)
            guard appendix.set(.unverifiedContact, to: section) else { return false }
            record.setAppendix(appendix)
            return true
        } catch {
            return false
        }
    }

    /// Tries a code, by its bcrypt hash, at the address that waits in the record: what comes of it is in the record then.
    ///
    /// - Returns: nil where no code may be tried, or what was tried was for an earlier one; otherwise the address, if it is
    ///   verified now.
    package static func verify(_ typed: [UInt8], in record: inout Record, at now: Int64) -> EmailAddress?? {
        guard var waiting = UnverifiedContact(of: record), waiting.isOpen(at: now),
            typed.prefix(Bcrypt.settingSize).elementsEqual(waiting.setting)
        else { return nil }
        guard equalInConstantTime(typed.span, waiting.hash.span) else {
            waiting.triesLeft -= 1
            return waiting.keep(in: &record) ? .some(nil) : nil
        }
        return Contact(waiting.address, verified: now).keep(in: &record) ? waiting.address : nil
    }
}
