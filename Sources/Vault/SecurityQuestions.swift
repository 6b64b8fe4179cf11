package import Crypto
internal import Linux
package import TwostepCore

/// What chooses people's security questions: for the service and the tool; no login does any of it.
extension OpenStore {
    /// The key of that choice, 32 bytes: derived from the store's id, which is random, known to nobody who cannot read the
    /// store, and the same after a rotation of the master key.
    package func questionKey() throws(StoreError) -> SecretBytes {
        let id = try storeID()
        let label: [UInt8] = [UInt8](text: "twostep questions v1")
        do throws(CryptoError) {
            return try crypto.hmac(.sha256, key: id.span, message: label.span)
        } catch {
            throw StoreError(.cryptoUnavailable)
        }
    }

    /// The questions that somebody of this name is asked who has answered none.
    ///
    /// - Parameter list: the site's.
    package func securityQuestions(for name: [UInt8], of list: [[UInt8]]) throws(StoreError) -> [[UInt8]] {
        let key = try questionKey()
        do throws(CryptoError) {
            return try QuestionChoice.questions(for: name, of: list, key: key, crypto: crypto)
        } catch {
            throw StoreError(.cryptoUnavailable)
        }
    }
}

/// The whole of a text file that nobody but root could have put there or changed.
///
/// - Parameter limit: the largest that is read, in bytes.
package func readUnchangeable(_ path: [UInt8], limit: Int) throws(PathProblem) -> [UInt8] {
    let file = try openChecked(path, .read, .unchangeable)
    do throws(SystemError) {
        let size = try file.status().size
        guard size >= 0, size <= Int64(limit) else { throw SystemError.fileTooLarge }
        var bytes = [UInt8](repeating: 0, count: Int(size))
        guard size > 0 else { return bytes }
        var room = bytes.mutableSpan
        guard try file.read(into: &room, at: 0) == Int(size) else { throw SystemError.inputOutput }
        return bytes
    } catch {
        throw .system(error)
    }
}
