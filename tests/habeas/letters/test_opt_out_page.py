"""The page behind a link for opting out: in the reader's language, and usable by everybody."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.domain.opting_out import OptOut
from habeas.domain.register import Register
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.letters.opt_out_page import LANGUAGES, OptOutPage, language_of
from habeas.letters.templates import Templates

ADDRESS = identifier(IdentifierKind.EMAIL, "ada@example.org")
MARKETING, CONSENT = OptOut(ADDRESS), OptOut(ADDRESS, frozenset({"newsletter"}))


@pytest.fixture(scope="module")
def page(register: Register) -> OptOutPage:
    return OptOutPage(Templates(), register)


class Outline(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("told", [MARKETING, CONSENT], ids=["marketing", "consent"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_in_the_language_and_accessible(
    page: OptOutPage, register: Register, told: OptOut, language: str
) -> None:
    """One heading, one main, a language, a button with words on it, whom to write to; law C12."""
    shown = page.question(told, language)
    text = shown.content.decode()
    tags = Outline(text).tags
    assert shown.language == language
    assert ("html", {"lang": language}) in tags
    assert [tag for tag, _ in tags].count("h1") == [tag for tag, _ in tags].count("main") == 1
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in tags
    assert re.search(r"<button[^>]*>\w[^<]+</button>", text)
    assert register.controller.email in text
    for purpose in told.named(register.purposes):
        assert purpose.text[language] in text  # type: ignore[index]  # the parameter is one of the languages
    assert page.done(told, language).content != shown.content
    assert b"<form" not in page.done(told, language).content


def test_the_policy_lets_the_pages_own_style_through_and_nothing_else(page: OptOutPage) -> None:
    shown = page.question(MARKETING, "")
    [style] = re.findall(r"<style>(.*?)</style>", shown.content.decode(), flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in shown.policy
    assert not re.search(r"\s(?:style|on\w+)=", shown.content.decode().replace(style, ""))


@pytest.mark.parametrize(
    ("stated", "accepts", "language"),
    [
        (None, "", "en"),
        (None, "tr-TR,tr;q=0.9,en;q=0.8", "tr"),
        (None, "de, sv;q=0.5, en;q=0.4", "sv"),
        (None, "en;q=0.1, sv", "sv"),
        (None, "sv;q=0, tr", "tr"),
        (None, "*", "en"),
        ("sv", "tr", "sv"),
        ("xx", "tr", "tr"),
    ],
)
def test_the_links_language_goes_before_the_browsers(stated: str | None, accepts: str, language: str) -> None:
    assert language_of(stated, accepts) == language


@given(st.text())
def test_whatever_a_browser_says_there_is_a_language(accepts: Any) -> None:
    assert language_of(None, accepts) in LANGUAGES
