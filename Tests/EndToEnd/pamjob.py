"""The child's side of a scripted login: one PAM handle, its conversation, the calls."""

import ctypes
import faulthandler
import inspect
import json
import os
import pickle
import select
import signal
import subprocess
import sys
import syslog
import traceback
from pathlib import Path

import authlog
import footprint
import libpam
from script import Ask, Misbehaviour, Set, Told


class Job:
    """One handle, its conversation, the calls."""

    def __init__(self, stack, functions, user, script, flags, items, before, clean, remarks, environment=None):
        self.stack, self.functions, self.flags, self.items = stack, functions, flags, items
        self.user = user.encode("utf-8", "surrogateescape") if isinstance(user, str) else user
        self.script, self.before, self.clean = list(script), before, clean
        self.environment = environment or {}
        self.problems = []
        self.remarks = [] if remarks else None
        self.delay = 0

    def run(self):
        if self.before:
            self.before()
        syslog.syslog(authlog.OWN + ": a login begins")   # opens the log's descriptor
        function = libpam.ConversationFunction(self.converse)
        conversation = libpam.Conversation(function, None)
        delay = libpam.DelayFunction(self.note_delay)
        first = footprint.take()
        handle = libpam.start(self.stack.service, self.user, self.stack.confdir, conversation)
        self.handle = handle
        libpam.pam.pam_set_item(handle, libpam.FAIL_DELAY, ctypes.cast(delay, ctypes.c_void_p))
        for name, value in self.items.items():
            libpam.set_text_item(handle, name, value.encode())
        for name, value in self.environment.items():
            libpam.put_environment(handle, name, value)
        codes = self.call_all(handle)
        authtok = libpam.get_text_item(handle, "authtok") if codes else None
        libpam.pam.pam_end(handle, codes[-1] if codes else 0)
        if self.clean and (change := footprint.difference(first, footprint.take())):
            self.problems.append("the process was left changed: " + change)
        if self.script:
            self.problems.append(f"never came: {self.script}")
        if self.problems:
            names = [libpam.NAMES.get(code, code) for code in codes]
            return {"problem": "\n".join(self.problems) + f"\nanswered: {names}"}
        return {"codes": codes, "delay": self.delay, "remarks": self.remarks or [],
                "authtok": authtok.decode("utf-8", "replace") if authtok is not None else None}

    def call_all(self, handle):
        """Makes the calls, and what the application sets between them; what the calls returned."""
        codes = []
        for function in self.functions:
            if isinstance(function, Set):
                libpam.set_text_item(handle, function.item, function.value)
            else:
                codes.append(getattr(libpam.pam, "pam_" + function)(handle, self.flags))
        return codes

    def note_delay(self, _status, microseconds, _data):
        """Replaces libpam's sleep after a failure: tests note it and go on."""
        self.delay = microseconds

    def converse(self, count, messages, responses, _data):
        try:
            return self.answer(count, messages, responses)
        except BaseException:
            self.problems.append(traceback.format_exc())
            return libpam.CONV_ERR

    def _given(self, answer):
        """An answer as it is now; a function that takes one argument gets the handle."""
        if not callable(answer):
            return answer
        return answer(self.handle) if inspect.signature(answer).parameters.get("handle") else answer()

    def answer(self, count, messages, responses):
        array = libpam.libc.calloc(count, ctypes.sizeof(libpam.Response))
        replies = ctypes.cast(array, ctypes.POINTER(libpam.Response))
        for index in range(count):
            message = messages[index].contents
            text = message.text.decode("utf-8", "backslashreplace")
            if self.remarks is not None and message.style in (libpam.TEXT_INFO, libpam.ERROR_MSG):
                self.remarks.append(text)
                continue
            if not self.script:
                self.problems.append(f"not expected: {text!r} (style {message.style})")
                return libpam.CONV_ERR
            expected = self.script.pop(0)
            if (text, message.style) != (expected.text, expected.style):
                self.problems.append(f"expected {expected}, got {text!r} (style {message.style})")
                return libpam.CONV_ERR
            if isinstance(expected, Told):
                continue
            answer = self._given(expected.answer)
            if isinstance(answer, Misbehaviour):
                if answer.gives == "null text":
                    responses[0] = replies
                return answer.returns
            answer = answer.encode() if isinstance(answer, str) else answer
            replies[index].text = libpam.allocated(answer)
        responses[0] = replies
        return libpam.SUCCESS


def in_child(work, limit):
    """Runs `work` in a forked child; its result, or the manner of its death."""
    reader, writer = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            faulthandler.disable()
            signal.alarm(limit + 5)
            try:
                report = work()
            except BaseException:
                report = {"problem": traceback.format_exc()}
            os.write(writer, json.dumps(report).encode())
        finally:
            os._exit(0)
    os.close(writer)
    ready, _, _ = select.select([reader], [], [], limit)
    if not ready:
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reader, "rb") as stream:
        data = stream.read()
    _, status = os.waitpid(child, 0)
    if not ready:
        return {"problem": f"no answer within {limit} seconds"}
    if os.WIFSIGNALED(status):
        return {"problem": f"the process was killed by {signal.Signals(os.WTERMSIG(status)).name}"}
    return json.loads(data) if data else {"problem": f"the process ended early (status {status})"}


def in_later_process(job, limit, seconds):
    """Runs `job` in a process of its own whose clock is `seconds` ahead."""
    for step in job.script:
        if isinstance(step, Ask) and callable(step.answer):
            step.answer = step.answer()     # a function cannot travel
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    environment = {**os.environ, "LD_PRELOAD": str(library), "FAKETIME": f"+{seconds}s",
                   "DONT_FAKE_MONOTONIC": "1", "PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run([sys.executable, "-c", "import pamjob; pamjob.run_given()"],
                          input=pickle.dumps(job), capture_output=True, timeout=limit,
                          env=environment, check=False)
    if done.returncode:
        return {"problem": f"the process ended with {done.returncode}: {done.stderr.decode()}"}
    return json.loads(done.stdout)


def run_given():
    """The process that `in_later_process` starts: a job on standard input, its report on standard output."""
    print(json.dumps(pickle.load(sys.stdin.buffer).run()))
