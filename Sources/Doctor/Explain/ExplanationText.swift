extension Explanation {
    /// What happens: first of the person, without their name, and then whole sentences.
    ///
    /// - Parameter time: how a moment is written.
    package func sentences(time: (Int64) -> String) -> [String] {
        switch outcome {
        case .asked:
            var sentences = ["is asked for a code, and gets past this line with the right one"]
            if let lockedUntil {
                sentences.append(
                    "single codes are not looked at until \(time(lockedUntil)); two in a row, or a backup code, are")
            }
            if !securityKeys.isEmpty {
                let keys = securityKeys.joined(separator: ", ")
                sentences.append("nothing is asked after signing with a security key: \(keys)")
            }
            return sentences
        case .passes: return [passing]
        case .refused:
            guard let wayBack else { return [refusal] }
            return [
                "is asked, and refused, unless by a recovery code: must enrol anew",
                wayBack.until.map { "a recovery code counts until \(time($0))" }
                    ?? "no recovery code counts now; to make one: twostep recover USER --reason TEXT",
            ]
        case .enrols: return ["is led through enrolling at this login, and then let in"]
        }
    }

    private var passing: String {
        switch reason {
        case "exempt": "is not asked, with or without a second step: exempt"
        case "enroll-by": "is not asked, and reminded: must have a second step, has none, and has time until the day"
        default: "is not asked: has no second step, and need not have one"
        }
    }

    private var refusal: String {
        switch reason {
        case "not-enrolled": return "is asked, and refused whatever is typed: must have a second step, and has none"
        case "unknown-user": return "is asked, and refused whatever is typed: there is no such user"
        case "must-reenrol": return "is asked, and refused whatever is typed: must enrol anew, at another login"
        case "disabled": return "is asked, and refused whatever is typed: the second step is disabled"
        default:
            let what = cause.isEmpty ? reason : "\(reason) (\(cause))"
            return "is refused whatever is typed: \(what)"
        }
    }
}
