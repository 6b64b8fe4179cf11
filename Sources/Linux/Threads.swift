// Nothing of it is in the module, which starts no thread.
#if !hasFeature(Embedded)
    internal import CLinux

    /// How many processors this machine has for us, at least 1.
    package func processorCount() -> Int { max(Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), 1) }

    /// Runs `body` with 0 to `count` - 1, each on a thread of its own, and comes back when all are done. Where the system has
    /// no thread to give, what it was for runs on this one.
    ///
    /// - Parameter body: what it changes no two of the threads may share.
    package func concurrently(_ count: Int, _ body: (Int) -> Void) {
        withoutActuallyEscaping(body) { body in
            let jobs = (0..<count).map { Job(index: $0, body: body) }
            var threads: [pthread_t] = []
            var left: [Job] = []
            for job in jobs.dropFirst() {
                var thread = pthread_t()
                // SAFETY: the job is kept alive by `jobs` until every thread has been waited for, and read by one thread.
                let status = unsafe pthread_create(&thread, nil, runJob, Unmanaged.passUnretained(job).toOpaque())
                if status == 0 { threads.append(thread) } else { left.append(job) }
            }
            for job in Array(jobs.prefix(1)) + left { job.body(job.index) }
            for thread in threads { _ = pthread_join(thread, nil) }
            withExtendedLifetime(jobs) {}
        }
    }

    private final class Job {
        let index: Int
        let body: (Int) -> Void

        init(index: Int, body: @escaping (Int) -> Void) {
            self.index = index
            self.body = body
        }
    }

    /// What a thread begins with; it is given a job.
    private func runJob(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        // SAFETY: `concurrently` passes a job that outlives the thread, or nothing.
        guard let context = unsafe context else { return nil }
        let job = unsafe Unmanaged<Job>.fromOpaque(context).takeUnretainedValue()
        job.body(job.index)
        return nil
    }
#endif
