"""twostep import uri: addresses of authenticator entries, and Google Authenticator's export."""

import base64
import os
from urllib.parse import quote

import authlog
import oath
import pytest
import tool
from moving import Seed, names, only, report


def varint(value):
    return bytes([value]) if value < 0x80 else bytes([value & 0x7F | 0x80]) + varint(value >> 7)


def message(fields):
    """A protocol buffer message of numbers and bytes, by field."""
    return b"".join(
        varint(field << 3) + varint(value) if isinstance(value, int) else
        varint(field << 3 | 2) + varint(len(value)) + value
        for field, value in fields)


def entry(seed, name, issuer="", kind=2, digits=1, algorithm=1, counter=0):
    return message([(1, bytes.fromhex(seed.hex)), (2, name.encode()), (3, issuer.encode()),
                    (4, algorithm), (5, digits), (6, kind), (7, counter)])


def export(*entries, size=1, index=0, batch=5):
    """One picture of an export."""
    payload = message([*((1, entry) for entry in entries), (2, 1), (3, size), (4, index), (5, batch)])
    return "otpauth-migration://offline?data=" + quote(base64.b64encode(payload).decode(), safe="")


def address(token, kind="totp", label="Example:alice", more=""):
    return f"otpauth://{kind}/{label}?secret={token.secret}&issuer=Example{more}"


def take(world, text, *options, **more):
    return report(world, "uri", *options, input=text + "\n", **more)


@pytest.mark.parametrize("algorithm, digits, period", [("SHA1", 6, 30), ("SHA256", 8, 60), ("SHA512", 7, 15)])
def test_an_address(world, algorithm, digits, period):
    token = oath.Token(Seed().token.secret, algorithm, digits, period)
    more = f"&algorithm={algorithm}&digits={digits}&period={period}"
    said = only(take(world, address(token, more=more), "--user", "bob"))
    assert (said["user"], said["outcome"], names(said["carriedOver"])) == ("bob", "imported", ["token"])
    oath.steady(period)
    assert world.login("bob", token.code).code == "PAM_SUCCESS"


def test_a_counter(world):
    token = Seed().token
    take(world, address(token, "hotp", more="&counter=9"), "--user", "alice")
    assert world.login("alice", token.hotp(8)).code == "PAM_AUTH_ERR"
    assert world.login("alice", token.hotp(9)).code == "PAM_SUCCESS"


def test_what_enroll_printed_comes_back(world):
    person = world.enrol("alice", "--digits", "8")
    only(take(world, person.uri, "--user", "bob"))
    oath.steady()
    assert world.login("bob", person.token.code).code == "PAM_SUCCESS"


def test_each_entry_is_its_accounts(world, folder):
    path = folder / "entries"
    tokens = {name: Seed().token for name in ("alice", "bob")}
    path.write_text("# entries\n" + "\n\n".join(address(token, label=f"Example:{name}")
                                               for name, token in tokens.items()))
    os.chmod(path, 0o600)
    said = report(world, "uri", path)
    assert [user["user"] for user in said["users"]] == ["alice", "bob"] and said["imported"] == 2
    oath.steady()
    for name, token in tokens.items():
        assert world.login(name, token.code).code == "PAM_SUCCESS"


class TestExport:
    def test_its_only_entry(self, world):
        seed = Seed()
        said = only(take(world, export(entry(seed, "Example:alice", "Example")), "--user", "alice"))
        assert said["outcome"] == "imported"
        oath.steady()
        assert world.login("alice", seed.token.code).code == "PAM_SUCCESS"

    @pytest.mark.parametrize("algorithm, name", [(0, "SHA1"), (1, "SHA1"), (2, "SHA256"), (3, "SHA512")])
    @pytest.mark.parametrize("digits, count", [(1, 6), (2, 8)])
    def test_its_forms(self, world, algorithm, name, digits, count):
        seed = Seed()
        token = oath.Token(seed.token.secret, name, count)
        take(world, export(entry(seed, "alice", algorithm=algorithm, digits=digits)), "--user", "alice")
        oath.steady()
        assert world.login("alice", token.code).code == "PAM_SUCCESS"

    def test_a_counter(self, world):
        seed = Seed()
        take(world, export(entry(seed, "alice", kind=1, counter=300)), "--user", "alice")
        assert world.login("alice", seed.token.hotp(300)).code == "PAM_SUCCESS"

    def test_which_of_several_must_be_said(self, world):
        """A telephone's export has all of its owner's entries, those of banks too."""
        bank, mine = Seed(), Seed()
        text = export(entry(bank, "Bank:alice", "Bank"), entry(mine, "Example:alice", "Example"))
        before = world.tree()
        done = world.run("import", "uri", "--user", "alice", input=text)
        tool.fails(done, tool.EX_DATAERR, "the export has 2 entries", "--entry: Bank:alice, Example:alice")
        done = world.run("import", "uri", "--user", "alice", "--entry", "alice", input=text)
        tool.fails(done, tool.EX_DATAERR, "2 entries are called alice")
        done = world.run("import", "uri", "--user", "alice", "--entry", "Shop:alice", input=text)
        tool.fails(done, tool.EX_DATAERR, "0 entries are called Shop:alice")
        assert world.tree() == before
        take(world, text, "--user", "alice", "--entry", "Example:alice")
        oath.steady()
        assert world.login("alice", bank.token.code).code == "PAM_AUTH_ERR"
        assert world.login("alice", mine.token.code).code == "PAM_SUCCESS"

    def test_all_its_pictures(self, world):
        seeds = [Seed(), Seed()]
        parts = [export(entry(seed, name), size=2, index=index)
                 for index, (seed, name) in enumerate(zip(seeds, ("alice", "bob")))]
        tool.fails(world.run("import", "uri", input=parts[1]), tool.EX_DATAERR,
                   "picture 1 of 2 of the export is missing")
        assert take(world, "\n".join(parts))["imported"] == 2
        oath.steady()
        assert world.login("bob", seeds[1].token.code).code == "PAM_SUCCESS"


