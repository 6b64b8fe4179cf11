internal import CLinux

/// Both ends of a connection, for tests and the fuzzer, which play one of them; nothing that is installed has any of it. It
/// stands here since no other room makes a descriptor of a number.
extension Descriptor {
    /// One of two sockets, each the other's other end; `keep` gets the other one.
    package static func pair(_ keep: (consuming Descriptor) -> Void) throws(SystemError) -> Descriptor {
        var numbers: [Int32] = [-1, -1]
        // SAFETY: socketpair writes two numbers, which the array holds.
        let status = unsafe numbers.withUnsafeMutableBufferPointer { room in
            unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, room.baseAddress)
        }
        guard status == 0 else { throw .last }
        keep(Descriptor(owning: numbers[1]))
        return Descriptor(owning: numbers[0])
    }

    /// Tells the other end that nothing more will be sent.
    package func endSending() { shutdown(number, Int32(SHUT_WR)) }
}
