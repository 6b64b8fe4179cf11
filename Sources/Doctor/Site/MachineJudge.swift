/// What of the machine is outside of Twostep and matters to it: the clock, the disk, login's patience.
package enum MachineJudge {
    /// What adjtimex(2) says.
    package struct Clock: Equatable, Sendable {
        /// Whether the kernel believes that somebody keeps the clock right.
        package let isSynchronised: Bool

        package init(isSynchronised: Bool) { self.isSynchronised = isSynchronised }
    }

    package static func judge(_ clock: Clock?) -> [Finding] {
        guard let clock else {
            return [
                Finding(
                    .clockUnreadable, "the clock cannot be read, and codes follow it",
                    cure: "look at what confines this process")
            ]
        }
        guard !clock.isSynchronised else { return [] }
        return [
            Finding(
                .clockUnsynchronised, "nobody keeps the clock right: when it is off by a minute, codes are refused",
                cure: "apt-get install systemd-timesyncd (or chrony), then look with: timedatectl")
        ]
    }

    /// login.defs: how long `login` waits, in seconds.
    package static func judge(loginDefinitions text: String, at path: String) -> [Finding] {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count >= 2, words[0] == "LOGIN_TIMEOUT", let seconds = Int(words[1]) else { continue }
            guard seconds > 0, seconds < SSHDJudge.graceTime else { return [] }
            return [
                Finding(
                    .loginTimeout, "login gives up after \(seconds) s, password and code together",
                    at: Place(path, index + 1), cure: "LOGIN_TIMEOUT 60, or more")
            ]
        }
        return []
    }
}

/// Where a store lies. Law 10: a login writes into space that the record has, so that a full disk locks nobody out.
package struct Disk: Equatable, Sendable {
    /// The number of the file system's kind: statfs(2).
    package let kind: UInt64
    package let isReadOnly: Bool
    /// Bytes that root may still take.
    package let free: UInt64
    /// Whether files made there are not copied on writing (`chattr +C`).
    package let isNotCopied: Bool
    /// Whether a file that was written over came to lie elsewhere; nil where that could not be seen.
    package let moves: Bool?

    package init(kind: UInt64, isReadOnly: Bool, free: UInt64, isNotCopied: Bool = false, moves: Bool? = nil) {
        self.kind = kind
        self.isReadOnly = isReadOnly
        self.free = free
        self.isNotCopied = isNotCopied
        self.moves = moves
    }

    private enum Manner { case inPlace, memory, copies, mayCopy, overlay, remote }

    private static let kinds: [UInt64: (name: String, manner: Manner)] = [
        0xEF53: ("ext4", .inPlace), 0x5846_5342: ("xfs", .inPlace), 0x3153_464A: ("jfs", .inPlace),
        0x0102_1994: ("tmpfs", .memory), 0x8584_58F6: ("ramfs", .memory),
        0x9123_683E: ("btrfs", .mayCopy), 0xCA45_1A4E: ("bcachefs", .copies), 0x2FC1_2FC1: ("zfs", .copies),
        0xF2F5_2010: ("f2fs", .copies), 0x3434: ("nilfs2", .copies), 0x2405_1905: ("ubifs", .copies),
        0x794C_7630: ("overlay", .overlay),
        0x6969: ("nfs", .remote), 0xFF53_4D42: ("cifs", .remote), 0xFE53_4D42: ("smb", .remote),
        0x517B: ("smb", .remote), 0x0102_1997: ("9p", .remote), 0x00C3_6400: ("ceph", .remote),
        0x5346_414F: ("afs", .remote), 0x0161_1970: ("gfs2", .remote), 0x7461_636F: ("ocfs2", .remote),
        0x0BD0_0BD0: ("lustre", .remote),
    ]
    /// Less than this is called full: enrolling a few people takes as much.
    private static let little: UInt64 = 1 << 20

    /// - Parameter path: the store's folder.
    package func findings(_ path: String) -> [Finding] {
        let place = Place(path)
        guard !isReadOnly else {
            return [
                Finding(
                    .diskReadOnly, "the store cannot be written, and everybody is refused", at: place,
                    cure: "mount -o remount,rw, and look at dmesg")
            ]
        }
        var findings = kindFindings(place)
        if free < Disk.little {
            findings.append(
                Finding(
                    .diskFull, "the disk is full: people log in, and nobody can be enrolled", at: place,
                    cure: "make room"))
        }
        return findings
    }

    private func kindFindings(_ place: Place) -> [Finding] {
        let known = Disk.kinds[kind]
        let name = known?.name ?? "a file system of kind 0x\(String(kind, radix: 16))"
        let copying = "keep the store on ext4 or xfs"
        switch known?.manner {
        case .memory:
            return [
                Finding(
                    .diskForgets, "the store lies in memory (\(name)): the next boot forgets who is enrolled",
                    at: place,
                    cure: "move it to a disk: store, in twostep.conf(5)")
            ]
        case .remote:
            return [
                Finding(
                    .diskRemote, "the store lies on another machine (\(name)): while it is away, everybody is refused",
                    at: place, cure: "move it to a disk of this machine: store, in twostep.conf(5)")
            ]
        case .overlay:
            return [copies("overlay copies a record of its lower layer when it is first written", place, copying)]
        case .copies: return [copies("\(name) writes elsewhere what is written over", place, copying)]
        case .mayCopy where !isNotCopied:
            return [
                copies(
                    "btrfs writes elsewhere what is written over", place,
                    "chattr +C a new, empty folder, copy the store into it with cp --reflink=never -a, and rename")
            ]
        case .mayCopy, .inPlace, nil:
            if moves == true {
                return [copies("a file that was written over came to lie elsewhere (tried on \(name))", place, copying)]
            }
            guard known == nil, moves == nil else { return [] }
            return [
                Finding(
                    .diskUnknown, "whether \(name) writes in place is not known here", at: place,
                    cure: "see that logins work on a full disk, or keep the store on ext4 or xfs")
            ]
        }
    }

    private func copies(_ why: String, _ place: Place, _ cure: String) -> Finding {
        Finding(.diskCopies, "\(why): on a full disk nobody logs in", at: place, cure: cure)
    }
}
