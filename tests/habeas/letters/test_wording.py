"""Each language has every phrase, and writes dates and numbers its own way."""

import string
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, get_args

import pytest

from habeas.domain.outcomes import Outcome, Reason
from habeas.domain.register import Basis, Language, Register
from habeas.domain.requests import Right
from habeas.letters.templates import Templates
from habeas.letters.wording import Wording

LANGUAGES = get_args(Language)


def wording(language: str) -> Wording:
    return Wording.load(Templates(), language)


def entries(phrases: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Every phrase by its path; the forms for one and for more are one phrase."""
    for name, entry in phrases.items():
        if isinstance(entry, Mapping) and set(entry) != {"one", "other"}:
            yield from entries(entry, f"{path}{name}.")
        else:
            yield f"{path}{name}", entry["other"] if isinstance(entry, Mapping) else str(entry)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_phrases_with_the_same_values(language: str) -> None:
    """No letter is left half English, and none lacks a date or a number that the English one has."""

    def values(phrases: Mapping[str, Any]) -> dict[str, set[str]]:
        return {
            path: {field for _, field, _, _ in string.Formatter().parse(phrase) if field}
            for path, phrase in entries(phrases)
        }

    assert values(wording(language).phrases) == values(wording("en").phrases)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_outcome_reason_and_basis_can_be_said(language: str) -> None:
    """Whatever a decision can come to has its words."""
    words = wording(language)
    names = [each.__dataclass_fields__["name"].default for each in get_args(Outcome)]
    assert all(words.knows(f"outcomes.{name}") for name in names)
    assert all(words.knows(f"bases.{basis}") for basis in get_args(Basis))
    # Holds are told in the words of their rule.
    told = set(Reason) - {Reason.LEGAL_OBLIGATION, Reason.RETAINED_MEANWHILE}
    assert all(words.knows(f"reasons.{reason}") for reason in told)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_register_speaks_every_language(language: str, register: Register) -> None:
    """Whatever a letter takes from the register shipped with Habeas is there in the letter's language."""
    texts = [
        *register.categories.values(),
        *(rule.text for rule in register.retention),
        *(purpose.text for purpose in register.purposes),
        *(each.text for each in (*register.recipients, *register.sources, *register.transfers)),
        register.retention_criteria,
        register.statistics,
        register.automated_decisions,
    ]
    assert all(text.get(language) for text in texts)  # type: ignore[arg-type]  # the parameter is one of the languages


def test_the_register_keeps_what_the_notice_says(register: Register) -> None:
    """law A10: six years from the end of the customer relation, for the four categories of customers' basics."""
    rule = register.rule("customer-basics")
    assert rule.categories == {"contact", "identity", "financial", "transaction"}
    assert rule.relations == {"customer"}
    assert rule.until(date(2020, 3, 1)) == date(2026, 3, 1)
    assert register.notice_version == date(2018, 7, 16)
    assert {category for each in register.purposes for category in each.categories} == set(register.categories)


@pytest.mark.parametrize(
    ("language", "day", "number"),
    [
        ("en", "1 February 2026", "1,234,567"),
        ("sv", "1 februari 2026", "1\u00a0234\u00a0567"),
        ("tr", "1 Şubat 2026", "1.234.567"),
    ],
)
def test_dates_and_numbers_follow_the_language(language: str, day: str, number: str) -> None:
    """As people write them there."""
    assert wording(language).date(date(2026, 2, 1)) == day
    assert wording(language).number(1234567) == number


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("right", Right)
def test_every_answer_is_written_in_every_language(language: str, right: Right) -> None:
    """law A3: none falls back to English."""
    assert Templates().language(language, right) == language


def test_one_is_one_record_and_more_are_records() -> None:
    """Where the language tells them apart."""
    assert wording("en").say("notes.left_over", n=1).count("1 record ") == 1
    assert "2 records" in wording("en").say("notes.left_over", n=2)
    assert wording("tr").say("notes.left_over", n=2) == wording("tr").say("notes.left_over", n=1).replace("1", "2")
