internal import Crypto

/// The answers of one login, one after the other: first what a module before ours was told, where the options want it;
/// then what the person types, at most `tries` times.
struct Asking {
    private let request: LoginRequest
    private var triesLeft: Int
    private var firstPassLeft: Bool

    init(_ request: LoginRequest) {
        self.request = request
        firstPassLeft = request.options.firstPass != .ignore
        triesLeft = request.options.firstPass == .only ? 0 : request.configuration.tries
    }

    /// Whether the person may be asked yet.
    var mayAsk: Bool { triesLeft > 0 }

    /// The next answer; nil where there is none, or the person gave none.
    mutating func next<C: Conversation & ~Copyable>(_ conversation: inout C) -> SecretBytes? {
        do throws(ConversationError) {
            if firstPassLeft {
                firstPassLeft = false
                if let answer = try takeFirstPass(&conversation) { return answer }
            }
            guard triesLeft > 0 else { return nil }
            triesLeft -= 1
            let answer = try conversation.ask(request.options.promptText, echo: request.options.echoCode)
            return request.options.forwardPass ? try split(answer, &conversation) : answer
        } catch {
            triesLeft = 0
            return nil
        }
    }

    /// What a module before ours was told, where it may be a code. With `try_first_pass` it may as well be a password,
    /// which must not be judged as a backup code because it has eight letters.
    private func takeFirstPass<C: Conversation & ~Copyable>(
        _ conversation: inout C
    ) throws(ConversationError) -> SecretBytes? {
        guard let answer = conversation.firstPass() else { return nil }
        if request.options.forwardPass { return try split(answer, &conversation) }
        if request.options.firstPass == .only { return answer }
        guard Asking.mayBeCode(answer) else { return nil }
        return answer
    }

    private static func mayBeCode(_ answer: borrowing SecretBytes) -> Bool {
        let code = TypedCode.read(answer.bytes)
        return code.kind == .oneTime || code.kind == .pair || ForwardedPass.isPrintedBackupCode(answer.bytes)
    }

    /// Keeps the code and leaves the password for the next module.
    private func split<C: Conversation & ~Copyable>(
        _ answer: consuming SecretBytes, _ conversation: inout C
    ) throws(ConversationError) -> SecretBytes {
        let parts = ForwardedPass(answer, digits: request.configuration.digits)
        try conversation.leave(parts.password)
        return parts.code.copy()
    }
}
