"""One person in ten thousand client files: their copy, then their erasure, by all roles as processes of their own."""

import csv
import io
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import psutil
import pypdfium2
import sqlalchemy as sa

from bench.installation import ROLES, Installation, make_embedded, running
from bench.requests import Bench
from habeas.bootstrap import Habeas
from habeas.domain.requests import IdentityCheck, Right
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.storage.tables import case_events
from producers.intake import Submission
from schemas.events import TaskCompleted

FILES = 10_000
EMAIL = "ten.thousand.files@example.org"
NAME = "Astrid Lindqvist"
LOOK_EVERY_S = 0.1
_TABLE = (
    "Reference,Consignee,Name,E-mail,Phone,City,Goods\n"
    "R{number},Firm {number},{name},{email},+44 161 496 0123,Ystad,Tea\n"
    "S{number},Firm {number},Somebody Else,somebody{number}@example.net,,Leeds,Cups\n"
)
_INVOICE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Invoice><ID>{number}</ID><Customer><Name>{name}</Name>'
    "<ElectronicMail>{email}</ElectronicMail></Customer><Total>12.50</Total></Invoice>\n"
)
_MAIL = (
    "From: {name} <{email}>\r\nTo: desk@broker.example\r\nSubject: Shipment {number}\r\n"
    "Date: Mon, 5 Jan 2026 10:00:00 +0000\r\n\r\nPlease clear shipment {number}.\r\n"
)
_JSON = '{{"shipment": {number}, "contact": {{"name": "{name}", "email": "{email}"}}}}\n'
_KINDS = ((_TABLE, "csv"), (_INVOICE, "xml"), (_MAIL, "eml"), (_JSON, "json"))


def plant(clients: Path, files: int = FILES) -> None:
    """Add files that hold the person, four kinds of them in turn, a hundred folders of clients."""
    for number in range(files):
        text, suffix = _KINDS[number % len(_KINDS)]
        path = clients / f"trader{number % 100:02}" / f"{number:06}.{suffix}"
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text.format(number=number, name=NAME, email=EMAIL), "utf-8", newline="")


def copied_and_erased(folder: Path, *, files: int = FILES) -> dict[str, Any]:
    """For each of the two requests: seconds, what the task tells, the answer's size, and each role's largest MB."""
    made = make_embedded(folder, people=500)
    plant(folder / "systems" / "clients", files)
    told: dict[str, Any] = {"files": files}
    with made.opened() as habeas:
        for right in (Right.ACCESS, Right.ERASURE):
            bench = Bench(Installation(folder, ()), habeas)
            who = (identifier(IdentifierKind.EMAIL, EMAIL), identifier(IdentifierKind.NAME, NAME))
            with running(made, ROLES) as processes, _watched(processes) as peaks:
                ids = bench.submit([Submission(right, who, IdentityCheck.LOGIN)])
                begun = time.perf_counter()
                bench.wait(ids)
                took_s = time.perf_counter() - begun
                (answer,) = _wait_for(folder, right)
            told[right.value] = {
                "seconds": round(took_s, 1),
                "client files": _completed(habeas, ids),
                **_answer(answer),
                "peak resident MB": {name: round(peak) for name, peak in peaks.items()},
            }
    return told


def _wait_for(folder: Path, right: Right) -> list[Path]:
    while not (found := list((folder / "answers").glob(f"{right}-*/letter.pdf"))):
        time.sleep(0.1)  # another process delivers
    return [each.parent for each in found]


def _completed(habeas: Habeas, ids: set[str]) -> dict[str, Any]:
    wanted = sa.select(case_events.c.data).where(
        case_events.c.type == TaskCompleted.type, case_events.c.request_id.in_(ids)
    )
    with habeas.database.reading() as connection:
        events = [json.loads(each) for each in connection.scalars(wanted)]
    return next(
        {key: each.get(key) for key in ("effects", "left_over", "unsearched")}
        for each in events
        if each["system"] == "customs_files"
    )


def _answer(folder: Path) -> dict[str, Any]:
    with ZipFile(folder / "answer.zip") as package:
        parts = {each.filename: each.file_size for each in package.infolist() if "customs_files" in each.filename}
        rows = sum(_rows(package.read(each)) for each in parts if each.endswith(".csv"))
        page = package.getinfo("index.html").file_size
    pages = len(pypdfium2.PdfDocument(folder / "letter.pdf"))
    size = (folder / "answer.zip").stat().st_size
    return {"rows": rows, "package bytes": size, "page bytes": page, "letter pages": pages, "parts": parts}


def _rows(table: bytes) -> int:
    """Without the header."""
    return sum(1 for _ in csv.reader(io.StringIO(table.decode("utf-8-sig")))) - 1


@contextmanager
def _watched(processes: dict[str, psutil.Process]) -> Iterator[dict[str, float]]:
    """With the largest of each role's children, which read files, beside it."""
    peaks: dict[str, float] = {}
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_EVERY_S):
            for name, process in processes.items():
                with suppress(psutil.NoSuchProcess):
                    peaks[name] = max(peaks.get(name, 0.0), process.memory_info().rss / 1e6)
                    for child in process.children():
                        readers = f"{name}: readers"
                        peaks[readers] = max(peaks.get(readers, 0.0), child.memory_info().rss / 1e6)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield peaks
    finally:
        over.set()
        watcher.join()
