"""twostep import google-authenticator, with files that the real program has written."""

import itertools

import authlog
import moving
import oath
import pytest
import tool
from moving import names, only


@pytest.fixture
def file():
    """Where the module looks, and may write: alice's home."""
    path = moving.home("alice") / ".google_authenticator"
    yield path
    path.unlink(missing_ok=True)


def take(world, file, *options, **more):
    return only(moving.report(world, "google-authenticator", file, "--user", "alice", *options, **more))


class TestTimedCodes:
    def test_the_app_goes_on(self, world, file):
        token = moving.google_authenticator(file, "-t", "-d", "-r", 3, "-R", 30, "-w", 3)
        said = take(world, file)
        assert (said["user"], said["outcome"]) == ("alice", "imported")
        assert names(said["carriedOver"]) == ["token"]
        assert names(said["notCarriedOver"]) == ["scratch-codes", "rate-limit", "window-size"]
        oath.steady()
        assert world.login("alice", token.code).code == "PAM_SUCCESS"

    def test_a_code_that_was_used_there_is_used(self, world, file, folder):
        token = moving.google_authenticator(file, "-t", "-d", "-u", "-w", 3)
        oath.steady(seconds=12)
        code = token.code()
        assert moving.google_login(folder, file, "alice", code)
        assert "used-codes" in names(take(world, file)["carriedOver"])
        assert world.login("alice", code).event["reason"] == "already-used"
        assert world.login("alice", token.code(1)).code == "PAM_SUCCESS"

    def test_where_it_lets_codes_be_used_again_the_present_one_is_used(self, world, file, folder):
        token = moving.google_authenticator(file, "-t", "-D", "-u", "-w", 3)
        oath.steady(seconds=12)
        code = token.code()
        assert moving.google_login(folder, file, "alice", code)
        assert moving.google_login(folder, file, "alice", code)
        take(world, file)
        assert world.login("alice", code).event["reason"] == "already-used"
        assert world.login("alice", token.code(1)).code == "PAM_SUCCESS"

    def test_the_length_of_a_step(self, world, file):
        token = moving.google_authenticator(file, "-t", "-d", "-u", "-W", "-S", 60)
        token.period = 60
        take(world, file)
        oath.steady(60)
        assert world.login("alice", token.code).code == "PAM_SUCCESS"

    def test_the_devices_clock(self, world, file, folder):
        """Set by the real module: three codes in a row of a device that is five steps ahead."""
        token = moving.google_authenticator(file, "-t", "-d", "-u", "-W")
        oath.steady(seconds=12)
        for steps in range(3):
            moving.google_login(folder, file, "alice", token.code(5 + steps), later=30 * steps)
        assert "TIME_SKEW 5" in file.read_text()
        said = take(world, file)
        assert "time-skew" in names(said["carriedOver"])
        oath.steady()
        assert world.login("alice", token.code(6)).code == "PAM_SUCCESS"
        assert tool.status(world)["tokens"][0]["drift"] == 5


class TestCountedCodes:
    def test_the_next_counter_value(self, world, file, folder):
        token = moving.google_authenticator(file, "-c", "-u", "-w", 5)
        for counter in (1, 2, 4):
            assert moving.google_login(folder, file, "alice", token.hotp(counter))
        said = take(world, file)
        assert names(said["carriedOver"]) == ["token", "counter"]
        assert world.login("alice", token.hotp(4)).event["reason"] == "already-used"
        assert world.login("alice", token.hotp(5)).code == "PAM_SUCCESS"

    def test_a_code_never_used_before_the_last_one_is_not_taken(self, world, file, folder):
        token = moving.google_authenticator(file, "-c", "-u", "-w", 5)
        assert moving.google_login(folder, file, "alice", token.hotp(4))
        take(world, file)
        assert world.login("alice", token.hotp(3)).code == "PAM_AUTH_ERR"


KINDS = [("-c",), ("-t", "-d"), ("-t", "-D")]
RATES = [("-u",), ("-r", 1, "-R", 15), ("-r", 10, "-R", 600)]
WINDOWS = [("-W",), ("-w", 1), ("-w", 3), ("-w", 21)]
CODES = [("-e", 0), ("-e", 1), ("-e", 10)]


@pytest.mark.parametrize("kind", KINDS, ids=" ".join)
def test_every_combination_of_its_options(world, folder, kind):
    """Each is understood, and every line of the file is either taken over or named."""
    for number, (rate, window, codes) in enumerate(itertools.product(RATES, WINDOWS, CODES)):
        file = folder / f"secret-{number}"
        token = moving.google_authenticator(file, *kind, *rate, *window, *codes)
        said = take(world, file, "--replace")
        text = file.read_text()
        left = set(names(said["notCarriedOver"]))
        assert ("scratch-codes" in left) == (codes[1] > 0), (text, said)
        assert ("rate-limit" in left) == ("RATE_LIMIT" in text), (text, said)
        assert ("window-size" in left) == ("WINDOW_SIZE" in text), (text, said)
        assert left <= {"scratch-codes", "rate-limit", "window-size"}, (text, said)
        kept = tool.record(world)["tokens"]
        assert [entry["key"] for entry in kept] == [token.secret], (kept, text)


