"""What owners do for themselves without root, as they see it: through twostepd."""

import json
import authlog
import oath
import owner
import people
import pytest
import screen
import tool
from owner import CODE_PROMPT
from ownersite import OwnerSite
from terminal import Terminal
from tool import CODE_QUESTION, SENTENCE, SENTENCE_QUESTION, backup_codes_on, token_on

WRONG_PASSWORD = ["the password was refused; nothing was changed", "start again"]
NOT_YOURS = ["you can do this for yourself only", "leave the name away, or ask your administrator"]
USED_UP = "Type a current code, or a backup code. It is used up."


@pytest.fixture(scope="module")
def site():
    site = OwnerSite(backup_codes=4)
    yield site
    site.stop()


@pytest.fixture
def world(site):
    """Everybody who has no second step gets in without, so that it can be turned off."""
    return site.empty()


@pytest.fixture(autouse=True)
def service(site, world):
    yield site.service
    assert site.service.idle() and site.service.is_alive()


@pytest.fixture
def alice(site, world):
    site.filled()
    return site.alice


@pytest.fixture
def events():
    """The lines that the service has logged in this test: their fields behind `event=`."""
    mark = authlog.mark()
    return lambda: [line.partition("event=")[2] for line in authlog.since(mark) if "event=" in line]


def _enrol(user, *options):
    """The whole dialogue; token and backup codes as they were on the screen."""
    with owner.at_terminal(user, "enroll", *options) as terminal:
        token = token_on(terminal.expect(CODE_QUESTION).seen)
        oath.steady()
        terminal.type(token.code()).expect(SENTENCE_QUESTION)
        codes = backup_codes_on(terminal.seen)
        screen = terminal.type(SENTENCE).end()
        assert terminal.status == 0, screen
        assert people.PASSWORD not in screen
    return token, codes


class TestEnrolling:
    def test_and_then_su(self, world, events, uid):
        """From nothing to a login: password, QR code, key, code, backup codes; then su asks for the code."""
        token, codes = _enrol("bob")
        assert len(set(codes)) == 4
        for answer, status in ((token.code(1), 0), (codes[3], 0), (token.code(1), 1)):
            with Terminal(["setpriv", "--reuid=carol", "--regid=carol", "--init-groups", "--reset-env",
                           "su", "bob", "-c", "id -un"]) as terminal:
                terminal.answer("Password: ", people.PASSWORD).answer(CODE_PROMPT, answer)
                screen = terminal.end()
                assert (terminal.status, "bob" in screen.splitlines()) == (status, status == 0), screen
        assert events()[0] == f"enrolled user=bob by={uid('bob')} provisioned=no"

    def test_the_picture_is_the_key(self, world, tmp_path):
        """The client draws it, as its terminal is: what zbarimg reads is what stands above it."""
        words = owner.command("bob", "enroll")
        terminal = screen.Tmux(tmp_path, [*words[:-2], "env", "LC_ALL=C.UTF-8", *words[-2:]], columns=80, rows=24)
        try:
            terminal.wait_for(owner.PASSWORD_QUESTION.strip())
            terminal.type(people.PASSWORD)
            terminal.wait_for(CODE_QUESTION.strip())
            drawn = screen.read_qr(screen.picture(terminal.coloured(), 255, 0), tmp_path / "screen.pgm")
            assert drawn.startswith("otpauth://totp/") and drawn in terminal.history()
        finally:
            terminal.close()

    def test_only_one_label_is_ones_own(self, world):
        _enrol("bob", "--label", "telephone")
        assert [token["label"] for token in tool.record(world, "bob")["tokens"]] == ["telephone"]
        for options in (["--secret", "A" * 32], ["--digits", "8"], ["--algorithm", "SHA256"], ["--period", "60"],
                        ["--hotp"], ["--issuer", "x"], ["--provision"]):
            tool.fails(owner.run("carol", "enroll", *options), tool.EX_NOPERM, "only root")

    def test_who_has_one_is_told_before_the_password(self, alice):
        tool.fails_with(owner.run("alice", "enroll"), tool.EX_CANTCREAT, "alice is already enrolled",
                        "look with: twostep status alice")

    def test_backup_codes_that_nobody_confirms(self, world):
        before = world.tree()
        with owner.at_terminal("bob", "enroll") as terminal:
            token = token_on(terminal.expect(CODE_QUESTION).seen)
            terminal.type(token.code()).answer(SENTENCE_QUESTION, "no").press("\x04")
            assert "stopped before the end; nothing was changed" in terminal.end()
        assert terminal.status == tool.EX_DATAERR and world.tree() == before

    def test_enrolled_by_root_meanwhile(self, world):
        with owner.at_terminal("bob", "enroll") as terminal:
            token = token_on(terminal.expect(CODE_QUESTION).seen)
            person = world.enrol("bob")
            terminal.type(token.code()).answer(SENTENCE_QUESTION, SENTENCE).end()
        assert terminal.status == tool.EX_CANTCREAT
        assert world.login("bob", person.token.code()).code == "PAM_SUCCESS"


