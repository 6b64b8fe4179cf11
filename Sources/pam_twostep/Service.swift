internal import Linux
internal import TwostepCore
internal import Wire

/// What came of asking `twostepd`.
enum Served {
    /// This process judges itself.
    case notAsked
    /// The service has judged.
    case judged(FinalVerdict)
    /// The service should judge and cannot be had: the person is asked, and refused.
    case unavailable(StoreError)
    /// It broke off: the person, who may have been asked already, is refused.
    case failed(StoreError)
}

/// Has the service judge where a user has started this process, who may stop, limit or kill it at any instruction
/// (law 6), or where it may not read the records itself.
///
/// Where no service listens, a process that is root all the same (`sudo`, `su`) judges itself.
func askService(
    _ pam: PAMHandle, _ conversation: inout PAMConversation, arguments: [[UInt8]], silent: Bool
) -> Served {
    let uid = startingUserID()
    let isRoot = effectiveUserID() == 0
    guard uid != 0 || !isRoot else { return .notAsked }
    let hello = Hello(
        realUID: uid, silent: silent, service: pam.item(.service), user: conversation.user,
        remoteHost: pam.item(.remoteHost), terminal: pam.item(.terminal), arguments: arguments)
    let end = monotonicMilliseconds() + Int64(FrameLimits.turn) * 1000
    var failure = FrameError.ended
    var wasThere = false
    // Whom the service has no place for it closes without a word: as nothing has been asked, that may be tried again.
    while true {
        do throws(SystemError) {
            guard var channel = try Channel.connect(to: [UInt8](text: Channel.path)) else {
                if wasThere { break }
                return isRoot ? .notAsked : .unavailable(StoreError(.serviceMissing))
            }
            wasThere = true
            do throws(FrameError) {
                return .judged(try relay(hello, over: &channel, conversation: &conversation))
            } catch {
                failure = error
            }
            guard failure == .ended, !channel.hasHeard, monotonicMilliseconds() < end else { break }
        } catch {
            return .unavailable(StoreError(.serviceFailed, cause: error.name))
        }
        pause(milliseconds: 200)
    }
    return .failed(StoreError(.serviceFailed, cause: failure.name))
}
