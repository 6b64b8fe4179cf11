internal import Commands
internal import Crypto
internal import Doctor
internal import Linux
internal import PAMApplication
internal import TwostepCore
internal import Vault

/// A stack, run once on the real libpam with a name that nobody has: nobody's password is needed, and nobody is charged.
struct ChangeTrial {
    /// What was wrong; nil where nothing was.
    var trouble: String?
    /// Whether our module asked.
    var asked = false

    /// Runs it in a process of its own, which may crash.
    static func run(_ service: String) -> ChangeTrial {
        do throws(SystemError) {
            let done = try FinishedProgram.run(
                ["/proc/self/exe", "pam", "try", service].map { Array($0.utf8) }, within: 30_000)
            if done.status == 0 { return ChangeTrial(asked: true) }
            let said = text(done.errors).split(separator: "\n").first.map { String($0.drop { $0 != " " }.dropFirst()) }
            return ChangeTrial(trouble: done.status == nil ? "the stack crashed or did not end" : said ?? "it failed")
        } catch {
            return ChangeTrial(trouble: "it could not be tried (\(text(error.name)))")
        }
    }

    /// Runs it here.
    static func runHere(_ service: String) -> ChangeTrial {
        let user = "twostep-trial"
        let files = ServiceFiles.read()
        let loaded = PAMService.load(service, from: files.folder)
        // Where pam_rootok lets root in, the stack is tried as one that somebody else has started. nobody has this uid.
        if loaded?.asksWhetherRootStarted == true {
            do throws(SystemError) { try becomeRootStarted(by: 65_534) } catch {
                return ChangeTrial(trouble: "\(service): it could not be tried (\(text(error.name)))")
            }
        }
        // The stack as it is: a wrong password must be refused, by a module that is there.
        let whole = attempt(service, user, folder: nil)
        if let trouble = trouble(whole.status) { return ChangeTrial(trouble: "\(service): \(trouble)") }
        // The same with the password taken for right: the code must be asked, and a wrong one refused.
        let modules = ModuleFolder.find()
        guard let loaded, let text = Rehearsal.text(loaded, { modules?.has($0) ?? true })
        else { return ChangeTrial(trouble: "\(service): pam_twostep.so is never reached") }
        guard let rehearsed = rehearse(service, user, text) else {
            return ChangeTrial(trouble: "/run/twostep-trial cannot be written")
        }
        if let trouble = trouble(rehearsed.status) { return ChangeTrial(trouble: "\(service): \(trouble)") }
        guard rehearsed.questions > 0 else { return ChangeTrial(trouble: "\(service): the code was not asked") }
        return ChangeTrial(asked: true)
    }

    private static func trouble(_ status: Int32) -> String? {
        let result = PAMResult(rawValue: Int(status))
        switch result {
        case .auth_err, .user_unknown, .perm_denied, .maxtries, .acct_expired, .cred_insufficient: return nil
        case .success: return "somebody who does not exist got in with a wrong password and a wrong code"
        default: return "the stack failed: \(result?.name ?? "\(status)"); the log says why"
        }
    }

    private static func attempt(_ service: String, _ user: String, folder: String?) -> (status: Int32, questions: Int) {
        let counter = Counter()
        let status = PAMApplication.attempt(service, user, folder: folder) { question in
            guard case .ask = question else { return nil }
            counter.count += 1
            // Neither a password of anybody's nor a code: six letters are no code of any kind.
            var answer = SecretBytes(capacity: 16)
            for byte in "no code".utf8 { answer.append(byte) }
            return answer
        }
        return (status, counter.count)
    }

    private final class Counter { var count = 0 }

    private static func rehearse(_ service: String, _ user: String, _ text: String) -> (status: Int32, questions: Int)?
    {
        let name = "twostep-trial"
        do throws(SystemError) {
            let run = try Descriptor.root().open(Array("run".utf8), .folder)
            do throws(SystemError) { try run.makeFolder(Array(name.utf8), mode: 0o700) } catch {
                guard error == .exists else { throw error }
            }
            let folder = try run.open(Array(name.utf8), .folder)
            guard try folder.status().owner == 0, try folder.status().mode & 0o077 == 0 else { return nil }
            let bytes = Array(text.utf8)
            for file in [service, "other"] {
                try folder.replaceFile(Array(file.utf8), with: bytes.span, mode: 0o600)
            }
            defer {
                do throws(SystemError) {
                    for file in [service, "other"] { try folder.remove(Array(file.utf8)) }
                    try run.removeFolder(Array(name.utf8))
                } catch {}
            }
            return attempt(service, user, folder: "/run/\(name)")
        } catch {
            return nil
        }
    }
}
