"""Somebody who gets back in: what they type at the prompt, and what the service asks and tells them."""

import concurrent.futures
import itertools
import random
import re
import time
from pathlib import Path

import authlog
import peer
import stopwatch

QUESTIONS = Path("/etc/twostep/questions")
# In their one spelling; somebody types them otherwise.
ANSWERS = {"What was the name of your first pet? ": "rex", "Where did your parents meet? ": "sao paulo"}
SAID = ("twostep: if we know your address, a mail is on its way", "twostep: log in again and type what it brings")
REFUSED = ("twostep: that does not let you in", "twostep: check what you typed, or ask your administrator")
ASKED = "twostep: answer your questions; case, spaces and signs do not count"
NO_TOKEN = "ZZZZ-4567-89AB-CDEF-GHJK-MNPQ-RR"


def write_questions():
    QUESTIONS.write_text("".join(question.strip() + "\n" for question in ANSWERS))
    QUESTIONS.chmod(0o644)


def token_in(mail):
    """The token, which stands alone on its line; None where the mail brings none."""
    found = re.findall(r"^  ((?:[0-9A-Z]{4}-){6}[0-9A-Z]{2})$", mail.text, re.M)
    return found[0] if found else None


def until(mail, subject):
    """The next mail with this in its subject. One that a delivery of the test before was killed over can be cut short."""
    while subject not in ((letter := mail.next()).subject or ""):
        pass
    return letter


def mailed_code(letter):
    """The code that verifies an address."""
    code, = re.findall(r"^  ([0-9A-Z]{4}-[0-9A-Z]{4})$", letter.text, re.M)
    return code


def give_address(site, mail, user, address):
    """Sets the address, and verifies it by the mail that comes."""
    assert site.run("contact", user, "--set", address).returncode == 1
    site.twostep("contact", user, "--verify", input=mailed_code(until(mail, "confirm")))


def events(mark, *names):
    """The lines of the service and of the delivery that are about a way back: their fields."""
    found = []
    for line in authlog.since(mark):
        match = re.search(r"twostepd\[\d+\]: (?:pam_twostep\([^)]*\): )?(event=.*)$", line)
        fields = dict(re.findall(r'([\w-]+)=("[^"]*"|\S*)', match[1])) if match else {}
        if fields and (fields["event"] in names or not names and re.match(
                "recover|sessions|enrol|accepted|refused|error", fields["event"])):
            found.append(fields)
    return found


class Attempt:
    """A login in which something was typed at the module's prompt that is the service's to judge. Questions are answered, by
    a text or by what a function says then; whoever is asked anything else has no answer."""

    def __init__(self, user, typed, answers=None, rhost=b"192.0.2.1"):
        answers = ANSWERS if answers is None else answers
        self.asked, self.told, self.everything = [], [], []
        with peer.Client() as client:
            hello = peer.Hello(user.encode(), flags=2, service=b"sshd", remote_host=rhost)
            client.socket.sendall(hello.frame())
            while True:
                kind, payload = client.receive()
                text = payload.decode(errors="replace")
                if kind == peer.VERDICT:
                    self.verdict = peer.VERDICTS[payload[0]]
                    return
                self.everything.append((kind, "?" if text in ANSWERS else text))
                if kind == peer.INFO:
                    self.told.append(payload[1:].decode())
                elif kind == peer.FIRST_PASS:
                    client.send(peer.ANSWER, typed.encode())
                else:
                    self.asked.append(text)
                    if text in answers:
                        answer = answers[text]
                        client.send(peer.ANSWER, (answer() if callable(answer) else answer).encode())
                    else:
                        client.send(peer.NO_ANSWER)

    @property
    def is_taken(self):
        """Whether the token has let them enrol anew."""
        return any("set up a second step" in line for line in self.told)


def assert_alike(site, kinds, rounds, times_each, bound):
    """Rounds in which everybody comes at once, in a new order, to records as they were: what slows the machine slows all."""
    records = {path: path.read_bytes() for path in site.users.iterdir()}
    times, seen = {name: [] for name in kinds}, set()

    def timed(name):
        began = time.perf_counter()
        attempt = kinds[name]()
        return name, time.perf_counter() - began, (attempt.verdict, tuple(attempt.everything))
    everybody = list(kinds) * times_each
    with concurrent.futures.ThreadPoolExecutor(len(everybody)) as pool:
        for turn in range(rounds + 1):
            for path, content in records.items():
                with open(path, "r+b") as file:     # the same file: a new one would not be the record any more
                    file.write(content)
            random.shuffle(everybody)
            for name, taken, said in pool.map(timed, everybody):
                seen.add(said)
                if turn:        # the first one fills caches
                    times[name].append(taken)
    told_apart = {pair: round(stopwatch.superiority(times[pair[0]], times[pair[1]]), 3)
                  for pair in itertools.combinations(kinds, 2)}
    print(told_apart)
    assert len(seen) == 1, seen
    assert all(abs(value - 0.5) <= bound for value in told_apart.values()), told_apart
