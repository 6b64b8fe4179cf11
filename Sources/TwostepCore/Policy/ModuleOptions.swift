/// The arguments behind `pam_twostep.so` in a file of /etc/pam.d.
package struct ModuleOptions: Equatable, Sendable {
    /// `config=PATH`, absolute.
    package var config = [UInt8](text: Configuration.defaultPath)
    /// Whether `config=` was given.
    package private(set) var hasConfig = false
    /// `nullok`: who is proven to have no record passes, where the configuration agrees.
    package var nullok = false
    /// `required`: nobody passes without a second step, whatever the configuration says.
    package var required = false
    /// `try_first_pass`, `use_first_pass`: whether what a module before ours was told is tried as the code.
    package enum FirstPass: Sendable {
        case ignore
        /// It is tried; the person is asked where it is not the code.
        case first
        /// It is tried, and nobody is asked.
        case only
    }
    package var firstPass = FirstPass.ignore
    /// `forward_pass`: password and code stand in one field, and the password is left for the next module.
    package var forwardPass = false
    /// `prompt=TEXT`: asked instead of "Verification code: "; empty for that.
    package var prompt: [UInt8] = []
    /// `echo_code`: what is typed may be seen.
    package var echoCode = false
    /// `debug`: a line about how the decision came about.
    package var debug = false

    package init() {}

    /// What the person is asked.
    package var promptText: [UInt8] {
        if !prompt.isEmpty { return prompt }
        return [UInt8](text: forwardPass ? "Password and verification code: " : "Verification code: ")
    }

    /// Why an argument is refused: `PAM_SERVICE_ERR`.
    package struct Problem: Error, Equatable, Sendable {
        package enum Kind: Sendable { case unknown, badValue, repeated, contradiction }
        package let kind: Kind
        /// The argument as written.
        package let argument: [UInt8]

        /// The name in the log, documented in docs/events.md.
        package var text: StaticString {
            switch kind {
            case .unknown: "unknown-argument"
            case .badValue: "bad-argument"
            case .repeated: "repeated-argument"
            case .contradiction: "contradicting-arguments"
            }
        }
    }

    /// Reads the arguments. Each may stand once; `nullok` and `required` exclude each other, and so do `try_first_pass`
    /// and `use_first_pass`.
    package static func parse(_ arguments: [[UInt8]]) throws(Problem) -> ModuleOptions {
        var options = ModuleOptions()
        for (index, argument) in arguments.enumerated() {
            let name = argument.parts(separatedBy: 0x3D)[0]
            for earlier in arguments[..<index] where earlier.parts(separatedBy: 0x3D)[0] == name {
                throw Problem(kind: .repeated, argument: argument)
            }
            try options.take(argument)
        }
        if options.nullok, options.required {
            throw Problem(kind: .contradiction, argument: [UInt8](text: "nullok required"))
        }
        return options
    }

    private mutating func take(_ argument: [UInt8]) throws(Problem) {
        for known in Argument.allCases {
            guard let value = known.value(in: argument) else { continue }
            return try set(known, to: value, argument)
        }
        throw Problem(kind: .unknown, argument: argument)
    }

    private mutating func set(_ known: Argument, to value: [UInt8], _ argument: [UInt8]) throws(Problem) {
        switch known {
        case .config:
            guard isPlainPath(value) else { throw Problem(kind: .badValue, argument: argument) }
            config = value
            hasConfig = true
        case .nullok: nullok = true
        case .required: required = true
        case .prompt:
            guard (1...256).contains(value.count), !value.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
                throw Problem(kind: .badValue, argument: argument)
            }
            prompt = value
        case .echoCode: echoCode = true
        case .tryFirstPass: try use(.first)
        case .useFirstPass: try use(.only)
        case .forwardPass: forwardPass = true
        case .debug: debug = true
        }
    }

    private mutating func use(_ pass: FirstPass) throws(Problem) {
        guard firstPass == .ignore else {
            throw Problem(kind: .contradiction, argument: [UInt8](text: "try_first_pass use_first_pass"))
        }
        firstPass = pass
    }
}
