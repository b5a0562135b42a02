"""The package that a person receives: the letter, a page to start from, the data, and a manifest."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from habeas.domain.requests import Right
from habeas.letters.answer import Answer, SystemOutcome
from habeas.letters.archive import Archive, Sink
from habeas.letters.contents import Contents, contents_of
from habeas.letters.disclosed import Findings, Room
from habeas.letters.letter import NoFontError, in_known_letters
from habeas.letters.stationery import Stationery
from habeas.letters.tables import look_through, write_tables
from habeas.letters.wording import Wording

MANIFEST_SCHEMA = "habeas.package.v1"


@dataclass(frozen=True, slots=True)
class Written:
    """What has been written: the letter's PDF, and what manifest.json says."""

    letter: bytes
    manifest: dict[str, Any]


class Assembler:
    """Makes packages; one for the life of a process, from any thread.

    `templates` is a folder whose files go before those that ship with Habeas (see habeas/letters/templates.py).
    """

    def __init__(self, *, templates: Path | None = None) -> None:
        self.stationery = Stationery(templates)

    def assemble(self, answer: Answer, into: Sink) -> Written:
        """Write the ZIP front to back, without going back and without holding the data.

        The same answer gives the same bytes. What is in `into` is whole only when this returns.
        Raises ConfigurationError for a faulty template, and whatever opening or reading a plan raises.
        """
        wording = self.stationery.wording(answer.language, answer.right)
        prose = self.stationery.prose
        with Archive(into, answer.answered_on) as archive:
            room = Room()
            findings = [_gather(archive, outcome, answer.right, wording, room) for outcome in answer.systems]
            contents = contents_of(answer, findings, prose, wording)
            archive.add("index.html", self.stationery.page.render(answer.letterhead, contents, findings, wording))
            attached = _attachments(answer, archive)
            letter = self._letter(answer, contents, findings, attached, wording)
            archive.add("letter.pdf", letter, compressed=False)  # a PDF is compressed in itself
            manifest = _manifest(answer, archive)
            archive.add("manifest.json", orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
        return Written(letter, manifest)

    def _letter(
        self,
        answer: Answer,
        contents: Contents,
        findings: Sequence[Findings],
        attached: Mapping[str, bytes],
        wording: Wording,
    ) -> bytes:
        press, prose = self.stationery.press, self.stationery.prose
        try:
            return press.print(answer.letterhead, contents, wording, attached)
        except NoFontError:
            # A name in a script that no font has must not stop the answer: the page in the package shows it.
            plain = in_known_letters(answer)
            return press.print(plain.letterhead, contents_of(plain, findings, prose, wording), wording, attached)


def _attachments(answer: Answer, archive: Archive) -> dict[str, bytes]:
    """What the letter carries within: a manifest of all that was written before it, and the data if it is short."""
    manifest = orjson.dumps(_manifest(answer, archive), option=orjson.OPT_INDENT_2)
    return {"manifest.json": manifest, **(archive.kept or {})}


def _gather(archive: Archive, outcome: SystemOutcome, right: Right, wording: Wording, room: Room) -> Findings:
    """Write what a system discloses, if anything, and tell what it has."""
    if outcome.status != "completed":
        return Findings()
    if right.discloses:
        return write_tables(archive, outcome, wording, room)
    return look_through(outcome)


def _manifest(answer: Answer, archive: Archive) -> dict[str, Any]:
    return {
        "schema": MANIFEST_SCHEMA,
        "request_id": answer.request_id,
        "right": answer.right.value,
        "generated_on": answer.answered_on.isoformat(),
        "files": [asdict(entry) for entry in archive.entries],
    }
