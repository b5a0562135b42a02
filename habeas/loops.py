"""Running a role: its steps over and over, each in a thread of its own, until told to stop."""

import gc
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from habeas.errors import FencedError, HabeasError, RetriableError, SystemDownError
from habeas.observability.health import Pulse
from habeas.observability.logging import where
from habeas.storage.database import Wakeups

log = structlog.get_logger()

IDLE_S = 0.25
PAUSE_S_MAX = 10.0
_OBJECTS_BETWEEN_COLLECTIONS = 20_000


@dataclass(frozen=True, slots=True)
class Loop:
    """A step to be repeated. It returns how much it did; after nothing the loop sleeps until `wake` is notified.

    `close` is called once, in the loop's thread, when the loop ends.
    """

    name: str
    step: Callable[[], int]
    wake: str
    close: Callable[[], None] = lambda: None
    idle_s: float = IDLE_S


def collect_seldom() -> None:
    """Have Python look for circles of garbage less often, and never among what has been loaded by now.

    For processes that run roles. A search makes thousands of records without circles, which go by themselves; looking
    through them after every 700 objects, as is usual, takes up to a third of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, 20, 20)


class Loops:
    """The loops of one process."""

    def __init__(self, loops: Sequence[Loop], *, wakeups: Wakeups) -> None:
        self._wakeups = wakeups
        self._wakes = {loop.wake for loop in loops}
        self._stopping = threading.Event()
        self._error: Exception | None = None
        self.pulses = [Pulse.of(loop.name) for loop in loops]
        self._threads = [
            threading.Thread(target=self._run, args=(loop, pulse), name=loop.name)
            for loop, pulse in zip(loops, self.pulses, strict=True)
        ]

    def start(self) -> None:
        """Start all threads."""
        for thread in self._threads:
            thread.start()

    def ask_to_stop(self) -> None:
        """Let every loop end with its present step; from a signal handler too, so no lock is taken."""
        self._stopping.set()

    def stop(self) -> None:
        """Let every loop finish its step, and wait for them. Raises what ended a loop early."""
        self._stopping.set()
        self._wakeups.notify(self._wakes)
        for thread in self._threads:
            thread.join()
        if self._error is not None:
            raise self._error

    def wait(self, timeout_s: float | None = None) -> bool:
        """Until told to stop or a loop has failed; True if so, False when the time is up."""
        return self._stopping.wait(timeout_s)

    def _run(self, loop: Loop, pulse: Pulse) -> None:
        try:
            self._repeat(loop, pulse)
        except Exception as error:  # noqa: BLE001 - the process must not go on with a part of it dead; stop() raises it
            log.error(  # noqa: TRY400 - the text of the exception is nobody's
                "loop.failed", loop=loop.name, error_class=type(error).__name__, where=where(error)
            )
            self._error = error
            self._stopping.set()
        finally:
            self._close(loop)

    def _close(self, loop: Loop) -> None:
        try:
            loop.close()
        except HabeasError as error:  # what it would give back runs out by itself
            log.warning("loop.not_closed", loop=loop.name, error_class=type(error).__name__)

    def _repeat(self, loop: Loop, pulse: Pulse) -> None:
        failures = 0
        while not self._stopping.is_set():
            seen = self._wakeups.count(loop.wake)
            pulse.begin()
            try:
                did = loop.step()
                failures = 0
                pulse.did_well()
            except (RetriableError, SystemDownError, FencedError) as error:
                failures += 1
                pulse.failed(error)
                pause_s = min(PAUSE_S_MAX, 0.1 * 2 ** min(failures, 10)) * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
                name = type(error).__name__
                log.warning("loop.paused", loop=loop.name, pause_s=round(pause_s, 2), error_class=name)
                self._stopping.wait(pause_s)
                continue
            if not did and not self._stopping.is_set():
                self._wakeups.wait(loop.wake, since=seen, timeout_s=loop.idle_s)
