"""What a person does with the page, in a real browser; needs Chromium."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from habeas.domain.requests import Right
from habeas.testing import browser

pytestmark = pytest.mark.skipif(browser.CHROMIUM is None, reason="Chromium is not installed")

ROWS_ON_PAGE = "[...document.querySelectorAll('table.data tbody tr')].filter(row => row.checkVisibility()).length"
TOLD = "document.querySelector('output').textContent"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browser.Page]:
    with browser.browsing(tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture
def page(opened: browser.Page, assemble: Any, make: SimpleNamespace, tmp_path: Path) -> browser.Page:
    """Sixty visits in one table, two notes in another."""
    names = ["Åsa Öberg", "Işık İnce", "Ada Sample"]  # noqa: RUF001 - a Turkish name
    visits = [make.record("visits", {"path": f"/page/{n}", "name": names[n % 3], "n": n}) for n in range(60)]
    notes = [make.record("notes", {"text": "Called about tea."}), make.record("notes", {"text": "</script>"})]
    systems = (make.system("portal", items=[*visits, *notes]),)
    file = tmp_path / "index.html"
    file.write_bytes(assemble(Right.ACCESS, systems, language="sv").files["index.html"])
    opened.complaints.clear()
    opened.open(file.as_uri())
    return opened


def search(page: browser.Page, text: str) -> str:
    """Type it into the search field, and read what is told then."""
    page.ask("document.querySelector('#search').select(), document.querySelector('#search').focus()")
    before = page.ask(TOLD)
    page.type(text)
    page.ask(
        "new Promise(done => { const look = () => "
        + TOLD
        + f" !== {before!r} ? done() : setTimeout(look, 10); look() }})"
    )
    return str(page.ask(TOLD))


def test_the_page_opens_from_a_folder_without_complaint(page: browser.Page) -> None:
    """The policy lets its own script run, and the browser has nothing to say against it."""
    assert page.ask("document.querySelector('.search').checkVisibility()")
    assert page.complaints == []


def test_a_search_leaves_the_rows_that_hold_every_word(page: browser.Page) -> None:
    """In every table, whatever the case, the accents, or the dots of a Turkish i; how many is told."""
    assert page.ask(ROWS_ON_PAGE) == 22
    assert search(page, "asa oberg /page/3") == "Rader som hittades: 5"
    assert page.ask(ROWS_ON_PAGE) == 5
    assert search(page, "ISIK ince") == "Rader som hittades: 20"
    assert search(page, "tea") == "Rader som hittades: 1"
    assert page.ask("[...document.querySelectorAll('caption')].map(each => each.checkVisibility())") == [False, True]
    assert search(page, "nowhere") == "Inget hittades"
    assert page.ask(ROWS_ON_PAGE) == 0


def test_a_long_table_unfolds_by_keyboard(page: browser.Page) -> None:
    """Twenty rows are shown, then all; reading goes on at the first new one."""
    page.ask("document.querySelector('button').focus()")
    page.press("Enter")
    assert page.ask(ROWS_ON_PAGE) == 62
    assert page.ask("document.activeElement.cells[2].textContent") == "20"


def test_a_script_from_elsewhere_does_not_run(page: browser.Page) -> None:
    """Should data ever get through as markup, the policy stops it."""
    page.ask("document.body.append(Object.assign(document.createElement('script'), {text: 'document.title = 1'}))")
    assert page.ask("document.title") != "1"
    assert any("Content Security Policy" in each for each in page.complaints)
