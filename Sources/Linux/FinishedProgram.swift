// Nothing of it is in the module.
#if !hasFeature(Embedded)
    internal import CLinux

    /// What became of a program that was run to its end.
    package struct FinishedProgram: Sendable {
        /// Its exit status; nil where a signal ended it, or its time was up.
        package let status: Int32?
        package let output: [UInt8]
        package let errors: [UInt8]

        /// Runs a program until it has closed its output and ended, or its time is up; then it and its session are killed.
        /// It gets no input, the standard search path, and the C locale.
        ///
        /// - Parameters:
        ///   - arguments: the program's absolute path first.
        ///   - limit: how many bytes of its output, and of its errors, are kept.
        package static func run(
            _ arguments: [[UInt8]], within milliseconds: Int64, limit: Int = 1 << 20
        ) throws(SystemError) -> FinishedProgram {
            let deadline = monotonicMilliseconds() + milliseconds
            let output = try Pipe()
            let errors = try Pipe()
            let program = try Program.start(
                arguments, environment: Program.plainEnvironment, input: try Descriptor.nothing(),
                output: output.writing, error: errors.writing)
            var reader = OutputReader(Pipe.keepReading(output), Pipe.keepReading(errors), limit: limit)
            reader.read(until: deadline)
            let status = end(of: program, until: deadline)
            return FinishedProgram(status: status, output: reader.output, errors: reader.errors)
        }

        private static func end(of program: Program, until deadline: Int64) -> Int32? {
            while monotonicMilliseconds() < deadline {
                switch program.ended() {
                case .exited(let status): return status
                case .killed: return nil
                case nil: pause(milliseconds: 2)
                }
            }
            program.killGroup()
            _ = program.wait()
            return nil
        }
    }

    extension Program {
        /// What programs get that need nothing in particular.
        package static var plainEnvironment: [[UInt8]] {
            ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"].map { Array($0.utf8) }
        }
    }

    /// Reads two pipes to their ends, whichever has something.
    private struct OutputReader: ~Copyable {
        private let first: Descriptor
        private let second: Descriptor
        private let limit: Int
        private(set) var output: [UInt8] = []
        private(set) var errors: [UInt8] = []

        init(_ output: consuming Descriptor, _ errors: consuming Descriptor, limit: Int) {
            first = output
            second = errors
            self.limit = limit
        }

        mutating func read(until deadline: Int64) {
            var open = [true, true]
            while open[0] || open[1] {
                let left = deadline - monotonicMilliseconds()
                guard left > 0 else { return }
                var waits = [
                    pollfd(fd: open[0] ? first.number : -1, events: Int16(POLLIN), revents: 0),
                    pollfd(fd: open[1] ? second.number : -1, events: Int16(POLLIN), revents: 0),
                ]
                // SAFETY: poll reads and writes the two structures of the array.
                let ready = unsafe waits.withUnsafeMutableBufferPointer { room in
                    unsafe poll(room.baseAddress, 2, Int32(clamping: left))
                }
                guard ready > 0 || SystemError.last.code == EINTR else { return }
                guard ready > 0 else { continue }
                if waits[0].revents != 0 { open[0] = OutputReader.take(first, limit, &output) }
                if waits[1].revents != 0 { open[1] = OutputReader.take(second, limit, &errors) }
            }
        }

        /// - Returns: false at the end.
        private static func take(_ pipe: borrowing Descriptor, _ limit: Int, _ bytes: inout [UInt8]) -> Bool {
            var room = [UInt8](repeating: 0, count: 4096)
            var span = room.mutableSpan
            let count: Int
            do throws(SystemError) { count = try pipe.readSome(into: &span) } catch { return false }
            bytes += room.prefix(min(count, max(limit - bytes.count, 0)))
            return count > 0
        }
    }
#endif
