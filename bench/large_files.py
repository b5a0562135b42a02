"""A table of two gigabytes and a store of ten thousand files about one person: found, erased, and put back."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import psutil

from connectors.customs_files import FileStoreConnector
from habeas.domain.records import Match, Record
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.ports import Originals

BYTES = 2_000_000_000
FILES = 10_000
EMAIL = "anna.oberg@example.org"
LOOK_EVERY_S = 0.05
T = TypeVar("T")
_ROWS_AT_ONCE = 20_000
_THEIRS_EVERY = 200_000
_HEAD = "Reference,Consignee,Name,E-mail,Phone,Address,City,Country,Goods\n"


class _Kept(Originals):
    def __init__(self) -> None:
        self.kept: list[bytes] = []

    def keep(self, name: str, content: bytes) -> None:
        del name
        self.kept.append(content)


def large_table(folder: Path, *, size: int = BYTES) -> dict[str, Any]:
    """Seconds and MB/s of each step, and the largest resident size of the process and of each of its readers."""
    table = folder / "client" / "entries.csv"
    table.parent.mkdir(parents=True)
    rows = _write(table, size)
    told = _steps(folder)
    megabytes = table.stat().st_size / 1e6
    return {
        "MB": round(megabytes),
        "rows of the person": rows,
        **told,
        "found, MB/s": round(megabytes / told["found, seconds"]),
        "erased, MB/s": round(megabytes / told["erased, seconds"]),
    }


def many_files(folder: Path, *, files: int = FILES) -> dict[str, Any]:
    """The same for small files that all hold the person."""
    for number in range(files):
        path = folder / f"client{number % 100:02}" / f"{number:05}.csv"
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(f"{_HEAD}R{number},Firm,Anna,{EMAIL},,Low Street,Ystad,SE,Goods\n", "utf-8")
    return _steps(folder)


def _steps(folder: Path) -> dict[str, Any]:
    connector = FileStoreConnector(folder)
    somebody = Subject("somebody", (identifier(IdentifierKind.EMAIL, EMAIL),))
    kept = _Kept()

    def find() -> list[Record]:
        found = [each.what for each in connector.find([somebody])]
        return [each for each in found if isinstance(each, Record) and each.match is Match.STRONG]

    def erase(records: Sequence[Record]) -> None:
        with connector.applying_undoably(somebody, "erasure", kept) as application:
            for record in records:
                application.erase(record, ())

    def undo() -> None:
        with connector.undoing(somebody, "undoing") as restoration:
            refused = [restoration.restore(each) for each in reversed(kept.kept)]
        assert not any(refused), refused

    with _watched() as peaks:
        found, find_s = _timed(find)
        _, erase_s = _timed(lambda: erase(found))
        left, _ = _timed(find)
        _, undo_s = _timed(undo)
    assert not left, "something was left"
    return {
        "records": len(found),
        "found, seconds": round(find_s, 1),
        "erased, seconds": round(erase_s, 1),
        "put back, seconds": round(undo_s, 1),
        "peak resident MB: process, readers": [round(each) for each in peaks],
    }


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    start = time.perf_counter()
    return work(), time.perf_counter() - start


def _write(table: Path, size: int) -> int:
    """How many rows of the person are in it."""
    written = number = theirs = 0
    with table.open("w", encoding="utf-8") as stream:
        stream.write(_HEAD)
        while written < size:
            rows = "".join(_row(each) for each in range(number, number + _ROWS_AT_ONCE))
            number += _ROWS_AT_ONCE
            if number % _THEIRS_EVERY == 0:
                theirs += 1
                rows += f'R{number},"Öberg, Ltd",Anna Öberg,{EMAIL},+44 161 496 0123,1 Low Street,Ystad,SE,Goods\n'
            written += stream.write(rows)
    return theirs


def _row(number: int) -> str:
    person = number % 77_777
    return (
        f'R{number:09},"Firm {number % 9_999}, Ltd",Person {person},person{person}@example.net,'
        f'+44 20 7946 {number % 10_000:04},{number % 300} High Street,Leeds,GB,"Parts of ""type {number % 50}"", new"\n'
    )


@contextmanager
def _watched() -> Iterator[list[float]]:
    """The largest resident sizes in MB of this process, and of the largest of those that it starts."""
    peaks = [0.0, 0.0]
    over = threading.Event()
    this = psutil.Process()

    def look() -> None:
        while not over.wait(LOOK_EVERY_S):
            peaks[0] = max(peaks[0], this.memory_info().rss / 1e6)
            for child in this.children():
                try:
                    peaks[1] = max(peaks[1], child.memory_info().rss / 1e6)
                except psutil.NoSuchProcess:
                    continue

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield peaks
    finally:
        over.set()
        watcher.join()
