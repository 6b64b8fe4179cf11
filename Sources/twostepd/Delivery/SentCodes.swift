internal import Crypto
internal import Linux
internal import Notices
internal import TwostepCore
internal import Vault

/// Codes that the site's program sends. They are kept in memory alone, given to it once, and tried no second time: whoever
/// waits for one that never comes asks for the next, and is sent it once the five minutes of that one are over.
struct SentCodes: ~Copyable {
    /// The most that wait at a time, and that are on their way.
    private static let limit = 100
    private static let atOnce = 4
    /// Milliseconds that the program may take, and that a code may wait for it.
    private static let timeLimit: Int64 = 30_000
    private static let patience: Int64 = 60_000

    private final class Waiting {
        let user: [UInt8]
        let code: SecretBytes
        /// By `monotonicMilliseconds`.
        let asked = monotonicMilliseconds()
        var program: RunningProgram?

        init(_ user: [UInt8], _ code: consuming SecretBytes) {
            self.user = user
            self.code = code
        }
    }

    private var waiting: [Waiting] = []
    private var ended: [EventLine] = []

    /// Whether something is to be done about one.
    var isBusy: Bool { !waiting.isEmpty || !ended.isEmpty }

    /// Takes a datagram that asks for one.
    ///
    /// - Returns: false for any other.
    mutating func take(_ datagram: borrowing SecretBytes) -> Bool {
        let bytes = datagram.bytes
        guard let parts = CodeDatagram.split(bytes), let request = DeliverRequest.parse(parts.line) else {
            return false
        }
        let rest = bytes.extracting(parts.code)
        guard rest.count == BackupCode.size + 1 else { return false }
        var code = SecretBytes(capacity: rest.count + 1)
        code.append(contentsOf: rest)
        // A line, as programs read it.
        code.append(0x0A)
        if !request.isArgument {
            fail(request.user, [UInt8](text: "user-name"))
        } else if waiting.count >= SentCodes.limit {
            fail(request.user, [UInt8](text: "too-many-wait"))
        } else {
            waiting.append(Waiting(request.user, code))
        }
        return true
    }

    mutating func start(_ site: SiteFiles) {
        for one in waiting where one.program == nil {
            guard waiting.count(where: { $0.program != nil }) < SentCodes.atOnce else { return }
            guard monotonicMilliseconds() < one.asked + SentCodes.patience else {
                drop(one, [UInt8](text: "too-late"))
                continue
            }
            do throws(StoreError) {
                guard let words = try site.deliverCommand() else {
                    drop(one, [UInt8](text: "deliver_command = no"))
                    continue
                }
                do throws(SystemError) {
                    // What it says may have the code in it.
                    one.program = try RunningProgram(
                        words + [one.user], one.code.copy(), within: SentCodes.timeLimit, isQuoted: false)
                } catch {
                    drop(one, error.name)
                }
            } catch {
                drop(one, error.cause)
            }
        }
    }

    /// What has ended since the last time, for the log.
    mutating func finish() -> [EventLine] {
        for one in waiting {
            guard let result = one.program?.step() else { continue }
            switch result {
            case .done:
                waiting.removeAll { $0 === one }
                var line = EventLine(.codeSent, severity: .info)
                line.add("user", one.user)
                ended.append(line)
            case .failed(let cause): drop(one, cause)
            }
        }
        defer { ended = [] }
        return ended
    }

    private mutating func drop(_ one: Waiting, _ cause: [UInt8]) {
        waiting.removeAll { $0 === one }
        fail(one.user, cause)
    }

    private mutating func fail(_ user: [UInt8], _ cause: [UInt8]) {
        var line = EventLine(.deliveryFailed, severity: .error)
        line.add("reason", Array(DeliveryReason.codeRefused.rawValue.utf8))
        line.add("cause", cause)
        line.add("to", "code")
        line.add("user", user)
        ended.append(line)
    }
}