class TestReport:
    def test_a_dry_run_says_the_same_and_changes_nothing(self, world, file):
        moving.google_authenticator(file, "-t", "-d", "-r", 3, "-R", 30, "-w", 17)
        before = world.tree()
        dry = take(world, file, "--dry-run", "--backup-codes", world.folder / "codes")
        assert world.tree() == before
        real = take(world, file)
        assert (dry.pop("outcome"), real.pop("outcome")) == ("ready", "imported")
        assert dry == real

    def test_for_people(self, world, file):
        moving.google_authenticator(file, "-c", "-r", 3, "-R", 30, "-w", 5, "-e", 2)
        done = world.run("import", "google-authenticator", file, "--user", "alice")
        tool.says(
            done, "alice: imported",
            "  carried over: counted codes, SHA1, 6 digits",
            "  carried over: the next counter value, 1",
            "  not carried over: 2 scratch codes: eight digits can be guessed in a year;",
            "    --backup-codes gives new ones",
            "  not carried over: RATE_LIMIT, 3 logins in 30 s: this site's deny and",
            "    unlock_time count",
            "  not carried over: WINDOW_SIZE, 5 counter values: 10 are looked at here",
            "users: 1 imported, 0 failed")

    def test_no_secret_in_report_or_log(self, world, file):
        moving.google_authenticator(file, "-t", "-d", "-u", "-w", 3)
        mark = authlog.mark()
        done = world.run("import", "google-authenticator", file, "--user", "alice")
        lines = "\n".join(authlog.since(mark))
        assert "event=enrolled user=alice by=0 provisioned=yes from=google-authenticator" in lines
        secrets = [line for line in file.read_text().splitlines() if not line.startswith('"')]
        assert len(secrets) == 6
        for secret in secrets:
            assert secret not in done.stdout + done.stderr + lines

    def test_output_that_cannot_be_written(self, world, file):
        moving.google_authenticator(file, "-t", "-d", "-u", "-w", 3)
        done = tool.unheard(world, "import", "google-authenticator", file, "--user", "alice")
        assert done.returncode == tool.EX_IOERR
        assert "what was asked for is done" in done.stderr


class TestScratchCodes:
    def test_they_do_not_count(self, world, file):
        """ADR 0015: eight digits would be guessed within a year."""
        moving.google_authenticator(file, "-t", "-d", "-u", "-w", 3)
        take(world, file)
        assert tool.status(world)["backupCodesLeft"] == 0
        scratch = file.read_text().splitlines()[-1]
        assert len(scratch) == 8 and scratch.isdigit()
        assert world.login("alice", scratch).code == "PAM_AUTH_ERR"

    def test_new_ones_instead(self, full_world, file):
        world = full_world
        moving.google_authenticator(file, "-t", "-d", "-u", "-w", 3)
        path = world.folder / "codes"
        done = world.run("import", "google-authenticator", file, "--user", "alice", "--backup-codes", path)
        assert done.returncode == 0, done.stderr
        assert (path.stat().st_mode & 0o777, path.stat().st_uid) == (0o600, 0)
        user, codes = path.read_text().split(": ")
        codes = codes.split()
        assert user == "alice" and len(set(codes)) == 10
        for code in codes:
            assert code not in done.stdout + done.stderr
        assert world.login("alice", codes[3], remarks=True).event["left"] == "9"

    def test_printed(self, world, file):
        moving.google_authenticator(file, "-t", "-d", "-u", "-w", 3)
        done = world.run("import", "google-authenticator", file, "--user", "alice", "--backup-codes", "-")
        first = done.stdout.splitlines()[0]
        assert first.startswith("alice: ")
        assert world.login("alice", first.split()[1], remarks=True).code == "PAM_SUCCESS"

    def test_a_file_that_is_there_is_not_written_over(self, world, file):
        moving.google_authenticator(file, "-t", "-d", "-u", "-w", 3)
        path = world.folder / "codes"
        path.write_text("mine\n")
        before = world.tree()
        tool.fails(world.run("import", "google-authenticator", file, "--user", "alice", "--backup-codes", path),
                   tool.EX_CANTCREAT, "is there already; nothing was changed")
        assert world.tree() == before and path.read_text() == "mine\n"


