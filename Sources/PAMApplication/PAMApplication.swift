internal import CPAMApplication
package import Crypto
internal import Linux
internal import TwostepCore

/// Why PAM confirmed nothing; with what libpam calls it.
package enum PAMRefusal: Error {
    case noAnswer
    case wrong([UInt8])
    case expired
    case account([UInt8])
    /// The stack let somebody pass of whom nothing was asked (`pam_rootok`, an empty password).
    case nothingAsked
    case noService
    case unavailable([UInt8])
}

/// What a PAM module wants of the person.
package enum PAMQuestion {
    case ask([UInt8], echo: Bool)
    case tell([UInt8])
}

/// The one door to libpam's application side: confirming a password, and whether the account may be used.
package enum PAMApplication {
    private static var service: [UInt8] { [UInt8](text: "twostep") }
    /// Without a file of ours libpam would take `other`, which is somebody else's word.
    private static var files: [[UInt8]] {
        [[UInt8](text: "/etc/pam.d/twostep"), [UInt8](text: "/usr/lib/pam.d/twostep")]
    }

    /// - Returns: nil where the account's own password was typed and the account may be used.
    package static func confirm(_ user: [UInt8], _ person: @escaping (PAMQuestion) -> SecretBytes?) -> PAMRefusal? {
        guard files.contains(where: isReadable) else { return .noService }
        let asked = AskedPerson(person)
        do throws(SystemError) {
            // SAFETY: name and service are C strings that live for the call; so does the asked, of which libpam keeps a
            // pointer until pam_end, which is called in it.
            return unsafe try withCString(service) { (service) throws(SystemError) in
                unsafe try withCString(user) { (user) throws(SystemError) in
                    withExtendedLifetime(asked) { unsafe run(service, user, asked) }
                }
            }
        } catch {
            return .unavailable(error.name)
        }
    }

    private static func isReadable(_ path: [UInt8]) -> Bool {
        do throws(SystemError) {
            // SAFETY: the path is a C string that lives for the call.
            return unsafe try withCString(path) { (path) throws(SystemError) in
                unsafe access(path, R_OK) == 0
            }
        } catch {
            return false
        }
    }

    /// - Safety: both texts must be C strings that live for the call.
    @unsafe private static func run(
        _ service: UnsafePointer<CChar>, _ user: UnsafePointer<CChar>, _ asked: AskedPerson
    ) -> PAMRefusal? {
        // SAFETY: libpam hands the pointer to `converse` alone, while the caller keeps what it points to.
        var conversation = unsafe pam_conv(
            conv: converse, appdata_ptr: Unmanaged.passUnretained(asked).toOpaque())
        var handle: OpaquePointer?
        // SAFETY: service, user and conversation live for the call; libpam copies the first two and the structure.
        guard unsafe pam_start(service, user, &conversation, &handle) == PAM_SUCCESS, let handle = unsafe handle else {
            return .unavailable([UInt8](text: "pam_start"))
        }
        var status = PAM_SUCCESS
        // SAFETY: the handle is the one that pam_start gave, and not used afterwards.
        defer { unsafe pam_end(handle, status) }
        // Who asks is the user. There is no terminal and no host that anybody could vouch for.
        // SAFETY: libpam copies both texts, which the caller keeps for the call.
        unsafe pam_set_item(handle, PAM_RUSER, user)
        unsafe pam_set_item(handle, PAM_TTY, service)
        // SAFETY: the handle is pam_start's, here and below.
        // su adds a second to pam_unix's two, and varies them likewise.
        unsafe pam_fail_delay(handle, 4_000_000)
        unsafe status = pam_authenticate(handle, Int32(PAM_DISALLOW_NULL_AUTHTOK))
        guard status == PAM_SUCCESS else { return unsafe refusal(status, handle, asked) }
        guard asked.wasAsked else { return .nothingAsked }
        unsafe status = pam_acct_mgmt(handle, Int32(PAM_DISALLOW_NULL_AUTHTOK))
        if status == PAM_NEW_AUTHTOK_REQD { return .expired }
        guard status == PAM_SUCCESS else { return unsafe .account(name(of: status, handle)) }
        // A module may have put another user in this one's place.
        var named: UnsafeRawPointer?
        // SAFETY: PAM_USER is NULL or a C string of libpam's, as is what it was given.
        guard unsafe pam_get_item(handle, PAM_USER, &named) == PAM_SUCCESS, let named = unsafe named,
            unsafe strcmp(named.assumingMemoryBound(to: CChar.self), user) == 0
        else { return .unavailable([UInt8](text: "other-user")) }
        return nil
    }

    /// - Safety: the handle must be one of pam_start's.
    @unsafe private static func refusal(_ status: Int32, _ handle: OpaquePointer, _ asked: AskedPerson) -> PAMRefusal {
        if asked.hasFailed { return .noAnswer }
        // SAFETY: as the caller promises.
        let cause = unsafe name(of: status, handle)
        switch status {
        case PAM_AUTH_ERR, PAM_USER_UNKNOWN, PAM_MAXTRIES, PAM_PERM_DENIED, PAM_CRED_INSUFFICIENT: return .wrong(cause)
        case PAM_ACCT_EXPIRED: return .account(cause)
        default: return .unavailable(cause)
        }
    }

    /// - Safety: the handle must be one of pam_start's.
    @unsafe private static func name(of status: Int32, _ handle: OpaquePointer) -> [UInt8] {
        // SAFETY: pam_strerror gives a static C string, or NULL.
        guard let text = unsafe pam_strerror(handle, status) else { return [] }
        return unsafe bytes(ofCString: text, atMost: 128)
    }
}

