import Testing
import TwostepCore

@testable import Commands

/// The frame `command`, as docs/protocol.md describes it, and what the service understands of it.
struct CommandRequestTests {
    /// `token rename --json -- alice app x` by hand.
    private let payload: [UInt8] =
        [0, 1, 4] + [0, 5] + Array("token".utf8) + [0, 6] + Array("rename".utf8) + [0, 0] + [0, 2] + Array("é".utf8)

    private func decode(_ bytes: [UInt8]) throws -> CommandRequest { try CommandRequest.decode(bytes.span) }

    @Test func thereAndBack() throws {
        let request = CommandRequest(["token", "rename", "", "é"])
        #expect(request.encode() == payload)
        #expect(try decode(payload) == request)
    }

    @Test func nothingElseIsTaken() throws {
        for count in 0..<payload.count {
            #expect(throws: FrameError.malformed, "\(count) bytes") { try decode(Array(payload.prefix(count))) }
        }
        for (place, byte) in [(2, 0), (2, 17), (2, 3), (2, 5), (5, 0), (payload.count - 1, 0xFF)] as [(Int, UInt8)] {
            var bytes = payload
            bytes[place] = byte
            #expect(throws: FrameError.malformed, "\(byte) at \(place)") { try decode(bytes) }
        }
        #expect(throws: FrameError.malformed) { try decode(payload + [0]) }
        #expect(throws: FrameError.otherVersion) { try decode([0, 2] + payload.dropFirst(2)) }
        let long = [0, 1, 1, 0x04, 0x01] + [UInt8](repeating: 0x61, count: 1025)
        #expect(throws: FrameError.malformed) { try decode(long) }
        #expect(CommandRequest([String](repeating: "a", count: 17)).encode() == nil)
        #expect(CommandRequest([String(repeating: "a", count: 1025)]).encode() == nil)
        #expect(CommandRequest([String](repeating: String(repeating: "a", count: 1024), count: 4)).encode() == nil)
    }

    @Test(arguments: [
        ["status", "--"], ["status", "--json", "--", "alice"], ["enroll", "--label=é -x", "--"],
        ["backup-codes", "--regenerate", "--", "alice"], ["backup-codes", "--json", "--"], ["disable", "--json", "--"],
        ["token", "add", "--label=x", "--"], ["token", "remove", "--", "alice", "--json"],
        ["token", "rename", "--json", "--", "alice", "app", "-x"], ["token", "resync", "--", "alice", "1"],
        ["token", "remove", "--", "app"],
    ])
    func whatAClientSays(_ words: [String]) throws {
        #expect(try OwnerCommands.parse(request: words).request() == words)
    }

    @Test(arguments: [
        [], [""], ["status"], ["list", "--"], ["unlock", "--", "alice"], ["verify", "--", "alice"], ["init", "--"],
        ["status", "--json", "--json", "--"], ["status", "--help"], ["--help"], ["help"],
        ["--version"], ["--generate-completion-script", "bash"], ["---completion", "status", "--", "x"],
        ["status", "--config", "/tmp/x", "--"], ["status", "--config=/tmp/x", "--"], ["enroll", "--provision", "--"],
        ["enroll", "--secret=AAAAAAAAAAAAAAAA", "--"], ["enroll", "--digits=6", "--"], ["enroll", "--hotp", "--"],
        ["backup-codes", "--regenerate", "--override", "--reason=x", "--"],
        ["disable", "--override", "--reason=x", "--"], ["token", "add", "--ssh-key-file=/etc/shadow", "--"],
        ["token", "add", "--ssh-key-file", "/etc/shadow", "--"], ["token", "--"], ["token", "remove", "--"],
        ["token", "rename", "--", "alice", "1", ""], ["token", "rename", "--", "alice", "app", "12"],
        ["backup-codes", "--json", "--regenerate", "--", "alice"], ["backup-codes", "--json", "--regenerate", "--"],
    ])
    func whatNobodyMaySay(_ words: [String]) {
        #expect(throws: (any Error).self) { try OwnerCommands.parse(request: words) }
    }
}
