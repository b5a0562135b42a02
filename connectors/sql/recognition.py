"""Recognising a person in columns that people have filled in: a quick look in SQL, the last word in Python.

For each kind of identifier the database compares an expression over the column, for which an index can be made
(`index_expression`); what it brings up is only a candidate until its normal form is the sought one.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from connectors.sql.live import Kind
from habeas.domain.subjects import IdentifierKind, Subject, identifier

# What is written between the digits of a phone number: also the no-break space, the no-break hyphen and the dash.
_PHONE_SEPARATORS = (" ", "\N{NO-BREAK SPACE}", "-", "\N{NON-BREAKING HYPHEN}", "\N{EN DASH}", "(", ")", ".", "/")
_NUMBER_SEPARATORS = (" ", "-", ".")
_PHONE_DIGITS = 7  # no country's numbers are shorter without the code; "(0)" and "00" stand before them

# Names are compared without accents and without what stands between their parts.
_ACCENTED = "".join(chr(code) for code in range(0xC0, 0x180) if chr(code).isalpha())
_SPECIAL = {"ß": "s", "ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "İ": "i"}
_SPECIAL["\N{LATIN SMALL LETTER DOTLESS I}"] = "i"
_MARKS = "".join(chr(code) for code in range(0x300, 0x370))
_BETWEEN = " \t\r\n\N{NO-BREAK SPACE}-\N{NON-BREAKING HYPHEN}'\N{RIGHT SINGLE QUOTATION MARK}.,"


def _unaccented(letter: str) -> str:
    return _SPECIAL.get(letter) or unicodedata.normalize("NFKD", letter)[0].lower()


_FROM = _ACCENTED + _MARKS + _BETWEEN
_TO = "".join(_unaccented(letter) for letter in _ACCENTED)
_FOLD = str.maketrans(dict(zip(_ACCENTED, _TO, strict=True)) | dict.fromkeys(_MARKS + _BETWEEN, ""))


def name_key(*parts: object) -> str:
    """The form in which names are compared, the same as the one PostgreSQL makes of the columns."""
    joined = "".join(str(part).lower() for part in parts if part is not None)
    if joined.isalpha() and joined.isascii():  # most are, and SQLite asks for every row
        return joined
    return joined.translate(_FOLD)


def name_keys(name: str) -> frozenset[str]:
    """The keys of a name as given, with the family name first or last, and with ss for ß and ß for ss."""
    words = name.split()
    orders = (words, words[-1:] + words[:-1], words[1:] + words[:1])
    spellings = (("", ""), ("ss", "ß"), ("ß", "ss"))
    return frozenset(
        name_key(*(word.replace(old, new) if old else word for word in order))
        for order in orders
        for old, new in spellings
    )


def index_expression(kind: IdentifierKind, columns: Sequence[tuple[str, Kind]], dialect: str) -> str:
    """The SQL that is compared, over columns that are already quoted; an index over it makes the look-up quick."""
    if kind is IdentifierKind.NAME:
        if dialect == "sqlite":
            return f"habeas_name_key({', '.join(column for column, _ in columns)})"
        joined = " || ".join(f"coalesce({_as_text(column, of)}, '')" for column, of in columns)
        return f"translate(lower({joined}), {_literal(_FROM)}, {_literal(_TO)})"
    ((column, of),) = columns
    text = _as_text(column, of)
    match kind:
        case IdentifierKind.EMAIL:
            return f"lower(trim({text}))"
        case IdentifierKind.PHONE:
            digits = _without(text, _PHONE_SEPARATORS)
            return f"substr({digits}, length({digits}) - {_PHONE_DIGITS - 1})"
        case IdentifierKind.EORI | IdentifierKind.VAT_NUMBER:
            return f"upper({_without(text, _NUMBER_SEPARATORS)})"
        case IdentifierKind.CUSTOMER_NUMBER | IdentifierKind.ACCOUNT_NUMBER:
            return column


def _as_text(column: str, of: Kind) -> str:
    return column if of == "text" else f"CAST({column} AS TEXT)"


def _without(text: str, separators: Iterable[str]) -> str:
    for each in separators:
        text = f"replace({text}, {_literal(each)}, '')"
    return text


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


class Sought:
    """Some people, and the forms in which the database is asked for them."""

    def __init__(self, subjects: Sequence[Subject], *, region: str) -> None:
        self._region = region
        self._owners: dict[tuple[IdentifierKind, str], dict[str, None]] = {}
        self._candidates: dict[IdentifierKind, dict[str, None]] = {}
        for subject in subjects:
            for each in subject.identifiers:
                for form in name_keys(each.value) if each.kind is IdentifierKind.NAME else (each.value,):
                    self._owners.setdefault((each.kind, form), {})[subject.token] = None
                    asked = self._candidates.setdefault(each.kind, {})
                    asked.update(dict.fromkeys(_asked_for(each.kind, form)))
        self._normal = lru_cache(maxsize=4096)(self._normal_form)  # a parent's values come again with each child

    def candidates(self, kind: IdentifierKind, of: Kind) -> list[str | int]:
        """What `index_expression` is compared with; empty if nobody is sought by this kind."""
        asked = self._candidates.get(kind, {})
        if of == "integer" and kind in {IdentifierKind.CUSTOMER_NUMBER, IdentifierKind.ACCOUNT_NUMBER}:
            return [int(each) for each in asked if each.isascii() and each.isdecimal() and len(each) < 19]
        return list(asked)

    def owners(self, kind: IdentifierKind, raw: tuple[object, ...]) -> Iterable[str]:
        """The tokens of those whom the columns' content surely names."""
        form = self._normal(kind, raw)
        return self._owners.get((kind, form), ()) if form else ()

    def _normal_form(self, kind: IdentifierKind, raw: tuple[object, ...]) -> str | None:
        if kind is IdentifierKind.NAME:
            return name_key(*raw)
        if raw[0] is None:
            return None
        try:
            return identifier(kind, str(raw[0]), region=self._region).value
        except ValueError:  # the column holds something else: a remark, or nothing
            return None


def _asked_for(kind: IdentifierKind, form: str) -> tuple[str, ...]:
    match kind:
        case IdentifierKind.EMAIL:
            # Some databases lower only ASCII letters: asked as others would have written the rest of them.
            return (form, "".join(each.lower() if each.isascii() else each for each in form.upper()))
        case IdentifierKind.PHONE:
            digits = "".join(each for each in form if each.isdecimal())
            return (digits[-_PHONE_DIGITS:],) if digits else ()
        case _:
            return (form,)
