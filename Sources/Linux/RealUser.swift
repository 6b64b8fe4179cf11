// Nothing of it is in the module.
#if !hasFeature(Embedded)
    internal import CLinux

    /// Has this process look as if a user had started it as a program of root's: their real uid, root's effective one. For
    /// a process that tries a stack as `su` runs it, and for good.
    ///
    /// - Throws: what the system says; nothing has changed then.
    package func becomeRootStarted(by uid: UInt32) throws(SystemError) {
        guard setresuid(uid, 0, 0) == 0 else { throw .last }
    }
#endif
