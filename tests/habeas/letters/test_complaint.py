"""What a person who is not content is told in the answer to any request."""

# ruff: noqa: RUF001 - Turkish has letters that look like others

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from habeas.domain.requests import Right

NEED_NOT = {
    "en": "You need not complain to us first: you have the right to complain at any time",
    "sv": "Du måste inte klaga hos oss först: du har rätt att när som helst",
    "tr": "Önce bize başvurmak zorunda değilsiniz: her zaman",
}
REMAINS_LAWFUL = {
    "en": "What was done on it before remains lawful.",
    "sv": "Det som har gjorts med stöd av det dessförinnan förblir lagligt.",
    "tr": "O ana kadar rızaya dayanarak yapılanlar hukuka uygun kalır.",
}
each_language = pytest.mark.parametrize("language", NEED_NOT)
Assemble = Callable[..., Any]


@pytest.mark.parametrize("right", Right)
@each_language
def test_nobody_has_to_talk_to_the_company_first(assemble: Assemble, right: Right, language: str) -> None:
    """law A2: a wish, no condition; with the regulators beside it."""
    page = assemble(right, language=language).page
    assert NEED_NOT[language] in page
    assert "ico.org.uk" in page


def test_complaints_to_the_company_are_acknowledged_in_thirty_days(assemble: Assemble) -> None:
    """law C164: from 19 June 2026."""
    told = "We acknowledge a complaint within 30 days"
    assert told in assemble(Right.ERASURE, answered_on=date(2026, 6, 19)).page
    assert told not in assemble(Right.ERASURE, answered_on=date(2026, 6, 18)).page


@each_language
def test_withdrawing_consent_leaves_what_was_done_before_lawful(assemble: Assemble, language: str) -> None:
    """law A3, law C7: and the letter says so."""
    assert REMAINS_LAWFUL[language] in assemble(Right.WITHDRAWAL, language=language).page
