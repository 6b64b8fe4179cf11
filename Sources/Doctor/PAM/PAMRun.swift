/// What a run through a stack has met so far, beside libpam's own state.
package struct PAMFacts: Hashable, Sendable {
    /// Whether a module that checks passwords was asked, and whether one said yes.
    package var passwordAsked = false
    package var passwordRight = false
    /// What our module answered each time it was called; two are as good as more.
    package var codes: [PAMResult] = []
    /// The module that led past ours without calling it: its place in the stack.
    package var skippedBy: Int?
    /// Whether a module that is neither a password's nor ours led on by a jump or an end: a fingerprint, a group.
    package var otherGate = false
    /// Whether ours was called after passwords had been asked, none of them right.
    package var codeAskedAfterWrongPassword = false
    /// Whether ours was called before any password was asked.
    package var codeAskedFirst = false
}

/// The end of one run through a stack.
package struct PAMEnding: Sendable {
    package let status: PAMResult
    package let facts: PAMFacts
    /// The modules that were called, by their places in the stack, and what each answered.
    package let calls: [(handler: Int, result: PAMResult)]
}

/// All runs through a stack: what libpam's dispatcher makes of every result that the modules may have.
package struct PAMRuns {
    private let stack: [PAMHandler]
    private let outcomes: (Int, PAMFacts) -> [(PAMResult, PAMFacts)]
    private let targets: [Int]
    private var seen: Set<State> = []
    package private(set) var endings: [PAMEnding] = []
    /// What keeps a stack of hundreds of modules from taking for ever.
    package static let stateLimit = 200_000
    private let limit: Int
    /// Whether the limit was met: there may be endings that nobody has seen.
    package private(set) var isCut = false

    private enum Impression: Hashable { case undefined, positive, negative }

    private struct Mark: Hashable {
        var impression = Impression.undefined
        var status = PAMResult.perm_denied
    }

    private struct State: Hashable {
        var index = 0
        var mark = Mark()
        var previousLevel = 0
        /// What held when the substack of each level was entered.
        var entered = [Mark()]
        var facts = PAMFacts()
    }

    /// - Parameters:
    ///   - targets: the places of our module in the stack.
    ///   - outcomes: what the module at a place may answer, and the facts then.
    /// - Returns: one ending of each kind that can be reached.
    package static func all(
        _ stack: [PAMHandler], targets: [Int], outcomes: @escaping (Int, PAMFacts) -> [(PAMResult, PAMFacts)]
    ) -> [PAMEnding] {
        PAMRuns(stack, targets: targets, outcomes: outcomes).endings
    }

    /// The same, up to so many states.
    package init(
        _ stack: [PAMHandler], targets: [Int], limit: Int = PAMRuns.stateLimit,
        outcomes: @escaping (Int, PAMFacts) -> [(PAMResult, PAMFacts)]
    ) {
        self.stack = stack
        self.limit = limit
        self.targets = targets
        self.outcomes = outcomes
        guard !stack.isEmpty else {
            endings = [PAMEnding(status: .perm_denied, facts: PAMFacts(), calls: [])]
            return
        }
        follow(State(), [])
    }

    private mutating func follow(_ state: State, _ calls: [(handler: Int, result: PAMResult)]) {
        guard seen.count < limit else {
            isCut = true
            return
        }
        guard seen.insert(state).inserted else { return }
        guard state.index < stack.count else {
            // A success that nobody gave is none.
            let isSure = state.mark.impression == .positive || state.mark.status != .success
            return endings.append(
                PAMEnding(status: isSure ? state.mark.status : .perm_denied, facts: state.facts, calls: calls))
        }
        var state = state
        let handler = stack[state.index]
        enter(handler.level, &state)
        if handler.action == .substack {
            state.previousLevel = handler.level
            state.index += 1
            return follow(state, calls)
        }
        for (result, facts) in outcomes(state.index, state.facts) {
            var next = state
            next.facts = facts
            apply(handler.actions[result], result, handler, &next)
            follow(next, calls + [(state.index, result)])
        }
    }

    private func enter(_ level: Int, _ state: inout State) {
        while state.entered.count <= level { state.entered.append(Mark()) }
        if state.previousLevel < level { state.entered[level] = state.mark }
        if state.entered.count > level + 1 { state.entered.removeLast(state.entered.count - level - 1) }
    }

    /// libpam's `_pam_dispatch_aux`, for a run that is not resumed.
    private func apply(_ action: PAMAction, _ result: PAMResult, _ handler: PAMHandler, _ state: inout State) {
        let here = state.index
        state.previousLevel = handler.level
        state.index += 1
        switch action {
        case .ignore: break
        case .reset: state.mark = state.entered[handler.level]
        case .ok, .done:
            if state.mark.impression == .undefined || state.mark == Mark(impression: .positive, status: .success) {
                state.mark = Mark(impression: .positive, status: result)
            }
            if action == .done, state.mark.impression == .positive { state.index = end(of: handler.level, from: here) }
        case .bad, .die:
            if state.mark.impression != .negative {
                state.mark = Mark(impression: .negative, status: result == .ignore ? .perm_denied : result)
            }
            if action == .die { state.index = end(of: handler.level, from: here) }
        case .jump(let count): jump(count, handler.level, from: here, &state)
        }
        guard state.facts.codes.isEmpty, state.facts.skippedBy == nil, let target = targets.first else { return }
        if here < target, state.index > target { state.facts.skippedBy = here }
    }

    /// Where a stack goes on once this one, and those inside of it, have been decided.
    private func end(of level: Int, from here: Int) -> Int {
        var next = here + 1
        while next < stack.count, stack[next].level >= level { next += 1 }
        return next
    }

    private func jump(_ count: Int, _ level: Int, from here: Int, _ state: inout State) {
        var left = count
        var at = here
        while left > 0, at + 1 < stack.count, stack[at + 1].level >= level {
            repeat { at += 1 } while at + 1 < stack.count && stack[at + 1].level > level
            left -= 1
        }
        state.index = at + 1
        if left > 0 { state.mark = Mark(impression: .negative, status: .perm_denied) }
    }
}
