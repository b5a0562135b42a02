"""One service for several processes, gone when the last of them is.

Whoever uses a service holds a shared lock on a file; the service's keeper (keeper.py) waits for that file's exclusive
lock. The kernel gives locks back when a process ends, even by SIGKILL, so nothing outlives its users.
"""

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from habeas.testing.services.unavailable import ServiceUnavailableError

Kind = Literal["kafka", "postgres"]
START_S_MAX = 300.0
"""Fetching the broker or an image for the first time takes minutes."""
STOP_S_MAX = 40.0


@contextmanager
def shared(kind: Kind, folder: Path) -> Iterator[str]:
    """The address of the folder's one service of that kind; the first to come starts it, the last sees it stop.

    Raises ServiceUnavailableError if it can't be had.
    """
    folder.mkdir(parents=True, exist_ok=True)
    users = os.open(folder / f"{kind}.users", os.O_RDWR | os.O_CREAT, 0o600)
    last = False
    try:
        fcntl.flock(users, fcntl.LOCK_SH)
        with (folder / f"{kind}.starting").open("w") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            address = _address(kind, folder) or _start(kind, folder)
        yield address
        last = _nobody_else(users)
    finally:
        os.close(users)
    if last:
        _await_end(kind, folder)


def _nobody_else(users: int) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _await_end(kind: Kind, folder: Path) -> None:
    until = time.monotonic() + STOP_S_MAX
    while (folder / f"{kind}.running").exists() and time.monotonic() < until:
        time.sleep(0.05)


def _address(kind: Kind, folder: Path) -> str | None:
    try:
        return (folder / f"{kind}.address").read_text()
    except FileNotFoundError:
        return None


def _start(kind: Kind, folder: Path, *, again: bool = True) -> str:
    failure = folder / f"{kind}.failure"
    failure.unlink(missing_ok=True)
    with (folder / f"{kind}.log").open("ab") as log:
        command = [sys.executable, "-m", "habeas.testing.services.keeper", kind, str(folder)]
        keeper = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    until = time.monotonic() + START_S_MAX
    while time.monotonic() < until:
        address = _address(kind, folder)
        if address is not None:
            # It is not ours to wait for: it ends when all users have.
            keeper.returncode = 0
            return address
        if keeper.poll() is not None:
            break
        time.sleep(0.05)
    keeper.kill()
    keeper.wait()
    if failure.exists():
        raise ServiceUnavailableError(json.loads(failure.read_text()))
    if again:  # the keeper of earlier users was just about to end
        _await_end(kind, folder)
        return _start(kind, folder, again=False)
    tail = (folder / f"{kind}.log").read_text(errors="replace")[-2000:]
    raise RuntimeError(f"{kind} could not be started:\n{tail}")
