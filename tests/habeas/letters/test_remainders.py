"""The letter that tells what the first answer left out: in each language, for each right."""

# ruff: noqa: RUF001 - Turkish has letters that look like others

from datetime import date
from typing import Any

import pytest
from pypdf import PdfReader

from habeas.domain.requests import Right
from habeas.testing.answers import CRM_ROWS, line, system

FIRST = date(2026, 2, 27)
LATE = date(2026, 3, 30)
SAID = {
    "en": ("the rest of our answer", "27 February 2026", "This is what was missing", "It should have reached you by 9 March 2026", "court"),
    "sv": ("resten av vårt svar", "27 februari 2026", "Här är det som saknades", "Det skulle ha kommit senast den 9 mars 2026", "domstol"),
    "tr": ("yanıtımızın kalan kısmı", "27 Şubat 2026", "Eksik kalanlar aşağıdadır", "en geç 9 Mart 2026", "mahkemeye"),
}  # fmt: skip


def found() -> tuple[Any, ...]:
    fates = (("disclose", "art-15-1"), ("withhold", "security-of-processing"))
    summary = tuple(line("customers", outcome, reason, 1) for outcome, reason in fates)
    return (system("crm", title="Customer database", summary=summary, items=CRM_ROWS),)


def text_of(opened: Any) -> str:
    page: str = opened.page
    return " ".join(page.split())


@pytest.mark.parametrize("language", SAID)
def test_it_refers_to_the_first_answer_by_its_date(assemble: Any, language: str) -> None:
    """law C12: in the person's language, with its delay, where to complain and the courts."""
    opened = assemble(systems=found(), language=language, supplement=1, remainder_of=FIRST, answered_on=LATE)
    assert [point for point in SAID[language] if point not in text_of(opened)] == []


def test_access_tells_what_the_new_data_is_used_for(assemble: Any) -> None:
    """Article 15(1) holds for it as for the rest."""
    text = text_of(assemble(systems=found(), supplement=1, remainder_of=FIRST))
    assert "About the use of your data" in text
    assert "Ada Sample" in text
    assert "hunter2" not in text
    assert "is marked in the copy" in text
    assert "not complete yet" not in text


def test_what_is_missing_still_is_named_and_promised(assemble: Any) -> None:
    systems = (*found(), system("archive", title="Paper archive", status="silent"))
    text = text_of(assemble(systems=systems, supplement=1, remainder_of=FIRST))
    assert "This is what has been added since" in text
    assert "Paper archive" in text
    assert "not complete yet" in text


def test_nothing_found_is_said_too(assemble: Any) -> None:
    text = text_of(assemble(systems=(system("crm"),), supplement=1, remainder_of=FIRST))
    assert "We found no personal data about you in what was missing" in text
    assert "About the use of your data" not in text


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("language", SAID)
def test_it_is_written_for_every_right(assemble: Any, tmp_path: Any, right: Right, language: str) -> None:
    opened = assemble(right, language=language, supplement=1, remainder_of=FIRST)
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(opened.written.letter)
    assert PdfReader(letter).trailer["/Root"]["/Lang"] == language  # type: ignore[index]
    assert SAID[language][1] in text_of(opened)


def test_what_is_restricted_late_is_not_lifted_without_a_word(assemble: Any) -> None:
    """law C18: as the first answer says."""
    text = text_of(assemble(Right.RESTRICTION, supplement=1, remainder_of=FIRST))
    assert "we will tell you before we lift the restriction" in text