/// Carries what modules say to the person, and remembers what came of it.
final class AskedPerson {
    private let person: (PAMQuestion) -> SecretBytes?
    /// Whether anything was typed that must not be seen.
    private(set) var wasAsked = false
    private(set) var hasFailed = false

    init(_ person: @escaping (PAMQuestion) -> SecretBytes?) { self.person = person }

    func tell(_ line: [UInt8]) { if !line.isEmpty { _ = person(.tell(line)) } }

    /// A C string from malloc, which the module frees; nil where there is no answer that PAM can take.
    func ask(_ prompt: [UInt8], echo: Bool) -> UnsafeMutablePointer<CChar>? {
        guard !hasFailed, let answer = person(.ask(prompt.isEmpty ? [0x20] : prompt, echo: echo)),
            answer.count < Int(PAM_MAX_RESP_SIZE), !answer.hasNUL,
            // SAFETY: room for the answer and its end.
            let room = unsafe malloc(answer.count + 1)?.assumingMemoryBound(to: CChar.self)
        else {
            hasFailed = true
            return nil
        }
        let bytes = answer.bytes
        // SAFETY: the index stays below what was allocated above.
        for index in bytes.indices { unsafe room[index] = CChar(bitPattern: bytes[index]) }
        // SAFETY: one byte more than the answer has was allocated.
        unsafe room[bytes.count] = 0
        if !echo { wasAsked = true }
        return unsafe room
    }
}

extension SecretBytes {
    fileprivate var hasNUL: Bool {
        let span = bytes
        for index in span.indices where span[index] == 0 { return true }
        return false
    }
}

/// libpam's side of the conversation: see pam_conv(3).
func converse(
    _ count: Int32, _ messages: UnsafeMutablePointer<UnsafePointer<pam_message>?>?,
    _ responses: UnsafeMutablePointer<UnsafeMutablePointer<pam_response>?>?, _ data: UnsafeMutableRawPointer?
) -> Int32 {
    // SAFETY: pointers that are only compared with nil.
    guard (1...PAM_MAX_NUM_MSG).contains(count), let messages = unsafe messages, let responses = unsafe responses,
        let data = unsafe data,
        // SAFETY: zeroed room for so many responses, which goes to the module or is freed below.
        let replies = unsafe calloc(Int(count), MemoryLayout<pam_response>.stride)?
            .assumingMemoryBound(to: pam_response.self)
    else { return PAM_CONV_ERR }
    // SAFETY: the data are the asked that `run` keeps alive.
    let asked = unsafe Unmanaged<AskedPerson>.fromOpaque(data).takeUnretainedValue()
    for index in 0..<Int(count) {
        // SAFETY: Linux-PAM passes an array of `count` pointers to messages, whose texts are C strings.
        guard let message = unsafe messages[index], let text = unsafe message.pointee.msg else { break }
        // SAFETY: as above; the replies are `count`, like the messages.
        let line = unsafe bytes(ofCString: text, atMost: 1024)
        switch unsafe message.pointee.msg_style {
        case PAM_PROMPT_ECHO_OFF: unsafe replies[index].resp = asked.ask(line, echo: false)
        case PAM_PROMPT_ECHO_ON: unsafe replies[index].resp = asked.ask(line, echo: true)
        default:
            asked.tell(line)
            continue
        }
        if asked.hasFailed { break }
    }
    guard !asked.hasFailed else {
        // SAFETY: each text is NULL or from malloc and NUL-terminated, and nobody else's by now.
        for index in 0..<Int(count) {
            guard let text = unsafe replies[index].resp else { continue }
            unsafe explicit_bzero(text, strlen(text))
            unsafe free(text)
        }
        unsafe free(replies)
        return PAM_CONV_ERR
    }
    // SAFETY: libpam takes over the replies through this pointer, which is its own.
    unsafe responses.pointee = replies
    return PAM_SUCCESS
}
