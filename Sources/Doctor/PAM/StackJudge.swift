internal import TwostepCore

/// What is wrong with the stacks of a service that names our module.
package enum StackJudge {
    /// Programs that put one question, to which people type password and code together.
    package static let oneFieldServices = ["i3lock", "swaylock", "gtklock", "waylock", "xtrlock-pam", "physlock"]
    /// Programs that a user starts as root: there `pam_rootok` asks who that user is. Elsewhere it is true of everybody.
    package static let rootokServices = ["su", "su-l", "runuser", "runuser-l", "chfn", "chsh", "chpasswd", "newusers"]

    /// Everything about one service, the gravest first in no order.
    package static func judge(_ service: PAMService, _ context: StackContext = StackContext()) -> [Finding] {
        if let (place, trouble) = service.refusedWhole {
            return [trouble.finding(at: place, "\(service.name): libpam refuses the whole file, and everybody with it")]
        }
        let stack = service.stack(.auth)
        var findings = wrongStacks(service) + brokenLines(service) + argumentFindings(stack)
        guard stack.contains(where: \.isOurs) else { return findings }
        let runs = StackRuns(stack, context)
        if let finding = runs.cut(service) { return findings + [finding] }
        findings += shut(service, runs, context)
        findings += open(service, runs)
        findings += order(service, runs, context)
        findings += withoutRecord(service, runs)
        findings += withoutPassword(service, runs, context)
        findings += otherCodes(service)
        return findings.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// A module of another kind that asks for a code too: what was there before, most often.
    private static func otherCodes(_ service: PAMService) -> [Finding] {
        service.otherCodes.map { handler in
            Finding(
                .pamOtherCode, "\(service.name): \(handler.quoted) asks for a code as well: people are asked twice",
                at: handler.place, cure: "once everybody is moved in, delete the line")
        }
    }

    private static func wrongStacks(_ service: PAMService) -> [Finding] {
        [PAMKind.account, .password].flatMap { kind in
            service.stack(kind).filter(\.isOurs).map { handler in
                Finding(
                    .pamWrongStack,
                    "\(service.name): pam_twostep.so stands under \(kind.rawValue), where it refuses everybody",
                    at: handler.place, cure: "delete the line; the module belongs under auth")
            }
        }
    }

    private static func brokenLines(_ service: PAMService) -> [Finding] {
        service.stack(.auth).compactMap { handler in
            guard case .fails(let trouble) = handler.action else { return nil }
            return trouble.finding(at: handler.place, "\(service.name): a login fails at this line")
        }
    }

    private static func argumentFindings(_ stack: [PAMHandler]) -> [Finding] {
        stack.filter(\.isOurs).compactMap { handler in
            guard case .module(_, let arguments) = handler.action else { return nil }
            do throws(ModuleOptions.Problem) {
                _ = try ModuleOptions.parse(arguments)
                return nil
            } catch {
                return Finding(
                    .pamArgument,
                    "the module refuses '\(printed(error.argument))' (\(error.text)), and everybody with it",
                    at: handler.place, cure: "correct it; pam_twostep(8) has the list")
            }
        }
    }
}

extension PAMTrouble {
    func finding(at place: Place, _ consequence: String) -> Finding {
        switch self {
        case .fault(let fault):
            Finding(.pamLineBroken, "\(consequence): \(fault.text)", at: place, cure: "correct the line; see pam.d(5)")
        case .missingFile(let name):
            Finding(
                .pamIncludeMissing, "\(consequence): it includes '\(printed(name))', which is not there", at: place,
                cure: "put the file back (from its package, or pam-auth-update), or correct the name")
        case .tooDeep(let name):
            Finding(
                .pamIncludeMissing, "\(consequence): files include each other, '\(printed(name))' too deeply",
                at: place,
                cure: "take the circle out")
        }
    }
}
