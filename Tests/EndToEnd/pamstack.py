"""A scripted application on the real libpam.

Each run happens in a child process of its own, with a time limit, so that a
module that crashes or hangs is seen as just that. The application's side of the
conversation is a queue of what it expects to be asked and told, in order; one
message more, fewer, or different in text or style, and the run fails.
"""

import time
from dataclasses import dataclass, field

import authlog
import libpam
import pamjob
from script import Ask

CODE_PROMPT = "Verification code: "
PASSWORD_PROMPT = "Password: "


@dataclass
class Outcome:
    """What the stack answered, and what it left behind."""
    codes: list
    log: list = field(default_factory=list)
    remarks: list = field(default_factory=list)
    delay: int = 0
    authtok: object = None
    seconds: float = 0.0

    @property
    def code(self):
        """The last call's return code, by name."""
        return self.codes[-1]

    @property
    def events(self):
        """Our module's decisions as dictionaries of the log line's fields."""
        entries = (authlog.event(line) for line in self.log)
        return [entry for entry in entries if entry and entry["event"] != "debug"]

    @property
    def event(self):
        """The one decision of this run."""
        events = self.events
        assert len(events) == 1, f"expected one decision in the log, got {self.log}"
        return events[0]


def code_for(code):
    """The one exchange most logins consist of."""
    return [Ask(CODE_PROMPT, code)]


@dataclass
class Stack:
    """A service file in a folder of its own."""
    confdir: object
    service: str = "scripted"

    def write(self, *lines):
        self.confdir.mkdir(parents=True, exist_ok=True)
        (self.confdir / "other").write_text("auth requisite pam_deny.so\n")
        (self.confdir / self.service).write_text("".join(line + "\n" for line in lines))
        return self

    def authenticate(self, user, script, **options):
        """pam_authenticate with `script` as the conversation."""
        return self.call(["authenticate"], user, script, **options)

    def call(self, functions, user, script, *, flags=0, items=None, limit=20, before=None,
             clean=True, remarks=False, later=0, environment=None):
        """Calls the named pam_* functions in turn on one handle; a `Set` among them sets an item.

        `items` and `environment` are set before the first; of the latter the values are bytes.
        `before` runs in the child first (to set limits, say). `clean` checks that
        the process is left as it was: descriptors, umask, signals, threads. With
        `remarks`, what is told beyond the script is kept instead of a fault. `later`
        moves the clock forward by so many seconds (a fresh process under libfaketime).
        """
        mark = authlog.mark()
        started = time.monotonic()
        job = pamjob.Job(self, functions, user, script, flags, items or {}, before, clean, remarks, environment)
        report = (pamjob.in_later_process(job, limit, later) if later
                  else pamjob.in_child(job.run, limit))
        seconds = time.monotonic() - started
        log = authlog.since(mark)
        if "problem" in report:
            raise AssertionError(report["problem"] + "\nlog: " + "\n".join(log))
        return Outcome([libpam.NAMES.get(code, code) for code in report["codes"]], log,
                       report["remarks"], report["delay"], report["authtok"], seconds)
