"""`twostep contact`: an address counts once its owner has typed the code that was sent there; then they hear of things."""

import concurrent.futures
import json
import re
import subprocess
import time
from pathlib import Path

import authlog
import delivering
import mailsystem
import owner
import people
import pytest
import service as running_service
import tool
from delivering import wait_for
from pamstack import CODE_PROMPT
from sshserver import SshServer
from terminal import Terminal
from tool import fails, says

ADDRESS, OTHER = "alice@example.org", "other@example.com"
QUESTION = "Code from the mail: "


@pytest.fixture
def server():
    with mailsystem.running() as server:
        yield server


@pytest.fixture
def world(machine):
    machine.configure(mail=mailsystem.SENDER, bcrypt_cost=10, backup_codes=2, required="none")
    return machine


@pytest.fixture
def delivery(world):
    with delivering.running(world.config) as delivery:
        yield delivery


@pytest.fixture
def alice(world, server, delivery):
    return world.enrol("alice")


def code_in(mail):
    """The code, which stands alone on its line."""
    found, = re.findall(r"^  ([0-9A-Z]{4}-[0-9A-Z]{4})$", mail.text, re.M)
    return found


def set_address(world, server, address=ADDRESS, user="alice"):
    """The whole dialogue of root's."""
    with Terminal([tool.TOOL, "contact", user, "--set", address]) as terminal:
        terminal.expect(QUESTION)
        mail = server.next()
        assert mail.recipients == [address] and code_in(mail) not in terminal.seen
        screen = terminal.type(code_in(mail)).end()
    assert terminal.status == 0, screen
    assert "contact-set" in mail.subject or "confirm" in mail.subject
    assert server.next().recipients == [address]
    return screen


def contact(world, user="alice"):
    return json.loads(world.twostep("contact", user, "--json"))


