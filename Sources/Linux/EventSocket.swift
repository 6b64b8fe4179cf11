internal import CLinux

/// Where events are handed over.
package var eventSocketPath: StaticString { "/run/twostep/events" }

#if !hasFeature(Embedded)
    /// Whether somebody takes events, or will be started by them: for the tool's doctor. Nothing is sent.
    package func isAnybodyHearingEvents() -> Bool {
        // SAFETY: the path is a static C string, which ends in a zero.
        unsafe twostep_hears_datagrams(UnsafeRawPointer(eventSocketPath.utf8Start).assumingMemoryBound(to: CChar.self))
            == 1
    }
#endif

/// Hands an event to whoever delivers events (docs/events.md), if there is one: the log has it in any case.
///
/// It waits for nobody, and does nothing where nobody listens, or has no room. The socket is root's, and root alone may
/// send there: a process that has no right to does nothing.
///
/// - Returns: whether somebody has it.
@discardableResult
package func sendEvent(_ event: Span<UInt8>) -> Bool {
    // SAFETY: the path is a static C string, and the wrapper reads the span's bytes.
    unsafe event.withUnsafeBytes { bytes in
        unsafe twostep_send_datagram("/run/twostep/events", bytes.baseAddress, bytes.count) == 1
    }
}
