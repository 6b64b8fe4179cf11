internal import Crypto
internal import Linux
internal import Notices
internal import TwostepCore
internal import Vault

/// Mails that bring a code. They are kept in memory alone, and only as long as the code counts.
struct CodeMails: ~Copyable {
    /// The most that wait at a time.
    private static let limit = 100
    /// Milliseconds that the mail system may take for one.
    private static let mailLimit: Int64 = 60_000

    /// How one ended, for the log.
    enum Ended {
        case mailed(user: String, of: String)
        case failed(EventLine)
    }

    private final class Waiting {
        let request: CodeRequest
        let code: SecretBytes
        let id: String
        let asked: Int64
        var attempts = 0
        var due: Int64
        /// Whether a newer one is asked for: this one is not tried again.
        var isSuperseded = false
        var program: RunningProgram?

        init(_ request: CodeRequest, _ code: consuming SecretBytes, id: String, at now: Int64) {
            self.request = request
            self.code = code
            self.id = id
            asked = now
            due = now
        }

        var expires: Int64 { asked + Int64(request.minutes) * 60 }
    }

    private var waiting: [Waiting] = []
    private var pace = CodeMailPace()
    private var ended: [Ended] = []

    /// Whether a program runs.
    var isBusy: Bool { waiting.contains { $0.program != nil } }

    /// When something is to be done next.
    var due: [Int64] { waiting.filter { $0.program == nil }.map(\.due) }

    /// Takes a datagram that asks for such a mail.
    ///
    /// - Returns: false for any other.
    mutating func take(_ datagram: borrowing SecretBytes, at now: Int64) -> Bool {
        let bytes = datagram.bytes
        guard let parts = CodeDatagram.split(bytes), let request = CodeRequest.parse(parts.line) else { return false }
        let code = SecretBytes(copying: bytes.extracting(parts.code))
        guard code.count > 0, code.count <= 256, code.isPrintable, let id = Delivery.newID() else { return false }
        guard pace.take(request, at: now) else {
            ended.append(.failed(failure(.mailTooMany, request)))
            return true
        }
        // A newer one for the same purpose is the one that counts. What runs is waited for.
        for one in waiting where one.request.template == request.template && one.request.user == request.user {
            one.isSuperseded = true
        }
        waiting.removeAll { $0.isSuperseded && $0.program == nil }
        if waiting.count >= CodeMails.limit, let idle = waiting.firstIndex(where: { $0.program == nil }) {
            let left = waiting.remove(at: idle)
            var line = failure(.mailGivenUp, left.request, cause: [UInt8](text: "too-many-wait"))
            line.add("attempts", [UInt8](decimal: Int64(left.attempts)))
            ended.append(.failed(line))
        }
        waiting.append(Waiting(request, code, id: id, at: now))
        return true
    }

    private func failure(_ reason: DeliveryReason, _ request: CodeRequest, cause: [UInt8] = []) -> EventLine {
        var line = EventLine(.deliveryFailed, severity: .error)
        line.add("reason", Array(reason.rawValue.utf8))
        line.add("cause", cause)
        line.add("to", "code")
        line.add("user", Array(request.user.utf8))
        line.add("of", Array(request.template.utf8))
        return line
    }

    mutating func start(at now: Int64, _ site: SiteFiles) {
        for one in waiting where one.program == nil && one.due <= now {
            guard waiting.count(where: { $0.program != nil }) < 4 else { return }
            do throws(StoreError) {
                let settings = try site.settings()
                guard let sender = settings.mail.sender,
                    let letter = Letters.withCode(
                        one.request.template, user: one.request.user,
                        host: String(decoding: hostName(), as: UTF8.self), minutes: one.request.minutes,
                        to: one.request.address, from: sender, time: one.asked, id: one.id, site)
                else {
                    fail(one, cause: [UInt8](text: "mail = no"), at: now)
                    continue
                }
                do throws(SystemError) {
                    one.program = try letter.hand(to: settings.mail, code: one.code, within: CodeMails.mailLimit)
                } catch {
                    fail(one, cause: error.name, at: now)
                }
            } catch {
                fail(one, cause: error.cause, at: now)
            }
        }
    }

    /// What has ended since the last time.
    mutating func finish(at now: Int64) -> [Ended] {
        for one in waiting {
            guard let result = one.program?.step() else { continue }
            one.program = nil
            switch result {
            case .done:
                ended.append(.mailed(user: one.request.user, of: one.request.template))
                waiting.removeAll { $0 === one }
            case .failed(let cause): fail(one, cause: cause, at: now)
            }
        }
        defer { ended = [] }
        return ended
    }

    private mutating func fail(_ one: Waiting, cause: [UInt8], at now: Int64) {
        one.attempts += 1
        one.due = now + PendingDelivery.wait(after: one.attempts)
        let isOver = one.isSuperseded || one.due >= one.expires || now < one.asked
        if isOver { waiting.removeAll { $0 === one } }
        var line = failure(isOver ? .mailGivenUp : .mailRefused, one.request, cause: cause)
        line.add("attempts", [UInt8](decimal: Int64(one.attempts)))
        ended.append(.failed(line))
    }
}

extension SecretBytes {
    /// Whether there is nothing in it but printable ASCII.
    fileprivate var isPrintable: Bool {
        for index in bytes.indices where bytes[index] < 0x21 || bytes[index] > 0x7E { return false }
        return true
    }
}
