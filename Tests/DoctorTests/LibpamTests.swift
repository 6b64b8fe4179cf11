import CPAMApplication
import Foundation
import Testing

@testable import Doctor

/// What we make of a stack is what the machine's libpam makes of it, for stacks that nobody would write by hand. What each
/// module answers is an argument of pam_debug.so, of libpam's own package.
struct LibpamTests {
    private struct Dice: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }

    private static let results: [PAMResult] = [
        .success, .success, .success, .ignore, .auth_err, .auth_err, .perm_denied, .user_unknown, .new_authtok_reqd,
        .authinfo_unavail, .maxtries, .abort,
    ]

    /// A control flag, sometimes one that libpam does not understand.
    private func control(_ dice: inout Dice) -> String {
        let words = ["required", "requisite", "optional", "sufficient", "Required", "SUFFICIENT"]
        if Bool.random(using: &dice) { return words.randomElement(using: &dice) ?? "" }
        let actions = ["ignore", "ok", "done", "bad", "die", "reset", "1", "2", "3"]
        let names = [
            "success", "ignore", "auth_err", "user_unknown", "new_authtok_reqd", "default", "default", "perm_denied",
        ]
        let pairs = (0..<Int.random(in: 1...4, using: &dice)).map { _ in
            (names.randomElement(using: &dice) ?? "")
                + (["=", " = ", "= "].randomElement(using: &dice) ?? "")
                + (actions.randomElement(using: &dice) ?? "")
        }
        let odd = [
            "", "", "", "", "", "", "success", "success=0", "nonsense=ok", "Success=ok", "success=okdefault=bad",
        ]
        return "[" + (pairs + [odd.randomElement(using: &dice) ?? ""]).joined(separator: " ") + "]"
    }

    private func lines(_ dice: inout Dice, depth: Int, in folder: URL, _ texts: inout [String: String]) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 1...5, using: &dice) {
            let roll = Int.random(in: 0..<20, using: &dice)
            if roll < 4, depth < 3 {
                let path = folder.appendingPathComponent("f\(texts.count)").path
                texts[path] = ""
                let inner = lines(&dice, depth: depth + 1, in: folder, &texts)
                texts[path] = inner
                text += ["auth include \(path)\n", "auth substack \(path)\n", "@include \(path)\n"][roll % 3]
            } else if roll == 4, Bool.random(using: &dice) {
                text +=
                    [
                        "auth\n", "auth required\n", "bogus required pam_permit.so\n", "# nothing\n", "\n",
                        "account required pam_deny.so\n", "session nonsense\n", "auth include /nowhere/at/all\n",
                    ].randomElement(using: &dice) ?? ""
            } else {
                let result = LibpamTests.results.randomElement(using: &dice) ?? .success
                let fold = roll == 5 ? " \\\n  " : roll == 6 ? "\t" : " "
                text += "auth\(fold)\(control(&dice))\(fold)pam_debug.so auth=\(result.flag)"
                text += roll == 7 ? " # and so on \\\n" : "\n"
            }
        }
        return text
    }

    /// Each module's one result, by its argument.
    private func ours(_ service: PAMService) -> PAMResult {
        if service.refusedWhole != nil { return .abort }
        let stack = service.stack(.auth)
        let endings = PAMRuns.all(stack, targets: []) { index, facts in
            guard case .module(_, let arguments) = stack[index].action, let argument = arguments.first else {
                return [(.perm_denied, facts)]
            }
            let name = String(decoding: argument.dropFirst(5), as: UTF8.self)
            return [(PAMResult.allCases.first { $0.flag == name } ?? .perm_denied, facts)]
        }
        #expect(endings.count == 1)
        return endings.first?.status ?? .incomplete
    }

    @Test func hundredsOfStacksEndAsTheyDoInLibpam() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("twostep-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var counted: [PAMResult: Int] = [:]
        for seed in 1...400 as ClosedRange<UInt64> {
            var dice = Dice(state: seed &* 0x9E37_79B9_7F4A_7C15)
            var texts: [String: String] = [:]
            let text = lines(&dice, depth: 0, in: folder, &texts)
            texts["scripted"] = text
            texts["other"] = "auth required pam_debug.so auth=cred_err\n"
            for (name, text) in texts {
                let path = name.hasPrefix("/") ? URL(fileURLWithPath: name) : folder.appendingPathComponent(name)
                try Data(text.utf8).write(to: path)
            }
            let theirs = Libpam.authenticate("scripted", folder: folder.path)
            let service = try #require(PAMService.load("scripted", from: PAMFolder(texts: texts)))
            let mine = ours(service)
            #expect(mine.rawValue == Int(theirs), "seed \(seed): \(mine), and libpam says \(theirs)\n\(texts)")
            if mine.rawValue != Int(theirs) { return }
            counted[mine, default: 0] += 1
        }
        // The dice are good enough to tell results apart.
        for result in [PAMResult.success, .perm_denied, .auth_err] {
            #expect((counted[result] ?? 0) > 20, "\(counted)")
        }
    }
}

/// The machine's libpam.
private enum Libpam {
    static func authenticate(_ service: String, folder: String) -> Int32 {
        var handle: OpaquePointer?
        // SAFETY: the strings and the conversation live for the calls, and the handle is not used after pam_end.
        var conversation = unsafe pam_conv(conv: silent, appdata_ptr: nil)
        let started = unsafe pam_start_confdir(service, "root", &conversation, folder, &handle)
        guard started == PAM_SUCCESS, let handle = unsafe handle else { return started }
        let status = unsafe pam_authenticate(handle, 0)
        unsafe pam_end(handle, status)
        return status
    }
}

private func silent(
    _ count: Int32, _ messages: UnsafeMutablePointer<UnsafePointer<pam_message>?>?,
    _ responses: UnsafeMutablePointer<UnsafeMutablePointer<pam_response>?>?, _ data: UnsafeMutableRawPointer?
) -> Int32 {
    // SAFETY: libpam frees the room, which is zeroed and has one place for each message.
    unsafe responses?.pointee = calloc(Int(count), MemoryLayout<pam_response>.stride)?
        .assumingMemoryBound(to: pam_response.self)
    return PAM_SUCCESS
}