class TestByRoot:
    def test_set_show_change_remove(self, world, server, alice):
        mark = authlog.mark()
        assert contact(world) == {"user": "alice"}
        assert f"goes to {ADDRESS}" in set_address(world, server)
        shown = contact(world)
        assert shown.pop("verified").endswith("Z") and shown == {"user": "alice", "address": ADDRESS}
        assert world.twostep("contact", "alice").startswith(f"{ADDRESS}, verified 2")
        # A change is told at the old address as well.
        with Terminal([tool.TOOL, "contact", "alice", "--set", OTHER]) as terminal:
            terminal.expect(QUESTION)
            terminal.type(code_in(server.next())).end()
        assert {address for _ in range(2) for address in server.next().recipients} == {ADDRESS, OTHER}
        says(world.run("contact", "alice", "--remove"), "Mail about alice goes to them no more.")
        assert server.next().recipients == [OTHER]
        assert contact(world) == {"user": "alice"}
        fails(world.run("contact", "alice", "--remove"), tool.EX_DATAERR, "no address")
        log = "\n".join(authlog.since(mark))
        assert log.count("event=contact-set user=alice by=0") == 2 and log.count("event=contact-removed user=alice by=0") == 1
        assert ADDRESS not in log and OTHER not in log

    def test_later(self, world, server, alice):
        """The code waits, whoever asks for it; not for ever, and not however often."""
        done = world.run("contact", "alice", "--set", ADDRESS, input="\n")
        assert done.returncode == 1 and "not verified" in done.stderr
        assert contact(world) == {"user": "alice", "waiting": ADDRESS}
        code = code_in(server.next())
        fails(tool.later(world, 901, "contact", "alice", "--verify", input=code), tool.EX_DATAERR, "expired")
        typed = code.lower().replace("-", " ")
        assert world.run("contact", "alice", "--verify", input=f"wrong\n{typed}\n").returncode == 0
        assert contact(world)["address"] == ADDRESS
        fails(world.run("contact", "alice", "--verify", input=code), tool.EX_DATAERR)

    def test_five_wrong_codes(self, world, server, alice):
        assert world.run("contact", "alice", "--set", ADDRESS, input="AAAA-AAAA\n" * 3).returncode == 1
        code = code_in(server.next())
        fails(world.run("contact", "alice", "--verify", input="AAAA-AAAA\n" * 2 + code), tool.EX_DATAERR, "too many")
        fails(world.run("contact", "alice", "--verify", input=code), tool.EX_DATAERR)
        assert contact(world) == {"user": "alice"}

    def test_a_newer_code(self, world, server, alice):
        world.run("contact", "alice", "--set", ADDRESS)
        first = code_in(server.next())
        world.run("contact", "alice", "--set", OTHER)
        second = code_in(server.next())
        assert world.run("contact", "alice", "--verify", input=first).returncode == 1
        assert world.run("contact", "alice", "--verify", input=second).returncode == 0
        assert contact(world)["address"] == OTHER

    def test_nobody_is_flooded(self, world, server, delivery, alice):
        """Five codes an hour, to whatever address."""
        mark = authlog.mark()
        for number in range(6):
            world.run("contact", "alice", "--set", f"victim{number}@example.com")
        assert {server.next().recipients[0] for _ in range(5)} == {f"victim{number}@example.com" for number in range(5)}
        deadline = time.monotonic() + 10
        while not delivering.said(mark) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert [line["reason"] for line in delivering.said(mark)] == ["mail-too-many"] and server.none()

    @pytest.mark.parametrize("address", ["alice", "a@b@example.org", "a b@example.org", "alice@example.org\nBcc: x@y.z",
                                         "älice@example.org", "-x@example.org"])
    def test_no_address(self, world, alice, address):
        fails(world.run("contact", "alice", f"--set={address}"), tool.EX_USAGE, "not a mail address")
        assert contact(world) == {"user": "alice"}

    @pytest.mark.parametrize("domain", ["localhost", "localhost.localdomain", "HOST", "HOST.example.org", "mail.here.example"])
    def test_an_address_of_this_machine(self, world, alice, domain):
        Path("/etc/mailname").write_text("mail.here.example\n")
        host = subprocess.run(["hostname"], capture_output=True, text=True, check=True).stdout.strip()
        fails(world.run("contact", "alice", "--set", f"alice@{domain.replace('HOST', host)}"), tool.EX_USAGE, "this machine")

    def test_no_mail_here(self, world, delivery, alice):
        before = tool.record(world)
        world.configure(mail=None)
        fails(world.run("contact", "alice", "--set", ADDRESS), tool.EX_CONFIG, "no mail")
        world.configure(mail=mailsystem.SENDER, notify="nonsense")
        fails(world.run("contact", "alice", "--set", ADDRESS), tool.EX_CONFIG, "notify", ":")
        world.configure(notify=None)
        assert tool.record(world) == before
        delivery.kill()
        fails(world.run("contact", "alice", "--set", ADDRESS), tool.EX_UNAVAILABLE, "nobody sends mail")
        assert tool.record(world) == before
        delivery.start()

    def test_no_secret_stays(self, world, server, delivery, alice):
        """While the mail system is down the code is nowhere but in memory; and it comes when that is up again."""
        server.stop()
        mark = authlog.mark()
        world.run("contact", "alice", "--set", ADDRESS)
        failed, *_ = wait_for(lambda: delivering.said(mark))
        assert (failed["to"], failed["of"]) == ("code", "contact-code") and delivering.queued() == []
        server.start()
        code = code_in(server.next())
        everything = b"".join(path.read_bytes() for folder in ("/var/spool", "/var/lib/twostep", "/var/log")
                              for path in Path(folder).rglob("*") if path.is_file())
        assert code.encode() not in everything and code.replace("-", "").encode() not in everything


class TestByTheOwner:
    @pytest.fixture(autouse=True)
    def service(self, world):
        service = running_service.Service()
        yield service
        assert service.idle() and service.is_alive()
        service.stop()

    def test_set_and_removed(self, world, server, alice, uid):
        """Password, a current code, and the code from the mail."""
        mark = authlog.mark()
        with owner.at_terminal("alice", "contact", "--set", ADDRESS) as terminal:
            terminal.answer(CODE_PROMPT, alice.token.code()).expect(QUESTION)
            mail = server.next()
            screen = terminal.type(code_in(mail)).end()
        assert terminal.status == 0, screen
        assert f"event=contact-set user=alice by={uid('alice')}" in "\n".join(authlog.since(mark))
        assert server.next().recipients == [ADDRESS]
        done = owner.run("alice", "contact")
        assert done.returncode == 0 and done.stdout.startswith(ADDRESS)
        done = owner.run("alice", "contact", "--remove", typed=[people.PASSWORD, alice.backup_codes[0]])
        assert done.returncode == 0, done.stderr
        # What a thief would do to be alone: the owner hears of the backup code, or at least that this is the last mail.
        while "No more mail" not in (mail := server.next()).subject:
            assert "backup code" in mail.subject and mail.recipients == [ADDRESS]
        assert mail.recipients == [ADDRESS] and contact(world) == {"user": "alice"}

    def test_not_without_a_code(self, world, server, alice):
        done = owner.run("alice", "contact", "--set", ADDRESS, typed=[people.PASSWORD, alice.token.wrong()])
        assert done.returncode == 1 and contact(world) == {"user": "alice"} and server.none()

    def test_not_of_somebody_else(self, world, alice):
        fails(owner.run("bob", "contact", "alice"), tool.EX_NOPERM, "for yourself only")


