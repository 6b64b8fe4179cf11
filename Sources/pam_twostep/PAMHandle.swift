internal import CPAM
internal import Crypto
internal import Linux
internal import TwostepCore

/// The one door to libpam: a handle that is valid for the duration of one `pam_sm_*` call.
@safe struct PAMHandle {
    private let handle: OpaquePointer

    /// - Safety: `handle` must be the handle that libpam passed to the running `pam_sm_*` call.
    // SAFETY: it is kept as it is; who makes the value answers for the handle.
    @unsafe init(_ handle: OpaquePointer) { unsafe self.handle = handle }

    enum Item {
        case service, remoteHost, terminal

        fileprivate var number: Int32 {
            switch self {
            case .service: PAM_SERVICE
            case .remoteHost: PAM_RHOST
            case .terminal: PAM_TTY
            }
        }
    }

    /// A text item, at most 1,024 bytes of it; empty where it is not set.
    func item(_ item: Item) -> [UInt8] {
        var status: Int32 = 0
        // SAFETY: these items are NULL or C strings that libpam owns and keeps for as long as nobody sets them.
        guard let value = unsafe twostep_pam_item(handle, item.number, &status) else { return [] }
        return unsafe bytes(ofCString: value.assumingMemoryBound(to: CChar.self), atMost: 1024)
    }

    /// The user's name as it is now, asked for by libpam where it is not known yet; nil where that failed.
    func userName() -> [UInt8]? {
        var name: UnsafePointer<CChar>?
        // SAFETY: pam_get_user sets `name` to a C string that libpam owns; a nil prompt means its own.
        guard unsafe pam_get_user(handle, &name, nil) == PAM_SUCCESS, let name = unsafe name else { return nil }
        return unsafe bytes(ofCString: name, atMost: 1024)
    }

    /// A variable of the PAM environment, which is the application's, not the process's; at most 4,096 bytes of it, nil
    /// where it is not set.
    func environment(_ name: StaticString) -> [UInt8]? {
        do throws(SystemError) {
            // SAFETY: the name is a C string that lives for the call; the value is libpam's, or nil.
            return unsafe try withCString([UInt8](text: name)) { (name) throws(SystemError) in
                guard let value = unsafe pam_getenv(handle, name) else { return nil }
                return unsafe bytes(ofCString: value, atMost: 4096)
            }
        } catch {
            return nil
        }
    }

    /// What a module before ours was told as the password; nil where there is nothing.
    fileprivate var authenticationToken: SecretBytes? {
        var status: Int32 = 0
        // SAFETY: the item is NULL or a C string that libpam owns and keeps for as long as nobody sets it.
        guard let value = unsafe twostep_pam_item(handle, PAM_AUTHTOK, &status) else { return nil }
        var answer = SecretBytes(capacity: PAMConversation.longestAnswer + 1)
        // SAFETY: that C string, which nobody sets meanwhile.
        unsafe copySecret(value.assumingMemoryBound(to: CChar.self), into: &answer)
        return answer
    }

    /// Leaves a password for the module after ours: libpam copies it, and wipes its copy when it is done with it.
    ///
    /// - Returns: whether libpam took it.
    fileprivate func setAuthenticationToken(_ password: borrowing SecretBytes) -> Bool {
        var text = SecretBytes(capacity: password.count + 1)
        text.append(contentsOf: password.bytes)
        text.append(0)
        // SAFETY: the text is NUL-terminated and lives for the call; libpam copies it.
        return unsafe text.bytes.withUnsafeBytes { unsafe pam_set_item(handle, PAM_AUTHTOK, $0.baseAddress) }
            == PAM_SUCCESS
    }

    /// Writes one line to the log, under authpriv, and hands it on as an event.
    @inline(never)
    func log(_ line: EventLine) {
        let priority =
            switch line.severity {
            case .info: LOG_INFO
            case .notice: LOG_NOTICE
            case .error: LOG_ERR
            }
        do throws(SystemError) {
            // SAFETY: the text is a C string that lives for the call, and the wrapper never takes it for a format.
            unsafe try withCString(line.text) { (text) throws(SystemError) in
                unsafe twostep_pam_syslog(handle, priority, text)
            }
        } catch {
            // A line of ours has no NUL: values are escaped.
        }
        var event = line
        event.add("service", item(.service))
        let text = event.text
        sendEvent(text.span)
    }

