"""twostep token add USER: one more token, by dialogue or by --provision."""

import re

import authlog
import oath
import pytest
import tool
from terminal import Terminal
from tool import CODE_QUESTION, add_token, token_on

ADD = ("token", "add", "alice")


@pytest.fixture
def plain(make_world):
    """A world that draws no QR codes; it and alice."""
    world = make_world(qr="none", issuer="Example")
    return world, world.enrol("alice")


@pytest.fixture
def adding(plain):
    """`token add alice` on a terminal."""
    opened = []

    def start(*options, columns=200):
        opened.append(Terminal(["twostep", *ADD, "--config", plain[0].config, *options], columns=columns))
        return opened[-1]
    yield start
    for terminal in opened:
        terminal.close()


def _accepted(world, token, code):
    outcome = world.login("alice", code)
    return outcome.code == "PAM_SUCCESS" and outcome.event["token"] == token


class TestTheDialogue:
    def test_as_it_looks(self, plain, adding):
        _, person = plain
        terminal = adding("--label", "work phone").expect(CODE_QUESTION)
        token = token_on(terminal.seen)
        groups = re.findall(r".{1,4}", token.secret)
        oath.steady()
        code = token.code()
        screen = tool.transcript(terminal.type(code).end(), key=[" ".join(groups), token.secret],
                                 code=code)
        assert screen == "\n".join([
            'One more token for alice: "work phone".', "",
            "1. Scan the QR code with your authenticator app,", "",
            "   or type this key into it (time based, SHA1, 6 digits, 30 seconds):", "",
            "      <key>", "",
            "   or open this address on the device that has the app:", "",
            "      otpauth://totp/Example:alice?secret=<key>&issuer=Example", "",
            "   (no QR code here: use the key)", "",
            "2. Type the code that the app shows now (Enter: the key again): <code>", "",
            'alice now has the token "work phone" as well.', ""])
        assert terminal.status == 0 and token.secret != person.secret

    def test_a_login_takes_either_token(self, plain, adding):
        world, person = plain
        oath.steady(seconds=8)
        terminal = adding("--label", "tablet").expect(CODE_QUESTION)
        token = token_on(terminal.seen)
        code = token.code()
        terminal.type(code).end()
        # The code that proved it is spent; the next one, and the first token's, are not.
        assert world.login("alice", code).event["reason"] == "already-used"
        assert _accepted(world, "tablet", token.code(1))
        assert _accepted(world, "app", person.token.code())
        assert world.login("alice", person.token.code()).event["reason"] == "already-used"
        assert tool.status(world)["backupCodesLeft"] == len(person.backup_codes) == 1

    def test_counter_based(self, plain, adding):
        world, person = plain
        terminal = adding("--hotp", "--label", "key fob").expect(CODE_QUESTION)
        assert "counter based, SHA1, 6 digits" in terminal.seen and "otpauth://hotp/" in terminal.seen
        token = token_on(terminal.seen)
        terminal.type(token.hotp(0)).end()
        assert world.login("alice", token.hotp(0)).code == "PAM_AUTH_ERR"
        assert world.login("alice", token.hotp(1)).event["method"] == "hotp"
        assert _accepted(world, "app", person.token.code)

    def test_the_qr_code_is_drawn_where_it_fits(self, world):
        world.enrol("alice")
        for columns, drawn in ((200, True), (30, False)):
            with Terminal(["twostep", *ADD, "--config", world.config], columns=columns) as terminal:
                screen = terminal.expect(CODE_QUESTION).seen
            assert ("█" in screen) == drawn and ("too small" in screen) != drawn

    def test_wrong_codes_change_nothing(self, plain, adding):
        world, _ = plain
        before = world.tree()
        terminal = adding().expect(CODE_QUESTION)
        for code in token_on(terminal.seen).wrong(5):
            terminal.answer("", code).expect("that code is wrong")
        assert "no right code in 5 tries; nothing was changed" in terminal.end()
        assert terminal.status == tool.EX_DATAERR and world.tree() == before

    @pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
    def test_interrupted(self, plain, adding, key):
        world, person = plain
        before = world.tree()
        terminal = adding().expect(CODE_QUESTION).press(key)
        terminal.end()
        assert terminal.status != 0 and world.tree() == before
        assert world.login("alice", person.token.code).code == "PAM_SUCCESS"

    def test_another_was_added_meanwhile(self, plain, adding):
        world, _ = plain
        terminal = adding("--label", "mine").expect(CODE_QUESTION)
        _, _, theirs = add_token(world, "--label", "theirs")
        terminal.type(token_on(terminal.seen).code())
        assert "somebody else has changed alice's record meanwhile; nothing was changed" in terminal.end()
        assert terminal.status == tool.EX_UNAVAILABLE
        assert [token["label"] for token in tool.status(world)["tokens"]] == ["app", "theirs"]
        assert _accepted(world, "theirs", theirs.code)