class TestWhatTheOwnerHearsOf:
    def test_a_backup_code_at_sshd(self, world, server, delivery, alice, folder):
        """The owner gets it from a real login, and nobody else does."""
        set_address(world, server)
        sshd = SshServer(folder)
        try:
            with sshd.login("alice") as terminal:
                screen = terminal.answer("assword", people.PASSWORD).answer(CODE_PROMPT, alice.backup_codes[0]).end()
            assert "in as alice" in screen
        finally:
            sshd.stop()
        mail = server.next()
        assert mail.recipients == [ADDRESS] and "backup code" in mail.subject
        assert re.search(r"^  from   127\.0\.0\.1$", mail.text, re.M) and "codes left: 1" in mail.text
        assert alice.backup_codes[0] not in mail.text
        wait_for(delivery.is_idle)
        assert server.none()

    def test_a_code_waits_for_room(self, world, server, delivery, alice):
        """The kernel's queue is full for a moment: the mail goes all the same."""
        with concurrent.futures.ThreadPoolExecutor() as pool:
            with delivering.full(delivery):
                asked = pool.submit(world.run, "contact", "alice", "--set", ADDRESS, input="")
                concurrent.futures.wait([asked], timeout=1)
                assert not asked.done()
        assert "nobody" not in asked.result().stderr and code_in(server.next())

    def test_a_change_waits_for_room(self, world, server, delivery, alice):
        """Whoever fills the kernel's queue does not keep an owner from hearing that their address is gone."""
        set_address(world, server)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            with delivering.full(delivery):
                removed = pool.submit(world.run, "contact", "alice", "--remove")
                wait_for(lambda: contact(world) == {"user": "alice"})
                concurrent.futures.wait([removed], timeout=0.3)
                assert not removed.done()
        assert removed.result().returncode == 0
        mail = server.next()
        assert mail.recipients == [ADDRESS] and "No more mail" in mail.subject

    def test_what_is_said_of_a_code_is_not_logged(self, world, server, delivery, alice, folder):
        """The mail program has it, and might say it."""
        world.configure(mail_command=delivering.hook("mail", "cat; exit 1", folder=folder))
        mark = authlog.mark()
        world.run("contact", "alice", "--set", ADDRESS, input="")
        failed, *_ = wait_for(lambda: delivering.said(mark))
        assert (failed["reason"], failed["to"], failed["cause"]) == ("mail-refused", "code", "exit-1")

    def test_what_is_done_to_their_record(self, world, server, delivery, alice):
        set_address(world, server)
        world.twostep("token", "add", "alice", "--provision", "--label", "tablet {x}")
        mail = server.next()
        assert "token was added" in mail.subject and "tablet (x)" in mail.text
        world.twostep("backup-codes", "alice", "--regenerate", "--override", "--reason", "lost", "--json")
        assert "new backup codes" in server.next().subject
        for code in alice.token.wrong(6):
            world.login("alice", code, items={"rhost": "192.0.2.7"})
        mail = server.next()
        assert "guessed" in mail.subject and "192.0.2.7" in mail.text
        # The last thing that they hear: the record, and the address in it, is gone by then.
        world.twostep("disable", "alice", "--override", "--reason", "left")
        mail = server.next()
        assert mail.recipients == [ADDRESS] and "turned off" in mail.subject
        world.twostep("enroll", "alice", "--provision")
        wait_for(delivery.is_idle)
        assert server.none()

    def test_the_store_is_away_for_a_while(self, world, server, delivery, alice):
        """Whether there is an address cannot be said then: the mail waits."""
        set_address(world, server)
        away = world.store.with_name("away")
        mark = authlog.mark()
        world.key.rename(world.key.with_name("key.away"))
        delivering.send("event=unlocked user=alice by=0")
        failed, *_ = wait_for(lambda: delivering.said(mark))
        assert (failed["reason"], failed["cause"]) == ("owner", "key-missing") and not away.exists()
        world.key.with_name("key.away").rename(world.key)
        assert "unlocked" in server.next().subject
