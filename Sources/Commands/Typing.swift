internal import Crypto
internal import TwostepCore

/// Typing the codes of one token.
struct Typing {
    let desk: Desk
    let digits: Int
    /// How often something may be typed that is no code.
    private static let tries = 5

    init(desk: Desk, digits: Int) {
        self.desk = desk
        self.digits = digits
    }

    /// One code of the right length.
    ///
    /// - Parameter spent: the code before it, which is still shown where somebody is too quick.
    func ask(_ prompt: String, not spent: borrowing SecretBytes) throws -> SecretBytes {
        for _ in 0..<Typing.tries {
            guard let answer = desk.console.ask(prompt, echo: true, always: false) else {
                throw Failure(
                    "two codes are needed; nothing was changed", hint: "type them, or pipe in two lines", .dataError)
            }
            let typed = TypedCode.read(answer.bytes)
            if typed.kind != .oneTime || typed.text.count != digits {
                desk.sayOnError("twostep: that is no code of this token")
                desk.sayOnError("twostep: type the \(digits) digits that it shows")
            } else if equalInConstantTime(typed.text.bytes, spent.bytes) {
                desk.sayOnError("twostep: that is the first one again")
                desk.sayOnError("twostep: wait for the next")
            } else {
                return typed.text.copy()
            }
        }
        throw Failure("no code in \(Typing.tries) tries; nothing was changed", hint: "start again", .dataError)
    }
}
