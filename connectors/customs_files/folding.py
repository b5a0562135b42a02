"""Text as it is compared: without case, accents, ligatures, invisible characters, or full-width forms.

`fold` is made for throughput: what is ASCII is never looked at character by character.
"""

import codecs
import unicodedata
from functools import lru_cache
from itertools import accumulate

# ruff: noqa: RUF001 - what looks alike is what this is about
_LETTERS = str.maketrans(
    {
        "ł": "l", "ø": "o", "ı": "i", "œ": "oe", "æ": "ae", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ŋ": "n",
        "’": "'", "‘": "'", "ʼ": "'", "′": "'", "`": "'",
        "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-",
    }
)  # fmt: skip
_INVISIBLE = {"Mn", "Mc", "Me", "Cf"}
_RUNS_MAX = 65_536
_SHORT_CHARS = 4  # runs of other than ASCII in Western texts are seldom longer, and few enough to be kept


@lru_cache(maxsize=_RUNS_MAX)
def _folded(character: str) -> bytes:
    if character.isascii():
        return b"" if character == "\0" else character.lower().encode()
    plain = unicodedata.normalize("NFKD", character.casefold()).translate(_LETTERS)
    kept = "".join(each for each in plain if unicodedata.category(each) not in _INVISIBLE)
    if kept.isspace():
        return b" "
    return kept.casefold().encode("utf-8", "surrogatepass")


class _Runs(dict[str, bytes]):
    """Runs of other than ASCII, folded; a mapping answers in half the time of a call."""

    def __missing__(self, run: str) -> bytes:
        folded = b"".join(map(_folded, run))
        if len(run) <= _SHORT_CHARS:
            if len(self) >= _RUNS_MAX:
                self.clear()
            self[run] = folded
        return folded


_runs = _Runs()


def _handle(error: UnicodeError) -> tuple[bytes, int]:
    stop: int = error.end  # type: ignore[attr-defined]  # fold only writes
    return _runs[error.object[error.start : stop]], stop  # type: ignore[attr-defined]


codecs.register_error("habeas-fold", _handle)


def fold(text: str) -> bytes:
    """The text folded, as UTF-8."""
    folded = fold_but_case(text).lower()
    return folded.replace(b"\0", b"") if b"\0" in folded else folded


def fold_but_case(text: str) -> bytes:
    """The text folded, with the capitals of ASCII and NULs as they were."""
    return text.encode("ascii", "habeas-fold")


def folded_places(text: str) -> list[int] | None:
    """Where in `fold(text)` each character begins, and the end; None if that is where it begins in the text."""
    if text.isascii() and "\0" not in text:
        return None
    return list(accumulate((len(_folded(each)) for each in text), initial=0))


def gently(text: str) -> str:
    """Case, width, invisible characters and the Turkish i folded, accents kept: equal means the same identifier."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("ı", "i").replace("i̇", "i")
    return "".join(each for each in plain if unicodedata.category(each) != "Cf" and each != "\0")
