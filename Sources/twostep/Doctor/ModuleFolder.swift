internal import Doctor
internal import Linux
internal import TwostepCore

/// Where this system keeps its PAM modules.
struct ModuleFolder {
    let path: String

    /// The folder from which this machine's own libpam loads; nil where none is found.
    static func find() -> ModuleFolder? {
        #if arch(arm64)
            let machine = "aarch64-linux-gnu"
        #else
            let machine = "x86_64-linux-gnu"
        #endif
        let folders = [
            "/lib/\(machine)/security", "/usr/lib/\(machine)/security", "/lib64/security", "/usr/lib64/security",
            "/lib/security", "/usr/lib/security",
        ]
        return folders.first { Look.exists("\($0)/pam_permit.so") }.map(ModuleFolder.init)
    }

    /// Whether there is a module of this path, as written in a service file.
    func has(_ written: [UInt8]) -> Bool {
        let name = String(decoding: written, as: UTF8.self)
        // What libpam puts in its place differs from system to system.
        guard !name.contains("$ISA") else { return true }
        return Look.exists(name.hasPrefix("/") ? name : "\(path)/\(name)")
    }

    var ours: String { "\(path)/pam_twostep.so" }

    /// What is wrong with the file of our module.
    var findings: [Finding] {
        let place = Place(ours)
        do throws(SystemError) {
            let status = try Look.status(of: Array(ours.utf8))
            if status.owner != 0 || status.mode & 0o022 != 0 {
                return [
                    Finding(
                        .moduleUnsafe, "others may write to the module, which every login runs as root", at: place,
                        cure: "install it anew (scripts/install), and find out who could have changed it")
                ]
            }
            let mine = try machine(of: ours)
            guard try mine == machine(of: "\(path)/pam_permit.so") else {
                return [
                    Finding(
                        .moduleForeign, "the module is built for another kind of machine: everybody is refused",
                        at: place,
                        cure: "build it on this machine: scripts/build && scripts/install")
                ]
            }
        } catch {
            // That it is missing is told where a service names it.
        }
        return []
    }

    /// The class, byte order and machine of an ELF file: elf(5).
    private func machine(of path: String) throws(SystemError) -> [UInt8] {
        let bytes = try Look.file(at: Array(path.utf8), limit: 16 << 20)
        guard bytes.count > 20, bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else { return [] }
        return Array(bytes[4...5] + bytes[18...19])
    }

    /// Whether the module says that it is of this version.
    func isOfVersion(_ version: String) -> Bool? {
        do throws(SystemError) {
            let bytes = try Look.file(at: Array(ours.utf8), limit: 16 << 20)
            let wanted = Array("\0\(version)\0".utf8)
            return bytes.indices.contains { start in
                bytes[start] == 0 && bytes.count - start >= wanted.count
                    && bytes[start..<start + wanted.count].elementsEqual(wanted)
            }
        } catch {
            return nil
        }
    }
}
