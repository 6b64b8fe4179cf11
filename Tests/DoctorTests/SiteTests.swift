import Testing
import TwostepCore

@testable import Doctor

/// What is found in a machine's service files together, in settings, clock, disk and store.
struct SiteTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let found: [Finding]
        let checks: [Check]
    }

    static let sshd = "@include common-auth\nauth required pam_twostep.so\n"
    static let password = "@include common-auth\n@include common-account\n"

    static func pam(_ texts: [String: String]) -> [Finding] {
        let all = StackJudgeTests.common.merging(["twostep": password]) { $1 }.merging(texts) { $1 }
        return PAMSite(PAMFolder(texts: all.filter { $0.value != "-" })).judge { _ in StackContext() }
    }

    static let pamCases: [Case] = [
        Case(testDescription: "one service", found: pam(["sshd": sshd]), checks: []),
        Case(testDescription: "none", found: pam([:]), checks: [.pamNowhere]),
        Case(testDescription: "sudo alone", found: pam(["sudo": sshd, "sudo-i": password]), checks: [.pamSudoI]),
        Case(testDescription: "sudo and sudo-i", found: pam(["sudo": sshd, "sudo-i": sshd]), checks: []),
        Case(testDescription: "no sudo-i", found: pam(["sudo": sshd]), checks: []),
        Case(
            testDescription: "in common-auth",
            found: pam([
                "common-auth": sshd.replacing("@include common-auth", with: "auth requisite pam_unix.so"),
                "sshd": password,
            ]),
            checks: [.pamSharedFile, .passwordFileCode]),
        Case(
            testDescription: "login, and a locker that includes it",
            found: pam(["login": sshd, "i3lock": "auth include login\n"]), checks: [.pamOneField]),
        Case(
            testDescription: "no file for passwords", found: pam(["sshd": sshd, "twostep": "-"]),
            checks: [.passwordFileMissing]),
        Case(
            testDescription: "a file for passwords that asks none",
            found: pam(["sshd": sshd, "twostep": "auth sufficient pam_rootok.so\n" + password]),
            checks: [.passwordFileOpen]),
        Case(
            testDescription: "a file for passwords that asks a code", found: pam(["sshd": sshd, "twostep": sshd]),
            checks: [.passwordFileCode]),
    ]

    static func configuration(
        _ change: (inout Configuration) -> Void, service: String, digits: [String] = []
    ) -> [Finding] {
        var configuration = Configuration()
        change(&configuration)
        let texts = StackJudgeTests.common.merging(["sshd": service]) { $1 }
        return ConfigurationJudge.judge(
            configuration, at: Place("/etc/twostep/twostep.conf"), PAMSite(PAMFolder(texts: texts)), otherDigits: digits
        )
    }

    static let nullok = "@include common-auth\nauth required pam_twostep.so nullok\n"

    static let configurationCases: [Case] = [
        Case(testDescription: "strict", found: configuration({ _ in }, service: sshd), checks: []),
        Case(
            testDescription: "both halves", found: configuration({ $0.required = [] }, service: nullok),
            checks: []),
        Case(
            testDescription: "required = none alone",
            found: configuration({ $0.required = [] }, service: sshd),
            checks: [.requiredNone]),
        Case(testDescription: "nullok alone", found: configuration({ _ in }, service: nullok), checks: [.nullokUnused]),
        Case(
            testDescription: "nullok under another configuration",
            found: configuration({ _ in }, service: nullok.replacing("nullok", with: "nullok config=/etc/other.conf")),
            checks: []),
        Case(
            testDescription: "keys for another service",
            found: configuration({ $0.securityKeyServices = [Array("sshd".utf8), Array("gdm".utf8)] }, service: sshd),
            checks: [.touchServiceUnknown]),
        Case(
            testDescription: "no backup codes", found: configuration({ $0.backupCodes = 0 }, service: sshd),
            checks: [.noBackupCodes]),
        Case(
            testDescription: "eight digits behind a password",
            found: configuration(
                { _ in }, service: "auth required pam_twostep.so forward_pass\n@include common-auth\n",
                digits: ["alice"]),
            checks: [.forwardPassDigits]),
        Case(
            testDescription: "eight digits on their own",
            found: configuration({ _ in }, service: sshd, digits: ["alice"]),
            checks: []),
    ]

    static func recovery(_ judge: RecoveryJudge) -> [Finding] { judge.judge(at: Place("/etc/twostep/twostep.conf")) }

    static let recoveryCases: [Case] = [
        Case(
            testDescription: "no recovery",
            found: recovery(
                RecoveryJudge(isByEmail: false, sendsMail: false, questions: "none", isTold: false)),
            checks: []),
        Case(testDescription: "recovery in order", found: recovery(RecoveryJudge(isByEmail: true)), checks: []),
        Case(
            testDescription: "recovery without mail",
            found: recovery(RecoveryJudge(isByEmail: true, sendsMail: false, isTold: false)),
            checks: [.recoveryNoMail]),
        Case(
            testDescription: "recovery without questions",
            found: recovery(RecoveryJudge(isByEmail: true, questions: "fewer than 2 questions")),
            checks: [.recoveryQuestions]),
        Case(
            testDescription: "recovery that owners do not hear of",
            found: recovery(RecoveryJudge(isByEmail: true, isTold: false)), checks: [.recoveryUnheard]),
        Case(
            testDescription: "a bad value", found: recovery(RecoveryJudge(invalid: "line 1", isByEmail: false)),
            checks: [.recoveryInvalid]),
    ]

    static func disk(
        _ kind: UInt64, isReadOnly: Bool = false, free: UInt64 = 1 << 30, isNotCopied: Bool = false, moves: Bool? = nil
    ) -> [Finding] {
        Disk(kind: kind, isReadOnly: isReadOnly, free: free, isNotCopied: isNotCopied, moves: moves)
            .findings("/var/lib/twostep")
    }

    static let machineCases: [Case] = [
        Case(
            testDescription: "a good clock", found: MachineJudge.judge(MachineJudge.Clock(isSynchronised: true)),
            checks: []),
        Case(
            testDescription: "a free clock", found: MachineJudge.judge(MachineJudge.Clock(isSynchronised: false)),
            checks: [.clockUnsynchronised]),
        Case(testDescription: "no clock", found: MachineJudge.judge(nil), checks: [.clockUnreadable]),
        Case(
            testDescription: "login is patient",
            found: MachineJudge.judge(loginDefinitions: "# LOGIN_TIMEOUT 10\nLOGIN_TIMEOUT\t\t60\n", at: "f"),
            checks: []),
        Case(
            testDescription: "login is not",
            found: MachineJudge.judge(loginDefinitions: "LOGIN_RETRIES 5\nLOGIN_TIMEOUT 20\n", at: "f"),
            checks: [.loginTimeout]),
        Case(
            testDescription: "login waits for ever",
            found: MachineJudge.judge(loginDefinitions: "LOGIN_TIMEOUT 0", at: "f"), checks: []),
        Case(testDescription: "ext4", found: disk(0xEF53, moves: false), checks: []),
        Case(testDescription: "ext4 that moves", found: disk(0xEF53, moves: true), checks: [.diskCopies]),
        Case(testDescription: "xfs", found: disk(0x5846_5342), checks: []),
        Case(testDescription: "btrfs", found: disk(0x9123_683E), checks: [.diskCopies]),
        Case(
            testDescription: "btrfs, chattr +C", found: disk(0x9123_683E, isNotCopied: true, moves: false), checks: []),
        Case(
            testDescription: "btrfs, chattr +C on a full folder",
            found: disk(0x9123_683E, isNotCopied: true, moves: true),
            checks: [.diskCopies]),
        Case(testDescription: "zfs", found: disk(0x2FC1_2FC1), checks: [.diskCopies]),
        Case(testDescription: "overlay", found: disk(0x794C_7630), checks: [.diskCopies]),
        Case(testDescription: "tmpfs", found: disk(0x0102_1994), checks: [.diskForgets]),
        Case(testDescription: "nfs", found: disk(0x6969), checks: [.diskRemote]),
        Case(testDescription: "something", found: disk(0x1234), checks: [.diskUnknown]),
        Case(testDescription: "something that stays", found: disk(0x1234, moves: false), checks: []),
        Case(testDescription: "read-only", found: disk(0xEF53, isReadOnly: true), checks: [.diskReadOnly]),
        Case(testDescription: "full", found: disk(0xEF53, free: 4096), checks: [.diskFull]),
    ]

    static func store(_ change: (inout StoreLook) -> Void) -> [Finding] {
        var look = StoreLook()
        change(&look)
        return StoreJudge.judge(look, Configuration(), configurationPath: "/etc/twostep/twostep.conf")
    }

    static func entry(_ reason: StoreError.Reason, of user: String? = "alice") -> StoreLook.Entry {
        StoreLook.Entry(uid: 1001, user: user, problem: StoreError(reason, cause: "cause"))
    }

    /// A store of so many records, of which so many are sealed under another key.
    static func keys(_ other: Int, of all: Int, marker: Bool = false) -> [Finding] {
        store { look in
            look.entries = (0..<all).map { number in
                let problem = number < other ? StoreError(.recordCorrupt, cause: Array("other-key".utf8)) : nil
                return StoreLook.Entry(uid: UInt32(1000 + number), user: "u\(number)", problem: problem)
            }
            if marker { look.troubles = [StoreError(.markerCorrupt, cause: Array("other-key".utf8))] }
        }
    }

    static let storeCases: [Case] = [
        Case(testDescription: "another key", found: keys(9, of: 9), checks: [.recordsOtherKey]),
        Case(testDescription: "another key of most", found: keys(5, of: 9), checks: [.recordsOtherKey]),
        Case(
            testDescription: "two foreign records", found: keys(2, of: 9), checks: [.recordCorrupt, .recordCorrupt]),
        Case(testDescription: "one foreign record, alone", found: keys(1, of: 1), checks: [.recordCorrupt]),
        Case(
            testDescription: "another key of marker and record", found: keys(1, of: 1, marker: true),
            checks: [.markerCorrupt, .recordsOtherKey]),
        Case(
            testDescription: "whole", found: store { $0.entries = [StoreLook.Entry(uid: 1, user: "a", digits: [6])] },
            checks: []),
        Case(testDescription: "decoys", found: store { $0.decoysMissing = 3 }, checks: [.decoysMissing]),
        Case(testDescription: "strays", found: store { $0.strays = ["notes.txt"] }, checks: [.storeStray]),
        Case(
            testDescription: "missing", found: store { $0.entries = [entry(.recordMissing)] }, checks: [.recordMissing]),
        Case(testDescription: "unsafe", found: store { $0.entries = [entry(.recordUnsafe)] }, checks: [.recordUnsafe]),
        Case(
            testDescription: "unreadable", found: store { $0.entries = [entry(.recordUnreadable)] },
            checks: [.recordUnreadable]),
        Case(
            testDescription: "corrupt", found: store { $0.entries = [entry(.recordCorrupt)] }, checks: [.recordCorrupt]),
        Case(testDescription: "newer", found: store { $0.entries = [entry(.unknownVersion)] }, checks: [.otherVersion]),
        Case(
            testDescription: "no account", found: store { $0.entries = [entry(.recordCorrupt, of: nil)] },
            checks: [.noAccount]),
        Case(
            testDescription: "not in the index",
            found: store { $0.entries = [StoreLook.Entry(uid: 1, user: "a", isInIndex: false)] },
            checks: [.recordNotInIndex]),
        Case(
            testDescription: "damaged",
            found: store { $0.entries = [StoreLook.Entry(uid: 1, user: "a", isDamaged: true)] },
            checks: [.slotDamaged]),
        Case(
            testDescription: "ahead",
            found: store { $0.entries = [StoreLook.Entry(uid: 1, user: "a", aheadUntil: ["2099"])] },
            checks: [.tokensAhead]),
    ]

    /// Each reason for which a store cannot be used has a check of the same name, but one that doctor knows more of.
    @Test(arguments: StoreError.Reason.allCases) func everyTroubleIsFoundByItsName(_ reason: StoreError.Reason) {
        let found = StoreJudge.finding(StoreError(reason, cause: "c"), Configuration(), configurationPath: "/c")
        switch reason {
        case .storeMissing: #expect(found.check == .keyWithoutStore)
        // Of a login alone, or of changing something.
        case .recordVanished, .notWritable, .lockTimeout, .recordFull, .recordExists,
            .clockUnavailable, .serviceMissing, .serviceFailed, .groupUnknown:
            #expect(found.check == .storeUnreadable)
        default: #expect(found.check.rawValue == "\(reason.text)")
        }
        #expect(!found.cure.isEmpty)
    }

    @Test func aLineOfTheConfigurationIsNamed() {
        let cause = Array("/c/twostep.conf:7: unknown name 'x'".utf8)
        let found = StoreJudge.finding(
            StoreError(.configInvalid, cause: cause), Configuration(), configurationPath: "/c/twostep.conf")
        #expect(found.place == Place("/c/twostep.conf", 7))
        #expect(found.what.hasPrefix("unknown name 'x';"))
    }

    static let cases = pamCases + configurationCases + recoveryCases + machineCases + storeCases

    @Test(arguments: cases) func finds(_ case: Case) {
        #expect(`case`.found.map(\.check) == `case`.checks, "\(`case`.found)")
    }
}
