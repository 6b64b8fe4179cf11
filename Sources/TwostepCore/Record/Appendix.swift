package import Crypto

/// What a record keeps for the tool and the service alone: sections, each with a tag, described in docs/file-format.md.
///
/// A login carries these bytes along and never looks into them, so that nothing of what they mean is in the module.
public struct Appendix: ~Copyable {
    /// The most bytes that all sections take together.
    package static let limit = 1952

    /// What a section is about. Each tag stands once at most, in ascending order.
    package enum Tag: UInt8, CaseIterable, Sendable {
        /// A one-time enrolment code that waits for its owner.
        case invitation = 1
        /// An enrolment that was begun and is not complete.
        case enrolment = 2
        /// The owner's mail address, and when it was verified: 0 where it is for telling alone.
        case contact = 3
        /// An address that waits for the code that was sent to it.
        case unverifiedContact = 4
        /// Recovery tokens that were given out (`Recovery`).
        case recovery = 5
        /// The answers to the owner's security questions (`SecurityAnswers`).
        case answers = 6
        /// A one-time code that the site sends by a way of its own (`SentCode`).
        case sentCode = 7
    }

    /// The sections, as they stand in the record.
    package private(set) var bytes: SecretBytes

    /// No sections.
    package init() { bytes = SecretBytes(capacity: 0) }

    /// Reads the sections of a record.
    ///
    /// - Throws: `.unknownVersion` for a tag that this version does not know, `.malformed` for anything else that
    ///   `set` would not have written.
    package init(_ record: borrowing Record) throws(DecodeError) {
        try Appendix.check(record.appendix.bytes)
        bytes = record.appendix.copy()
    }

    fileprivate static func check(_ sections: Span<UInt8>) throws(DecodeError) {
        var last: UInt8 = 0
        var reader = ByteReader(sections)
        while !reader.isAtEnd {
            let tag: UInt8 = try reader.unsigned()
            guard Tag(rawValue: tag) != nil else { throw .unknownVersion }
            let count = Int(try reader.unsigned(UInt16.self))
            guard tag > last, count > 0 else { throw .malformed }
            _ = try reader.take(count)
            last = tag
        }
    }

    /// A copy of a section; nil where there is none.
    package subscript(_ tag: Tag) -> SecretBytes? {
        guard let range = Appendix.range(of: tag.rawValue, in: bytes.bytes) else { return nil }
        return SecretBytes(copying: bytes.bytes.extracting(range))
    }

    /// Puts a section in place of the one with this tag.
    ///
    /// - Parameter section: what it holds, at least one byte.
    /// - Returns: false, with nothing changed, where it is empty or there is no room.
    package mutating func set(_ tag: Tag, to section: borrowing SecretBytes) -> Bool {
        guard section.count > 0 else { return false }
        return rebuild(tag, section.bytes)
    }

    /// Removes the section with this tag, if there is one, and wipes it.
    package mutating func remove(_ tag: Tag) {
        let nothing: [UInt8] = []
        _ = rebuild(tag, nothing.span)
    }

    private mutating func rebuild(_ changed: Tag, _ section: Span<UInt8>) -> Bool {
        var new = SecretBytes(capacity: Appendix.limit)
        var fits = true
        for tag in 1...UInt8.max {
            if tag == changed.rawValue {
                if section.count > 0 { fits = Appendix.append(tag, section, to: &new) && fits }
            } else if let range = Appendix.range(of: tag, in: bytes.bytes) {
                fits = Appendix.append(tag, bytes.bytes.extracting(range), to: &new) && fits
            }
        }
        if fits { bytes = new }
        return fits
    }

    private static func append(_ tag: UInt8, _ section: Span<UInt8>, to out: inout SecretBytes) -> Bool {
        let fits = out.append(tag) && out.append(bigEndian: UInt16(clamping: section.count))
        return out.append(contentsOf: section) && fits
    }

    /// Where the section with this tag stands, without its tag and length.
    fileprivate static func range(of wanted: UInt8, in sections: Span<UInt8>) -> Range<Int>? {
        var reader = ByteReader(sections)
        do throws(DecodeError) {
            while !reader.isAtEnd {
                let tag: UInt8 = try reader.unsigned()
                let range = try reader.take(Int(try reader.unsigned(UInt16.self)))
                if tag == wanted { return range }
            }
        } catch {}
        return nil
    }
}

extension Record {
    /// Reads a section where it lies, without a copy of it or of the others.
    ///
    /// - Returns: nil where there is none.
    /// - Throws: as `Appendix.init`.
    package func section<R: ~Copyable>(
        _ tag: Appendix.Tag, _ read: (Span<UInt8>) throws(DecodeError) -> R
    ) throws(DecodeError) -> R? {
        let sections = appendix.bytes
        try Appendix.check(sections)
        guard let range = Appendix.range(of: tag.rawValue, in: sections) else { return nil }
        return try read(sections.extracting(range))
    }

    /// Puts a section in place of the one with this tag, or removes that one.
    ///
    /// - Parameter section: nil to remove it.
    /// - Throws: as `Appendix.init`, or where there is no room.
    mutating func set(_ tag: Appendix.Tag, to section: borrowing SecretBytes?) throws(DecodeError) {
        var appendix = try Appendix(self)
        switch section {
        case .some(let section): guard appendix.set(tag, to: section) else { throw .malformed }
        case .none: appendix.remove(tag)
        }
        setAppendix(appendix)
    }

    /// Puts an appendix in place of the one that the record has.
    package mutating func setAppendix(_ new: borrowing Appendix) { appendix = new.bytes.copy() }
}
