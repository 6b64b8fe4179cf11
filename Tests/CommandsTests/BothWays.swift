import Crypto
import Foundation
import Linux
import Testing
import TwostepCore
import Vault
import Wire

@testable import Commands

/// A site of a test's own, under a folder whose whole path is root's, and its owner: whoever runs the tests.
final class OwnersSite {
    let folder: String
    var configuration = Configuration()
    /// Of the file that the settings of mail and recovery are read from; none unless a test has written one.
    var configurationPath: [UInt8] = []
    let owner: Account

    init() throws {
        try #require(geteuid() == 0, "these tests need root: a store that is not root's is refused")
        owner = Account(uid: 0, name: Array("root".utf8))
        folder = "/var/lib/twostep-unit-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        configuration.store = Array("\(folder)/store".utf8)
        configuration.key = Array("\(folder)/key".utf8)
        configuration.required = []
        configuration.bcryptCost = 10
        configuration.backupCodes = 2
        _ = try Initialising.run(
            configuration, configurationPath: Array("\(folder)/twostep.conf".utf8), template: Array("# new\n".utf8),
            newStore: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Changes the owner's record behind everybody's back; the time is in seconds since the epoch.
    func change(_ body: (inout Record, Int64) throws -> Void) throws {
        var store = Store(configuration)
        var trouble: (any Error)?
        _ = try store.withOpen { (store) throws(StoreError) in
            try store.change(owner) { (record, _, _) throws(CryptoError) in
                do { try body(&record, wallClock() ?? 0) } catch { trouble = error }
                return .save(())
            }
        }
        if let trouble { throw trouble }
    }

    /// Runs a command as its owner does, the password being whatever is typed.
    ///
    /// - Returns: the exit status.
    func run(_ words: [String], at console: any Console) -> UInt8 {
        let owner = Owner(owner) { console in
            guard console.ask("Password: ", echo: false, always: true) != nil else {
                throw Failure("no password was given", .dataError)
            }
        }
        do {
            let desk = Desk(console, configuration, from: configurationPath, owner: owner)
            try OwnerCommands.parse(request: words).run(desk)
            return 0
        } catch let failure as Failure {
            failure.tell(console)
            return UInt8(clamping: failure.status.rawValue)
        } catch {
            return 64
        }
    }
}

/// What came of a command, and what was seen.
struct Played {
    let status: UInt8
    let console: ScriptedConsole
}

/// Plays one script on two fresh sites, in process as root's commands run, and over a connection as owners' do, and
/// checks that both are the same.
func playBothWays(
    _ steps: [[String]], _ script: @escaping () -> [(String, ScriptedConsole.Answer)],
    sourceLocation: SourceLocation = #_sourceLocation
) throws -> Played {
    let here = try play(steps, script(), overTheWire: false)
    let there = try play(steps, script(), overTheWire: true)
    #expect(here.status == there.status, sourceLocation: sourceLocation)
    for played in [here, there] {
        #expect(played.console.isDone, "\(played.console.complaints)", sourceLocation: sourceLocation)
    }
    #expect(shape(here.console.output) == shape(there.console.output), sourceLocation: sourceLocation)
    #expect(here.console.errors == there.console.errors, sourceLocation: sourceLocation)
    #expect(here.console.drawn.count == there.console.drawn.count, sourceLocation: sourceLocation)
    return there
}

/// A text without what is random, or a time.
private func shape(_ text: String) -> String { String(text.map { $0.isNumber || $0.isUppercase ? "#" : $0 }) }

private func play(
    _ steps: [[String]], _ script: [(String, ScriptedConsole.Answer)], overTheWire: Bool
) throws -> Played {
    let site = try OwnersSite()
    let console = ScriptedConsole(script)
    var status: UInt8 = 0
    for words in steps {
        status = overTheWire ? try serve(words, site, console) : site.run(words, at: console)
    }
    return Played(status: status, console: console)
}

/// The service on a thread of its own, the person here.
private func serve(_ words: [String], _ site: OwnersSite, _ console: ScriptedConsole) throws -> UInt8 {
    var other: Descriptor?
    let end = Handed(Channel(try Descriptor.pair { other = consume $0 }), site)
    let ended = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
        end.serve()
        ended.signal()
    }
    guard let own = other.take() else { throw SystemError.invalid }
    var channel = Channel(own)
    let payload = try #require(CommandRequest(words).encode())
    let served = relay(payload, over: &channel, console)
    ended.wait()
    guard case .ended(let status) = served else { throw FrameError.ended }
    return status
}

/// @unchecked: one thread uses it until it is started, the other one afterwards.
private final class Handed: @unchecked Sendable {
    private var channel: Channel?
    private let site: OwnersSite

    init(_ channel: consuming Channel, _ site: OwnersSite) {
        self.channel = consume channel
        self.site = site
    }

    func serve() {
        guard var channel = channel.take(), let frame = try? channel.receive(within: 1000), frame.type == .command,
            let request = try? CommandRequest.decode(frame.payload.bytes)
        else { return }
        let console = RemoteConsole(channel)
        let status = site.run(request.words, at: console)
        console.end(status == 0 ? nil : ExitStatus(rawValue: Int32(status)))
    }
}
