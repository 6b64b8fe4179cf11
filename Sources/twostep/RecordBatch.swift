internal import Commands
internal import Linux
internal import TwostepCore
internal import Vault

/// Records that are made together, so that the index is written once for all of them: as many as one may hold the store's
/// lock for, or as few seconds of work as one may lose.
struct RecordBatch<Person> {
    private static var largest: Int { 250 }
    private static var longest: Int64 { 5000 }

    private let desk: Desk
    private var records: [(record: NewRecord, person: Person)] = []
    private var began: Int64 = 0

    /// What is done before any of them is made.
    private let before: () throws -> Void

    init(_ desk: Desk, before: @escaping () throws -> Void = {}) {
        self.desk = desk
        self.before = before
    }

    /// Adds one, and makes all where they are enough.
    ///
    /// - Parameter done: told of each what became of them.
    mutating func add(_ record: NewRecord, _ person: Person, _ done: (Person, Failure?) -> Void) throws {
        if records.isEmpty { began = monotonicMilliseconds() }
        records.append((record, person))
        let isLong = monotonicMilliseconds() - began >= RecordBatch.longest
        if records.count >= RecordBatch.largest || isLong { try store(done) }
    }

    /// Makes those that wait.
    mutating func store(_ done: (Person, Failure?) -> Void) throws {
        guard !records.isEmpty else { return }
        let waiting = records
        records = []
        var failure: Failure?
        do {
            try before()
            try desk.withStore { (store) throws(StoreError) in try store.create(waiting.map { $0.record }) }
        } catch let error as Failure {
            failure = error
        }
        for (record, person) in waiting {
            done(person, record.problem.map { Failure($0, record.account, desk) } ?? failure)
        }
    }
}

extension Failure {
    /// Why a record could not be made.
    init(_ error: EnrolmentError, _ account: Account, _ desk: Desk) {
        switch error {
        case .alreadyEnrolled: self = Failure.alreadyEnrolled(text(account.name))
        case .store(let error): self.init(error, site: desk.configuration)
        }
    }
}

extension Failure {
    /// Two names of one uid: one record is all that they can have.
    static func uidTwice(_ uid: UInt32) -> Failure {
        Failure(
            "uid \(uid) was there already, under another name", hint: "leave one of the names away", .dataError)
    }
}
