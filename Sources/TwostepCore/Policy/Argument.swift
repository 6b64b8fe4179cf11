extension ModuleOptions {
    /// The module's arguments, in the order of the manual. This list is the only one: the parser and the check of the
    /// manuals follow from it.
    package enum Argument: Sendable, CaseIterable {
        case config, nullok, required, prompt, echoCode, tryFirstPass, useFirstPass, forwardPass, debug

        /// As it is written; one that ends in `=` takes what follows.
        package var text: StaticString {
            switch self {
            case .config: "config="
            case .nullok: "nullok"
            case .required: "required"
            case .prompt: "prompt="
            case .echoCode: "echo_code"
            case .tryFirstPass: "try_first_pass"
            case .useFirstPass: "use_first_pass"
            case .forwardPass: "forward_pass"
            case .debug: "debug"
            }
        }

        /// What `written` gives to this argument, nothing where it takes nothing; nil where it is another one.
        func value(in written: [UInt8]) -> [UInt8]? {
            let text = [UInt8](text: text)
            guard written.starts(with: text), text.last == 0x3D || written.count == text.count else { return nil }
            return Array(written[text.count...])
        }
    }
}
