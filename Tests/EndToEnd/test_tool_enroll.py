"""twostep enroll --provision: no questions, for automation."""

import json
import re
import stat
import subprocess

import authlog
import oath
import pytest
import tool
import world as installation

BACKUP_CODE = r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}"


class TestOutput:
    def test_json(self, full_world):
        said = json.loads(full_world.twostep("enroll", "alice", "--provision", "--json"))
        assert set(said) == {"user", "uri", "secret", "backupCodes"}
        assert said["user"] == "alice"
        assert re.fullmatch(r"[A-Z2-7]{32}", said["secret"])
        assert said["uri"].startswith("otpauth://totp/") and f"secret={said['secret']}" in said["uri"]
        assert len(set(said["backupCodes"])) == 10
        assert all(re.fullmatch(BACKUP_CODE, code) for code in said["backupCodes"])

    def test_for_people(self, full_world):
        text = full_world.twostep("enroll", "alice", "--provision")
        assert "otpauth://totp/" in text
        assert len(re.findall(BACKUP_CODE, text)) == 10

    def test_options_reach_the_uri(self, world):
        person = world.enrol("alice", "--algorithm", "SHA256", "--digits", "8", "--period", "60",
                             "--issuer", "Example Ltd", "--label", "phone")
        assert (person.token.algorithm, person.token.digits, person.token.period) == \
            ("SHA256", 8, 60)
        assert "issuer=Example%20Ltd" in person.uri
        assert person.uri.startswith("otpauth://totp/Example%20Ltd:alice?")

    def test_settings_reach_the_uri(self, make_world):
        world = make_world(issuer="Example Ltd", digits=8, algorithm="SHA512", period=60,
                           backup_codes=4)
        person = world.enrol("alice")
        assert "issuer=Example%20Ltd" in person.uri
        assert (person.token.algorithm, person.token.digits, person.token.period) == \
            ("SHA512", 8, 60)
        assert len(person.backup_codes) == 4

    def test_no_backup_codes_where_the_site_wants_none(self, make_world):
        world = make_world(backup_codes=0)
        person = world.enrol("alice")
        assert person.backup_codes == []
        assert world.login("alice", "AAAA-AAAA").code == "PAM_AUTH_ERR"

    def test_secrets_differ(self, make_world):
        world = make_world(backup_codes=2)
        people = [world.enrol(name) for name in ("alice", "bob", "carol")]
        assert len({person.secret for person in people}) == 3
        assert len({code for person in people for code in person.backup_codes}) == 6

    def test_output_that_cannot_be_written_is_an_error(self, world):
        """A secret that nobody saw would lock somebody out."""
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                [installation.TOOL, "enroll", "alice", "--provision", "--config", world.config],
                stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode == tool.EX_IOERR, done.stderr


class TestRecord:
    def test_it_is_safe_and_says_nothing(self, world):
        person = world.enrol("alice")
        record = world.record_of("alice")
        status = record.stat()
        assert (stat.S_IMODE(status.st_mode), status.st_uid, status.st_nlink) == (0o600, 0, 1)
        content = record.read_bytes()
        for secret in (person.secret, "alice", *person.backup_codes):
            assert secret.encode() not in content

    def test_its_space_is_its_own(self, world):
        """Written out, not reserved: a login needs no new space on the disk."""
        world.enrol("alice")
        status = world.record_of("alice").stat()
        assert status.st_blocks * 512 >= status.st_size

    def test_no_secret_in_the_log(self, world):
        mark = authlog.mark()
        person = world.enrol("alice")
        lines = authlog.since(mark)
        assert any("event=enrolled" in line and "user=alice" in line for line in lines), lines
        for secret in (person.secret, *person.backup_codes):
            assert secret not in "\n".join(lines)

    def test_unconfirmed_until_the_first_accepted_code(self, world):
        person = world.enrol("alice")

        def confirmed():
            return json.loads(world.twostep("status", "alice", "--json"))["confirmed"]
        assert confirmed() is False
        world.login("alice", person.token.wrong())
        assert confirmed() is False
        world.login("alice", person.token.code())
        assert confirmed() is True


class TestRefused:
    def test_twice(self, world):
        person = world.enrol("alice")
        before = world.tree()
        tool.fails(world.run("enroll", "alice", "--provision"), tool.EX_CANTCREAT,
                   "alice is already enrolled", "twostep status alice")
        assert world.tree() == before
        assert world.login("alice", person.token.code).code == "PAM_SUCCESS"

    @pytest.mark.parametrize("name", ["nobody-such", "../alice", "", "a" * 300, "alice\n", "%s",
                                      "\x1b[2J"], ids=repr)
    def test_no_such_user(self, world, name):
        before = world.tree()
        done = world.run("enroll", "--provision", "--", name) if name.startswith("-") else \
            world.run("enroll", name, "--provision")
        tool.fails(done, tool.EX_NOUSER, "no such user")
        assert "\x1b" not in done.stderr
        assert world.tree() == before

    @pytest.mark.parametrize("options", [
        ["--digits", "5"], ["--digits", "9"], ["--digits", "six"], ["--period", "0"],
        ["--period", "-30"], ["--period", "99999999999999999999"], ["--algorithm", "MD5"],
        ["--issuer", "a:b"], ["--issuer", ""], ["--label", "x" * 65], ["--no-such-option"],
        ["bob"], ["--secret"], ["--secret", ""], ["--hotp", "--period", "30"],
    ], ids=" ".join)
    def test_bad_options(self, world, options):
        before = world.tree()
        done = world.run("enroll", "alice", "--provision", *options)
        assert done.returncode == tool.EX_USAGE and done.stdout == "", done.stderr
        assert world.tree() == before

    @pytest.mark.parametrize("secret", ["not base32!", "A", "AAAAAAAA", "A" * 1000,
                                        "GEZDGNBVGY3TQOJ1"], ids=lambda secret: secret[:16])
    def test_bad_secret(self, world, secret):
        before = world.tree()
        done = world.run("enroll", "alice", "--provision", "--secret", secret)
        tool.fails(done, tool.EX_DATAERR, "--secret")
        assert world.tree() == before


@pytest.mark.parametrize("spelling", ["gezdgnbvgy3tqojqgezdgnbvgy3tqojq",
                                      "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"])
def test_a_secret_as_people_write_it(world, spelling):
    person = world.enrol("alice", "--secret", spelling)
    assert person.secret == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert world.login("alice", person.token.code).code == "PAM_SUCCESS"


@pytest.mark.parametrize("options", [
    ["--algorithm", algorithm, "--digits", digits]
    for algorithm in ("SHA1", "SHA256", "SHA512") for digits in ("6", "7", "8")], ids=" ".join)
def test_codes_agree_with_the_independent_generator(world, options):
    oath.steady()
    person = world.enrol("alice", *options)
    assert world.run("verify", "alice", input=person.token.code() + "\n").returncode == 0
    person = world.enrol("bob", "--hotp", *options)
    assert world.run("verify", "bob", input=person.token.hotp(0) + "\n").returncode == 0


@pytest.mark.parametrize("period", [15, 45, 60, 120])
def test_periods(world, period):
    """The step that counts is this token's own: neither longer nor shorter than it was given."""
    oath.steady(period=period, seconds=3)
    person = world.enrol("alice", "--period", period)
    assert person.token.period == period
    assert world.login("alice", person.token.code(2)).event["reason"] == "wrong-code"
    for step in (-1, 0, 1):
        assert world.login("alice", person.token.code(step)).code == "PAM_SUCCESS", step