class TestStatus:
    """Looking at oneself takes no password, and tells what root is told."""

    def test_of_oneself(self, world, alice):
        for words in (["status"], ["status", "alice"], ["status", "--json"]):
            mine = owner.run("alice", *words)
            roots = world.twostep(words[0], "alice", *[word for word in words[1:] if word != "alice"])
            tool.says(mine, *roots.splitlines())

    def test_who_has_none(self, world, uid):
        done = owner.run("bob", "status", "--json")
        assert json.loads(done.stdout) == {
            "enrolled": False, "securityKeys": [], "tokens": [], "uid": uid("bob"), "user": "bob"}

    def test_a_long_answer_comes_whole(self, world, alice):
        """Several frames: eight tokens with long labels."""
        for number in range(7):
            tool.add_token(world, "--label", f"{number}" + "x" * 60)
        done = owner.run("alice", "status", "--json")
        assert len(done.stdout) > 1100 and done.stdout == world.twostep("status", "alice", "--json")

    def test_it_changes_nothing(self, world, alice):
        before = world.tree()
        owner.run("alice", "status")
        owner.run("alice", "backup-codes")
        assert world.tree() == before


class TestBackupCodes:
    def test_how_many_are_left(self, world, alice):
        tool.says(owner.run("alice", "backup-codes"), "backup codes left: 4")
        assert json.loads(owner.run("alice", "backup-codes", "--json").stdout) == {"backupCodesLeft": 4, "user": "alice"}

    def test_new_ones(self, world, alice, events, uid):
        with owner.at_terminal("alice", "backup-codes", "--regenerate") as terminal:
            terminal.expect(USED_UP).answer(CODE_PROMPT, alice.token.code()).expect(SENTENCE_QUESTION)
            codes = backup_codes_on(terminal.seen)
            terminal.type(SENTENCE).end()
        assert terminal.status == 0
        assert world.login("alice", codes[0], remarks=True).code == "PAM_SUCCESS"
        assert world.login("alice", alice.backup_codes[0], remarks=True).code == "PAM_AUTH_ERR"
        number = uid("alice")
        assert events()[:2] == [f"accepted method=totp user=alice token=app by={number}",
                                f"backup-codes-regenerated user=alice by={number} left=4"]
        assert tool.status(world)["backupCodesLeft"] == 3

    def test_wrong_codes_are_charged_to_the_owner(self, world, alice, events):
        before = tool.but(tool.record(world), "throttle")
        done = owner.run("alice", "backup-codes", "--regenerate", typed=[people.PASSWORD, *alice.token.wrong(3)])
        assert (done.returncode, done.stdout) == (1, USED_UP + "\n")
        assert done.stderr.splitlines()[0] == "twostep: refused; nothing else was changed"
        assert tool.status(world)["failures"] == 3 and tool.but(tool.record(world), "throttle") == before
        assert [line.split()[1] for line in events()] == ["reason=wrong-code"] * 3

    def test_the_site_may_tell_why(self, world, alice):
        world.configure(explain="yes")
        code = alice.token.code()
        world.login("alice", code)
        done = owner.run("alice", "backup-codes", "--regenerate", typed=[people.PASSWORD, code, "1", code])
        assert done.returncode == 1 and "refused: already-used; nothing else was changed" in done.stderr

    def test_root_gave_new_ones_meanwhile(self, world, alice):
        """What root did while the owner was reading stands."""
        with owner.at_terminal("alice", "backup-codes", "--regenerate") as terminal:
            terminal.answer(CODE_PROMPT, alice.token.code()).expect(SENTENCE_QUESTION)
            said = json.loads(world.twostep("backup-codes", "alice", "--regenerate", "--override", "--reason", "x",
                                            "--json"))
            assert "somebody else has changed" in terminal.type(SENTENCE).end()
        assert terminal.status == tool.EX_UNAVAILABLE
        assert world.login("alice", said["backupCodes"][0], remarks=True).code == "PAM_SUCCESS"

    def test_override_is_roots(self, alice):
        done = owner.run("alice", "backup-codes", "--regenerate", "--override", "--reason", "x")
        tool.fails_with(done, tool.EX_NOPERM, "only root can use --override", "ask your administrator")


