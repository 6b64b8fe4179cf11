internal import Linux
internal import TwostepCore
internal import Wire

/// What came of asking `twostepd`.
enum Served {
    /// This process judges itself.
    case notAsked
    /// The service has judged.
    case judged(FinalVerdict)
    /// The service should judge and has said nothing: the person is asked, and refused.
    case unavailable(StoreError)
    /// It broke off in the middle: the person is refused.
    case failed(StoreError)
}

/// What a process that judges itself hands over to the service all the same, whoever has started it.
enum HandOver {
    /// Somebody may enrol.
    case enrolment
    /// The conversation holds an answer that the service alone understands.
    case answer
}

/// Has the service judge where a user has started this process, who may stop, limit or kill it at any instruction
/// (law 6), or where it may not read the records itself.
///
/// And what is handed over it judges in any case.
///
/// Where no service listens, a process that is root all the same (`sudo`, `su`) judges itself, unless its memory is limited.
func askService(
    _ pam: PAMHandle, _ conversation: inout PAMConversation, _ request: LoginRequest, arguments: [[UInt8]],
    silent: Bool,
    _ handsOver: HandOver? = nil
) -> Served {
    let uid = startingUserID()
    let isRoot = effectiveUserID() == 0
    guard uid != 0 || !isRoot || handsOver != nil else { return .notAsked }
    let hello = Hello(
        realUID: uid, silent: silent, isAnswered: handsOver == .answer, service: pam.item(.service),
        user: conversation.user, remoteHost: pam.item(.remoteHost), terminal: pam.item(.terminal),
        session: request.session, arguments: arguments)
    let end = monotonicMilliseconds() + Int64(FrameLimits.turn) * 1000
    var wait: Int64 = 100
    var wasThere = false
    while true {
        do throws(SystemError) {
            guard var channel = try Channel.connect(to: [UInt8](text: Channel.path)) else {
                if wasThere { return .unavailable(StoreError(.serviceFailed, cause: FrameError.ended.name)) }
                guard isRoot else { return .unavailable(StoreError(.serviceMissing)) }
                // Else whoever set the limit could choose at which allocation it dies: for a wrong code, before that is
                // charged.
                return hasLimitedMemory() ? .unavailable(StoreError(.serviceMissing, cause: "RLIMIT_AS")) : .notAsked
            }
            wasThere = true
            do throws(FrameError) {
                return .judged(try relay(hello, over: &channel, conversation: &conversation))
            } catch {
                let failure = StoreError(.serviceFailed, cause: error.name)
                if channel.hasHeard { return .failed(failure) }
                // Whom the service has no place for it closes without a word.
                guard error == .ended, monotonicMilliseconds() < end else { return .unavailable(failure) }
            }
        } catch {
            return .unavailable(StoreError(.serviceFailed, cause: error.name))
        }
        pause(milliseconds: wait)
        wait = min(wait * 2, 800)
    }
}
