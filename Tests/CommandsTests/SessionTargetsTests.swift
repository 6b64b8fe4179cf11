import Linux
import Notices
import Testing

@testable import Commands

/// Which processes are ended when somebody's sessions are, and that no others are.
struct SessionTargetsTests {
    private let alice: UInt32 = 1000

    private func process(
        _ process: Int32, of user: UInt32, below parent: Int32, session: Int32, _ name: String = "bash",
        atTerminal: Bool = false
    ) -> ProcessStatus {
        ProcessStatus(
            process: process, user: user, parent: parent, session: session, hasTerminal: atTerminal,
            name: Array(name.utf8))
    }

    private func noted(_ process: Int32, _ user: String = "alice") -> NotedSession {
        NotedSession(user: Array(user.utf8), process: process)
    }

    private func look(
        _ processes: [ProcessStatus], _ noted: [NotedSession], of user: UInt32 = 1000, named name: String = "alice"
    ) -> (found: [Int32], count: Int) {
        var targets = SessionTargets(user: Array(name.utf8), uid: user)
        let found = targets.look(at: processes, noted: noted, own: 900)
        return (found.sorted(), targets.count)
    }

    /// sshd, its process for a connection with a terminal, the shell, what the shell runs; and what else is there.
    private var machine: [ProcessStatus] {
        [
            process(1, of: 0, below: 0, session: 1, "systemd"), process(50, of: 0, below: 1, session: 50, "sshd"),
            process(60, of: 0, below: 50, session: 60, "sshd"), process(61, of: alice, below: 60, session: 60, "sshd"),
            process(62, of: alice, below: 61, session: 62), process(63, of: alice, below: 62, session: 62, "sleep"),
            // A daemon of hers, a shell of root's that she has opened, and bob.
            process(70, of: alice, below: 1, session: 70, "daemon"), process(64, of: 0, below: 62, session: 62),
            process(80, of: 1001, below: 60, session: 80), process(900, of: 0, below: 1, session: 900, "twostepd"),
        ]
    }

    @Test func aTerminalOverSSH() {
        let looked = look(machine, [noted(62), noted(80, "bob")])
        #expect(looked.found == [61, 62, 63] && looked.count == 1)
        // What sshd notes is its own process for the connection: the user's, or root's above that.
        for own in [61, 60] as [Int32] {
            let asNoted = look(machine, [noted(own)])
            #expect(asNoted.found == [61, 62, 63] && asNoted.count == 1)
        }
    }

    /// Its shell ends before sshd's own process: still one session.
    @Test func theShellEndsFirst() {
        var targets = SessionTargets(user: Array("alice".utf8), uid: alice)
        _ = targets.look(at: machine, noted: [noted(61)], own: 900)
        let left = Array(machine.filter { $0.process != 62 && $0.process != 63 })
        #expect(targets.look(at: left, noted: [], own: 900) == [61])
        #expect(targets.count == 1)
    }

    /// No terminal, no note.
    @Test func aConnectionThatIsNotedNowhere() {
        #expect(look(machine, []).found == [61, 62, 63])
        let forwarding = Array(machine.filter { $0.process != 62 && $0.process != 63 })
        let looked = look(forwarding, [])
        #expect(looked.found == [61] && looked.count == 1)
    }

    /// login(1) stays root's, and the shell below it has a session of its own.
    @Test func theConsole() {
        let processes = [
            process(100, of: 0, below: 1, session: 100, "login"), process(101, of: alice, below: 100, session: 101),
            process(102, of: alice, below: 101, session: 101, "vi"),
        ]
        let looked = look(processes, [noted(100)])
        #expect(looked.found == [101, 102] && looked.count == 1)
    }

