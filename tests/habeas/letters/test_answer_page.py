"""The page that a package starts with: readable by anybody, offline, and not to be taken over by data."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest

from habeas.domain.requests import Right

VOID = {"meta", "br", "link", "img", "input", "hr"}


class Outline(HTMLParser):
    """What a browser or a screen reader makes of the page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag[0] == "h" and tag[1:].isdigit():
            self.headings.append(int(tag[1:]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture(params=[each for each in Right if each.concerns_systems])
def outline(request: pytest.FixtureRequest, assemble: Any) -> Outline:
    return Outline(assemble(request.param, language="sv").page)


def test_the_page_is_accessible(outline: Outline) -> None:
    """Language, title, viewport, one main, a skip link, headings without gaps, headers with a scope, names for regions.

    law C12.
    """
    assert outline.open == []
    assert outline.all("html") == [{"lang": "sv"}]
    assert outline.all("title")
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in outline.all("meta")
    assert len(outline.all("main")) == 1
    assert outline.all("a")[0]["href"] == "#content"
    assert outline.headings[0] == 1
    assert outline.headings.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(outline.headings, outline.headings[1:], strict=False))
    assert outline.all("th")
    assert all(attrs.get("scope") in ("col", "row") for attrs in outline.all("th"))
    assert len(outline.ids) == len(set(outline.ids))
    named = [attrs["aria-labelledby"] for _, attrs in outline.tags if "aria-labelledby" in attrs]
    assert named
    assert set(named) <= set(outline.ids)


def test_the_page_needs_nothing(outline: Outline, assemble: Any) -> None:
    """No address outside the package, nothing that would load one, and a policy that would forbid it."""
    assert not any(tag in ("link", "img", "iframe", "object", "embed", "form", "base") for tag, _ in outline.tags)
    for _, attrs in outline.tags:
        assert "src" not in attrs
        assert not any(name.startswith("on") for name in attrs)
    page = assemble(Right.ACCESS).page
    assert "://" not in page
    assert "url(" not in page
    assert any("default-src 'none'" in (attrs.get("content") or "") for attrs in outline.all("meta"))


@pytest.mark.parametrize("right", [Right.ACCESS, Right.ERASURE])
def test_the_page_runs_its_own_script_at_most(assemble: Any, right: Right) -> None:
    """The policy names it by its digest; a page without tables has none, and forbids all."""
    page = assemble(right).page
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in scripts]
    assert len(scripts) == page.count("<script") == (1 if right is Right.ACCESS else 0)
    assert re.findall(r"script-src ([^;]*);", policy) == [f"'sha256-{each}'" for each in digests]


@pytest.mark.parametrize("language", ["en", "sv", "tr"])
def test_the_search_is_there_for_everybody(assemble: Any, language: str) -> None:
    """A label, a description, a region that is read out, and none of it without the script that makes it work."""
    outline = Outline(assemble(Right.ACCESS, language=language).page)
    [field] = outline.all("input")
    assert [attrs["for"] for attrs in outline.all("label")] == [field["id"]]
    assert field["aria-describedby"] in outline.ids
    [told] = outline.all("output")
    assert told["aria-live"] == "polite"
    assert "{n}" in (told["data-found"] or "")
    assert [attrs for _, attrs in outline.tags if attrs.get("role") == "search" and "hidden" in attrs]
    assert outline.all("button")
    assert all("hidden" in attrs for attrs in outline.all("button"))


def test_links_lead_to_files_of_the_package(assemble: Any) -> None:
    """Each table links to its data; nothing leads nowhere."""
    opened = assemble(Right.ACCESS)
    links = {attrs["href"] for attrs in Outline(opened.page).all("a")} - {"#content"}
    assert links <= set(opened.files)
    assert {name for name in opened.files if name.startswith("data/")} <= links


def test_the_page_shows_the_first_rows_and_points_to_the_rest(assemble: Any, make: SimpleNamespace) -> None:
    """Five hundred of a table at most, and it is said that the search goes no further."""
    visits = [make.record("visits", {"path": f"/page/{n:05}"}) for n in range(501)]
    page = assemble(Right.ACCESS, (make.system("portal", items=visits),)).page
    assert "Visits: 500 of 501 records" in page
    assert "/page/00499" in page
    assert "/page/00500" not in page
    assert "data/portal/visits.csv" in page
    assert "all of their rows are in the CSV files" in page
    assert "all of their rows are in the CSV files" not in assemble(Right.ACCESS).page


