internal import CLinux

/// Seconds since the Unix epoch by the wall clock, which authenticator apps share with us (RFC 6238 section 4.1); nil
/// where it cannot be read, which is no time at all and lets nobody in.
package func wallClock() -> Int64? {
    var now = timespec()
    // SAFETY: clock_gettime writes one timespec, which `now` is.
    guard unsafe clock_gettime(CLOCK_REALTIME, &now) == 0 else { return nil }
    return Int64(now.tv_sec)
}

/// Milliseconds by a clock that no administrator can set, for bounded waits.
package func monotonicMilliseconds() -> Int64 {
    var now = timespec()
    // SAFETY: clock_gettime writes one timespec, which `now` is.
    guard unsafe clock_gettime(CLOCK_MONOTONIC, &now) == 0 else { return 0 }
    return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
}

/// Seconds since the machine was started, those in which it slept among them, by a clock that no administrator can set;
/// nil where it cannot be read.
package func secondsSinceBoot() -> Int64? {
    var now = timespec()
    // SAFETY: clock_gettime writes one timespec, which `now` is.
    guard unsafe clock_gettime(CLOCK_BOOTTIME, &now) == 0 else { return nil }
    return Int64(now.tv_sec)
}

/// Sleeps for `milliseconds` (0 to 999) or until a signal arrives.
package func pause(milliseconds: Int64) {
    var duration = timespec()
    duration.tv_nsec = Int(min(max(milliseconds, 0), 999)) * 1_000_000
    // SAFETY: nanosleep reads one timespec and, given nil, writes nothing.
    unsafe nanosleep(&duration, nil)
}
