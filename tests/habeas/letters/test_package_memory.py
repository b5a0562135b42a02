"""A package of any size passes through without being held."""

import subprocess
import sys

ROWS = 1_000_000
GROWTH_MB_MAX = 60

SCRIPT = """
import sys, time
from contextlib import contextmanager
from datetime import date
from itertools import cycle, islice
from pathlib import Path

import habeas.sample
from habeas.domain.outcomes import Decision, Disclose
from habeas.domain.plans import PlannedRecord
from habeas.domain.records import Field, Match, Record
from habeas.domain.register import load_register
from habeas.domain.requests import Right
from habeas.letters.answer import Answer, SystemOutcome
from habeas.letters.package import Assembler
from schemas.events import SummaryLine

register = load_register(Path(habeas.sample.__path__[0]) / "register.yaml")
few = [
    PlannedRecord(
        Record("visits", str(n), Match.STRONG, (), (
            Field("at", f"2026-01-01T00:{n % 60:02}:00Z", "usage"), Field("path", f"/page/{n}", "usage"),
            Field("ip", "192.0.2.1", "technical"),
        )), (Decision(Disclose()),))
    for n in range(1000)
]

def outcome(rows):
    @contextmanager
    def plan():
        yield islice(cycle(few), rows)
    summary = (SummaryLine(collection="visits", outcome="disclose", reason="art-15-1", records=rows),)
    return SystemOutcome("portal", "Portal", "completed", summary, {}, 0, plan)

class Sink:
    size = 0
    def write(self, data):
        self.size += len(data)
        return len(data)

def peak_mb():
    line = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1000

def run(rows):
    day = date(2026, 3, 2)
    return assembler.assemble(Answer("r-1", Right.ACCESS, "en", day, day, day, (), register, (outcome(rows),)), Sink())

assembler = Assembler()
run(20_000)
before = peak_mb()
started = time.monotonic()
manifest = run(int(sys.argv[1])).manifest
print(f"resident before {before:.0f} MB, {time.monotonic() - started:.1f} s", file=sys.stderr)
print(peak_mb() - before, sum(each["size_bytes"] for each in manifest["files"]))
"""


def test_a_million_records_stream_through() -> None:
    """Assembling a million records takes no more memory than a few megabytes over a small package."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore::ResourceWarning", "-c", SCRIPT, str(ROWS)],
        capture_output=True,
        text=True,
        check=True,
    )
    growth_mb, size_bytes = map(float, done.stdout.split())
    sys.stderr.write(done.stderr)
    assert size_bytes > ROWS * 100
    assert growth_mb < GROWTH_MB_MAX
