"""The machine's installation for tests of owners: made once, and as it was before each of them."""

import killing
import service as running_service
import tool
from world import Machine


class OwnerSite:
    """A running service; `empty` restores a store without anybody, `filled` one in which alice has the tokens "app" and
    those of `labels`."""

    def __init__(self, *labels, **settings):
        self.machine = Machine()
        self.machine.configure(required="none", **settings)
        self._settings = dict(self.machine.settings)
        self._empty = killing.Snapshot(self.machine.store)
        self.alice = self.machine.enrol("alice")
        for label in labels:
            tool.add_token(self.machine, "--label", label)
        self.keep()
        self.service = running_service.Service()

    def keep(self):
        """What `filled` restores is as it is now."""
        self._filled = killing.Snapshot(self.machine.store)

    def empty(self):
        return self._restore(self._empty)

    def filled(self):
        return self._restore(self._filled)

    def _restore(self, snapshot):
        assert self.service.idle() and self.service.is_alive()
        self.machine.settings = dict(self._settings)
        self.machine.configure()
        snapshot.restore()
        return self.machine

    def stop(self):
        self.service.stop()
        self.machine.remove()
