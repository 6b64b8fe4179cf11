internal import Commands
internal import Crypto
internal import Linux
internal import Notices
internal import TwostepCore
internal import Vault

/// What has become of the programs that were started, and what the log is told of that.
extension Delivery {
    mutating func finish() {
        guard let now = wallClock() else { return }
        for result in codes.finish(at: now) { log(result) }
        for line in sentCodes.finish() { line.log() }
        var still: [Running] = []
        for one in running {
            guard let result = one.program.step() else {
                still.append(one)
                continue
            }
            guard let entry = queue.entries.first(where: { $0.occurrence.id == one.id }),
                let event = entry.occurrence.event,
                let pending = entry.pending.first(where: { $0.target == one.target })
            else { continue }
            switch result {
            case .done:
                if !one.target.isHook { Delivery.sayMailed(one.target.name, event["user"], event.name) }
                drop(one.target, of: entry)
            case .failed(let cause) where one.target.isHook:
                complain(.hookFailed, cause: cause, to: one.target, about: event)
                drop(one.target, of: entry)
            case .failed(let cause): fail(.mailRefused, cause: cause, pending, entry, event, now)
            }
        }
        running = still
    }

    func log(_ result: CodeMails.Ended) {
        switch result {
        case .mailed(let user, let of): Delivery.sayMailed("code", user, of)
        case .failed(let line): line.log()
        }
    }

    /// Says what went wrong, and tries again later, or no more.
    mutating func fail(
        _ reason: DeliveryReason, cause: [UInt8], _ pending: PendingDelivery, _ entry: QueueEntry, _ event: LoggedEvent,
        _ now: Int64
    ) {
        let isOver = now > entry.occurrence.time + QueueEntry.lifetime
        complain(
            isOver ? .mailGivenUp : reason, cause: cause, to: pending.target, about: event,
            attempts: pending.attempts + 1)
        if isOver { drop(pending.target, of: entry) } else { putOff(pending.target, of: entry, now) }
    }

    mutating func putOff(_ target: Target, of entry: QueueEntry, _ now: Int64) {
        change(entry) { entry in
            for index in entry.pending.indices where entry.pending[index].target == target {
                entry.pending[index].fail(at: now)
            }
        }
    }

    mutating func drop(_ target: Target, of entry: QueueEntry) {
        change(entry) { entry in entry.pending.removeAll { $0.target == target } }
    }

    mutating func change(_ entry: QueueEntry, _ body: (inout QueueEntry) -> Void) {
        do throws(SystemError) { try queue.update(entry.occurrence.id, body) } catch {
            complainOnce(.queue, StoreError(.notWritable, cause: error.name), wallClock() ?? 0)
        }
    }

    static func sayMailed(_ to: String, _ user: String?, _ of: String) {
        var line = EventLine(.mailed, severity: .info)
        line.add("to", Array(to.utf8))
        line.add("user", Array((user ?? "").utf8))
        line.add("of", Array(of.utf8))
        line.log()
    }

    static func complain(_ reason: DeliveryReason, cause: [UInt8] = []) {
        var line = EventLine(.deliveryFailed, severity: .error)
        line.add("reason", Array(reason.rawValue.utf8))
        line.add("cause", cause)
        line.log()
    }

    func complain(
        _ reason: DeliveryReason, cause: [UInt8] = [], to target: Target, about event: LoggedEvent?,
        attempts: Int? = nil
    ) {
        var line = EventLine(.deliveryFailed, severity: .error)
        line.add("reason", Array(reason.rawValue.utf8))
        line.add("cause", cause)
        line.add("to", Array(target.name.utf8))
        line.add("user", Array((event?["user"] ?? "").utf8))
        line.add("of", Array((event?.name ?? "").utf8))
        if let attempts { line.add("attempts", [UInt8](decimal: Int64(attempts))) }
        line.log()
    }

    /// Not with each event: an hour passes before the same kind is said again.
    mutating func complainOnce(_ reason: DeliveryReason, _ error: StoreError, _ now: Int64) {
        if let last = lastComplaint[reason], now >= last, now < last + 3600 { return }
        lastComplaint[reason] = now
        Delivery.complain(reason, cause: error.cause.isEmpty ? [UInt8](text: error.reason.text) : error.cause)
    }
}
