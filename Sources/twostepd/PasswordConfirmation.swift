internal import Commands
internal import Linux
internal import PAMApplication
internal import TwostepCore

/// Has PAM confirm the password of the account with this uid, the person being at a console.
///
/// Each attempt costs what one at `su` costs: pam_unix's delay, its line in the log, pam_faillock's count where the stack
/// has it. There is one attempt in a connection. Nothing that the client says takes part in it but the answers.
func confirmPassword(of uid: UInt32, at console: any Console) throws(Failure) {
    let name: [UInt8]
    do throws(SystemError) {
        guard let entry = try PasswordEntry.withUID(uid) else { throw SystemError.noEntry }
        name = entry.name
    } catch {
        throw Failure(StoreError(.accountsUnavailable, cause: error.name), site: Configuration())
    }
    let refusal = PAMApplication.confirm(name) { question in
        switch question {
        case .ask(let prompt, let echo): return console.ask(text(prompt), echo: echo, always: true)
        case .tell(let line):
            console.writeError(line + [0x0A])
            return nil
        }
    }
    guard let refusal else { return }
    var line = EventLine(.passwordRefused, severity: .notice)
    line.add("reason", refusal.reason.name)
    line.add("user", name)
    line.add("by", [UInt8](decimal: Int64(uid)))
    line.add("cause", refusal.cause)
    line.log()
    throw refusal.failure
}

extension PAMRefusal {
    fileprivate var reason: PasswordReason {
        switch self {
        case .noAnswer: .noAnswer
        case .wrong: .wrong
        case .expired: .expired
        case .account: .account
        case .nothingAsked: .nothingAsked
        case .noService: .noServiceFile
        case .unavailable: .unavailable
        }
    }

    fileprivate var cause: [UInt8] {
        switch self {
        case .wrong(let cause), .account(let cause), .unavailable(let cause): cause
        default: []
        }
    }

    fileprivate var failure: Failure {
        let nothing = "nothing was changed"
        switch self {
        case .noAnswer: return Failure("no password was given; \(nothing)", hint: "type yours", .dataError)
        case .wrong: return Failure("the password was refused; \(nothing)", hint: "start again", .refused)
        case .expired:
            return Failure("your password has expired; \(nothing)", hint: "change it with: passwd", .noPermission)
        case .account(let cause):
            return Failure(
                "your account may not do this now (\(text(cause))); \(nothing)", hint: "ask your administrator",
                .noPermission)
        case .nothingAsked:
            return Failure(
                "no password was asked, so nothing is confirmed; \(nothing)",
                hint: "ask your administrator to look at /etc/pam.d/twostep", .configuration)
        case .noService:
            return Failure(
                "there is no /etc/pam.d/twostep; \(nothing)",
                hint: "ask your administrator to install it from /usr/share/doc/twostep/pam.d", .configuration)
        case .unavailable(let cause):
            return Failure(
                "the password cannot be checked (\(text(cause))); \(nothing)", hint: "ask your administrator",
                .unavailable)
        }
    }
}