def test_many_long_tables_leave_the_page_light(assemble: Any, make: SimpleNamespace) -> None:
    """Once it holds some megabytes, further tables are there with twenty rows each."""
    items = [make.record(f"t{table}", {"text": "x" * 400}) for table in range(40) for _ in range(500)]
    opened = assemble(Right.ACCESS, (make.system("crm", items=items),))
    assert len(opened.page) < 6_000_000
    assert "T0: 500 records" in opened.page
    assert "T39: 20 of 500 records" in opened.page
    assert opened.files["data/crm/t39.csv"].count(b"\n") == 501


def test_what_is_withheld_is_marked_and_never_shown(assemble: Any) -> None:
    """law A12: passwords and other people's data are nowhere in the package."""
    opened = assemble(Right.ACCESS)
    assert '<span class="mark">[withheld: passwords' in opened.page
    for content in opened.files.values():
        assert b"hunter2" not in content
        assert b"Bob Other" not in content


HOSTILE = {
    "script": "<script>alert(1)</script>",
    "attribute": '" onmouseover="alert(1)',
    "entity": "&lt;b&gt;",
    "template": "{{ answer.register }}{% raw %}",
    "comment": "--><h1>x</h1>",
    "style": "</style></title><h1>x</h1>",
}  # fmt: skip


def test_markup_in_data_is_text(assemble: Any, make: SimpleNamespace) -> None:
    """Values, names of fields, collections, systems and people are shown as they are."""
    texts = list(HOSTILE.values())
    records = [make.record(text, {text: text, "also": text}) for text in texts]
    summary = tuple(make.line(text, "disclose", "art-15-1", 1) for text in texts)
    system = make.system("crm", title=texts[0], summary=summary, items=records)
    page = assemble(Right.ACCESS, (system,), addressee=(texts[0],)).page
    outline = Outline(page)
    assert outline.headings.count(1) == 1
    assert not any("alert" in script for script in re.findall(r"<script.*?</script>", page, re.DOTALL))
    assert not any(name.startswith("on") for _, attrs in outline.tags for name in attrs)
    for text in texts:
        assert text in outline.text


def test_unseen_characters_are_laid_bare(assemble: Any, make: SimpleNamespace) -> None:
    """Overrides, zero-width and control characters show as codes; right-to-left text stays and is kept apart."""
    records = [make.record("notes", {"a": "fdp.\u202egpj", "b": "pay\u200bpal", "c": "x\x07y", "d": "שלום"})]
    system = make.system("crm", summary=(make.line("notes", "disclose", "art-15-1", 1),), items=records)
    page = assemble(Right.ACCESS, (system,)).page
    assert "fdp.&lt;U+202E&gt;gpj" in page
    assert "pay&lt;U+200B&gt;pal" in page
    assert "x&lt;U+0007&gt;y" in page
    assert "<bdi>שלום</bdi>" in page


def test_data_can_not_pretend_to_be_withheld(assemble: Any, make: SimpleNamespace) -> None:
    """Only what we withhold is set as a mark."""
    records = [make.record("notes", {"text": "[withheld: passwords and other credentials are never given out]"})]
    system = make.system("crm", summary=(make.line("notes", "disclose", "art-15-1", 1),), items=records)
    assert 'class="mark"' not in assemble(Right.ACCESS, (system,)).page


def test_a_wide_and_long_record_leaves_the_page_readable(assemble: Any, make: SimpleNamespace) -> None:
    """Very long values and very many columns are cut on the page, and whole in the data."""
    record = make.record("blobs", {"text": "x" * 5000} | {f"field_{n}": n for n in range(200)})
    system = make.system("crm", summary=(make.line("blobs", "disclose", "art-15-1", 1),), items=[record])
    opened = assemble(Right.ACCESS, (system,))
    assert "x" * 401 not in opened.page
    assert "field_199" not in opened.page
    assert b"x" * 5000 in opened.files["data/crm/blobs.json"]
    assert b"field_199" in opened.files["data/crm/blobs.csv"]
