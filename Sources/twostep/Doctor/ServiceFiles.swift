internal import Doctor
internal import Linux
internal import TwostepCore

/// The files of /etc/pam.d and /usr/lib/pam.d, as libpam finds them.
struct ServiceFiles {
    /// The first that has a name counts.
    static let folders = ["/etc/pam.d", "/usr/lib/pam.d"]

    private(set) var folder = PAMFolder()
    private var flaws: [String: String] = [:]

    static func read() -> ServiceFiles {
        var files = ServiceFiles()
        for path in folders {
            for name in names(in: path) where files.folder.files[name] == nil { files.add(name, "\(path)/\(name)") }
        }
        files.addIncluded()
        return files
    }

    private static func names(in path: String) -> [String] {
        do throws(SystemError) {
            // Editors and we ourselves leave files with a dot in front, which no service is called by.
            return try Look.names(in: Array(path.utf8)).filter { $0.first != UInt8(ascii: ".") }.map {
                String(decoding: $0, as: UTF8.self)
            }
        } catch {
            return []
        }
    }

    private mutating func add(_ name: String, _ path: String) {
        do throws(SystemError) {
            let status = try Look.status(of: Array(path.utf8))
            guard status.kind == .regular else { return }
            folder.files[name] = PAMFolder.File(path: path, text: try Look.file(at: Array(path.utf8)))
            if status.owner != 0 {
                flaws[path] = "its owner is not root"
            } else if status.mode & 0o022 != 0 {
                flaws[path] = "others may write to it"
            }
        } catch {
            flaws[path] = "it cannot be read (\(String(decoding: error.name, as: UTF8.self)))"
        }
    }

    /// Files elsewhere that are included by their paths.
    private mutating func addIncluded() {
        var waiting = Array(folder.files.values)
        while let file = waiting.popLast() {
            for entry in PAMEntry.entries(of: file.text) {
                guard let target = entry.included, target.hasPrefix("/"), folder.files[target] == nil else { continue }
                add(target, target)
                if let added = folder.files[target] { waiting.append(added) }
            }
        }
    }

    /// What others could change of what decides about a login.
    func unsafe(_ paths: [String]) -> [Finding] {
        paths.compactMap { path in
            flaws[path].map {
                Finding(
                    .pamFileUnsafe, "whoever can write here decides who gets in: \($0)", at: Place(path),
                    cure: "chown root: \(path); chmod 644 \(path)")
            }
        }
    }
}
