internal import CLinux

/// Both ends of a pipe; close-on-exec.
package struct Pipe: ~Copyable {
    package let reading: Descriptor
    package let writing: Descriptor

    package init() throws(SystemError) {
        var numbers: [Int32] = [-1, -1]
        // SAFETY: pipe2 writes two numbers, which the array holds.
        let status = unsafe numbers.withUnsafeMutableBufferPointer { room in
            unsafe pipe2(room.baseAddress, O_CLOEXEC)
        }
        guard status == 0 else { throw .last }
        reading = Descriptor(owning: numbers[0])
        writing = Descriptor(owning: numbers[1])
    }

    /// The end to read from; the other one is closed.
    package static func keepReading(_ pipe: consuming Pipe) -> Descriptor { pipe.reading }

    /// The end to write to; the other one is closed.
    package static func keepWriting(_ pipe: consuming Pipe) -> Descriptor { pipe.writing }
}

/// A program that was started: for the tool and the service; no login in a module does any of it.
package struct Program: Sendable {
    /// The process id, which is that of its session and process group too.
    package let pid: Int32

    /// Starts a program by its absolute path, in a session of its own, with `/` as its folder, these standard streams and
    /// nothing else open, and no environment but what is given. No shell has a part in it.
    ///
    /// - Parameters:
    ///   - arguments: the path first.
    ///   - environment: `NAME=value` each.
    package static func start(
        _ arguments: [[UInt8]], environment: [[UInt8]], input: borrowing Descriptor, output: borrowing Descriptor,
        error: borrowing Descriptor
    ) throws(SystemError) -> Program {
        guard !arguments.isEmpty else { throw .invalid }
        var words = try CStrings(arguments)
        var variables = try CStrings(environment)
        var pid: pid_t = 0
        // SAFETY: both lists end in a null pointer and live for the call; the wrapper writes one pid_t, which `pid` is.
        let status = unsafe words.withPointers { words in
            unsafe variables.withPointers { variables in
                unsafe twostep_start(words, variables, input.number, output.number, error.number, &pid)
            }
        }
        guard status == 0 else { throw SystemError(code: status) }
        return Program(pid: pid)
    }

    /// How a program ended.
    package enum End: Equatable, Sendable {
        /// With this exit status, 0 to 255.
        case exited(Int32)
        /// By this signal.
        case killed(Int32)
    }

    /// How it ended; nil where it has not.
    package func ended() -> End? {
        var status: Int32 = 0
        // SAFETY: waitpid writes one int, which `status` is.
        return unsafe waitpid(pid, &status, WNOHANG) == pid ? Program.end(status) : nil
    }

    /// Waits until it ends.
    package func wait() -> End {
        while true {
            var status: Int32 = 0
            // SAFETY: waitpid writes one int, which `status` is.
            if unsafe waitpid(pid, &status, 0) == pid { return Program.end(status) }
            guard SystemError.last.code == EINTR else { return .exited(255) }
        }
    }

    /// Kills it and whatever it has started in its process group. To be called before its end was asked for.
    package func killGroup() {
        // Its group is there from the start, since its session is.
        kill(-pid, SIGKILL)
        kill(pid, SIGKILL)
    }

    private static func end(_ status: Int32) -> End {
        let signal = status & 0x7F
        return signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal)
    }
}

/// Texts as libc takes a list of them: pointers, then a null pointer.
private struct CStrings {
    private var bytes: [CChar] = []
    private var starts: [Int] = []

    init(_ texts: [[UInt8]]) throws(SystemError) {
        for text in texts {
            guard !text.contains(0) else { throw .invalid }
            starts.append(bytes.count)
            bytes += text.map { CChar(bitPattern: $0) } + [0]
        }
    }

    /// - Safety: `body` must not keep the list, which ends in a null pointer, nor write behind a text's NUL.
    @unsafe mutating func withPointers<R>(
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> R
    ) -> R {
        let starts = starts
        // SAFETY: each start lies within the bytes, which end in a NUL and live for the call, as the list does.
        return unsafe bytes.withUnsafeMutableBufferPointer { bytes in
            let list = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: starts.count + 1)
            defer { unsafe list.deallocate() }
            for (index, start) in starts.enumerated() {
                unsafe list[index] = bytes.baseAddress.map { unsafe $0 + start }
            }
            unsafe list[starts.count] = nil
            return unsafe body(list)
        }
    }
}

extension Descriptor {
    /// Reads what is there, at least one byte where the other side has not ended; waits for it.
    ///
    /// - Returns: how many bytes were read; 0 at the end.
    package func readSome(into room: inout MutableSpan<UInt8>) throws(SystemError) -> Int {
        while true {
            // SAFETY: read writes at most the span's bytes.
            let count = unsafe room.withUnsafeMutableBytes { room in
                unsafe CLinux.read(number, room.baseAddress, room.count)
            }
            if count >= 0 { return count }
            guard SystemError.last.code == EINTR else { throw .last }
        }
    }

    /// `/dev/null`, to read nothing from and to write nothing to.
    package static func nothing() throws(SystemError) -> Descriptor {
        // SAFETY: the path is a static C string.
        let number = unsafe twostep_openat(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC, 0)
        guard number >= 0 else { throw .last }
        return Descriptor(owning: number)
    }
}
