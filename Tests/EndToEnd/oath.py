"""Codes from oathtool, an independent generator: never from our own code."""

import subprocess
import time
from dataclasses import dataclass


@dataclass
class Token:
    """A secret as an authenticator app holds it."""
    secret: str
    algorithm: str = "SHA1"
    digits: int = 6
    period: int = 30

    def code(self, steps=0, at=None):
        """The TOTP code of the present step, or of `steps` later (earlier if negative)."""
        moment = int(time.time() if at is None else at) + steps * self.period
        return self._oathtool(f"--totp={self.algorithm.lower()}", "--now", f"@{moment}",
                              "--time-step-size", f"{self.period}s")

    def hotp(self, counter):
        """The HOTP code of this counter value."""
        if self.algorithm == "SHA1":
            return self._oathtool("--hotp", "--counter", str(counter))
        # oathtool knows other hashes for TOTP alone, which is HOTP of the count of steps.
        return self._oathtool(f"--totp={self.algorithm.lower()}", "--now", f"@{counter}",
                              "--time-step-size", "1s")

    def of_steps(self, first, count):
        """The TOTP codes of `count` consecutive time steps, from number `first` on, all at once."""
        return self._oathtool(f"--totp={self.algorithm.lower()}", "--now", f"@{first * self.period}",
                              "--time-step-size", f"{self.period}s", "--window", str(count - 1)).split()

    def of_counters(self, first, count):
        """The HOTP codes (SHA-1) of `count` consecutive counter values, from `first` on, all at once."""
        return self._oathtool("--hotp", "--counter", str(first), "--window", str(count - 1)).split()

    def wrong(self, count=1):
        """Codes that are right at no step within two minutes of now."""
        near = {self.code(steps) for steps in range(-4, 5)}
        codes = []
        number = 0
        while len(codes) < count:
            candidate = str(number).zfill(self.digits)
            number += 1
            if candidate not in near:
                codes.append(candidate)
        return codes[0] if count == 1 else codes

    def _oathtool(self, *arguments):
        done = subprocess.run(
            ["oathtool", "--base32", "--digits", str(self.digits), *arguments, self.secret],
            capture_output=True, text=True, check=True)
        return done.stdout.strip()


def steady(period=30, seconds=4):
    """Waits, if need be, until the present time step has `seconds` left."""
    left = period - time.time() % period
    if left < seconds:
        time.sleep(left + 0.05)
