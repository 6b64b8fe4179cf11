import Crypto
import Testing

@testable import TwostepCore

/// One thing that is expected to happen in a conversation, in this order and no other.
enum Step: Equatable {
    /// A prompt, and what the person answers.
    case prompt(String, echo: Bool = false, answer: String)
    /// A prompt at which the application fails.
    case promptFails(String)
    case info(String)
    case error(String)
}

/// A person who does exactly what the test says; anything else that is asked or shown is a failure of the test, and so
/// is a step that never comes.
struct ScriptedConversation: Conversation {
    private var steps: [Step]
    private(set) var surprises: [String] = []

    init(_ steps: [Step]) { self.steps = steps }

    mutating func ask(_ prompt: [UInt8], echo: Bool) throws(ConversationError) -> SecretBytes {
        let asked = String(decoding: prompt, as: UTF8.self)
        switch next() {
        case .prompt(asked, echo, let answer): return SecretBytes(copying: Array(answer.utf8).span)
        case .promptFails(asked): throw .failed
        case let other:
            surprises.append("asked \"\(asked)\" instead of \(String(describing: other))")
            throw .failed
        }
    }

    mutating func tell(_ line: [UInt8], isError: Bool) {
        let text = String(decoding: line, as: UTF8.self)
        let told: Step = isError ? .error(text) : .info(text)
        let expected = next()
        if expected != told { surprises.append("told \(told) instead of \(String(describing: expected))") }
    }

    private mutating func next() -> Step? { steps.isEmpty ? nil : steps.removeFirst() }

    /// What went otherwise than scripted.
    var complaints: [String] { surprises + steps.map { "never came: \($0)" } }
}

/// A store in memory, with the failures a test wants of it.
struct MemoryStore: CredentialStore, ~Copyable {
    let crypto: Libcrypto
    var record: Record?
    var account: Account
    var health = RecordHealth.sound
    /// What happened, in order: the proof that nothing is judged before the person has answered.
    var log: [String] = []
    var lookFails: StoreError?
    var writeFails: StoreError?
    /// Takes the record away after the first look.
    var vanishes = false

    mutating func contains(_ account: Account) throws(StoreError) -> Bool {
        log.append("contains")
        if let lookFails { throw lookFails }
        let found = account == self.account && hasRecord
        if vanishes { record = nil }
        return found
    }

    private var hasRecord: Bool {
        switch record {
        case .some: true
        case .none: false
        }
    }

    mutating func backupSetting(of account: Account) throws(StoreError) -> [UInt8]? {
        log.append("setting")
        guard account == self.account else { return nil }
        switch record {
        case .some(let record): return record.backupCodes.setting.isEmpty ? nil : record.backupCodes.setting
        case .none: return nil
        }
    }

    mutating func update<Value>(
        _ account: Account,
        _ body: (inout Record, RecordHealth, borrowing Libcrypto) throws(CryptoError) -> RecordUpdate<Value>
    ) throws(StoreError) -> Value? {
        log.append("update")
        guard account == self.account, var copy = self.copyRecord() else { return nil }
        let update: RecordUpdate<Value>
        do throws(CryptoError) { update = try body(&copy, health, crypto) } catch {
            throw StoreError(.cryptoUnavailable)
        }
        if let writeFails { throw writeFails }
        log.append(update.inBothSlots ? "written twice" : "written")
        record = consume copy
        return update.value
    }

    /// As a file would: what is handed out is read anew, and lost unless it is written.
    private func copyRecord() -> Record? {
        switch record {
        case .some(let record):
            guard let text = RecordCodec.encode(record, size: 4032) else { return nil }
            return try? RecordCodec.decode(text.bytes)
        case .none: return nil
        }
    }
}

/// Alice, her records, and the moment at which everything in these tests happens.
enum Sample {
    static let alice = Account(uid: 1000, name: Array("alice".utf8))
    static let now: Int64 = 1_111_111_109
    /// RFC 6238 appendix B, SHA-1, at `now`: 07081804.
    static let key = Array("12345678901234567890".utf8)
    static let code = "07081804"
    /// RFC 6238 appendix B, at 1111111111, the next step: 14050471.
    static let nextCode = "14050471"
    static let backupCode = "7K3M-9QXZ"

    static func record(kind: Token.Kind = .totp, digits: Int = 8, backupCodes: [String] = []) throws -> Record {
        var record = Record(state: .active, confirmed: true, created: 1, changed: 1)
        let token = Token(
            id: 1, kind: kind, algorithm: .sha1, digits: digits, period: 30, created: 1, label: Array("app".utf8),
            key: 0..<0)
        let added = record.add(token, key: key.span)
        try #require(added)
        guard !backupCodes.isEmpty else { return record }
        record.backupCodes.setting = try Bcrypt.newSetting(cost: 4)
        for code in backupCodes {
            let plain = TypedCode.read(Array(code.utf8).span)
            let hash = try Bcrypt.hash(plain.text.bytes, setting: record.backupCodes.setting.span)
            var tail: [UInt8] = []
            for index in Bcrypt.settingSize..<Bcrypt.hashSize { tail.append(hash.bytes[index]) }
            record.backupCodes.entries.append(BackupCodeSet.Entry(tail: tail))
        }
        return record
    }

    static func store(_ record: consuming Record?) throws -> MemoryStore {
        MemoryStore(crypto: try Libcrypto.load(), record: record, account: alice)
    }

    static func request(
        _ account: Account? = alice, nullok: Bool = false, requiredForAll: Bool = true, explain: Bool = false,
        trouble: StoreError? = nil, silent: Bool = false
    ) -> LoginRequest {
        var options = ModuleOptions()
        options.nullok = nullok
        var configuration = Configuration()
        configuration.requiredForAll = requiredForAll
        configuration.explain = explain
        configuration.bcryptCost = 4
        return LoginRequest(
            account: account, options: options, configuration: configuration, trouble: trouble, silent: silent)
    }
}
