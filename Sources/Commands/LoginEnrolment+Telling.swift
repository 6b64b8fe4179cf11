internal import Crypto
internal import Linux
internal import Notices
internal import TwostepCore

/// What the log and the person are told of an enrolment at a login.
extension LoginEnrolment where Person: ~Copyable {
    func ask(_ prompt: String, echo: Bool) throws(EnrolmentEnd) -> SecretBytes {
        guard let answer = login.console.ask(prompt, echo: echo, always: true) else { throw .noAnswer }
        return answer
    }

    /// Asks for a code; whoever answers by what the service alone understands (`ServiceAnswer`) is handed over.
    func askOrHandOver(_ prompt: String, echo: Bool) throws(EnrolmentEnd) -> SecretBytes {
        let answer = try ask(prompt, echo: echo)
        guard login.request.serviceAnswers == .handedOver, ServiceAnswer.read(answer) != nil else { return answer }
        login.console.person.hold(answer)
        throw .handedOver
    }

    func logBegun(_ proof: Enrolment.Proof) {
        var line = EventLine(.enrolmentBegun, severity: .notice)
        login.addWho(to: &line)
        line.add("proof", proof.name)
        login.write(line)
    }

    package func log(_ end: EnrolmentEnd) {
        var line: EventLine
        switch end {
        case .enrolled:
            line = EventLine(.accepted, severity: .info)
            line.add("method", "enrolment")
            login.addWho(to: &line)
            line.add("token", Enrolment.label)
        case .refused(let refusal):
            line = EventLine(.refused, severity: .notice)
            line.add("reason", refusal.reason)
            login.addWho(to: &line)
        case .unavailable(let error): line = Outcome.unavailable(error).eventLine(login.request, from: login.origin)
        case .noAnswer: line = Outcome.noAnswer.eventLine(login.request, from: login.origin)
        // Whoever takes it over logs.
        case .handedOver: return
        }
        login.write(line)
    }

    /// Why, where the site wants its people to know. Whoever has typed a right code that has expired may know anyway.
    func tell(_ end: EnrolmentEnd) {
        if end == .refused(.expiredEnrolmentCode) {
            tellError("twostep: that enrolment code has expired", "twostep: ask your administrator for a new one")
        }
        guard login.request.configuration.explain else { return }
        switch end {
        case .enrolled, .noAnswer, .handedOver, .refused(.passwordNotConfirmed), .refused(.expiredEnrolmentCode),
            .refused(.unfinished):
            break
        case .refused(.code(let refusal)): tellRemarks(on: .refused(refusal))
        case .refused(.tooSoon(let until)): tellRemarks(on: .refused(.tooSoon(until: until)))
        case .refused(.wrongEnrolmentCode):
            tellError(
                "twostep: that enrolment code is wrong", "twostep: type it as you got it, or ask for a new one")
        case .refused(.changedMeanwhile):
            tellError("twostep: your record was changed meanwhile", "twostep: log in again")
        case .unavailable(let error): tellRemarks(on: .unavailable(error))
        }
    }

    /// What is left to do for a way back by mail. It is not asked for here: a mail may take longer than a login has.
    func tellOfWayBack(_ missing: [WayBackPart], formerAddress: String?) {
        if let formerAddress {
            login.tell(
                "twostep: mail about you still goes to \(formerAddress)",
                "twostep: it lets nobody back in; set it again, or yours:", "  \(WayBackPart.address.command)")
        }
        guard !missing.isEmpty, (try? readRecoverySettings(at: desk.configurationPath))?.isByEmail == true else {
            return
        }
        login.tell("twostep: if you lose the app, a mail can let you back in; for that, type later:")
        for part in missing { login.tell("  \(part.command)") }
    }

    private func tellRemarks(on outcome: Outcome) {
        TwostepCore.tell(outcome, login.request, &login.console.person, wallClock())
    }

    private func tellError(_ what: String, _ hint: String) {
        login.tell(what, hint, isError: true)
    }
}

extension EnrolmentRefusal {
    /// Whether another answer in the same conversation could be a better one.
    var mayBeTriedAgain: Bool {
        switch self {
        case .passwordNotConfirmed, .code(.locked), .expiredEnrolmentCode, .unfinished, .changedMeanwhile: false
        case .code, .wrongEnrolmentCode, .tooSoon: true
        }
    }
}
