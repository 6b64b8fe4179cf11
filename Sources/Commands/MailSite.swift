internal import Linux
package import Notices
internal import TwostepCore
internal import Vault

extension Desk {
    /// What the configuration says about mail.
    ///
    /// - Throws: where it is invalid, or no mail is sent.
    func mailSettings() throws -> MailSettings {
        let settings = try readMailSettings(at: configurationPath)
        guard settings.sender != nil else {
            throw Failure(
                "this site sends no mail", hint: cure("set mail in \(text(configurationPath))"), .configuration)
        }
        return settings
    }

    /// Turns away what needs a mail sent where nobody would send it.
    func checkThatMailIsSent() throws {
        _ = try mailSettings()
        guard isAnybodyHearingEvents() else { throw Failure.nobodySendsMail(self) }
    }
}

extension Failure {
    static func nobodySendsMail(_ desk: Desk) -> Failure {
        Failure(
            "nobody sends mail here: no code was sent",
            hint: desk.cure("start twostep-notify, or twostepd --notify"), .unavailable)
    }
}

/// Reads what the configuration says about mail; its errors become a person's.
package func readMailSettings(at path: [UInt8]) throws(Failure) -> MailSettings {
    try readSettings(at: path, untilThen: "nobody gets mail")
}

/// What this machine and its mail system call themselves.
func namesOfThisMachine() -> [String] {
    var mailName: String?
    do throws(PathProblem) {
        let file = try openChecked([UInt8](text: "/etc/mailname"), .read, .unchangeable)
        var bytes = [UInt8](repeating: 0, count: 256)
        var room = bytes.mutableSpan
        do throws(SystemError) {
            let count = try file.read(into: &room, at: 0)
            mailName = text(Array(bytes.prefix(count)).parts(separatedBy: 0x0A)[0].trimmed)
        } catch {}
    } catch {}
    return EmailAddress.names(ofHost: text(hostName()), mailName: mailName)
}
