"""The letter as a PDF that is archivable and accessible: PDF/A-3a and PDF/UA-1, tagged, set by Typst.

Everything that varies goes in as JSON and is shown as text: nothing of it can be Typst markup.

The JSON is written into the source as one string literal. Typst has another way in, `sys.inputs`, but forgets all
that it has laid out when these change: letters then take two and a half times as long.
"""

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time

import orjson
import typst

from habeas.errors import ConfigurationError, PermanentError
from habeas.letters.answer import Answer, SystemOutcome
from habeas.letters.contents import Contents
from habeas.letters.letterhead import Letterhead
from habeas.letters.plain import closing, salutation
from habeas.letters.templates import Templates
from habeas.letters.visible import known_letters, visible
from habeas.letters.wording import Wording

_DATA = "sys.inputs.data"


class NoFontError(PermanentError):
    """No font at hand has all the characters of a letter."""


class LetterPress:
    """Sets letters. It holds one compiler, which costs 25 MB and makes a letter in about 10 ms; one at a time."""

    def __init__(self, templates: Templates) -> None:
        self._before, mark, self._after = templates.read("letter.typ").partition(_DATA)
        if not mark:
            raise ConfigurationError(f"templates: letter.typ nowhere reads {_DATA}")
        fonts = typst.Fonts(include_system_fonts=False, font_paths=list(templates.font_folders))
        self._compiler = typst.Compiler(root=templates.folders[0], font_paths=fonts, ignore_system_fonts=True)
        self._one_at_a_time = threading.Lock()

    def print(
        self, head: Letterhead, contents: Contents, wording: Wording, attached: Mapping[str, bytes] | None = None
    ) -> bytes:
        """The same bytes for the same letter. `attached` is JSON by its name, which the PDF carries within.

        Raises NoFontError for letters that no font at hand has, and ConfigurationError for a faulty letter.typ.
        """
        data = orjson.dumps(_data(head, contents, attached or {}, wording), default=list).decode()
        source = f"{self._before}{_string_literal(data)}{self._after}"
        midnight = datetime.combine(head.written_on, time(), UTC)
        try:
            with self._one_at_a_time:
                pdf = self._compiler.compile(
                    input=source.encode(),
                    format="pdf",
                    pdf_standards=["a-3a", "ua-1"],
                    timestamp=int(midnight.timestamp()),
                )
        except typst.TypstError as error:
            if "could not be displayed" in error.message:
                raise NoFontError("a letter has characters that no font has: add a font to the templates") from None
            # The message may quote what is in the letter.
            raise ConfigurationError("templates: letter.typ: Typst can't set it") from None
        assert isinstance(pdf, bytes)
        return pdf


def in_known_letters(answer: Answer) -> Answer:
    """The answer with a mark for each letter that the built-in fonts may lack, in whatever isn't our own wording."""
    return replace(
        answer,
        addressee=tuple(map(known_letters, answer.addressee)),
        systems=tuple(map(_in_known_letters, answer.systems)),
    )


def _in_known_letters(outcome: SystemOutcome) -> SystemOutcome:
    summary = tuple(
        line.model_copy(
            update={
                "collection": known_letters(line.collection),
                "controller": line.controller and known_letters(line.controller),
            }
        )
        for line in outcome.summary
    )
    return replace(outcome, title=known_letters(outcome.title), summary=summary)


def _data(head: Letterhead, contents: Contents, attached: Mapping[str, bytes], wording: Wording) -> dict[str, object]:
    """What letter.typ reads."""
    controller = head.register.controller
    return {
        "language": wording.language,
        "subject": contents.subject,
        "controller": controller.model_dump(),
        "regulators": [each.model_dump() for each in head.regulators],
        "addressee": [" ".join(visible(line).split()) for line in head.addressee],
        "reference": head.reference,
        "came": head.came,
        "received": wording.date(head.received_on),
        "answered": wording.date(head.written_on),
        "salutation": salutation(head, wording),
        "closing": closing(head, wording),
        "company_number": wording.say("letter.company_number", number=controller.company_number or ""),
        "words": wording.phrases["letter"],
        "blocks": contents.blocks,
        "systems": contents.systems,
        "topics": contents.topics,
        "said": contents.said,
        "holdings": contents.holdings,
        "attached": [{"name": name, "content": content.decode()} for name, content in attached.items()],
    }


def _string_literal(json: str) -> str:
    """JSON as a literal of Typst; JSON has no raw control characters, so two escapes are all it takes."""
    escaped = json.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
