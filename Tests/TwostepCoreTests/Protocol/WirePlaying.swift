import Crypto
import Foundation
import Linux
import Testing
import Wire

@testable import TwostepCore

/// Plays a scripted login as the service does it, on a thread of its own: the person is at the other end of a pair of
/// sockets. Nil where there is no playing it, which fails the test.
func playOverTheWire(
    _ steps: [Step], _ request: LoginRequest, _ store: borrowing MemoryStore, at now: Int64?,
    _ sourceLocation: SourceLocation
) -> PlayedLogin? {
    do {
        let service = PlayedService(request, try store.copy(), now)
        let ended = service.run(at: try service.connect())
        var conversation = ScriptedConversation(steps)
        var channel = service.clientsEnd()
        let verdict = try relay(HelloTests.sample, over: &channel, conversation: &conversation)
        ended.wait()
        let played = try #require(service.played, sourceLocation: sourceLocation)
        let expected = FinalVerdict(played.outcome, explained: request.configuration.explain)
        #expect(verdict == expected, sourceLocation: sourceLocation)
        #expect(conversation.complaints.isEmpty, "over the wire", sourceLocation: sourceLocation)
        return played
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
        return nil
    }
}

/// The service's side of one login.
///
/// @unchecked: one thread uses it until it is started and after it has ended, the other one between.
private final class PlayedService: @unchecked Sendable {
    private let request: LoginRequest
    private var store: MemoryStore
    private let now: Int64?
    private var client: Channel?
    private(set) var played: PlayedLogin?

    init(_ request: LoginRequest, _ store: consuming MemoryStore, _ now: Int64?) {
        self.request = request
        self.store = store
        self.now = now
    }

    /// The service's end of a new connection.
    func connect() throws -> Box {
        Box(Channel(try Descriptor.pair { self.client = Channel(consume $0) }))
    }

    func clientsEnd() -> Channel {
        guard let channel = client.take() else { fatalError("no connection") }
        return channel
    }

    /// Serves on a thread of its own.
    ///
    /// - Returns: what is signalled when it has ended.
    func run(at end: Box) -> DispatchSemaphore {
        let ended = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            if let channel = end.channel.take() { self.serve(channel) }
            ended.signal()
        }
        return ended
    }

    private func serve(_ channel: consuming Channel) {
        guard let frame = try? channel.receive(within: 1000), frame.type == .hello else { return }
        guard let hello = try? Hello.decode(frame.payload.bytes), hello == HelloTests.sample else { return }
        var conversation = RemoteConversation(channel)
        var reports: [LoginReport] = []
        let outcome = login(request, conversation: &conversation, store: &store, now: { [now] in now }) {
            reports.append($0)
        }
        played = PlayedLogin(outcome: outcome, reports: reports)
        conversation.end(FinalVerdict(outcome, explained: request.configuration.explain))
    }
}

/// A channel that goes to another thread.
private final class Box: @unchecked Sendable {
    var channel: Channel?

    init(_ channel: consuming Channel) { self.channel = consume channel }
}

extension MemoryStore {
    /// A second store in the same state, with a diary of its own.
    func copy() throws -> MemoryStore {
        let own: Record? =
            switch record {
            case .some(let record): try record.copy()
            case .none: nil
            }
        var copy = MemoryStore(
            crypto: try Libcrypto.load(), record: own, decoy: try decoy.copy(), account: account, diary: Diary())
        copy.health = health
        copy.lookFails = lookFails
        copy.writeFails = writeFails
        copy.vanishes = vanishes
        copy.before = before
        return copy
    }
}
