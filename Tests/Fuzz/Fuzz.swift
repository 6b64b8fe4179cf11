import TwostepCore

/// What libFuzzer calls with each of its inputs: the first byte says what is tried, the others are what comes.
///
/// Whatever comes, each side must make of it what docs/protocol.md says, as `ByDocument` reads that page; nothing may
/// trap, and nobody may be let in by anything but a verdict.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
    // SAFETY: libFuzzer passes `size` bytes that outlive the call.
    let input = unsafe [UInt8](UnsafeBufferPointer(start: data, count: size))
    guard let kind = input.first else { return 0 }
    let rest = Array(input.dropFirst())
    switch kind % 8 {
    case 0: tryHeader(rest)
    case 1: tryHello(rest)
    case 2: tryClient(rest)
    case 3: tryService(rest)
    case 4: tryCommand(rest)
    case 5: tryOwnersClient(rest)
    default: tryOwnersService(rest)
    }
    return 0
}

/// Ends the run, with the input kept, where something is not as it must be.
func claim(_ holds: Bool, _ what: @autoclosure () -> String) {
    guard !holds else { return }
    fatalError(what())
}