    /// Bob's terminal, in which somebody has become alice by su(1), and root by another: nothing notes that.
    @Test func anotherUsersTerminal() {
        let bob: UInt32 = 1001
        let processes = [
            process(80, of: bob, below: 1, session: 80, atTerminal: true),
            process(81, of: bob, below: 80, session: 80, "su", atTerminal: true),
            process(82, of: alice, below: 81, session: 80, atTerminal: true),
            // In the background, without the terminal.
            process(83, of: alice, below: 82, session: 80, "sleep"),
            process(84, of: 0, below: 80, session: 80, atTerminal: true),
            // A terminal of its own, by su --pty or in screen(1).
            process(85, of: alice, below: 81, session: 85, atTerminal: true),
            process(70, of: alice, below: 1, session: 70, "daemon"),
        ]
        let looked = look(processes, [noted(80, "bob")])
        #expect(looked.found == [82, 83, 85] && looked.count == 2)
        #expect(look(processes, [], of: 0, named: "root").found == [])
        let own = process(901, of: alice, below: 1, session: 900, atTerminal: true)
        #expect(look([own], []).found == [])
    }

    /// A note that was left behind, its number somebody else's by now.
    @Test func aNumberThatIsNobodysOrAnothers() {
        #expect(look(machine, [noted(80), noted(4711), noted(1)]).found == [61, 62, 63, 70])
        #expect(look(machine.filter { $0.user != alice }, [noted(80), noted(50)]).found == [])
    }

    /// Whose sessions cannot be told from services: group utmp could name any of them.
    @Test func rootsOwnAreLeftToLogind() {
        let looked = look(
            machine + [process(200, of: 0, below: 60, session: 200)], [noted(200, "root")], of: 0, named: "root")
        #expect(looked.found == [] && looked.count == 0)
        #expect(look(machine, [], of: 0, named: "root").found == [])
    }

    /// The note goes with the leader; the rest of the session is still known.
    @Test func whatWasFoundOnceIsNotForgotten() {
        var targets = SessionTargets(user: Array("alice".utf8), uid: alice)
        _ = targets.look(at: machine, noted: [noted(62)], own: 900)
        #expect(targets.look(at: [process(63, of: alice, below: 1, session: 62, "sleep")], noted: [], own: 900) == [63])
        #expect(targets.look(at: [], noted: [], own: 900) == [])
        #expect(targets.count == 1)
    }

    @Test func aLongNameIsNotedByItsBeginning() {
        let name = String(repeating: "n", count: 40)
        #expect(look(machine, [noted(62, String(name.prefix(32)))], named: name).found.contains(62))
    }

    @Test func whatProcSays() {
        let stat = Array("62 (a) b (c)) S 61 62 62 34816 63 4194304 0 0".utf8)
        let status = Array("Name:\ta) b (c\nUid:\t1000\t0\t0\t0\nGid:\t5\t5\t5\t5\n".utf8)
        let found = ProcessStatus(62, stat: stat, status: status)
        #expect(found == process(62, of: 1000, below: 61, session: 62, "a) b (c)", atTerminal: true))
        let detached = ProcessStatus(62, stat: Array("62 (sh) S 61 62 62 0 -1 4194304 0 0".utf8), status: status)
        #expect(detached == process(62, of: 1000, below: 61, session: 62, "sh"))
        #expect(ProcessStatus(62, stat: Array("62 (sh) Z 61 62 62 0".utf8), status: status) == nil)
        for broken in ["", "62 sh S 61", "62 (sh)", "62 (sh) S x y z w v"] {
            #expect(ProcessStatus(62, stat: Array(broken.utf8), status: status) == nil)
        }
        #expect(ProcessStatus(62, stat: stat, status: []) == nil)
    }

    @Test func theRequest() {
        let request = SessionRequest(user: Array("al ice\"".utf8), uid: 1000, grant: Array("0a1b".utf8))
        #expect(SessionRequest.parse(request.line) == request)
        for line in [
            "", "sessions=end", "sessions=end user=a uid=4294967295 grant=0",
            "sessions=end user=a uid=-1 grant=0",
            "sessions=begin user=a uid=1 grant=0", "sessions=end uid=1 user=a grant=0", "event=accepted user=a",
            "sessions=end user=a uid=1 grant=0 more=1",
        ] { #expect(SessionRequest.parse(Array(line.utf8)) == nil, "\(line)") }
    }
}
