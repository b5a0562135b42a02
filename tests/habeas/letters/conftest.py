"""Packages as the person opens them, for the letters' tests."""

import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import habeas.sample
from habeas.domain.register import Register, load_register
from habeas.domain.requests import Right
from habeas.domain.wishes import Correction, Wish
from habeas.letters.answer import Answer, SystemOutcome
from habeas.letters.package import Assembler, Written
from habeas.testing.answers import SYSTEMS, line, plan, record, system

WISHES = {
    Right.RECTIFICATION: Wish(
        Right.RECTIFICATION,
        corrections=(Correction("+441614960999", what="phone"), Correction("Ada Sample", old="Ada Simple")),
        statement="I moved in 2019.\n\nMy aunt lives at the old address.",
    ),
    Right.OBJECTION: Wish(Right.OBJECTION, statement="My employer must not see this."),
}


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """Builders of parts of an answer."""
    return SimpleNamespace(record=record, line=line, system=system, plan=plan, systems=SYSTEMS)


@pytest.fixture(scope="session")
def register() -> Register:
    return load_register(Path(habeas.sample.__path__[0]) / "register.yaml")


@pytest.fixture(scope="session")
def assembler() -> Assembler:
    return Assembler()


class Opened:
    """A package as the person opens it."""

    def __init__(self, raw: bytes, written: Written) -> None:
        self.raw = raw
        self.written = written
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            assert archive.testzip() is None
            self.infos = archive.infolist()
            self.files = {name: archive.read(name) for name in archive.namelist()}

    @property
    def page(self) -> str:
        return self.files["index.html"].decode()


class Unseekable(io.RawIOBase):
    """A writer that can't go back, as a sealing one can't."""

    def __init__(self) -> None:
        self.written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.written += data
        return len(data)


@pytest.fixture
def assemble(assembler: Assembler, register: Register) -> Callable[..., Opened]:
    def run(
        right: Right = Right.ACCESS,
        systems: tuple[SystemOutcome, ...] | None = None,
        *,
        language: str = "en",
        addressee: tuple[str, ...] = ("Ada Sample", "1 Example Street", "Manchester M1 1AA"),
        answered_on: date = date(2026, 3, 2),
        using: Assembler = assembler,
        by: Register = register,
        wish: Wish | None = None,
        **more: Any,
    ) -> Opened:
        answer = Answer(
            request_id="3f0e7a52-7a52-4d51-9a43-1d9b6f0f2c11",
            right=right,
            language=language,
            received_on=date(2026, 2, 9),
            answered_on=answered_on,
            due_on=date(2026, 3, 9),
            addressee=addressee,
            register=by,
            systems=SYSTEMS[right]() if systems is None else systems,
            wish=wish or WISHES.get(right),
            **more,
        )
        into = Unseekable()
        written = using.assemble(answer, into)  # type: ignore[arg-type]  # RawIOBase is not typed as BinaryIO
        return Opened(bytes(into.written), written)

    return run
