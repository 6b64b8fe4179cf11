package import Crypto
internal import TwostepCore

/// What brings a code to the process that delivers: a datagram of root's, the line of a request and the code behind it.
package enum CodeDatagram {
    /// - Parameters:
    ///   - line: the request's, with its line feed.
    ///   - code: as the person reads it.
    package static func make(_ line: [UInt8], _ code: Span<UInt8>) -> SecretBytes {
        var datagram = SecretBytes(capacity: line.count + code.count)
        datagram.append(contentsOf: line.span)
        datagram.append(contentsOf: code)
        return datagram
    }

    /// - Returns: the request's line, without its line feed, and where the code begins; nil where there is no line feed.
    package static func split(_ datagram: Span<UInt8>) -> (line: [UInt8], code: Range<Int>)? {
        var line: [UInt8] = []
        for index in datagram.indices {
            guard datagram[index] != 0x0A else { return (line, (index + 1)..<datagram.count) }
            line.append(datagram[index])
        }
        return nil
    }
}
