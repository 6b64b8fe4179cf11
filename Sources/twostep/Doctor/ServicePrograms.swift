internal import Commands
internal import Doctor
internal import Linux
internal import TwostepCore
internal import Wire

/// `twostepd`, and whether module, tool and service are of one version.
enum ServicePrograms {
    /// Programs that are not root, and can ask nobody but twostepd.
    private static let lockers =
        StackJudge.oneFieldServices + [
            "xsecurelock", "xscreensaver", "light-locker", "kde", "kscreensaver", "gnome-screensaver",
            "cinnamon-screensaver", "mate-screensaver", "xlock", "vlock",
        ]

    /// What of module and service is not of this tool's version.
    static func versions(_ modules: ModuleFolder?) -> [Finding] {
        var others: [String] = []
        if let modules, modules.isOfVersion("\(TwostepCore.version)") == false { others.append(modules.ours) }
        if let path = service, let said = version(of: path), said != "twostepd \(TwostepCore.version)" {
            others.append("\(path) (\(said))")
        }
        guard !others.isEmpty else { return [] }
        return [
            Finding(
                .versionsDiffer,
                "not of this tool's version, \(TwostepCore.version): \(others.joined(separator: ", "))",
                cure: "install all three anew (scripts/install); start twostepd --listen anew")
        ]
    }

    /// Beside this tool, or where it is installed.
    private static var service: String? {
        let own = Look.target(ofLink: Array("/proc/self/exe".utf8)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let beside = own.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/twostepd"
        return [beside, "/usr/sbin/twostepd"].first { path in
            do throws(SystemError) { return try Look.status(of: Array(path.utf8)).kind == .regular } catch {
                return false
            }
        }
    }

    private static func version(of path: String) -> String? {
        do throws(SystemError) {
            let done = try FinishedProgram.run([path, "--version"].map { Array($0.utf8) }, within: 5000, limit: 256)
            guard done.status == 0 else { return nil }
            return String(decoding: done.output, as: UTF8.self).split(separator: "\n").first.map(String.init)
        } catch {
            return nil
        }
    }

    /// Whether the service listens, for those that need it.
    static func socket(_ pam: PAMSite) -> [Finding] {
        let path = "\(Channel.path)"
        switch ServiceSocket.look() {
        case .listens: return []
        case .down: return [down(pam, path)]
        case .notRoots:
            return [
                Finding(
                    .serviceUnsafe, "what listens here is not root's, and whoever it is is not asked", at: Place(path),
                    cure: "find out what it is (ss -xlp), remove it, and start twostepd.socket")
            ]
        }
    }

    private static func down(_ pam: PAMSite, _ path: String) -> Finding {
        let shut = lockers.filter { pam.service($0) != nil }
        let cure = ServiceSocket.cure
        guard shut.isEmpty else {
            return Finding(
                .serviceDown, "twostepd does not listen: nobody unlocks \(shut.listed)", at: Place(path), cure: cure,
                severity: .error)
        }
        return Finding(
            .serviceDown,
            "twostepd does not listen: su and sudo judge themselves, and people cannot look after their second step",
            at: Place(path), cure: cure)
    }
}