class TestReplace:
    def test_an_enrolled_user_is_refused(self, world, file):
        person = world.enrol("alice")
        moving.google_authenticator(file, "-t", "-d", "-u", "-w", 3)
        before = world.tree()
        for options in ((), ("--dry-run",)):
            tool.fails(world.run("import", "google-authenticator", file, "--user", "alice", *options),
                       tool.EX_CANTCREAT, "alice is already enrolled", "--replace")
        assert world.tree() == before
        assert world.login("alice", person.token.code).code == "PAM_SUCCESS"

    def test_tokens_go_and_the_rest_stays(self, make_world, file):
        world = make_world(backup_codes=2)
        person = world.enrol("alice")
        world.register("alice", tool.security_key(), "yubi")
        world.login("alice", person.token.wrong())
        token = moving.google_authenticator(file, "-t", "-d", "-u", "-w", 3)
        mark = authlog.mark()
        take(world, file, "--replace")
        assert any("event=tokens-replaced user=alice by=0 from=google-authenticator" in line
                   for line in authlog.since(mark))
        assert tool.is_in_both_slots(world)
        status = tool.status(world)
        assert (len(status["tokens"]), len(status["securityKeys"]), status["backupCodesLeft"],
                status["failures"]) == (1, 1, 2, 1)
        oath.steady()
        assert world.login("alice", person.token.code).code == "PAM_AUTH_ERR"
        assert world.login("alice", token.code).code == "PAM_SUCCESS"
        assert world.login("alice", person.backup_codes[0], remarks=True).code == "PAM_SUCCESS"

    def test_what_was_used_here_stays_used(self, world, file):
        """The same old file once more must not bring spent codes back."""
        token = moving.google_authenticator(file, "-c", "-u", "-w", 3)
        take(world, file)
        assert world.login("alice", token.hotp(1)).code == "PAM_SUCCESS"
        take(world, file, "--replace")
        assert world.login("alice", token.hotp(1)).event["reason"] == "already-used"
        assert world.login("alice", token.hotp(2)).code == "PAM_SUCCESS"

    def test_nor_a_step(self, world, file):
        token = moving.google_authenticator(file, "-t", "-d", "-u", "-w", 3)
        take(world, file)
        oath.steady(seconds=10)
        code = token.code()
        assert world.login("alice", code).code == "PAM_SUCCESS"
        take(world, file, "--replace")
        assert world.login("alice", code).event["reason"] == "already-used"


class TestBadInput:
    @pytest.mark.parametrize("content, words", [
        ("", "the file is empty"),
        ("root:x:0:0:root:/root:/bin/bash\n", "line 1: the key is not base32"),
        ("\0" * 100, "line 1: the key is not base32"),
        ("GEZDGNBVGY3TQOJQ\n", "neither TOTP_AUTH nor a HOTP_COUNTER"),
        ("GEZDGNBV\n\" TOTP_AUTH\n", "the key has 5 bytes"),
        ("GEZDGNBVGY3TQOJQ\n\" TOTP_AUTH\n\" STEP_SIZE 5\n", "a code lasts 5 s"),
        ("GEZDGNBVGY3TQOJQ\n\" TOTP_AUTH\nhello\n", "line 3: neither an option nor a scratch code"),
        ("GEZDGNBVGY3TQOJQ\n\" HOTP_COUNTER 9999999999999999\n", "the counter is out of range"),
    ], ids=lambda value: repr(value[:20]))
    def test_content(self, world, file, content, words):
        file.write_text(content)
        moving.give(file, "alice")
        before = world.tree()
        for options in ((), ("--dry-run",), ("--json",)):
            done = world.run("import", "google-authenticator", file, "--user", "alice", *options)
            tool.fails(done, tool.EX_DATAERR, words)
            assert "GEZDGNBV" not in done.stderr and "root:x" not in done.stderr
        assert world.tree() == before

    def test_no_such_user(self, world, file):
        moving.google_authenticator(file, "-t", "-d", "-u", "-w", 3)
        before = world.tree()
        tool.fails(world.run("import", "google-authenticator", file, "--user", "mallory"), tool.EX_NOUSER,
                   "no such user: mallory")
        assert world.tree() == before

    @pytest.mark.parametrize("arguments", [
        (), ("FILE",), ("--user", "alice"), ("--all", "--user", "alice"), ("--all", "FILE"),
        ("FILE", "--user", "alice", "--path", "/x"), ("--all", "--path", "relative"),
        ("FILE", "--user", "alice", "--json", "--backup-codes", "-"),
        ("FILE", "--user", "alice", "--backup-codes", ""),
    ], ids=" ".join)
    def test_usage(self, world, arguments):
        before = world.tree()
        done = world.run("import", "google-authenticator", *arguments)
        assert (done.returncode, done.stdout) == (tool.EX_USAGE, ""), done
        assert world.tree() == before

    def test_no_store(self, world, file):
        moving.google_authenticator(file, "-t", "-d", "-u", "-w", 3)
        world.store.rename(world.folder / "away")
        tool.fails(world.run("import", "google-authenticator", file, "--user", "alice"), tool.EX_CONFIG,
                   "there is a key but no store")
