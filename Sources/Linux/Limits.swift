internal import CLinux

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
