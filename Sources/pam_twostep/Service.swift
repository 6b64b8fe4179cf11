internal import CPAM
internal import Linux
internal import TwostepCore
internal import Wire

/// What came of asking `twostepd`.
enum Served {
    /// This process judges itself.
    case notAsked
    /// The service has judged: a PAM code.
    case judged(Int32)
    /// The service should have judged and cannot: the person is asked, and refused.
    case trouble(StoreError)
}

/// Has the service judge where a user has started this process, who may stop, limit or kill it at any instruction
/// (law 6), or where it may not read the records itself.
///
/// Where no service listens, a process that is root all the same (`sudo`, `su`) judges itself.
func askService(
    _ pam: PAMHandle, _ conversation: inout PAMConversation, arguments: [[UInt8]], silent: Bool
) -> Served {
    let uid = realUserID()
    guard uid != 0 else { return .notAsked }
    do throws(SystemError) {
        guard let channel = try Channel.connect(to: [UInt8](text: Channel.path)) else {
            return effectiveUserID() == 0 ? .notAsked : .trouble(StoreError(.serviceMissing))
        }
        let hello = Hello(
            realUID: uid, silent: silent, service: pam.item(.service), user: conversation.user,
            remoteHost: pam.item(.remoteHost), terminal: pam.item(.terminal), arguments: arguments)
        do throws(FrameError) {
            return .judged(code(for: try relay(hello, over: channel, conversation: &conversation)))
        } catch {
            var line = EventLine("error", severity: .error)
            line.add("reason", "service-failed")
            line.add("cause", error.name)
            pam.log(line)
            return .judged(PAM_AUTHINFO_UNAVAIL)
        }
    } catch {
        return .trouble(StoreError(.serviceFailed, cause: error.name))
    }
}

/// The contract's table (docs/pam.md).
private func code(for verdict: FinalVerdict) -> Int32 {
    switch verdict {
    case .accepted: PAM_SUCCESS
    case .refused: PAM_AUTH_ERR
    case .locked: PAM_MAXTRIES
    case .passed: PAM_IGNORE
    case .unavailable: PAM_AUTHINFO_UNAVAIL
    case .noAnswer: PAM_CONV_ERR
    case .badArguments: PAM_SERVICE_ERR
    }
}
