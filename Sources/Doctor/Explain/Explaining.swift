package import TwostepCore

/// Explains one line of a service's file: what the login's own code foretells, and which lines that came from. Nothing is
/// decided here.
package struct LineExplainer {
    /// Where the line stands, and as what.
    private let place: Place
    private let text: String
    private let configuration: QuotedConfiguration

    package init(_ place: Place, _ text: String, _ configuration: QuotedConfiguration) {
        self.place = place
        self.text = text
        self.configuration = configuration
    }

    /// A line whose arguments the module does not take.
    package func explain(_ problem: ModuleOptions.Problem) -> Explanation {
        Explanation(
            outcome: .refused, reason: "\(problem.text)", cause: printed(problem.argument), lockedUntil: nil,
            securityKeys: [], decides: [line("the module takes no such argument")])
    }

    /// - Parameters:
    ///   - keys: what the person has registered. With each that the configuration lets count the login is foretold as well.
    ///   - recoveryUntil: until when a recovery code counts that was given out to them; nil where none does.
    ///   - store: one that forgets what an update would have written.
    ///   - request: the login, as one that this security key has signed for, or none.
    package func explain<S: CredentialStore & ~Copyable>(
        keys: [SecurityKey], recoveryUntil: Int64? = nil, store: inout S, now: Int64?,
        request: ([UInt8]?) -> LoginRequest
    ) -> Explanation {
        let login = request(nil)
        let foretold = foretell(login, store: &store, now: now)
        if let unasked = foretold.unasked { return explain(unasked, login, isAsked: false) }
        if case .refused(.mustReenrol) = foretold.asked, login.handsOver {
            var explanation = explain(.refused(.mustReenrol), login, isAsked: true)
            explanation.wayBack = Explanation.WayBack(until: recoveryUntil)
            return explanation
        }
        var taken: [String] = []
        for key in keys where login.configuration.securityKeyServices.contains(login.service) {
            let signed = foretell(request(key.publicKey), store: &store, now: now)
            if case .accepted = signed.unasked { taken.append(printed(key.label)) }
        }
        return explain(
            foretold.asked ?? .noAnswer, login, isAsked: true, lockedUntil: foretold.closedUntil, securityKeys: taken)
    }

    private func explain(
        _ outcome: TwostepCore.Outcome, _ login: LoginRequest, isAsked: Bool, lockedUntil: Int64? = nil,
        securityKeys: [String] = []
    ) -> Explanation {
        let result: Explanation.Outcome
        let reason: StaticString
        var cause = ""
        var decides: [Quote]
        switch outcome {
        case .passed(let pass): (result, reason, decides) = (.passes, pass.reason, quotes(pass, login))
        case .mayEnrol:
            (result, reason) = (.enrols, "enroll-at-login")
            decides = [configuration.quote(.enrollAtLogin, why: "people may enrol at a login")] + need(login)
        // Of an answer that is no code: a code would be looked at.
        case .refused(.malformed):
            (result, reason) = (.asked, "enrolled")
            decides = [line("whoever is enrolled is asked by it")] + noExemption(login)
        case .refused(let refusal):
            (result, reason, decides) = (.refused, refusal.reason, quotes(refusal, login))
        case .unavailable(let error):
            (result, reason, cause) = (.refused, error.reason.text, printed(error.cause))
            decides = quotes(error)
        case .accepted, .noAnswer, .handedOver:
            (result, reason, decides) = (isAsked ? .asked : .passes, "enrolled", [line("it asks")])
        }
        if !securityKeys.isEmpty {
            decides.append(configuration.quote(.sshKeyTouch, why: "security keys count in this service"))
        }
        if isAsked, result == .asked, login.recurringText != nil {
            decides.append(
                configuration.quote(.remember, why: "nothing is asked for so long after a code for the same login"))
        }
        return Explanation(
            outcome: result, reason: "\(reason)", cause: cause, lockedUntil: lockedUntil, securityKeys: securityKeys,
            decides: decides)
    }

    private func line(_ why: String) -> Quote { Quote(place, text, why: why) }

    private func quotes(_ pass: Pass, _ login: LoginRequest) -> [Quote] {
        let nullok = line("nullok: who has no second step, and need not have one, passes")
        switch pass {
        case .exempt(let rule): return [configuration.quote(.exempt, why: "\(printed(rule.text)) holds")]
        case .notEnrolled: return [configuration.quote(.required, why: requirement(login)), nullok]
        case .notYetDue:
            return [
                configuration.quote(.enrollBy, why: "until then who must have one, and has none, passes"),
                configuration.quote(.required, why: requirement(login)), nullok,
            ]
        }
    }

    private func quotes(_ refusal: Refusal, _ login: LoginRequest) -> [Quote] {
        switch refusal {
        case .notEnrolled: need(login) + noExemption(login)
        case .unknownUser: [line("a name that no account has is asked as any other")] + noExemption(login)
        default: [line("the record lets nobody in")] + noExemption(login)
        }
    }

    /// Why somebody needs a second step.
    private func need(_ login: LoginRequest) -> [Quote] {
        if login.options.required { return [line("required: nobody passes without a second step")] }
        if !login.options.nullok { return [line("without nullok nobody passes for having no second step")] }
        var quotes = [configuration.quote(.required, why: requirement(login))]
        if login.configuration.enrollBy != nil {
            quotes.append(configuration.quote(.enrollBy, why: "that day is over"))
        }
        return quotes
    }

    /// That nobody is let off, where some might be.
    private func noExemption(_ login: LoginRequest) -> [Quote] {
        guard !login.configuration.exempt.isEmpty else { return [] }
        if login.options.required { return [line("required: it overrules exempt")] }
        return [configuration.quote(.exempt, why: "no rule of it holds")]
    }

    private func requirement(_ login: LoginRequest) -> String {
        do throws(StoreError) {
            guard let rule = try login.requirement() else { return "no rule of it holds" }
            return "\(printed(rule.text)) holds"
        } catch {
            return "nothing is known of '\(printed(error.cause))'"
        }
    }

    private func quotes(_ error: StoreError) -> [Quote] {
        switch error.reason {
        case .configMissing, .configUnsafe, .configUnreadable, .configInvalid: [configuration.quoteOfFlaw]
        case .keyMissing, .keyUnsafe, .keyUnreadable, .keyInvalid:
            [configuration.quote(.key, why: "the key cannot be used")]
        case .groupUnknown:
            [configuration.quote(.required, why: "there is no group '\(printed(error.cause))'")]
        case .accountsUnavailable: [configuration.quote(.required, why: "the name service does not answer")]
        case .cryptoUnavailable, .clockUnavailable, .serviceMissing, .serviceFailed:
            [line("what it needs is not there")]
        default: [configuration.quote(.store, why: "the store cannot be used")]
        }
    }
}
