"""How fast files are searched, beside `rg -F` for the same identifiers over the same files in the same run.

ripgrep compares bytes; Habeas reads formats, encodings and spellings, and gives records: all of the files at first, and
in every later search those that may hold somebody or have changed. The store is the sample's, its tables made
twenty-five times as long, for real ones have thousands of rows.
"""

import shutil
import string
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from connectors.customs_files.connector import FileStoreConnector
from connectors.customs_files.stores.local import LocalStore
from habeas.domain.records import Record
from habeas.domain.subjects import Subject
from habeas.ports import Memory
from habeas.sample.consultancy import build
from habeas.sample.truth import Truth

FILES = 3_000
LONGER = 25
PEOPLE_AT_ONCE = (1, 100)
_AN_HOUR_NS = 3_600_000_000_000  # of files that were just made nothing is remembered
_SHIFTED = (string.ascii_lowercase, string.ascii_uppercase, string.digits)
_NOBODY = bytes.maketrans(
    "".join(_SHIFTED).encode(), "".join(each[len(each) // 2 :] + each[: len(each) // 2] for each in _SHIFTED).encode()
)
"""Makes of what identifies somebody what identifies nobody, in the same shape."""


def speeds(folder: Path) -> dict[str, Any]:
    """MB/s of both and their ratio, for one person and for a hundred in one pass."""
    truth = build(folder / "sample", people=2_000, files=FILES)
    clients = folder / "sample" / "clients"
    megabytes = _lengthen(clients) / 1e6
    everybody = list(truth.people.values())[20:]
    told: dict[str, Any] = {"MB": round(megabytes), "files": FILES}
    reading = FileStoreConnector(clients)
    remembering = FileStoreConnector(LocalStore(clients, now_ns=lambda: time.time_ns() + _AN_HOUR_NS))
    remembering.remember(Memory(folder / "memory", lambda: b"a key for a measurement, no more"))
    _search_s(reading, everybody[:1])  # warm: all find the files in memory
    for count in PEOPLE_AT_ONCE:
        people = everybody[:count]
        theirs = _ripgrep_s(clients, people, folder / "patterns")
        told[f"{count} pending"] = {"rg -F MB/s": round(megabytes / theirs) if theirs else None}
        if count == 1:
            _search_s(remembering, everybody[-1:])  # somebody else
        for name, connector in (("every file read", reading), ("searched before", remembering)):
            ours, records = _search_s(connector, people)
            told[f"{count} pending"][name] = {
                "records": records,
                "MB/s": round(megabytes / ours),
                "ratio to rg (goal: 0.1)": round(theirs / ours, 2) if theirs else None,
            }
    for connector in (reading, remembering):
        connector.close()
    return told


def _lengthen(clients: Path) -> int:
    """Add rows about nobody to each CSV; the bytes of all files."""
    for path in clients.rglob("*.csv"):
        head, end, rows = path.read_bytes().partition(b"\n")
        if b"\x00" not in head:  # in UTF-16 a line does not end with one byte
            path.write_bytes(head + end + rows + rows.translate(_NOBODY) * LONGER)
    return sum(path.stat().st_size for path in clients.rglob("*") if path.is_file())


def _search_s(connector: FileStoreConnector, people: Sequence[Truth]) -> tuple[float, int]:
    subjects = [Subject(str(each.number), each.identifiers) for each in people]
    begun = time.perf_counter()
    records = sum(isinstance(each.what, Record) for each in connector.find(subjects))
    return time.perf_counter() - begun, records


def _ripgrep_s(clients: Path, people: Sequence[Truth], patterns: Path) -> float | None:
    program = shutil.which("rg")
    if program is None:
        return None
    patterns.write_text("".join(f"{known.value}\n" for each in people for known in each.identifiers), "utf-8")
    command = [program, "-F", "--text", "--no-ignore", "--hidden", "--count", "-f", str(patterns), str(clients)]
    begun = time.perf_counter()
    subprocess.run(command, check=False, capture_output=True)
    return time.perf_counter() - begun