class TestProvision:
    def test_json(self, world):
        person = world.enrol("alice")
        number, label, token = add_token(world, "--label", "tablet")
        assert (number, label) == (2, "tablet") and token.secret != person.secret
        assert _accepted(world, "tablet", token.code)
        assert _accepted(world, "app", person.token.code)

    def test_for_people(self, world):
        world.enrol("alice")
        lines = world.twostep(*ADD, "--provision", "--label", "tablet").splitlines()
        assert lines[:2] == ["user: alice", "token 2: tablet"]
        assert re.fullmatch(r"uri: otpauth://totp/.*", lines[2])
        assert re.fullmatch(r"secret: [A-Z2-7]{32}", lines[3]) and len(lines) == 4

    @pytest.mark.parametrize("options", [
        ["--algorithm", algorithm, "--digits", digits, *kind]
        for algorithm in ("SHA1", "SHA256", "SHA512") for digits in ("6", "7", "8")
        for kind in (["--period", "15"], ["--period", "120"], ["--hotp"])], ids=" ".join)
    def test_every_kind_of_code(self, world, options):
        world.enrol("alice")
        _, _, token = add_token(world, *options)
        oath.steady(period=token.period)
        code = token.hotp(0) if "--hotp" in options else token.code()
        assert len(code) == int(options[3])
        assert world.login("alice", code).code == "PAM_SUCCESS"

    def test_a_given_key(self, world):
        world.enrol("alice")
        _, _, token = add_token(world, "--secret", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "--issuer", "Example Ltd")
        assert token.secret == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        assert world.login("alice", token.code).code == "PAM_SUCCESS"

    def test_what_nobody_could_read_does_not_count(self, world):
        world.enrol("alice")
        before = world.tree()
        done = tool.unheard(world, *ADD, "--provision")
        assert done.returncode == tool.EX_IOERR and "nothing was changed" in done.stderr
        assert world.tree() == before

    def test_nothing_else_changes(self, world):
        world.enrol("alice")
        before = tool.record(world)
        done = tool.later(world, 1000, *ADD, "--provision", "--label", "tablet")
        assert done.returncode == 0
        after = tool.record(world)
        assert tool.but(after, "tokens") == tool.but(before, "tokens")
        assert after["tokens"][:1] == before["tokens"] and len(after["tokens"]) == 2
        assert after["changed"] - before["changed"] >= 1000
        assert after["tokens"][1]["created"] == after["changed"]
        assert tool.is_in_both_slots(world)

    def test_the_log_says_so_and_no_secret(self, world):
        world.enrol("alice")
        mark = authlog.mark()
        _, _, token = add_token(world, "--label", "work phone")
        lines = authlog.since(mark)
        assert [line.split("twostep: ")[1] for line in lines] == [
            'event=token-added user=alice by=0 token="work phone" kind=totp provisioned=yes']
        assert token.secret not in "\n".join(lines)


class TestLabels:
    def test_without_one_they_are_numbered(self, world):
        world.enrol("alice")
        assert [add_token(world)[1] for _ in range(3)] == ["app-2", "app-3", "app-4"]

    def test_no_two_alike(self, world):
        world.enrol("alice", "--label", "phone")
        before = world.tree()
        for options in (["--provision"], []):
            tool.fails_with(world.run(*ADD, "--label", "phone", *options), tool.EX_CANTCREAT,
                            'alice has a token "phone" already',
                            "choose another label, or see them with: twostep status alice")
        assert world.tree() == before

    @pytest.mark.parametrize("label", ["", " ", "7", "123456", "x" * 65, "é" * 33], ids=repr)
    def test_no_label(self, world, label):
        world.enrol("alice")
        before = world.tree()
        done = world.run(*ADD, "--provision", "--label", label)
        assert done.returncode == tool.EX_USAGE
        assert "--label takes 1 to 64 bytes, not blank and not digits alone" in done.stderr
        assert world.tree() == before

    def test_any_other(self, world):
        world.enrol("alice")
        for label in ("x" * 64, "Ärger 2", "-7", "\x1b[2J"):
            assert add_token(world, f"--label={label}")[1] == label


class TestRefused:
    def test_a_ninth(self, world):
        person = world.enrol("alice")
        tokens = [add_token(world)[2] for _ in range(7)]
        before = world.tree()
        for options in (["--provision"], []):
            tool.fails_with(world.run(*ADD, *options), tool.EX_CANTCREAT,
                            "alice has 8 tokens, as many as there can be",
                            "remove one first: twostep token remove alice TOKEN")
        assert world.tree() == before
        for token in (person.token, tokens[0], tokens[6]):
            assert world.login("alice", token.code).code == "PAM_SUCCESS"

    def test_a_key_that_is_there_already(self, world):
        """Two tokens with one key would accept one code twice, once the clock of either is followed."""
        person = world.enrol("alice")
        before = world.tree()
        done = world.run(*ADD, "--provision", "--secret", person.secret)
        assert done.returncode == tool.EX_CANTCREAT
        assert done.stderr.splitlines() == ["twostep: alice has a token with this key already",
                                            "twostep: give another key, or none"]
        assert world.tree() == before

    def test_somebody_not_enrolled(self, world):
        before = world.tree()
        tool.fails_with(world.run(*ADD, "--provision"), tool.EX_NOUSER, "alice is not enrolled",
                        "run: twostep enroll alice")
        assert world.tree() == before

    @pytest.mark.parametrize("options", [
        ["--digits", "5"], ["--digits", "9"], ["--period", "14"], ["--period", "121"],
        ["--hotp", "--period", "30"], ["--algorithm", "MD5"], ["--issuer", "a:b"], ["--secret", ""],
        ["bob"]], ids=" ".join)
    def test_bad_options(self, world, options):
        world.enrol("alice")
        before = world.tree()
        done = world.run(*ADD, "--provision", *options)
        assert done.returncode == tool.EX_USAGE and done.stdout == "", done.stderr
        assert world.tree() == before

    def test_json_without_provision(self, world):
        world.enrol("alice")
        done = world.run(*ADD, "--json")
        assert done.returncode == tool.EX_USAGE and "--json goes with --provision" in done.stderr
