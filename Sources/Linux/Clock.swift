internal import CLinux

/// Seconds since the Unix epoch by the wall clock, which authenticator apps share with us (RFC 6238 section 4.1); nil
/// where it cannot be read, which is no time at all and lets nobody in.
package func wallClock() -> Int64? {
    var now = timespec()
    // SAFETY: clock_gettime writes one timespec, which `now` is.
    guard unsafe clock_gettime(CLOCK_REALTIME, &now) == 0 else { return nil }
    return Int64(now.tv_sec)
}

/// The same for what only notes the time: 0 where it cannot be read.
package func wallClockSeconds() -> Int64 { wallClock() ?? 0 }

/// Milliseconds by a clock that no administrator can set, for bounded waits.
package func monotonicMilliseconds() -> Int64 {
    var now = timespec()
    // SAFETY: clock_gettime writes one timespec, which `now` is.
    guard unsafe clock_gettime(CLOCK_MONOTONIC, &now) == 0 else { return 0 }
    return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
}

/// Sleeps for `milliseconds` (0 to 1,000) or until a signal arrives.
package func pause(milliseconds: Int64) {
    var duration = timespec()
    duration.tv_nsec = Int(min(max(milliseconds, 0), 999)) * 1_000_000
    // SAFETY: nanosleep reads one timespec and, given nil, writes nothing.
    unsafe nanosleep(&duration, nil)
}

/// The largest size, in bytes, that a file of this process may have (`RLIMIT_FSIZE`).
package func largestWritableFile() -> UInt64 {
    var limit = rlimit()
    // SAFETY: the wrapper writes one rlimit, which `limit` is.
    guard unsafe twostep_getrlimit_fsize(&limit) == 0 else { return 0 }
    return UInt64(limit.rlim_cur)
}

/// Whether this process may be refused memory before the machine's own is used up (`RLIMIT_AS`, `RLIMIT_DATA`).
package func hasLimitedMemory() -> Bool {
    var space = rlimit()
    var data = rlimit()
    // SAFETY: each wrapper writes one rlimit, which its argument is.
    guard unsafe twostep_getrlimit_space(&space) | twostep_getrlimit_data(&data) == 0 else { return true }
    // RLIM_INFINITY is the largest number there is.
    return min(space.rlim_cur, data.rlim_cur) != .max
}
