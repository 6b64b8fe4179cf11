import Import
import Testing

/// Where `import google-authenticator --all` looks: a path that is another for each user, or none.
@Suite struct ImportPathTests {
    private func path(_ text: String, home: String = "/home/alice") -> String? {
        do throws(ImportPath.Problem) {
            return try ImportPath(text).path(user: bytes("alice"), home: bytes(home)).map {
                String(decoding: $0, as: UTF8.self)
            }
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [
        ("~/.2fa", "/home/alice/.2fa"), ("${HOME}/.2fa", "/home/alice/.2fa"), ("%h/.2fa", "/home/alice/.2fa"),
        ("/etc/2fa/${USER}", "/etc/2fa/alice"), ("/etc/2fa/%u/code", "/etc/2fa/alice/code"),
        ("/mnt${HOME}/${USER}.%u", "/mnt/home/alice/alice.alice"), ("/a/~/%u", "/a/~/alice"), ("%h", "/home/alice"),
        ("/etc/100%/%u", "/etc/100%/alice"),
    ])
    func whatItStandsFor(_ text: String, _ whole: String) { #expect(path(text) == whole) }

    /// What is left of '/etc/2fa/${USER}' and of '~/.2fa' once root's shell has filled it in.
    @Test(arguments: ["/etc/2fa/root", "/root/.google_authenticator", "/etc/2fa/", "/", "/etc/2fa/~", "/etc/%U/%H"])
    func oneFileForEverybody(_ text: String) { #expect(path(text) == "sameForAll") }

    @Test(arguments: [
        "/etc/2fa/$USER", "$HOME/.2fa", "/etc/2fa/${USER", "/etc/2fa/${LOGNAME}", "/etc/2fa/%u/$USER", "/etc/$",
        "${HOME}/$USER",
    ])
    func wordsWithoutBraces(_ text: String) { #expect(path(text) == "unknownWord") }

    @Test(arguments: ["", "~", "~alice/.2fa", "2fa/%u", "%u/2fa", "${USER}", ".2fa", "./%u"])
    func noAbsolutePath(_ text: String) { #expect(path(text) == "relative") }

    @Test func anAccountWithoutAHome() {
        #expect(path("~/.2fa", home: "") == nil && path("/etc/2fa/%u", home: "") == "/etc/2fa/alice")
    }

    @Test func theUsualOneIsWhatTheDocumentsSay() throws {
        #expect(try ImportPath.usual == ImportPath("~/.google_authenticator"))
    }
}
