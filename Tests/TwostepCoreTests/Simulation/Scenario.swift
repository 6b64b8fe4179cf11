import Crypto
import Testing

@testable import TwostepCore

/// What somebody has for a second step in a simulated year.
struct Scenario: CustomTestStringConvertible, Sendable {
    let testDescription: String
    var totp = 1
    var hotp = false
    var digits = 6
    var window = 1
    /// How many right codes are refused in a year at most where the owner is never twice at the same address. Several
    /// tokens mistyped as often as that cost more than the world is given: then two codes in a row are needed.
    var mostRefusalsRoaming = 0

    static let all = [
        Scenario(testDescription: "one TOTP token"),
        Scenario(testDescription: "TOTP and HOTP", hotp: true, mostRefusalsRoaming: .max),
        Scenario(testDescription: "one HOTP token", totp: 0, hotp: true, mostRefusalsRoaming: 8),
        Scenario(testDescription: "three TOTP tokens", totp: 3, mostRefusalsRoaming: .max),
        Scenario(testDescription: "one TOTP token, 8 digits", digits: 8),
        Scenario(testDescription: "one TOTP token, window 3", window: 3),
    ]

    /// What an attacker's single codes from the world come to at least, were they really made: where a code has eight
    /// digits, closures are what holds them back, not the budget.
    var leastOfWorld: Double { digits == 8 ? 5e-5 : 2.4e-4 }

    var rules: VerificationRules {
        var rules = VerificationRules()
        rules.window = window
        return rules
    }

    /// The secrets, in the order of the record's tokens.
    func books() throws -> [Codebook] {
        var books = Array(try Codebook.phones.get().prefix(totp))
        if hotp { books.append(try Codebook.fob.get()) }
        return books
    }

    static let backupCodes = (0..<10).map { "ABCD-EFG\($0)" }

    func record() throws -> Record {
        var record = Record(state: .active, confirmed: true, created: Codebook.start, changed: Codebook.start)
        for (index, book) in try books().enumerated() {
            try record.addToken(kind: index < totp ? .totp : .hotp, digits: digits, key: book.key)
        }
        try record.setBackupCodes(Scenario.backupCodes)
        return record
    }
}

/// Looking at what would be accepted, without asking what it costs: every real code of every moment around is typed on
/// a copy of the record.
struct Prober: ~Copyable {
    let scenario: Scenario
    let books: [Codebook]
    let crypto: Libcrypto
    /// The backup codes' hashes, under the setting of the record.
    private let hashes: [[UInt8]]

    init(_ scenario: Scenario, setting: [UInt8]) throws {
        let books = try scenario.books()
        let hashes = try Scenario.backupCodes.map { array(try backupHash($0, setting: setting)) }
        let crypto = try Libcrypto.load()
        self.scenario = scenario
        self.books = books
        self.hashes = hashes
        self.crypto = crypto
    }

    /// The moments of a token that are tried: far more than any window of ours takes.
    private func moments(_ token: Token, at now: Int64) -> ClosedRange<Int64> {
        let middle = token.kind == .totp ? now / 30 : token.floor
        return max(middle - 15, 0)...(middle + 30)
    }

    /// The real codes of the moments around, each once.
    func codes(_ record: borrowing Record, at now: Int64) -> Set<[UInt8]> {
        var codes: Set<[UInt8]> = []
        for (index, token) in record.tokens.enumerated() {
            for moment in moments(token, at: now) {
                codes.insert(books[index].code(moment, digits: scenario.digits))
            }
        }
        return codes
    }

    /// The same for pairs.
    func pairs(_ record: borrowing Record, at now: Int64) -> Set<[UInt8]> {
        var pairs: Set<[UInt8]> = []
        for (index, token) in record.tokens.enumerated() {
            let book = books[index]
            for moment in moments(token, at: now).dropFirst() {
                pairs.insert(
                    book.code(moment - 1, digits: scenario.digits) + book.code(moment, digits: scenario.digits))
            }
        }
        return pairs
    }

    /// How many of `answers` would be accepted now, each by itself.
    func accepted(_ answers: Set<[UInt8]>, _ state: [UInt8], from source: Source?, at now: Int64) throws -> Int {
        var count = 0
        var copy = try RecordCodec.decode(state.span)
        for answer in answers {
            try RecordCodec.decode(state.span, into: &copy)
            if try judge(answer, &copy, from: source, at: now).isAccepted { count += 1 }
        }
        return count
    }

    /// How many backup codes would be accepted now.
    func acceptedBackupCodes(_ state: [UInt8], from source: Source?, at now: Int64) throws -> Int {
        var count = 0
        var copy = try RecordCodec.decode(state.span)
        for index in hashes.indices {
            try RecordCodec.decode(state.span, into: &copy)
            if try judgeBackup(index, &copy, from: source, at: now).isAccepted { count += 1 }
        }
        return count
    }

    func judge(
        _ answer: [UInt8], _ record: inout Record, from source: Source?, at now: Int64
    ) throws -> Verdict {
        let attempt = Attempt(
            code: TypedCode.read(answer.span), backupHash: SecretBytes(capacity: 0), source: source)
        return try verify(&record, attempt, rules: scenario.rules, now: now, crypto: crypto)
    }

    /// Presents the backup code of this index, or a wrong one for nil; hashed beforehand.
    func judgeBackup(
        _ index: Int?, _ record: inout Record, from source: Source?, at now: Int64
    ) throws -> Verdict {
        var hash = hashes[index ?? 0]
        if index == nil { hash[Bcrypt.hashSize - 1] ^= 1 }
        let attempt = Attempt(
            code: TypedCode.read(Array("ABCDEFGH".utf8).span), backupHash: secret(hash), source: source)
        return try verify(&record, attempt, rules: scenario.rules, now: now, crypto: crypto)
    }
}
