internal import CLinux

/// Seconds since the epoch of a local time, in the latest year that does not make it later than `now`; nil where that is no
/// time. Lines of the log name neither year nor zone.
///
/// - Parameter second: since midnight.
package func localTime(month: Int, day: Int, second: Int, before now: Int64) -> Int64? {
    var clock = time_t(now)
    // SAFETY: all fields are numbers, but for the zone's name, which libc sets and nobody reads.
    var parts = unsafe tm()
    // SAFETY: localtime_r reads one time and writes one tm, which these are.
    guard unsafe localtime_r(&clock, &parts) != nil else { return nil }
    for years in Int32(0)...1 {
        var wanted = unsafe tm()
        unsafe wanted.tm_year = parts.tm_year - years
        unsafe wanted.tm_mon = Int32(truncatingIfNeeded: month - 1)
        unsafe wanted.tm_mday = Int32(truncatingIfNeeded: day)
        unsafe wanted.tm_sec = Int32(truncatingIfNeeded: second)
        unsafe wanted.tm_isdst = -1
        // SAFETY: mktime reads and writes one tm, which `wanted` is.
        let time = Int64(unsafe mktime(&wanted))
        // A day is left for clocks that were ahead.
        if time != -1, time <= now + 86_400 { return time }
    }
    return nil
}
