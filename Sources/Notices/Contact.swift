internal import Crypto
package import TwostepCore

/// The owner's mail address: a section of the record's appendix (docs/file-format.md).
package struct Contact: Equatable, Sendable {
    package let address: EmailAddress
    /// When it was verified, in seconds since the epoch; 0 where that counts no more (`isForRecovery`).
    package let verified: Int64

    package init(_ address: EmailAddress, verified: Int64) {
        self.address = address
        self.verified = verified
    }

    /// Whether a mail there can let its reader back in. An address that was verified before an administrator let the owner back
    /// in is told what happens, and no more: somebody else may have put it there.
    package var isForRecovery: Bool { verified > 0 }

    /// - Returns: nil where the record has none, or what it has cannot be read.
    package init?(of record: borrowing Record) {
        do throws(DecodeError) {
            guard let section = try Appendix(record)[.contact] else { return nil }
            var reader = ByteReader(section.bytes)
            verified = try reader.count64()
            guard section.count > 8,
                let address = EmailAddress(String(decoding: try reader.array(section.count - 8), as: UTF8.self))
            else { return nil }
            self.address = address
        } catch {
            return nil
        }
    }

    /// Puts the address into the record's appendix.
    ///
    /// - Returns: false, with nothing changed, where there is no room or the appendix cannot be read.
    package func keep(in record: inout Record) -> Bool {
        var section = SecretBytes(capacity: 8 + EmailAddress.limit)
        section.append(bigEndian: UInt64(clamping: verified))
        section.append(contentsOf: Array(address.text.utf8).span)
        do throws(DecodeError) {
            var appendix = try Appendix(record)
            guard appendix.set(.contact, to: section) else { return false }
            appendix.remove(.unverifiedContact)
            record.setAppendix(appendix)
            return true
        } catch {
            return false
        }
    }

    /// Removes the address, and one that waits.
    ///
    /// - Returns: false, with nothing changed, where the appendix cannot be read.
    package static func remove(from record: inout Record) -> Bool {
        do throws(DecodeError) {
            var appendix = try Appendix(record)
            appendix.remove(.contact)
            appendix.remove(.unverifiedContact)
            record.setAppendix(appendix)
            return true
        } catch {
            return false
        }
    }
}
