internal import TwostepCore

extension PAMService {
    /// Whether the stack lets some in because root has started the program: `pam_rootok`.
    package var asksWhetherRootStarted: Bool { stack(.auth).contains { $0.module == .rootOnly } }
}

/// A stack in which every other module is replaced by one that always answers what leads to ours, as if the password had
/// been right: what libpam makes of our line can then be tried without anybody's password.
package enum Rehearsal {
    /// - Returns: the text of a service file; nil where our module is never reached.
    package static func text(_ service: PAMService, _ isPresent: @escaping ([UInt8]) -> Bool) -> String? {
        let stack = service.stack(.auth)
        let runs = StackRuns(stack, StackContext(isPresent: isPresent))
        guard
            let good = runs.endings.first(where: {
                $0.status == .success && $0.facts.codes == [.success]
                    && ($0.facts.passwordRight || !runs.hasPassword || $0.facts.codeAskedFirst)
            })
        else { return nil }
        var lines: [String] = []
        for (index, handler) in stack.enumerated() where handler.level == 0 || handler.isOurs {
            guard case .module(let path, let arguments) = handler.action else { continue }
            guard handler.isOurs || good.calls.contains(where: { $0.handler == index }) else { continue }
            if handler.isOurs {
                let words = [path] + arguments.map { $0.contains(0x20) ? [0x5B] + $0 + [0x5D] : $0 }
                lines.append(
                    "auth required " + words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " "))
            } else if good.calls.first(where: { $0.handler == index })?.result == .success {
                lines.append("auth required pam_permit.so")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
