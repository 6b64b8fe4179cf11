"""Logins of every kind, over and over: what a guest is watched with."""

import pamstack
from guest import FAILS, Login, inside

PERMIT = "auth required pam_permit.so"


class Everybody:
    """People enrolled in a world, and service files that lead to every kind of answer and error."""

    def __init__(self, world):
        self.world, self.confdir = world, world.folder / "pam.d"
        self.alice = world.enrol("alice", "--hotp")     # a right code at any moment, as many as wanted
        self.bob = world.enrol("bob")
        self.carol = world.enrol("carol")
        self.counter = 0
        other_key = world.folder / "other-key"
        other_key.write_bytes(bytes(range(32)))
        other_key.chmod(0o400)
        self.service("site")
        self.service("explaining", self._config("explain", explain="yes"))
        self.service("lenient", self._config("lenient", required="none"), "nullok", after=[PERMIT])
        self.service("lenient-no-store", self._config("lenient-no-store", required="none", store="/nonexistent/store"),
                     "nullok", after=[PERMIT])
        self.service("other-key", self._config("other-key", key=other_key))
        self.service("bad-line", self._config("bad-line", windw="3"))
        self.service("no-configuration", world.folder / "nonexistent.conf")
        self.service("no-store", self._config("no-store", store="/nonexistent/store"))
        self.service("bad-argument", world.config, "nulok")

    def service(self, name, config=None, *arguments, before=(), after=()):
        """A service file with the module under this configuration."""
        line = " ".join(["auth required pam_twostep.so", f"config={config or self.world.config}", *arguments])
        return pamstack.Stack(self.confdir, name).write(*before, line, *after)

    def _config(self, name, **changes):
        """The world's configuration with these changes, in a file of its own."""
        path = self.world.folder / f"{name}.conf"
        settings = {**self.world.settings, **changes}
        path.write_text("".join(f"{setting} = {value}\n" for setting, value in settings.items()))
        return path

    def right(self, service="site"):
        """A login that is accepted, each time it is asked for."""
        code = self.alice.token.hotp(self.counter)
        self.counter += 1
        return Login(service, "alice", code)

    def one_of_each(self):
        """The name of each kind, the login, and what it returns."""
        used = self.carol.backup_codes[0].lower()
        return {
            "right": (self.right(), "PAM_SUCCESS"),
            "wrong": (Login("site", "bob", self.bob.token.wrong()), "PAM_AUTH_ERR"),
            "malformed, explained": (Login("explaining", "carol", "x"), "PAM_AUTH_ERR"),
            # Accepted the first time; from then on a backup code that is used, for which bcrypt runs all the same.
            "backup code": (Login("site", "carol", used), ("PAM_SUCCESS", "PAM_AUTH_ERR")),
            "malformed": (Login("site", "carol", "squeamish ossifrage"), "PAM_AUTH_ERR"),
            "too long": (Login("site", "carol", "1" * 2000), "PAM_AUTH_ERR"),
            "unknown user": (Login("site", "nobody-such", "123456"), "PAM_AUTH_ERR"),
            "not enrolled": (Login("site", "dave", "123456"), "PAM_AUTH_ERR"),
            "passed over": (Login("lenient", "dave", "unasked"), "PAM_SUCCESS"),
            "no answer": (Login("site", "carol", FAILS), "PAM_CONV_ERR"),
            "another key": (Login("other-key", "carol", "123456"), "PAM_AUTHINFO_UNAVAIL"),
            "bad line": (Login("bad-line", "carol", "123456"), "PAM_AUTHINFO_UNAVAIL"),
            "no configuration": (Login("no-configuration", "carol", "123456"), "PAM_AUTHINFO_UNAVAIL"),
            "no store": (Login("no-store", "carol", "123456"), "PAM_AUTHINFO_UNAVAIL"),
            "bad argument": (Login("bad-argument", "carol", "unasked"), "PAM_SERVICE_ERR"),
            "within another": (Login("site", "carol", inside("12345")), "PAM_AUTH_ERR"),
            "the one within": (self.right(), "PAM_SUCCESS"),
        }

    def check(self, codes, expected):
        """Whether each login returned what it is expected to."""
        wrong = [(number, code, wanted) for number, (code, wanted) in enumerate(zip(codes, expected))
                 if code != wanted and code not in (wanted if isinstance(wanted, tuple) else ())]
        assert not wrong, wrong
