internal import CLinux

/// Stream sockets of this machine (unix(7)): every wait is bounded, nothing raises a signal, nothing is inherited.
extension Descriptor {
    /// Connects to the socket at an absolute path; waits for its turn there at most `seconds`.
    ///
    /// - Throws: `ENOENT` or `ECONNREFUSED` where nobody listens, `EAGAIN` where its turn has not come; what connect(2)
    ///   says otherwise.
    package static func connect(to path: [UInt8], within seconds: Int) throws(SystemError) -> Descriptor {
        // SAFETY: text is a C string that lives for the call.
        let number = unsafe try withCString(path) { (text) throws(SystemError) in
            let number = unsafe twostep_connect(text, seconds)
            guard number >= 0 else { throw .last }
            return number
        }
        return Descriptor(owning: number)
    }

    /// The effective uid of the process at the other end when it connected or began to listen.
    package func peerUserID() throws(SystemError) -> UInt32 {
        var peer = ucred()
        // SAFETY: the wrapper writes one ucred, which `peer` is.
        guard unsafe twostep_peer(number, &peer) == 0 else { throw .last }
        return peer.uid
    }

    /// Sends all of `bytes` until `deadline`, by `monotonicMilliseconds`.
    ///
    /// - Throws: `EAGAIN` where the other side takes too long; what send(2) says otherwise.
    package func send(_ bytes: Span<UInt8>, until deadline: Int64) throws(SystemError) {
        var sent = 0
        while sent < bytes.count {
            try waitFor(POLLOUT, until: deadline)
            let rest = bytes.extracting(sent..<bytes.count)
            // SAFETY: send reads at most the span's bytes.
            let count = unsafe rest.withUnsafeBytes { room in
                unsafe CLinux.send(number, room.baseAddress, room.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            try Descriptor.advance(&sent, by: count)
        }
    }

    /// Fills all of `room` until `deadline`. What has come by then is taken, however late it is.
    ///
    /// - Throws: `EAGAIN` where it takes too long, `EPIPE` where the other side ends before; what recv(2) says otherwise.
    package func receive(into room: inout MutableSpan<UInt8>, until deadline: Int64) throws(SystemError) {
        var received = 0
        let wanted = room.count
        while received < wanted {
            try waitFor(POLLIN, until: deadline)
            var rest = room._mutatingExtracting(received..<wanted)
            // SAFETY: recv writes at most the span's bytes.
            let count = unsafe rest.withUnsafeMutableBytes { room in
                unsafe recv(number, room.baseAddress, room.count, Int32(MSG_DONTWAIT))
            }
            guard count != 0 else { throw .brokenPipe }
            try Descriptor.advance(&received, by: count)
        }
    }

    private static func advance(_ done: inout Int, by count: Int) throws(SystemError) {
        if count > 0 {
            done += count
        } else if count < 0, ![EAGAIN, EINTR].contains(SystemError.last.code) {
            throw .last
        }
    }

    /// Waits until the socket is ready, however often a signal interrupts; looks at least once.
    private func waitFor(_ events: Int32, until deadline: Int64) throws(SystemError) {
        while true {
            let left = max(deadline - monotonicMilliseconds(), 0)
            var wait = pollfd(fd: number, events: Int16(events), revents: 0)
            // SAFETY: poll reads and writes one pollfd, which `wait` is.
            let ready = unsafe poll(&wait, 1, Int32(clamping: left))
            if ready > 0 { return }
            if ready < 0, SystemError.last.code != EINTR { throw .last }
            guard left > 0 else { throw .tryAgain }
        }
    }
}