class TestBadInput:
    @pytest.mark.parametrize("text, words", [
        ("", "there is no entry"),
        ("# nothing\n\n", "there is no entry"),
        ("https://example.com/", "line 1: neither otpauth:// nor otpauth-migration://"),
        ("otpauth://totp/alice", "line 1: no secret"),
        ("otpauth://totp/alice?secret=GEZDGNBV", "line 1: the secret is not base32, or not 10 to 128"),
        ("otpauth://hotp/alice?secret=GEZDGNBVGY3TQOJQ", "line 1: counted codes without a counter"),
        ("otpauth://totp/alice?secret=GEZDGNBVGY3TQOJQ&digits=5", "line 1: a number of digits"),
        ("otpauth-migration://offline?data=!!", "line 1: the export is not base64"),
        ("otpauth-migration://offline?data=CjEK", "line 1: the export is cut off or damaged"),
        (export(), "line 1: the export has no entries"),
        (export(entry(Seed(size=5), "alice")), "line 1: the key has 5 bytes"),
        (export(entry(Seed(), "alice", algorithm=4)), "line 1: an entry with another hash"),
        ("\0" * 100_000, "line 1: "),
        ("x\n" * 600_000, "more than 1 MiB"),
    ], ids=lambda value: repr(value[:24]))
    def test_content(self, world, text, words):
        good = address(Seed().token) if text.strip("# nothig\n") else ""
        before = world.tree()
        done = world.run("import", "uri", "--user", "alice", input=text + "\n" + good)
        tool.fails(done, tool.EX_DATAERR, words)
        assert "GEZDGNBV" not in done.stderr
        assert world.tree() == before

    def test_no_such_user(self, world):
        before = world.tree()
        for options, label in ((("--user", "mallory"), "alice"), ((), "mallory")):
            done = world.run("import", "uri", *options, input=address(Seed().token, label=label))
            tool.fails(done, tool.EX_NOUSER, "no such user: mallory")
        assert world.tree() == before

    def test_names_from_an_export_move_no_cursor(self, world):
        done = world.run("import", "uri", input=export(entry(Seed(), "\x1b[2Jalice")))
        tool.fails(done, tool.EX_NOUSER, "no such user: ?[2Jalice")

    def test_an_enrolled_user(self, world):
        person = world.enrol("alice")
        token = Seed().token
        before = world.tree()
        tool.fails(world.run("import", "uri", "--user", "alice", input=address(token)), tool.EX_CANTCREAT,
                   "alice is already enrolled")
        assert world.tree() == before
        take(world, address(token), "--user", "alice", "--replace")
        oath.steady()
        assert world.login("alice", person.token.code).code == "PAM_AUTH_ERR"
        assert world.login("alice", token.code).code == "PAM_SUCCESS"

    def test_the_same_key_twice(self, world):
        token = Seed().token
        text = address(token) + "\n" + address(token, label="Example:bob")
        before = world.tree()
        tool.fails(world.run("import", "uri", "--user", "alice", input=text), tool.EX_DATAERR,
                   "two of the tokens have the same key")
        assert world.tree() == before


def test_no_secret_in_report_or_log(world):
    token = Seed().token
    mark = authlog.mark()
    done = world.run("import", "uri", "--user", "alice", input=address(token))
    assert done.stdout.splitlines()[0] == "alice: imported"
    log = "\n".join(authlog.since(mark))
    assert "event=enrolled user=alice by=0 provisioned=yes from=uri" in log
    assert token.secret not in done.stdout + done.stderr + log


def test_a_dry_run(world):
    before = world.tree()
    said = take(world, address(Seed().token), "--user", "alice", "--dry-run")
    assert (only(said)["outcome"], said["dryRun"], said["ready"]) == ("ready", True, 1)
    assert world.tree() == before


def test_only_root(world):
    done = tool.run("import", "uri", "--user", "alice", "--config", world.config, input=address(Seed().token),
                    prefix=["setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups"])
    tool.fails(done, tool.EX_NOPERM, "only root can do this")
