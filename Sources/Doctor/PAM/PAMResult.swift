/// What a module or a stack returns, in the order of libpam's numbers. The names are those of control flags.
package enum PAMResult: Int, CaseIterable, Sendable {
    case success, open_err, symbol_err, service_err, system_err, buf_err, perm_denied, auth_err, cred_insufficient
    case authinfo_unavail, user_unknown, maxtries, new_authtok_reqd, acct_expired, session_err, cred_unavail
    case cred_expired, cred_err, no_module_data, conv_err, authtok_err, authtok_recover_err, authtok_lock_busy
    case authtok_disable_aging, try_again, ignore, abort, authtok_expired, module_unknown, bad_item, conv_again
    case incomplete

    /// As a control flag names it: `auth_err`.
    package var flag: String { "\(self)" }

    /// As C programs do: `PAM_AUTH_ERR`.
    package var name: String { "PAM_" + flag.uppercased() }
}

/// What a result does to the stack. See pam.d(5).
package enum PAMAction: Equatable, Hashable, Sendable {
    case ignore, ok, done, bad, die, reset
    /// Over so many modules.
    case jump(Int)
}

/// What each result does.
package struct PAMActions: Equatable, Sendable {
    private var actions: [PAMAction?] = Array(repeating: nil, count: PAMResult.allCases.count)

    package subscript(result: PAMResult) -> PAMAction { actions[result.rawValue] ?? .bad }

    private mutating func set(_ results: [PAMResult], _ action: PAMAction) {
        for result in results { actions[result.rawValue] = action }
    }

    private mutating func setOthers(_ action: PAMAction) { actions = actions.map { $0 ?? action } }

    private init(_ success: PAMAction, ignore: PAMAction, others: PAMAction) {
        set([.success, .new_authtok_reqd], success)
        set([.ignore], ignore)
        setOthers(others)
    }

    /// Everything is a failure: what libpam makes of a control flag that it does not understand.
    package static let allBad = PAMActions(.bad, ignore: .bad, others: .bad)

    /// The actions of a word, or of what stands in brackets; nil for `include` and `substack`, which are no actions.
    package static func parse(_ word: [UInt8]) -> PAMActions? {
        if word.isWord("include") || word.isWord("substack") { return nil }
        if word.isWord("required") { return PAMActions(.ok, ignore: .ignore, others: .bad) }
        if word.isWord("requisite") { return PAMActions(.ok, ignore: .ignore, others: .die) }
        if word.isWord("optional") { return PAMActions(.ok, ignore: .ignore, others: .ignore) }
        if word.isWord("sufficient") { return PAMActions(.done, ignore: .ignore, others: .ignore) }
        var actions = PAMActions.allBad
        actions.actions = Array(repeating: nil, count: PAMResult.allCases.count)
        guard actions.read(word[...]) else { return allBad }
        actions.setOthers(.bad)
        return actions
    }

    /// Reads `result=action` pairs as libpam does: the first name that the text begins with, whatever follows.
    private mutating func read(_ text: ArraySlice<UInt8>) -> Bool {
        var rest = text
        while true {
            rest = rest.drop(while: \.isCSpace)
            if rest.isEmpty { return true }
            let result = PAMResult.allCases.first { rest.starts(with: $0.flag.utf8) }
            let name = result?.flag ?? "default"
            guard rest.starts(with: name.utf8) else { return false }
            rest = rest.dropFirst(name.utf8.count).drop(while: \.isCSpace)
            guard rest.popFirst() == UInt8(ascii: "=") else { return false }
            rest = rest.drop(while: \.isCSpace)
            guard let action = PAMActions.takeAction(&rest) else { return false }
            if let result { set([result], action) } else { setOthers(action) }
        }
    }

    private static func takeAction(_ rest: inout ArraySlice<UInt8>) -> PAMAction? {
        let words: [(String, PAMAction)] = [
            ("ignore", .ignore), ("ok", .ok), ("done", .done), ("bad", .bad), ("die", .die), ("reset", .reset),
        ]
        if let (word, action) = words.first(where: { rest.starts(with: $0.0.utf8) }) {
            rest = rest.dropFirst(word.utf8.count)
            return action
        }
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard digits.count <= 6, let number = Int(String(decoding: digits, as: UTF8.self)), number > 0 else {
            return nil
        }
        rest = rest.dropFirst(digits.count)
        return .jump(number)
    }
}

extension UInt8 {
    /// isspace(3) in the C locale.
    fileprivate var isCSpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}
