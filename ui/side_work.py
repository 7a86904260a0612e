"""Work beside the page: a thread of its own in a turn of its own, which ends when it is stopped or nobody waits."""

import atexit
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from weakref import WeakSet

from ui.turns import pass_on, turn
from unet_core.messages import ExplainedError, Message


class _Stopped(Exception):
    """Somebody stopped it, or nobody is there any more."""


LAST = 10.0  # seconds that all of it together may take to end when the server does


class SideWork:
    """What `work` does, once `begin` is called. `alive` is asked by `between` whether anybody still waits.

    `broke_off` is what is said where the device fails, with a {reason}.
    """

    broke_off: Message

    def __init__(self, alive: Callable[[], bool]) -> None:
        self.failed: Message | None = None
        self._alive, self._stop = alive, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name=type(self).__name__)

    def begin(self) -> None:
        """When all that `work` needs is there."""
        _BEGUN.add(self)
        self._thread.start()

    def work(self) -> None:
        """Done in the thread; calls `between` often."""
        raise NotImplementedError

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        """After the part that is being computed; what is done stays."""
        self._stop.set()

    def wait(self, seconds: float) -> None:
        self._thread.join(seconds)

    def between(self) -> None:
        """Between two parts: end the work where nobody wants it, else let somebody else have this turn."""
        if self._stop.is_set() or not self._alive():
            raise _Stopped
        pass_on()

    def _run(self) -> None:
        try:
            with turn():
                if not self._stop.is_set():
                    self.work()
        except _Stopped:
            pass
        except ExplainedError as error:
            self.failed = error.message
        except (MemoryError, RuntimeError) as error:  # the device's own: out of memory, or lost
            self.failed = replace(self.broke_off, values={"reason": str(error)[:200] or "out of memory"})


_BEGUN: WeakSet[SideWork] = WeakSet()


@atexit.register
def _end() -> None:
    """Python ends a thread where it is; inside torch that takes the process down with "terminate called"."""
    end = time.monotonic() + LAST
    begun = list(_BEGUN)
    for work in begun:
        work.stop()
    for work in begun:
        work.wait(max(0.0, end - time.monotonic()))
