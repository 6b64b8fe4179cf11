/// What a terminal can show, as far as its environment says.
package struct TerminalKind: Equatable, Sendable {
    /// Whether its character set is UTF-8: what the locale says.
    package let hasUTF8: Bool
    /// Whether it paints what colours it is told to, and may be told so: `NO_COLOR` (no-color.org) forbids it.
    package let hasColours: Bool
    /// Whether its background is light: what some terminals say in `COLORFGBG`; taken for dark otherwise.
    package let isLight: Bool

    /// - Parameters:
    ///   - isTerminal: whether what is shown goes to a terminal at all.
    ///   - value: of an environment variable; nil where there is none.
    package init(isTerminal: Bool, _ value: (StaticString) -> [UInt8]?) {
        func text(_ name: StaticString) -> String { String(decoding: value(name) ?? [], as: UTF8.self) }
        let locale = [text("LC_ALL"), text("LC_CTYPE"), text("LANG")].first { !$0.isEmpty } ?? "C"
        // ll_CC.charset@modifier, of which the last two may be missing.
        let charset = locale.split(separator: "@").first?.split(separator: ".").dropFirst().first ?? ""
        hasUTF8 = ["utf-8", "utf8"].contains(charset.lowercased()) && text("TERM") != "dumb"
        let isMonochrome = TerminalKind.isMonochrome(text("TERM"))
        hasColours = isTerminal && !isMonochrome && text("NO_COLOR").isEmpty
        isLight = TerminalKind.isLight(text("COLORFGBG"))
    }

    /// Terminals that would show the sequences, or do nothing about them.
    private static func isMonochrome(_ name: String) -> Bool {
        ["", "dumb", "unknown"].contains(name) || name.hasPrefix("vt") || name.hasSuffix("-m")
            || name.hasSuffix("-mono")
    }

    /// `foreground;background`, perhaps with something between, as numbers of the sixteen colours.
    private static func isLight(_ colours: String) -> Bool {
        guard let background = colours.split(separator: ";").last.flatMap({ Int($0) }), colours.contains(";") else {
            return false
        }
        return background == 7 || (9...15).contains(background)
    }

    /// How a QR code is painted here.
    package var paint: QRDrawing.Paint {
        hasColours ? .blackOnWhite : isLight ? .onLightBackground : .onDarkBackground
    }
}
