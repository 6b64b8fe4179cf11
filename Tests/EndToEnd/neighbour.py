"""The module neighbour.c: what stands before ours in a stack and gives it a password, or after it and takes one."""

import compiled


class Neighbour:
    """Lines of a service file, and what the module behind them saw."""

    def __init__(self, folder):
        self.module = compiled.library("neighbour", folder, "pam")
        self._given, self._noted = folder / "given", folder / "noted"

    def giving(self, password):
        """The line of a module that was told `password` (text, or bytes)."""
        self._given.write_bytes(password.encode() if isinstance(password, str) else password)
        return f"auth required {self.module} gives={self._given}"

    def noting(self):
        """The line of a module that looks at what it is given."""
        self._noted.unlink(missing_ok=True)
        return f"auth required {self.module} notes={self._noted}"

    @property
    def noted(self):
        """The password that the module after ours found, in bytes; None where there was none."""
        return self._noted.read_bytes() if self._noted.exists() else None
