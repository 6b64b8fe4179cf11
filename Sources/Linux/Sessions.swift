// Nothing of it is in the module.
#if !hasFeature(Embedded)
    internal import CLinux

    /// A session that a login has noted in utmp(5).
    package struct NotedSession: Sendable {
        /// The first 32 bytes of the user's name.
        package let user: [UInt8]
        /// The process that the login named: the shell, or who started it.
        package let process: Int32

        package init(user: [UInt8], process: Int32) {
            self.user = user
            self.process = process
        }

        /// The longest name that utmp(5) has room for, in bytes.
        package static let nameLimit = 32

        /// All that there are; none where nobody keeps them.
        package static func all() -> [NotedSession] {
            var found: [NotedSession] = []
            twostep_begin_sessions()
            defer { twostep_end_sessions() }
            while true {
                var user = [CChar](repeating: 0, count: nameLimit + 1)
                var process: Int32 = 0
                // SAFETY: the wrapper writes a C string of at most that size, and one number.
                let isThere = unsafe user.withUnsafeMutableBufferPointer { room in
                    unsafe twostep_next_session(room.baseAddress, room.count, &process)
                }
                guard isThere == 1 else { return found }
                found.append(
                    NotedSession(user: user.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, process: process))
            }
        }
    }

    /// What `/proc` says of a process.
    package struct ProcessStatus: Equatable, Sendable {
        package let process: Int32
        /// The uid that it runs as, which started it.
        package let user: UInt32
        /// Who started it.
        package let parent: Int32
        /// The process that its session began with.
        package let session: Int32
        /// Whether it has a controlling terminal.
        package let hasTerminal: Bool
        /// The name of its program, at most 15 bytes.
        package let name: [UInt8]

        package init(
            process: Int32, user: UInt32, parent: Int32, session: Int32, hasTerminal: Bool, name: [UInt8]
        ) {
            self.process = process
            self.user = user
            self.parent = parent
            self.session = session
            self.hasTerminal = hasTerminal
            self.name = name
        }

        /// All processes but those that have ended meanwhile.
        ///
        /// - Throws: where `/proc` cannot be read.
        package static func all() throws(SystemError) -> [ProcessStatus] {
            try Look.names(in: Array("/proc".utf8)).compactMap { name in
                Int32(String(decoding: name, as: UTF8.self)).flatMap { ProcessStatus(of: $0) }
            }
        }

        /// - Returns: nil where there is no such process, or it has ended and only its parent does not know it.
        package init?(of process: Int32) {
            let folder = "/proc/\(process)/"
            do throws(SystemError) {
                let stat = try Look.file(at: Array((folder + "stat").utf8), limit: 4096)
                let status = try Look.file(at: Array((folder + "status").utf8), limit: 16_384)
                guard let found = ProcessStatus(process, stat: stat, status: status) else { return nil }
                self = found
            } catch {
                return nil
            }
        }

        /// Reads the texts of proc(5).
        package init?(_ process: Int32, stat: [UInt8], status: [UInt8]) {
            // The name stands in brackets and may have any in it.
            guard let open = stat.firstIndex(of: UInt8(ascii: "(")), let close = stat.lastIndex(of: UInt8(ascii: ")")),
                open < close
            else { return nil }
            let rest = String(decoding: stat[(close + 1)...], as: UTF8.self).split(separator: " ")
            guard rest.count > 4, rest[0] != "Z", rest[0] != "X", let parent = Int32(rest[1]),
                let session = Int32(rest[3]), let terminal = Int32(rest[4]),
                let line = String(decoding: status, as: UTF8.self).split(separator: "\n")
                    .first(where: { $0.hasPrefix("Uid:") }),
                let user = line.split(separator: "\t").dropFirst().first.flatMap({ UInt32($0) })
            else { return nil }
            self.init(
                process: process, user: user, parent: parent, session: session, hasTerminal: terminal != 0,
                name: Array(stat[(open + 1)..<close]))
        }
    }

    /// The session of this process.
    package func ownSession() -> Int32 { getsid(0) }

    /// A process that was looked at: a signal reaches it, or nobody, and never one that has its number by then.
    package struct HeldProcess: ~Copyable {
        package let process: Int32
        private let descriptor: Descriptor

        /// - Returns: nil where there is no such process.
        package static func hold(_ process: Int32) -> HeldProcess? {
            let number = twostep_hold_process(process)
            return number < 0 ? nil : HeldProcess(process: process, descriptor: Descriptor(owning: number))
        }

        /// Asks it to end, as a terminal that goes away does (SIGHUP), or ends it (SIGKILL).
        package func end(atOnce: Bool) {
            _ = twostep_signal_process(descriptor.number, atOnce ? SIGKILL : SIGHUP)
        }
    }

    /// Asks something of whoever delivers events, with a descriptor to answer at.
    ///
    /// - Parameter milliseconds: how long it is waited for room there; for none where nobody listens.
    /// - Returns: whether somebody has it.
    package func sendRequest(
        _ request: Span<UInt8>, answerAt descriptor: borrowing Descriptor, within milliseconds: Int64
    ) -> Bool { send(request, with: descriptor.number, within: milliseconds) }

    /// The same, where no answer is awaited.
    package func sendRequest(_ request: Span<UInt8>, within milliseconds: Int64) -> Bool {
        send(request, with: -1, within: milliseconds)
    }

    private func send(_ request: Span<UInt8>, with number: Int32, within milliseconds: Int64) -> Bool {
        // SAFETY: the path is a static C string, and the wrapper reads the span's bytes.
        unsafe request.withUnsafeBytes { bytes in
            unsafe twostep_send_datagram_within(
                "/run/twostep/events", bytes.baseAddress, bytes.count, number, Int(milliseconds)) == 1
        }
    }
#endif