class TestTokens:
    def test_one_more(self, world, alice, events, uid):
        with owner.at_terminal("alice", "token", "add", "--label", "tablet") as terminal:
            terminal.answer(CODE_PROMPT, alice.token.code()).expect(CODE_QUESTION)
            tablet = token_on(terminal.seen)
            terminal.type(tablet.code()).end()
        assert terminal.status == 0
        assert world.login("alice", tablet.code(1)).event["token"] == "tablet"
        assert f"token-added user=alice by={uid('alice')} token=tablet kind=totp provisioned=no" in events()

    def test_a_security_key_from_a_file_of_ones_own(self, world, alice, folder):
        """The owner reads it, not the service: a file that is root's alone stays unread."""
        key = tool.security_key()
        mine, roots = folder / "mine.pub", folder / "roots.pub"
        mine.write_text(key + " my key\n")
        roots.write_text(key + "\n")
        mine.chmod(0o644)
        roots.chmod(0o600)
        folder.chmod(0o755)
        tool.fails(owner.run("alice", "token", "add", "--ssh-key-file", roots), tool.EX_DATAERR, "cannot be read")
        done = owner.run("alice", "token", "add", "--ssh-key-file", mine, "--json",
                         typed=[people.PASSWORD, alice.token.code()])
        assert json.loads(done.stdout) == {"kind": "security-key", "label": "my key", "user": "alice"}, done
        assert tool.record(world)["securityKeys"][0]["publicKey"] == key

    def test_remove(self, world, alice, events, uid):
        number, label, _ = tool.add_token(world, "--label", "tablet")
        done = owner.run("alice", "token", "remove", "alice", "tablet", "--json",
                         typed=[people.PASSWORD, alice.token.code()])
        assert json.loads(done.stdout) == {"id": number, "kind": "totp", "label": label, "user": "alice"}, done
        assert [token["label"] for token in tool.status(world)["tokens"]] == ["app"]
        assert events()[-1] == f"token-removed user=alice by={uid('alice')} token=tablet kind=totp"
        tool.fails(owner.run("alice", "token", "remove", "alice", "app"), tool.EX_DATAERR, "no token left")

    def test_remove_what_root_has_put_in_its_place_meanwhile(self, world, alice):
        tool.add_token(world, "--label", "tablet")
        tool.add_token(world, "--label", "other")
        with owner.at_terminal("alice", "token", "remove", "alice", "tablet") as terminal:
            terminal.expect(CODE_PROMPT)
            world.twostep("token", "rename", "alice", "tablet", "old")
            world.twostep("token", "rename", "alice", "other", "tablet")
            assert "somebody else has changed" in terminal.type(alice.token.code()).end()
        assert [token["label"] for token in tool.status(world)["tokens"]] == ["app", "old", "tablet"]

    def test_rename_takes_the_password_alone(self, world, alice):
        done = owner.run("alice", "token", "rename", "alice", "app", "--json", "--", "-phone-",
                         typed=[people.PASSWORD])
        assert json.loads(done.stdout)["label"] == "-phone-", done
        assert tool.status(world)["tokens"][0]["label"] == "-phone-"

    def test_resync(self, world, alice):
        """A device whose clock is four minutes ahead; wrong codes are looked at once a minute, and farther off not at all."""
        words = ["token", "resync", "alice", "app"]
        # All at once: the next step may begin at any moment.
        *pair, after = [alice.token.code(step) for step in (8, 9, 10)]
        far = [alice.token.code(40), alice.token.code(41)]
        done = owner.run("alice", *words, typed=[people.PASSWORD, *far])
        tool.fails(done, tool.EX_DATAERR, "too far off")
        done = owner.run("alice", *words, typed=[people.PASSWORD, *pair])
        tool.fails(done, tool.EX_UNAVAILABLE, "so soon after", "wait")
        world.twostep("unlock", "alice")
        done = owner.run("alice", *words, "--json", typed=[people.PASSWORD, *pair])
        assert json.loads(done.stdout)["drift"] in (8, 9), done
        assert world.login("alice", after).code == "PAM_SUCCESS"


