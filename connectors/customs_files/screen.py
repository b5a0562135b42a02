"""A first look that is cheap: might a content hold anything of anybody looked for?

It errs on one side only. What it lets pass unread holds nothing, because `plain_texts` gives, for a format, texts in
which everything that reading would bring up stands in one run; where that can't be said, it says so and it is read.
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Protocol

from connectors.customs_files.first_look import FirstLook
from connectors.customs_files.folding import fold_but_case
from connectors.customs_files.literals import Literals
from connectors.customs_files.passages import Part
from connectors.customs_files.people import Names
from connectors.customs_files.plain_texts import plain_texts
from connectors.customs_files.recognising import is_packed
from connectors.customs_files.views import Sign

# Base64 that may hold a document; `reading` unpacks only what has a first line as long as this.
_PACKED = rb"[\">']\s*[A-Za-z0-9+/]{40}"
_ENCRYPTED = b"-----begin pgp message"  # for `reading` to refuse
_DEPTH_MAX = 3  # mails in mails; what lies deeper is read


class Look(Protocol):
    """What is asked of each text; as `FirstLook`."""

    def may_hold(self, folded: bytes) -> bool:
        """False only if nothing looked for is in it."""


def look_for(literals: Literals, names: Names) -> FirstLook:
    """Some people, and what is refused wherever it stands."""
    return FirstLook({*literals.forms, _ENCRYPTED}, names.needed())


class Screen:
    """The first look at contents."""

    def __init__(self, look: Look) -> None:
        self._look = look

    def noted_by(self, note: Callable[[bytes], None]) -> "Screen":
        """The same, which gives each text that it looks at to `note` first."""
        return Screen(_Noted(self._look, note))

    def part(self, part: Part) -> bool:
        """False only if reading the content would find nobody. Raises UnreadableError if it can't be searched."""
        return self._may_hold(part, 0)

    def rows(self, text: str) -> bool:
        """False only if nobody is in these rows of a table."""
        return self._look.may_hold(fold_but_case(text))

    def _may_hold(self, part: Part, depth: int) -> bool:
        plain = plain_texts(part) if depth <= _DEPTH_MAX else None
        if plain is None:
            return True
        for number, text in enumerate(plain.texts):
            folded = fold_but_case(text)
            if self._look.may_hold(folded) or (plain.packs and number == 0 and _packed().within(folded)):
                return True
        return any(is_packed(each.content) or self._may_hold(each, depth + 1) for each in plain.parts if each.content)


class _Noted:
    def __init__(self, look: Look, note: Callable[[bytes], None]) -> None:
        self._look = look
        self._note = note

    def may_hold(self, folded: bytes) -> bool:
        self._note(folded)
        return self._look.may_hold(folded)


@cache
def _packed() -> Sign:
    return Sign(_PACKED)


class Rows:
    """Which runs of rows were wanted when a content was read, so that it is read the same way again."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._kept: list[bool] = []

    def part(self, part: Part) -> bool:
        """Every part is read."""
        del part
        return True

    def rows(self, text: str) -> bool:
        """As the screen says."""
        self._kept.append(self._screen.rows(text))
        return self._kept[-1]

    def again(self) -> "_Again":
        """The same choice for the content with changes in it."""
        return _Again(iter(self._kept))


class _Again:
    def __init__(self, kept: Iterator[bool]) -> None:
        self._kept = kept

    def part(self, part: Part) -> bool:
        del part
        return True

    def rows(self, text: str) -> bool:
        del text
        return next(self._kept, True)
