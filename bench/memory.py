"""How much memory each role needs, also while a package with a million rows is put together."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.installation import ROLES, Installation, make_embedded, running
from bench.requests import Bench
from habeas.domain.requests import IdentityCheck, Right
from habeas.domain.subjects import IdentifierKind, identifier
from producers.intake import Submission

ROWS = 1_000_000
EMAIL = "a.million.rows@example.org"
LOOK_EVERY_S = 0.1


def peaks_mb(folder: Path, *, rows: int = ROWS) -> dict[str, float]:
    """The largest resident size of each role in MB, while one person with so many rows is answered."""
    installation = make_embedded(folder, people=500)
    _plant(folder / "systems" / "billing.db", rows)
    with running(installation, ROLES) as processes, installation.opened() as habeas:
        bench = Bench(Installation(folder, ()), habeas)
        submission = Submission(Right.ACCESS, (identifier(IdentifierKind.EMAIL, EMAIL),), IdentityCheck.LOGIN)
        with _watched(processes) as peaks:
            bench.answer([submission])
    return peaks


def _plant(database: Path, rows: int) -> None:
    connection = sqlite3.connect(database)
    account = "INSERT INTO accounts (account_number, customer_number, name, email) VALUES (?, ?, ?, ?)"
    connection.execute(account, ("A-MILLION", "C-MILLION", "Million Rows", EMAIL))
    invoices = (
        "INSERT INTO invoices (invoice_number, account_number, issued_on, amount, currency, description) "
        "VALUES (?, 'A-MILLION', '2026-01-05', 12.5, 'GBP', 'Import entry')"
    )
    connection.executemany(invoices, ((f"M{number:07d}",) for number in range(rows)))
    connection.commit()
    connection.close()


@contextmanager
def _watched(processes: dict[str, psutil.Process]) -> Iterator[dict[str, float]]:
    peaks = dict.fromkeys(processes, 0.0)
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_EVERY_S):
            for name, process in processes.items():
                peaks[name] = max(peaks[name], process.memory_info().rss / 1e6)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield peaks
    finally:
        over.set()
        watcher.join()
