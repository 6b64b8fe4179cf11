internal import Commands
internal import Doctor
internal import Linux
internal import Notices
internal import TwostepCore
internal import Vault

/// What a configuration names that lies outside of key and store: groups, a day, a rotation, mail.
extension SiteExamination {
    func policy(_ configuration: Configuration) -> [Finding] {
        PolicyJudge.judge(
            configuration, quoted, now: wallClock(),
            user: { name in
                SiteExamination.look { () throws(SystemError) in
                    // What the name service spells otherwise no rule is about.
                    try PasswordEntry.named(name)?.name == name
                }
            },
            group: { name in SiteExamination.look { () throws(SystemError) in try groupExists(name) } })
            + rotation(configuration)
    }

    private static func look(_ exists: () throws(SystemError) -> Bool) -> PolicyJudge.NameLook {
        do throws(SystemError) { return try exists() ? .known : .unknown } catch {
            return .unavailable(text(error.name))
        }
    }

    private func rotation(_ configuration: Configuration) -> [Finding] {
        let key = Place(text(configuration.key))
        do throws(StoreError) {
            guard try KeyRotation.isUnfinished(configuration) else { return [] }
            return [
                Finding(
                    .keyRotationUnfinished,
                    "the key is being changed, or a rotation was interrupted: records need the old key as well",
                    at: key, cure: "let it end, or finish it: twostep key rotate")
            ]
        } catch {
            return [StoreJudge.finding(error, configuration, configurationPath: text(path))]
        }
    }

    /// Whether anybody hears of what is to be told; of the machine's own site alone, which has the hooks.
    func delivery() -> [Finding] {
        var look = DeliveryLook()
        guard configuration != nil else { return [] }
        do throws(Failure) {
            look.sender = try readDeliverySettings(at: path).command?.first.map(SiteExamination.program)
        } catch {
            look.senderInvalid = error.message
        }
        var findings: [Finding] = []
        do throws(Failure) {
            let settings = try readMailSettings(at: path)
            look.sendsMail = settings.sender != nil
            look.adminUnknown = settings.admin.flatMap { SiteExamination.mayHaveMail($0) ? nil : $0 }
            look.mailProgram = settings.command.first ?? ""
            look.hasMailProgram = SiteExamination.mayBeRun(Array(look.mailProgram.utf8))
        } catch {
            findings.append(
                Finding(.mailInvalid, error.message, at: quoted.place(of: .mail), cure: error.hint ?? ""))
        }
        look.isHeard = isAnybodyHearingEvents()
        look.hooks = SiteExamination.hooks()
        findings += DeliveryJudge.judge(look, at: quoted.place(of: .mail), socket: "\(eventSocketPath)")
        findings += DeliveryJudge.judgeAdmin(look, at: quoted.place(of: .mailAdmin))
        return findings + DeliveryJudge.judgeSender(look, at: quoted.place(of: .deliverCommand))
    }

    /// Whether mail to this name or address has anywhere to go, as far as can be seen here.
    private static func mayHaveMail(_ name: String) -> Bool {
        guard !name.contains("@") else { return true }
        do throws(SystemError) {
            if try PasswordEntry.named(Array(name.utf8)) != nil { return true }
        } catch {
            return true
        }
        do throws(SystemError) {
            return DeliveryJudge.hasAlias(name, in: try Look.file(at: Array("/etc/aliases".utf8)))
        } catch {
            // Nothing can be said of a file that is there, and cannot be read.
            return error != .noEntry
        }
    }

    /// Links followed, as when it is started.
    private static func mayBeRun(_ path: [UInt8]) -> Bool {
        do throws(SystemError) {
            let status = try Look.status(of: path)
            return status.kind == .regular && status.mode & 0o111 != 0
        } catch {
            return false
        }
    }

    private static func hooks() -> [DeliveryLook.Hook] {
        let folder = HookFolder.path
        let names: [[UInt8]]
        do throws(PathProblem) {
            let opened = try Descriptor.walk(to: Array(folder.utf8), .unchangeable)
            do throws(SystemError) { names = try opened.names() } catch { throw .system(error) }
        } catch {
            if case .missing = error { return [] }
            return [DeliveryLook.Hook(folder, .unsafe(text(error.cause)))]
        }
        return names.map { text($0) }.sorted().map { hook("\(folder)/\($0)", named: Array($0.utf8)) }
    }

    private static func hook(_ path: String, named name: [UInt8]) -> DeliveryLook.Hook {
        HookFolder.isName(name) ? program(path) : DeliveryLook.Hook(path, .name)
    }

    /// A program that is run by `twostepd --notify` only where nobody but root could have changed it.
    private static func program(_ path: String) -> DeliveryLook.Hook {
        do throws(PathProblem) {
            let file = try openChecked(Array(path.utf8), .read, .unchangeable)
            let mode: UInt32
            do throws(SystemError) { mode = try file.status().mode } catch { throw .system(error) }
            return DeliveryLook.Hook(path, mode & 0o111 == 0 ? .notExecutable : nil)
        } catch {
            if case .missing = error { return DeliveryLook.Hook(path, .notExecutable) }
            return DeliveryLook.Hook(path, .unsafe(text(error.cause)))
        }
    }
}
