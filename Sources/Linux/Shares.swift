// Nothing of it is in the module, which starts no thread.
#if !hasFeature(Embedded)
    internal import CLinux

    /// Does shares of a work on all processors, and hands on what came of them, in order, on this thread.
    ///
    /// What waits to be handed on is `ahead` shares at most, however long `take` waits for somebody to read one.
    ///
    /// - Parameters:
    ///   - worker: makes what one thread works with.
    ///   - share: does the share of this number, 0 to `count` - 1; on several threads at a time, so it may change nothing
    ///     but its worker.
    ///   - take: takes what came of a share; where it throws, no other share is begun.
    package func doInShares<Worker: ~Copyable, Piece>(
        _ count: Int, ahead: Int = 32, worker: () -> Worker, share: (inout Worker, Int) -> Piece,
        take: (Int, Piece) throws -> Void
    ) throws {
        let shares = try Shares<Piece>(count, ahead: ahead)
        var problem: (any Error)?
        concurrently(min(processorCount(), max(count, 1))) { thread in
            var worker = worker()
            while let step = shares.next(takes: thread == 0) {
                switch step {
                case .work(let index): shares.finish(index, share(&worker, index))
                case .take(let index, let piece):
                    do { try take(index, piece) } catch {
                        problem = error
                        shares.stop()
                    }
                }
            }
        }
        if let problem { throw problem }
    }

    /// Which shares of a work are begun, done and taken.
    private final class Shares<Piece> {
        enum Step {
            case work(Int)
            case take(Int, Piece)
        }

        private let count: Int
        private let ahead: Int
        private let monitor: Monitor
        private var begun = 0
        private var taken = 0
        private var done: [Int: Piece] = [:]
        private var isStopped = false

        init(_ count: Int, ahead: Int) throws(SystemError) {
            monitor = try Monitor()
            self.count = count
            self.ahead = max(ahead, 1)
        }

        /// What a thread is to do next; waits where that depends on the others, and is nil when there is no more.
        ///
        /// - Parameter takes: whether it is the one thread that takes what the others have done.
        func next(takes: Bool) -> Step? {
            monitor.locked {
                while !isStopped, takes ? taken < count : begun < count {
                    if takes, let piece = done.removeValue(forKey: taken) {
                        taken += 1
                        monitor.wakeAll()
                        return .take(taken - 1, piece)
                    }
                    if begun < count, begun - taken < ahead {
                        begun += 1
                        return .work(begun - 1)
                    }
                    monitor.wait()
                }
                return nil
            }
        }

        func finish(_ index: Int, _ piece: Piece) {
            monitor.locked {
                done[index] = piece
                monitor.wakeAll()
            }
        }

        func stop() {
            monitor.locked {
                isStopped = true
                monitor.wakeAll()
            }
        }
    }

    /// A lock, and waiting for what somebody else changes under it. See pthread_mutex_lock(3), pthread_cond_wait(3).
    @safe private final class Monitor {
        private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        private let change = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

        init() throws(SystemError) {
            // SAFETY: allocated above for one value, which stays where it is until `deinit`.
            unsafe mutex.initialize(to: pthread_mutex_t())
            // SAFETY: as above.
            unsafe change.initialize(to: pthread_cond_t())
            // SAFETY: the memory is the mutex's alone, and nobody has it yet.
            let mutexProblem = unsafe pthread_mutex_init(mutex, nil)
            guard mutexProblem == 0 else { throw SystemError(code: mutexProblem) }
            // SAFETY: the memory is the condition's alone, and nobody has it yet.
            let changeProblem = unsafe pthread_cond_init(change, nil)
            guard changeProblem == 0 else { throw SystemError(code: changeProblem) }
        }

        deinit {
            // SAFETY: whoever waits holds a reference to this object, and there is none any more; where `init` has thrown it
            // holds zeroes, which are PTHREAD_COND_INITIALIZER.
            unsafe pthread_cond_destroy(change)
            // SAFETY: likewise of whoever locks, and PTHREAD_MUTEX_INITIALIZER.
            unsafe pthread_mutex_destroy(mutex)
            // SAFETY: allocated with this object, and nothing points there any more.
            unsafe change.deallocate()
            // SAFETY: as above.
            unsafe mutex.deallocate()
        }

        func locked<R>(_ body: () -> R) -> R {
            // SAFETY: the mutex is initialised and at its place as long as this object is.
            unsafe pthread_mutex_lock(mutex)
            // SAFETY: as above, and this thread has it.
            defer { unsafe pthread_mutex_unlock(mutex) }
            return body()
        }

        /// In `locked`: lets others in until one has called `wakeAll`, or for no reason.
        func wait() {
            // SAFETY: both are initialised, and this thread has the mutex.
            unsafe pthread_cond_wait(change, mutex)
        }

        func wakeAll() {
            // SAFETY: the condition is initialised.
            unsafe pthread_cond_broadcast(change)
        }
    }
#endif
