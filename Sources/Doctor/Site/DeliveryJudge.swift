internal import TwostepCore

/// What a look at mail and hooks found.
package struct DeliveryLook: Sendable {
    package struct Hook: Equatable, Sendable {
        package enum Flaw: Equatable, Sendable {
            /// It has no right to be executed, or a name that is passed over.
            case notExecutable, name
            /// Others could change it, or what it stands in.
            case unsafe(String)
        }
        package let path: String
        package let flaw: Flaw?

        package init(_ path: String, _ flaw: Flaw?) {
            self.path = path
            self.flaw = flaw
        }
    }

    /// Whether the configuration wants mail sent.
    package var sendsMail = false
    package var mailProgram = ""
    package var hasMailProgram = true
    /// What `mail_admin` names, where it is no address and nobody here has that name; nil otherwise.
    package var adminUnknown: String?
    /// Whether `twostepd --notify` listens.
    package var isHeard = true
    package var hooks: [Hook] = []
    /// The program that sends codes, as a hook is looked at; nil where none are sent.
    package var sender: Hook?
    /// What is wrong with `deliver_command`: file, line and why; nil where nothing is.
    package var senderInvalid: String?

    package init() {}
}

/// Mail and hooks: whether anybody hears of what the configuration wants told.
package enum DeliveryJudge {
    /// - Parameters:
    ///   - place: the line of `mail` in the configuration.
    ///   - socket: where events are heard.
    package static func judge(_ look: DeliveryLook, at place: Place, socket: String) -> [Finding] {
        var findings: [Finding] = []
        let runnable = look.hooks.contains { $0.flaw == nil }
        if !look.isHeard, look.sendsMail || runnable || look.sender != nil {
            let what =
                look.sendsMail ? "mail is wanted" : runnable ? "there are hooks" : "codes are to be sent"
            findings.append(
                Finding(
                    .eventsUnheard, "\(what), and nobody hears of events: twostepd --notify does not run",
                    at: Place(socket),
                    cure: "systemctl enable --now twostep-notify.socket twostep-notify.service"))
        }
        if look.sendsMail, !look.hasMailProgram {
            findings.append(
                Finding(
                    .mailProgramMissing,
                    "mail is wanted, and there is no program \(printed(Array(look.mailProgram.utf8)))", at: place,
                    cure: "install a mail system, or name its program: mail_command"))
        }
        return findings + look.hooks.compactMap(judge)
    }

    /// Whether the administrators' mail has anywhere to go.
    ///
    /// - Parameter place: the line of `mail_admin`.
    package static func judgeAdmin(_ look: DeliveryLook, at place: Place) -> [Finding] {
        guard look.sendsMail, let name = look.adminUnknown else { return [] }
        return [
            Finding(
                .mailAdminUnknown,
                "the administrators' mail goes to '\(printed(Array(name.utf8)))', and nobody here has that name",
                at: place, cure: "write an address, or a line for the name in /etc/aliases, then: newaliases")
        ]
    }

    /// Whether a file of aliases (aliases(5)) has this name, in whatever case.
    package static func hasAlias(_ name: String, in aliases: [UInt8]) -> Bool {
        let wanted = name.lowercased()
        return aliases.parts(separatedBy: 0x0A).contains { line in
            guard line.first != UInt8(ascii: "#"), let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
                return false
            }
            let alias = String(decoding: Array(line[..<colon]).trimmed, as: UTF8.self).lowercased()
            return alias == wanted || alias == "\"\(wanted)\""
        }
    }

    /// Whether codes can be sent where the configuration says so.
    ///
    /// - Parameter place: the line of `deliver_command`.
    package static func judgeSender(_ look: DeliveryLook, at place: Place) -> [Finding] {
        if let invalid = look.senderInvalid {
            return [
                Finding(.deliverInvalid, "\(invalid): no code is sent", at: place, cure: "correct the line")
            ]
        }
        guard let sender = look.sender else { return [] }
        let program = printed(Array(sender.path.utf8))
        switch sender.flaw {
        case nil: return []
        case .notExecutable, .name:
            return [
                Finding(
                    .deliverProgram, "no code is sent, since \(program) is no program", at: place,
                    cure: "install it, chmod 755 it, or set deliver_command = no")
            ]
        case .unsafe(let cause):
            return [
                Finding(
                    .deliverUnsafe,
                    "no code is sent, since others than root could change \(program) (\(cause))", at: place,
                    cure: "it and every folder above must be root's, no link, writable by root only: namei -lx "
                        + program)
            ]
        }
    }

    private static func judge(_ hook: DeliveryLook.Hook) -> Finding? {
        let place = Place(printed(Array(hook.path.utf8)))
        switch hook.flaw {
        case nil: return nil
        case .notExecutable:
            return Finding(
                .hookNotRun, "the hook is not run, since it is no executable file", at: place,
                cure: "chmod 755 it, or take it away")
        case .name:
            return Finding(
                .hookNotRun, "the hook is not run, for its name", at: place,
                cure: "letters, digits, '-' and '_' alone make a hook's name")
        case .unsafe(let cause):
            return Finding(
                .hookUnsafe, "the hook is not run, since others than root could change it (\(cause))", at: place,
                cure: "it and every folder above must be root's, no link, writable by root only: namei -lx "
                    + place.file)
        }
    }
}
