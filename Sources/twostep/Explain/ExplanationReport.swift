internal import Commands
internal import Doctor
internal import TwostepCore

/// An explanation as JSON: docs/json.md.
struct ExplanationReport: Encodable {
    struct Quoted: Encodable {
        let file: String
        let line: Int?
        let text: String
        let why: String
    }

    struct Line: Encodable {
        let arguments: [String]
        let cause: String?
        let configuration: String
        let decides: [Quoted]
        let file: String
        let line: Int?
        let lockedUntil: String?
        let outcome: String
        let reason: String
        let recoveryUntil: String?
        let securityKeys: [String]

        init(_ line: ExplainedLine) {
            let explanation = line.explanation
            arguments = line.arguments
            cause = explanation.cause.isEmpty ? nil : explanation.cause
            configuration = line.configuration
            decides = explanation.decides.map {
                Quoted(file: $0.place.file, line: $0.place.line, text: $0.text, why: $0.why)
            }
            file = line.handler.place.file
            self.line = line.handler.place.line
            lockedUntil = explanation.lockedUntil.map(utc)
            outcome = explanation.outcome.rawValue
            reason = explanation.reason
            recoveryUntil = explanation.wayBack?.until.map(utc)
            securityKeys = explanation.securityKeys
        }
    }

    let user: String
    let uid: UInt32?
    let service: String
    let file: String
    let lines: [Line]

    init(_ login: ExplainedLogin, _ service: PAMService, _ lines: [ExplainedLine]) {
        user = printed(login.user.account?.name ?? login.user.name)
        uid = login.user.account?.uid
        self.service = login.service
        file = service.file
        self.lines = lines.map(Line.init)
    }
}

/// An explanation as people read it.
struct ExplanationScreen {
    let desk: Desk
    let login: ExplainedLogin
    let rhost: String
    let folder: PAMFolder

    func show(_ service: PAMService, _ lines: [ExplainedLine]) throws {
        let name = printed(login.user.account?.name ?? login.user.name)
        let uid = login.user.account.map { " (uid \($0.uid))" } ?? " (no such user)"
        try desk.say("\(name)\(uid) at \(printable(login.service))\(rhost.isEmpty ? "" : " from \(printable(rhost))")")
        if !service.file.hasSuffix("/\(login.service)") {
            try desk.say("there is no /etc/pam.d/\(printable(login.service)); libpam reads \(service.file)")
        }
        if let (place, _) = service.refusedWhole { try desk.say("libpam refuses the whole service, by \(place)") }
        if lines.isEmpty {
            try desk.say("\(service.file) asks for no code: no auth line of it names pam_twostep.so")
            guard mayBeEnabled else { return }
            return try desk.say("to have it ask: twostep pam enable \(printable(login.service))")
        }
        for line in lines { try show(line, of: name) }
    }

    /// Whether `twostep pam enable` would have to do with this service at all.
    private var mayBeEnabled: Bool {
        do throws(PAMChange.Refusal) {
            try PAMChange.check(login.service, folder)
            return true
        } catch {
            return false
        }
    }

    private func show(_ line: ExplainedLine, of name: String) throws {
        try desk.say()
        try desk.say("\(line.handler.place): \(line.text)")
        if line.handler.origin != line.handler.place { try desk.say("  included by \(line.handler.origin)") }
        if line.configuration != line.ownConfiguration {
            try desk.say("  as if it read \(line.configuration) in place of \(line.ownConfiguration)")
        }
        for (index, sentence) in line.explanation.sentences(time: utc).enumerated() {
            try desk.say(index == 0 ? "  \(name) \(sentence)" : "  \(sentence)")
        }
        for quote in line.explanation.decides {
            try desk.say("  by \(quote.place): \(quote.text)")
            try desk.say("    \(quote.why)")
        }
    }
}
