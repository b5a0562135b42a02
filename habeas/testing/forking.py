"""Real `habeas` processes without the two seconds of their imports: forked from one that has everything loaded.

`python -m habeas.testing.forking` is that one; `Forks` is how a test talks to it, a JSON line each way.
"""

import gc
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from habeas import failpoints
from habeas.testing.services.processes import die_with_parent

_LOADED = (
    "habeas.cli",
    "habeas.roles",
    "habeas.eventlog.embedded",
    "habeas.eventlog.kafka",
    "connectors.sql.connect",
    "connectors.mailing_list.connect",
    "connectors.customs_files.connect",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
)


class Fork:
    """A running process; its standard error goes to `log`."""

    def __init__(self, forks: "Forks", pid: int, log: Path) -> None:
        self._forks = forks
        self.pid = pid
        self.log = log
        self.ended: int | None = None

    def wait(self, timeout_s: float) -> int | None:
        """The exit code, negative for a signal; None if it still runs when the time is up."""
        if self.ended is None:
            self.ended = self._forks.ask({"wait": self.pid, "timeout_s": timeout_s})["code"]
        return self.ended

    def stop(self, timeout_s: float) -> int | None:
        """Have it end in good order, once it is ready for that; as `wait`."""
        until = time.monotonic() + timeout_s
        while not _catches(self.pid, signal.SIGTERM) and time.monotonic() < until:
            time.sleep(0.02)  # it is still starting: what it had to do may have been done before
        self.kill(signal.SIGTERM)
        return self.wait(timeout_s)

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal, if it still runs."""
        if self.ended is None:
            os.kill(self.pid, number)


def _catches(pid: int, number: signal.Signals) -> bool:
    """True too if it has ended."""
    status = Path(f"/proc/{pid}/status").read_text("ascii", "replace")
    caught = next((line for line in status.splitlines() if line.startswith("SigCgt:")), "SigCgt: 0")
    return "State:\tZ" in status or bool(int(caught.split()[1], 16) >> (number - 1) & 1)


class Forks:
    """Starts processes; all of them end with the context."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-m", "habeas.testing.forking"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.communicate()

    def start(
        self, *arguments: str, log: Path, failpoint: str = "", variables: Mapping[str, str] | None = None
    ) -> Fork:
        """Run `habeas` with these arguments."""
        asked = {"run": arguments, "log": str(log), "failpoint": failpoint, "variables": dict(variables or {})}
        return Fork(self, self.ask(asked)["pid"], log)

    def ask(self, what: Mapping[str, Any]) -> dict[str, Any]:
        """One question, one answer."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(what).encode() + b"\n")
        self._server.stdin.flush()
        answer: dict[str, Any] = json.loads(self._server.stdout.readline())
        return answer


def _run(arguments: Sequence[str], log: str, failpoint: str, variables: Mapping[str, str]) -> None:
    die_with_parent()
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.update(variables)
    failpoints.set_trap(failpoint)
    sys.argv = ["habeas", *arguments]
    code: Any = 1
    try:
        importlib.import_module("habeas.__main__").main()
        code = 0
    except SystemExit as end:
        code = end.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 0)


def _wait(pid: int, timeout_s: float) -> int | None:
    descriptor = os.pidfd_open(pid)
    try:
        if not select.select([descriptor], [], [], timeout_s)[0]:
            return None
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    finally:
        os.close(descriptor)


def main() -> None:
    """Answer until nobody asks any more; the kernel then ends what still runs."""
    for name in _LOADED:
        importlib.import_module(name)
    gc.freeze()
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        if "wait" in asked:
            answer: dict[str, Any] = {"code": _wait(asked["wait"], asked["timeout_s"])}
        else:
            pid = os.fork()
            if pid == 0:
                _run(asked["run"], asked["log"], asked["failpoint"], asked["variables"])
            answer = {"pid": pid}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
