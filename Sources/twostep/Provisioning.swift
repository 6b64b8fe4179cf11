internal import Commands
internal import FoundationEssentials
internal import Linux
internal import TwostepCore
internal import Vault

/// One user of a list.
final class ProvisionedUser {
    enum Outcome: String {
        case ready, enrolled, failed
        case already = "already-enrolled"
    }

    let name: [UInt8]
    var account: Account?
    /// Whether there is a record that does not count: of an enrolment that was begun.
    var isBegun = false
    var outcome = Outcome.ready
    private(set) var failure: Failure?

    init(_ name: [UInt8]) { self.name = name }

    func fail(_ failure: Failure) {
        self.failure = failure
        outcome = .failed
    }

    /// What is against a name in a list, in words; nil where nothing is. It becomes a file's name, too.
    static func flaw(_ name: [UInt8]) -> String? {
        if name.count > 240 { return "longer than 240 bytes" }
        if name.contains(where: { $0 <= 0x20 || $0 == 0x2F || $0 == 0x7F }) || name.first == 0x2E {
            return "not one user's name"
        }
        return printable(text(name)) == text(name) ? nil : "a name that cannot be shown"
    }
}

/// Enrolling many: for each, first what they need is written for good, then the record is made.
struct Provisioning {
    let desk: Desk
    let wanted: TokenOptions
    /// The folder for what people need.
    let folder: [UInt8]
    /// The pictures that are wanted, if any.
    let qr: ProvisionCommand.Picture?
    let quiet: Bool

    /// What a person needs. The names are those of `enroll --provision --json`.
    private struct Needed: Encodable {
        let user: String
        let uri: String
        let secret: String
        let backupCodes: [String]
    }

    /// - Parameter look: looks again how people stand, now that no other run writes into the folder.
    func run(_ everybody: [ProvisionedUser], lookingAgain look: () throws -> Void) throws {
        let place = try OutputFolder(folder)
        try look()
        let people = everybody.filter { $0.outcome == .ready }
        let progress = Progress("users", of: people.count, quiet: quiet)
        var batch = RecordBatch<ProvisionedUser>(desk) { try place.makeDurable() }
        for person in people {
            do {
                let record = try prepare(person, place)
                if person.isBegun {
                    try place.makeDurable()
                    try replace(person, record)
                } else {
                    try batch.add(record, person, finish)
                }
            } catch let failure as Failure {
                person.fail(failure)
            }
            progress.step()
        }
        try batch.store(finish)
        progress.end()
    }

    private func prepare(_ person: ProvisionedUser, _ place: OutputFolder) throws -> NewRecord {
        guard let account = person.account else { throw Failure.noSuchUser(text(person.name)) }
        let configuration = desk.configuration
        let wish = wanted.wish(desk, label: wanted.label.map { Array($0.utf8) } ?? TokenOptions.usualLabel)
        let token = NewToken(account: account, wish: wish, secret: try wanted.makeSecret(configuration))
        let codes = try NewBackupCodes(count: configuration.backupCodes)
        var record = try token.record(confirmed: false, floor: 0, now: desk.readClock())
        record.backupCodes = try codes.hashes(cost: configuration.bcryptCost)
        let needed = Needed(
            user: text(account.name), uri: text(try token.uri().array), secret: token.key, backupCodes: codes.shown)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try place.write(account.name + Array(".json".utf8), Array(try encoder.encode(needed)) + [0x0A])
        if let qr {
            let picture = try PictureFile(format: qr == .png ? .png : .svg).content(token.uri())
            try place.write(account.name + Array(".\(qr.rawValue)".utf8), picture.array)
        }
        guard let new = NewRecord(account, record) else {
            throw Failure(StoreError(.recordFull), site: configuration)
        }
        return new
    }

    /// One whose enrolment was begun and is not complete.
    private func replace(_ person: ProvisionedUser, _ record: NewRecord) throws {
        var problem: EnrolmentError?
        try desk.withStore { (store) throws(StoreError) in
            do throws(EnrolmentError) { try store.createInPlace(record) } catch { problem = error }
        }
        finish(person, problem.map { Failure($0, record.account, desk) })
    }

    private func finish(_ person: ProvisionedUser, _ failure: Failure?) {
        if let failure { return person.fail(failure) }
        person.outcome = .enrolled
        guard let account = person.account else { return }
        var event = ToolEvent(.enrolled, account, desk)
        event.add("provisioned", "yes")
        event.log()
    }
}

/// A folder of root's alone for files that hold secrets, and of one run at a time: another one would put keys that never
/// come to count in place of those that do. What is written is durable after `makeDurable`.
final class OutputFolder {
    private let folder: Descriptor
    private let path: String

    /// Opens it, and makes it where only it is missing.
    init(_ path: [UInt8]) throws(Failure) {
        self.path = text(path)
        do throws(PathProblem) { folder = try OutputFolder.open(path) } catch {
            let why =
                switch error {
                case .missing: "is in no folder that is there"
                case .unsafe(let flaw): "is not root's alone (\(flaw.text))"
                case .system(let error): "cannot be used (\(text(error.name)))"
                }
            throw Failure(
                "\(printable(text(path))) \(why); nothing was changed",
                hint: "give a folder with chmod 700, in folders that only root may write", .cannotCreate)
        }
        do throws(SystemError) { try folder.lock(waitingAtMost: 0) } catch {
            let why = error == .tryAgain ? "is being written by another run" : "cannot be locked (\(text(error.name)))"
            throw Failure("\(printable(self.path)) \(why); nothing was changed", hint: "let it end", .unavailable)
        }
    }

    private static func open(_ path: [UInt8]) throws(PathProblem) -> Descriptor {
        do throws(PathProblem) { return try Descriptor.walk(to: path, .secret) } catch {
            guard case .missing(last: true) = error else { throw error }
            let (above, name) = split(path: path)
            let parent = try Descriptor.walk(to: above, .unchangeable)
            do throws(SystemError) {
                try parent.makeFolder(name, mode: 0o700)
                try parent.sync()
            } catch {
                throw .system(error)
            }
            return try Descriptor.walk(to: path, .secret)
        }
    }

    /// Puts a whole file under a name, in place of one that is there.
    func write(_ name: [UInt8], _ bytes: [UInt8]) throws(Failure) {
        let temporary = Array(".new-".utf8) + name
        do throws(SystemError) {
            do throws(SystemError) { try folder.remove(temporary) } catch {
                guard error == .noEntry else { throw error }
            }
            let file = try folder.open(temporary, .create(mode: 0o600))
            try file.setMode(0o600)
            try file.write(bytes.span, at: 0)
            try file.sync()
            try folder.rename(temporary, to: name)
        } catch {
            throw failure(error)
        }
    }

    func makeDurable() throws(Failure) {
        do throws(SystemError) { try folder.sync() } catch { throw failure(error) }
    }

    private func failure(_ error: SystemError) -> Failure {
        Failure(
            "\(printable(path)) cannot be written (\(text(error.name)))", hint: "make room and run it again",
            .inputOutput)
    }
}
