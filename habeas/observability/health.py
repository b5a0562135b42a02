"""Whether a running role is well, told through a small file, so that asking costs neither side anything.

`python -m habeas.observability.health` answers with its exit code, for container engines: it needs the standard library
alone and some thirty milliseconds. `habeas health` shows the same to people.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from habeas.errors import ConfigurationError

WRITTEN_EVERY_S = 5.0
SILENT_S_MAX = 60.0
"""A process that has not written for so long hangs."""
FAILING_S_MAX = 30.0
"""What fails for longer is told; until then it may be a restart next door."""
STEP_S_MAX = 1_800.0
"""Searching a large system takes its time, but not that much: the worker hangs."""
_FILE_BYTES_MAX = 65_536


@dataclass(slots=True)
class Pulse:
    """When a part of a process last did its work well, on the machine's monotonic clock.

    One thread writes, another reads: each entry is replaced as a whole.
    """

    part: str
    good_at: float
    began_at: float | None = None  # of the step under way
    error_class: str | None = None  # of the last step, if it failed

    @classmethod
    def of(cls, part: str) -> "Pulse":
        """As if it had just done well: it is given its time to begin."""
        return cls(part, time.monotonic())

    def begin(self) -> None:
        self.began_at = time.monotonic()

    def did_well(self) -> None:
        self.good_at, self.began_at, self.error_class = time.monotonic(), None, None

    def failed(self, error: Exception) -> None:
        self.began_at, self.error_class = None, type(error).__name__

    def complaint(self, now: float) -> str | None:
        """What is wrong with it, None if nothing is."""
        if self.error_class is not None and now - self.good_at > FAILING_S_MAX:
            return f"fails since {now - self.good_at:.0f} s ({self.error_class})"
        if self.began_at is not None and now - self.began_at > STEP_S_MAX:
            return f"hangs since {now - self.began_at:.0f} s"
        return None


@dataclass(frozen=True, slots=True)
class Report:
    """What a role's process has last told of itself."""

    role: str
    pid: int
    written_at: float
    pulses: Sequence[Pulse]

    def complaints(self, now: float) -> Iterator[tuple[str, str]]:
        """Each part with which something is wrong, and what."""
        if now - self.written_at > SILENT_S_MAX:
            yield "process", f"has not been heard of since {now - self.written_at:.0f} s"
        for pulse in self.pulses:
            if complaint := pulse.complaint(now):
                yield pulse.part, complaint


class Told:
    """The file in which this process tells how it is; removed by `close`, ignored once the process is gone."""

    def __init__(self, role: str, pulses: Sequence[Pulse]) -> None:
        self._role = role
        self._pulses = pulses
        self._path = _folder() / f"{role.replace(' ', '.')}.{os.getpid()}.json"
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._path.parent.stat().st_uid != os.getuid():
            raise ConfigurationError(
                f"{self._path.parent} is somebody else's: set XDG_RUNTIME_DIR to a folder of yours"
            )

    def write(self) -> None:
        report = Report(self._role, os.getpid(), time.monotonic(), self._pulses)
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(asdict(report)), "ascii")
        part.replace(self._path)

    def close(self) -> None:
        self._path.unlink(missing_ok=True)


def reports(role: str | None = None) -> list[Report]:
    """Of the processes that run here now; of one role, as "connector crm", or of all."""
    found = [_read(path) for path in sorted(_folder().glob("*.json"))]
    return [each for each in found if each is not None and role in {None, each.role}]


def main() -> int:
    """Exit code 0 if at least one role runs here and all that do are well."""
    now = time.monotonic()
    found = reports()
    complaints = [f"{each.role}: {part} {what}" for each in found for part, what in each.complaints(now)]
    sys.stdout.write("\n".join(complaints) if found else "no role runs here")
    return 0 if found and not complaints else 1


def _folder() -> Path:
    """One that only this user can write to."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    return Path(base) / "habeas" if base else Path(tempfile.gettempdir()) / f"habeas-{os.getuid()}"


def _read(path: Path) -> Report | None:
    """None for a process that is gone, whose file is removed."""
    try:
        with path.open("rb") as file:
            raw: dict[str, Any] = json.loads(file.read(_FILE_BYTES_MAX))
        report = Report(raw["role"], raw["pid"], raw["written_at"], [Pulse(**each) for each in raw["pulses"]])
    except FileNotFoundError:
        return None
    if _runs(report.pid):
        return report
    with suppress(OSError):  # somebody else has just removed it
        path.unlink()
    return None


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    sys.exit(main())