class TestDisable:
    def test_right_code(self, world, alice, events, uid):
        done = owner.run("alice", "disable", typed=[people.PASSWORD, alice.token.code()])
        tool.says(done, USED_UP, "", "alice has no second step any more.")
        assert events()[-1] == f"disabled user=alice by={uid('alice')}"
        assert not tool.status(world)["enrolled"] and not world.record_of("alice").exists()
        permit = world.stack("nullok", after=["auth required pam_permit.so"])
        assert permit.authenticate("alice", []).code == "PAM_SUCCESS"
        _enrol("alice")

    def test_with_a_backup_code(self, world, alice):
        done = owner.run("alice", "disable", "--json", typed=[people.PASSWORD, alice.backup_codes[0]])
        assert json.loads(done.stdout) == {"disabled": True, "user": "alice"}

    def test_wrong_codes(self, world, alice):
        done = owner.run("alice", "disable", typed=[people.PASSWORD, *alice.token.wrong(3)])
        assert done.returncode == 1 and tool.status(world)["enrolled"]
        assert world.login("alice", alice.token.code()).code == "PAM_SUCCESS"

    def test_where_everybody_must_have_one(self, world, alice):
        world.configure(required="all")
        tool.fails_with(owner.run("alice", "disable"), tool.EX_NOPERM,
                        "you must have a second step here; nothing was changed", "ask your administrator")

    def test_enrolled_anew_by_root_meanwhile(self, world, alice, service):
        """A code for the old record does not remove the new one."""
        with owner.at_terminal("alice", "disable") as terminal:
            terminal.expect(CODE_PROMPT)
            world.twostep("disable", "alice", "--override", "--reason", "x")
            person = world.enrol("alice")
            terminal.type(alice.token.code()).answer(CODE_PROMPT, "1").answer(CODE_PROMPT, "2").end()
        assert terminal.status == 1
        assert world.login("alice", person.token.code()).code == "PAM_SUCCESS"


CHANGES = [["enroll"], ["backup-codes", "--regenerate"], ["token", "add"], ["token", "remove", "alice", "2"],
           ["token", "rename", "alice", "2", "x"], ["token", "resync", "alice", "app"], ["disable"]]


class TestEveryCommand:
    @pytest.fixture
    def two(self, world, alice):
        tool.add_token(world)
        return world

    @pytest.mark.parametrize("words", CHANGES, ids=" ".join)
    def test_a_wrong_password_changes_nothing_and_asks_no_more(self, words, two, events):
        user = "bob" if words == ["enroll"] else "alice"
        before = two.tree()
        done = owner.run(user, *words, typed=["wrong horse", "123456", "123456"])
        tool.fails_with(done, tool.REFUSED, *WRONG_PASSWORD)
        assert two.tree() == before
        assert [line.split()[:3] for line in events()] == [
            ["password-refused", "reason=wrong-password", f"user={user}"]]

    @pytest.mark.parametrize("words", CHANGES, ids=" ".join)
    def test_no_answer(self, words, two):
        before = two.tree()
        done = owner.run("bob" if words == ["enroll"] else "alice", *words)
        tool.fails_with(done, tool.EX_DATAERR, "no password was given; nothing was changed", "type yours")
        assert two.tree() == before

    @pytest.mark.parametrize("words", [["enroll", "alice"], ["status", "alice"], ["backup-codes", "alice"],
                                       ["token", "add", "alice"], ["token", "remove", "alice", "2"],
                                       ["token", "rename", "alice", "2", "x"], ["token", "resync", "alice", "2"],
                                       ["disable", "alice"], ["status", "nobody-here"]], ids=" ".join)
    def test_of_somebody_else(self, words, two):
        """Whether there is such a user is not told either."""
        before = two.tree()
        tool.fails_with(owner.run("bob", *words, typed=[people.PASSWORD]), tool.EX_NOPERM, *NOT_YOURS)
        assert two.tree() == before

    @pytest.mark.parametrize("words", [["status"], *CHANGES], ids=" ".join)
    def test_no_service(self, words, two, service):
        service.stop()
        tool.fails_with(owner.run("alice", *words), tool.EX_UNAVAILABLE, "the service is not running",
                        "ask your administrator to start twostepd, or to run this as root")
        service.__init__()

    def test_a_configuration_of_ones_own(self, two):
        tool.fails(owner.run("alice", "status", "--config", two.config), tool.EX_NOPERM, "only root")

    @pytest.mark.parametrize("words", [["list"], ["verify", "alice"], ["unlock", "alice"], ["init"]], ids=" ".join)
    def test_what_is_roots_alone(self, words, two):
        tool.fails(owner.run("alice", *words), tool.EX_NOPERM, "only root can do this")

    def test_ctrl_c_at_the_password_gives_the_terminal_back(self, two):
        """What is typed afterwards is seen again."""
        script = f"{' '.join(owner.command('alice', 'enroll'))}; {' '.join(owner.command('bob', 'enroll'))}; echo done; cat"
        with Terminal(["sh", "-c", f"trap : INT; {script}"]) as terminal:
            terminal.expect("Password: ").press("\x03").expect("done")
            terminal.type("seen again").expect("seen again").expect("seen again")
            terminal.press("\x04").end()
            assert people.PASSWORD not in terminal.seen

    def test_no_secret_reaches_the_log(self, world, service):
        mark = authlog.mark()
        token, codes = _enrol("bob")
        owner.run("bob", "token", "rename", "bob", "app", "x", typed=["wrong horse"])
        log = "\n".join(authlog.since(mark))
        for secret in (people.PASSWORD, "wrong horse", token.secret, *codes):
            assert secret not in log
        assert service.idle()
