/// Handing something over to the process that delivers.
package enum HandingOver {
    /// How long it is waited for room in the kernel's queue, in milliseconds: by commands, and where somebody is in already.
    /// A login whose answer must be the same for everybody waits less (law 8), and the module not at all.
    package static let patience: Int64 = 2_000
}
