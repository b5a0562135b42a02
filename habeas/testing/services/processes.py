"""Child processes that never outlive us, and free ports."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_STOP_S_MAX = 20.0


def free_ports(count: int) -> list[int]:
    """So many TCP ports of 127.0.0.1 that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()


@contextmanager
def child(
    command: Sequence[str], *, log: Path, stop: signal.Signals = signal.SIGTERM, user: str | int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command; it is stopped at the end of the block, and killed by the kernel if we are."""
    with log.open("ab") as output:
        # preexec_fn: nothing else asks the kernel to end the child with us, and this runs before any thread is started.
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            user=user,
            extra_groups=None if user is None else [],
            cwd="/" if user is not None else None,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - see above
        )
    try:
        yield process
    finally:
        process.send_signal(stop)
        try:
            process.wait(_STOP_S_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def die_with_parent() -> None:
    """Have the kernel kill this process when the one that started it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def await_answer(
    answers: Callable[[], bool], *, what: str, timeout_s: float, process: subprocess.Popen[bytes] | None = None
) -> None:
    """Return once `answers` is true. Raises RuntimeError if it is not in time, or the process has ended."""
    until = time.monotonic() + timeout_s
    while not answers():
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"{what} ended with exit code {process.returncode}")
        if time.monotonic() > until:
            raise RuntimeError(f"{what} does not answer after {timeout_s:.0f} s")
        time.sleep(0.1)


def unprivileged_user() -> int | None:
    """Whom to run a server as that refuses root; None if we are nobody special."""
    if os.geteuid() != 0:
        return None
    import pwd  # noqa: PLC0415 - not on every platform

    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise RuntimeError("there is no unprivileged user to run a server as")