    /// The application's conversation; nil where it has none.
    fileprivate var conversation: UnsafePointer<pam_conv>? {
        var status: Int32 = 0
        // SAFETY: PAM_CONV is NULL or a pam_conv that libpam keeps while the call runs.
        return unsafe twostep_pam_item(handle, PAM_CONV, &status)?.assumingMemoryBound(to: pam_conv.self)
    }

    /// Sends one message through the conversation.
    ///
    /// - Parameter body: gets the response's text, NUL-terminated, which is wiped and freed afterwards.
    /// - Returns: nil where the conversation failed or gave no text.
    fileprivate func converse<R: ~Copyable>(
        style: Int32, text: [UInt8], _ body: (UnsafePointer<CChar>) -> R
    ) -> R? {
        // SAFETY: a pam_conv that libpam keeps while the call runs.
        guard let conversation = unsafe conversation, let converse = unsafe conversation.pointee.conv else {
            return nil
        }
        var responses: UnsafeMutablePointer<pam_response>?
        let status: Int32
        do throws(SystemError) {
            // SAFETY: message, pointer to it and responses live for the call, and the callback is the application's.
            status = unsafe try withCString(text) { (text) throws(SystemError) in
                var message = unsafe pam_message(msg_style: style, msg: text)
                return unsafe withUnsafePointer(to: &message) { message in
                    var list: UnsafePointer<pam_message>? = unsafe message
                    return unsafe converse(1, &list, &responses, conversation.pointee.appdata_ptr)
                }
            }
        } catch {
            return nil
        }
        // SAFETY: after success the responses are ours: one of them, from malloc, its text NULL or from malloc.
        guard status == PAM_SUCCESS, let response = unsafe responses else { return nil }
        defer { unsafe release(response) }
        // SAFETY: the text is NUL-terminated, and released only behind the call.
        guard let text = unsafe response.pointee.resp else { return nil }
        return unsafe body(text)
    }
}

/// PAM's conversation as the login dialogue sees it.
struct PAMConversation: Conversation, ~Copyable {
    let handle: PAMHandle
    /// Whom the answers are judged for. An application that names another user meanwhile has not answered for this one.
    let user: [UInt8]
    /// An answer for the service.
    private var held: SecretBytes?
    /// The longest answer that is kept, in bytes; what is longer is cut one byte behind it.
    static let longestAnswer = 512

    func ask(_ prompt: [UInt8], echo: Bool) throws(ConversationError) -> SecretBytes {
        let style = echo ? PAM_PROMPT_ECHO_ON : PAM_PROMPT_ECHO_OFF
        // SAFETY: the text is used in the closure alone.
        let answer = unsafe handle.converse(style: style, text: prompt) { text in
            var answer = SecretBytes(capacity: PAMConversation.longestAnswer + 1)
            // SAFETY: the text is NUL-terminated, and reading stops there or where the answer is full.
            unsafe copySecret(text, into: &answer)
            return answer
        }
        guard let answer, handle.userName() == user else { throw .failed }
        return answer
    }

    init(handle: PAMHandle, user: [UInt8]) {
        self.handle = handle
        self.user = user
    }

    mutating func firstPass() -> SecretBytes? {
        if let answer = held.take() { return answer }
        return handle.authenticationToken
    }

    mutating func hold(_ answer: consuming SecretBytes) { held = consume answer }

    func leave(_ password: borrowing SecretBytes) throws(ConversationError) {
        guard handle.setAuthenticationToken(password) else { throw .failed }
    }

    @inline(never)
    func tell(_ line: [UInt8], isError: Bool) {
        // SAFETY: the text is not looked at.
        _ = unsafe handle.converse(style: isError ? PAM_ERROR_MSG : PAM_TEXT_INFO, text: line) { _ in true }
    }
}

/// - Safety: `text` must be NUL-terminated.
@unsafe private func copySecret(_ text: UnsafePointer<CChar>, into answer: inout SecretBytes) {
    var index = 0
    // SAFETY: no byte behind the terminator is read.
    while unsafe text[index] != 0, answer.append(unsafe UInt8(bitPattern: text[index])) { index += 1 }
}

/// - Safety: `response` must be one response from malloc that nobody else frees.
@unsafe private func release(_ response: UnsafeMutablePointer<pam_response>) {
    // SAFETY: the caller owns both; the text is wiped before the memory goes back.
    if let text = unsafe response.pointee.resp {
        unsafe wipe(cString: text)
        unsafe free(text)
    }
    unsafe free(response)
}
