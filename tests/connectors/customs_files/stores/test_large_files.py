# ruff: noqa: PT012 (the error comes out of a context)
"""Text in lines that is too large to be held at once, on other machines: read from a copy, written as a stream."""

from dataclasses import replace

import pytest

from connectors.customs_files import FileStoreConnector, Limits
from habeas.errors import RetriableError
from habeas.ports import Originals

SMALL = replace(Limits(), whole_bytes_max=4_000, window_bytes=2_000)
ROWS = [f"Anna,anna.oberg@example.org,Y{n}" if n % 40 == 0 else f'"N, {n}",n{n}@example.org,L' for n in range(400)]
TEXT = "\n".join(["Name,E-mail,City", *ROWS, ""])


class _Kept(Originals):
    def __init__(self) -> None:
        self.kept: list[bytes] = []

    def keep(self, name: str, content: bytes) -> None:
        del name
        self.kept.append(content)


@pytest.fixture(params=["sftp", "s3"])
def store(request):
    made = request.getfixturevalue(request.param)
    made.connector = FileStoreConnector(made.store, limits=SMALL)
    return made


def _text(store) -> str:
    return store.text("c/a.csv") if hasattr(store, "text") else (store.root / "c/a.csv").read_text()


def test_a_large_table_is_searched_erased_and_put_back(store, anna) -> None:
    store.put("c/a.csv", TEXT)
    found = store.strong()
    assert len(found) == 10
    kept = _Kept()
    with store.connector.applying_undoably(anna, "task", kept) as application:
        for record in found:
            application.erase(record, ())
    rows = list(zip(TEXT.split("\n"), _text(store).split("\n"), strict=True))
    assert {"anna" in before for before, after in rows if before != after} == {True}
    assert store.strong() == []
    with store.connector.undoing(anna, "undo") as restoration:
        assert [restoration.restore(each) for each in kept.kept] == [None]
    assert _text(store) == TEXT


def test_a_large_table_that_somebody_else_writes_to_meanwhile_is_theirs(store, anna, monkeypatch) -> None:
    store.put("c/a.csv", TEXT)
    found = store.strong()
    rewrite = store.store.rewrite

    def meanwhile(path, write, **more) -> None:
        store.put("c/a.csv", TEXT + "Eva,eva@example.org,Kalmar\n")
        rewrite(path, write, **more)

    monkeypatch.setattr(store.store, "rewrite", meanwhile)
    with pytest.raises(RetriableError), store.connector.applying(anna, "task") as application:
        for record in found:
            application.erase(record, ())
    assert _text(store) == TEXT + "Eva,eva@example.org,Kalmar\n"
