import Testing

@testable import Notices

struct LogLineTests {
    private func parse(_ text: String) -> LogLine? {
        LogLine.parse(Array(text.utf8)) { local in Int64(local.month * 100 + local.day) * 100_000 + Int64(local.second)
        }
    }

    @Test(arguments: [
        ("<86>Nov  6 20:02:28 sshd[12]: event=x", Int64(110_600_000 + 72_148), "sshd", Int32(12)),
        ("Nov 26 20:02:28 host sshd[12]: event=x", Int64(112_600_000 + 72_148), "sshd", Int32(12)),
        ("2026-11-26T20:02:28.123456+01:00 host twostep[7]: event=x", Int64(1_795_719_748), "twostep", Int32(7)),
        ("2026-11-26T19:02:28Z host twostep[7]: event=x", Int64(1_795_719_748), "twostep", Int32(7)),
    ])
    func bothForms(text: String, time: Int64, program: String, pid: Int32) throws {
        let line = try #require(parse(text))
        #expect(line.time == time)
        #expect((line.program, line.pid) == (program, pid))
        #expect(line.message == Array("event=x".utf8))
    }

    @Test func aProgramWithoutAProcessId() throws {
        let line = try #require(parse("Nov 26 20:02:28 host su: event=x"))
        #expect((line.program, line.pid) == ("su", nil))
    }

    @Test(arguments: [
        "", "Nov 26", "Nov 26 20:02:28 ", "Nov 26 20:02:28 host", "Nov 26 20:02:28 a b event=x",
        "Nov 26 25:02:28 h su: x",
        "Foo 26 20:02:28 h su: x", "2026-02-30T20:02:28Z h su: x", "2026-11-26T20:02:28+1 h su: x",
        "<86 Nov 26 20:02:28 h su: x",
        "Nov 26 20:02:28 h su[x]: y",
    ])
    func whatIsNoLine(text: String) { #expect(parse(text) == nil) }

    /// Figures from `date -u -d`.
    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00Z", "Thu, 1 Jan 1970 00:00:00 +0000"),
        (Int64(951_782_400), "2000-02-29T00:00:00Z", "Tue, 29 Feb 2000 00:00:00 +0000"),
        (Int64(1_795_723_348), "2026-11-26T20:02:28Z", "Thu, 26 Nov 2026 20:02:28 +0000"),
        (Int64(4_107_542_399), "2100-02-28T23:59:59Z", "Sun, 28 Feb 2100 23:59:59 +0000"),
    ])
    func times(time: Int64, text: String, mail: String) {
        #expect(Moment.text(time) == text)
        #expect(Moment.mailDate(time) == mail)
        #expect(Moment.parse(text) == time)
    }
}
