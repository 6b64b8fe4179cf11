internal import Linux

/// When somebody is answered who asks for something to be sent to them: after the same time for everybody, whether or not
/// anything was handed over (law 8).
struct AlikeWait {
    /// Milliseconds after which everybody is answered.
    private static let answeredAfter: Int64 = 400
    /// Until when it is waited for room for what is handed over: well before that, so that nobody learns that there is any.
    private static let handedOverWithin: Int64 = 300

    private let begun = monotonicMilliseconds()

    /// How long it may still be waited for room, in milliseconds.
    var leftForRoom: Int64 { left(of: AlikeWait.handedOverWithin) }

    /// Waits until everybody is answered.
    func rest() { pause(milliseconds: left(of: AlikeWait.answeredAfter)) }

    private func left(of milliseconds: Int64) -> Int64 { max(begun + milliseconds - monotonicMilliseconds(), 0) }
}
