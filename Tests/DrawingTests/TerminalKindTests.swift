import Testing

@testable import Drawing

/// What the environment says about a terminal.
struct TerminalKindTests {
    private func kind(_ environment: [String: String], isTerminal: Bool = true) -> TerminalKind {
        TerminalKind(isTerminal: isTerminal) { name in environment["\(name)"].map { Array($0.utf8) } }
    }

    @Test(arguments: [
        ["LANG": "de_DE.UTF-8"], ["LANG": "C.utf8"], ["LC_ALL": "C.UTF-8", "LANG": "C"],
        ["LC_CTYPE": "en_US.UTF-8", "LANG": "C"], ["LC_ALL": "", "LC_CTYPE": "", "LANG": "en_US.UTF-8"],
        ["LANG": "sr_RS.UTF-8@latin"],
    ])
    func utf8(_ environment: [String: String]) { #expect(kind(environment).hasUTF8) }

    @Test(arguments: [
        [:], ["LANG": "C"], ["LANG": "POSIX"], ["LANG": "de_DE"], ["LANG": "de_DE@euro"],
        ["LANG": "de_DE.ISO-8859-15"], ["LC_ALL": "C", "LANG": "C.UTF-8"], ["LC_CTYPE": "C", "LANG": "C.UTF-8"],
        ["LANG": "UTF-8"], ["LANG": "C.UTF-8", "TERM": "dumb"], ["LANG": "\u{FFFD}."], ["LANG": "@"], ["LANG": "."],
    ])
    func noUTF8(_ environment: [String: String]) { #expect(!kind(environment).hasUTF8) }

    @Test(arguments: ["xterm-256color", "xterm", "linux", "screen", "tmux-256color", "rxvt", "foot"])
    func coloured(_ term: String) {
        #expect(kind(["TERM": term]).paint == .blackOnWhite)
        #expect(kind(["TERM": term, "NO_COLOR": ""]).paint == .blackOnWhite)
        #expect(kind(["TERM": term, "NO_COLOR": "1"]).paint == .onDarkBackground)
        #expect(kind(["TERM": term], isTerminal: false).paint == .onDarkBackground)
    }

    @Test(arguments: [nil, "", "dumb", "vt100", "vt220", "xterm-mono", "linux-m", "unknown"])
    func uncoloured(_ term: String?) {
        #expect(kind(term.map { ["TERM": $0] } ?? [:]).paint == .onDarkBackground)
    }

    @Test(arguments: ["0;15", "0;7", "0;default;15", "12;11"]) func light(_ colours: String) {
        #expect(kind(["COLORFGBG": colours, "NO_COLOR": "1", "TERM": "rxvt"]).paint == .onLightBackground)
    }

    @Test(arguments: ["15;0", "15", "7", "15;8", "0;default", ";", "", "0;16", "0;-1", "0;99999999999999999999"])
    func dark(_ colours: String) {
        #expect(kind(["COLORFGBG": colours, "NO_COLOR": "1", "TERM": "rxvt"]).paint == .onDarkBackground)
    }
}
