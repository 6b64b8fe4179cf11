import Foundation
import Linux
import Testing

/// Work in shares on several threads.
struct SharesTests {
    private struct Stop: Error {}

    /// What a thread works with, which no other has.
    private struct Worker: ~Copyable { var done = 0 }

    @Test(arguments: [0, 1, 2, 7, 500])
    func whatComesOfThemIsTakenInOrder(count: Int) throws {
        var taken: [Int] = []
        try doInShares(count, worker: { Worker() }) { worker, index in
            worker.done += 1
            // The first ones take longest.
            var sum = 0
            for number in 0..<(count - index) * 50 { sum ^= number &* 2_654_435_761 }
            return sum == -1 ? -1 : index * index
        } take: { index, piece in
            #expect(piece == index * index)
            taken.append(index)
        }
        #expect(taken == Array(0..<count))
    }

    @Test func nobodyGoesTooFarAhead() throws {
        let most = Most()
        try doInShares(200, ahead: 3, worker: { Worker() }) { _, index in
            most.begin(index)
        } take: { index, _ in
            most.take(index)
        }
        // And one that is being taken.
        #expect(most.ahead <= 3 + 1 && most.began == 200)
    }

    @Test func whoCannotTakeEndsIt() {
        let most = Most()
        #expect(throws: Stop.self) {
            try doInShares(10_000, ahead: 4, worker: { Worker() }) { _, index in
                most.begin(index)
            } take: { index, _ in
                if index == 2 { throw Stop() }
                most.take(index)
            }
        }
        #expect(most.began <= 3 + 4)
    }
}

/// How many shares were begun that were not taken yet, at most.
private final class Most {
    private let lock = NSLock()
    private var taken = 0
    private(set) var began = 0
    private(set) var ahead = 0

    func begin(_ index: Int) {
        lock.withLock {
            began += 1
            ahead = max(ahead, index + 1 - taken)
        }
    }

    func take(_ index: Int) { lock.withLock { taken = index + 1 } }
}
