"""What each letter must tell, and that the PDF is one to keep."""

# ruff: noqa: RUF001 - Turkish has letters that look like others

import hashlib
import io
import json
import re
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from habeas.domain.processing import AutomatedDecision
from habeas.domain.requests import Right
from habeas.domain.wishes import Wish

CHECKLIST = {
    (Right.ACCESS, "en"): [
        "Article 15", "we do process personal data about you", "free of charge",
        "Categories of data", "What we use your data for", "Who receives your data", "How long we keep your data",
        "Where your data comes from", "Transfers to other countries", "Automated decisions",
        "correct or complete", "erase", "restrict", "object", "withdraw", "complain to us", "at any time", "ICO", "court",
        "privacy notice of 16 July 2018", "Data Protection Manager", "info@customsconnect.eu", "2 March 2026", "9 February 2026",
        "Northgate Imports Ltd", "2 places could not be searched (encrypted)", "not complete yet", "Article 15(4)",
    ],
    (Right.ERASURE, "en"): [
        "Article 17", "Erased", "1,204", "Made anonymous", "six years after they cease to be customers", "17(3)(b)",
        "The period has not begun yet", "between 28 February 2030 and 4 May 2031", "Northgate Imports Ltd", "only your name",
        "did not answer in time", "because of a fault", "done before the fault", "1 place could not be searched (a PDF file)",
        "1 record was not yet as it should be", "Article 19", "complain to us", "at any time", "ICO", "court",
        "info@customsconnect.eu", "nothing to erase",
    ],
    (Right.RESTRICTION, "en"): [
        "Article 18", "Restricted", "only store it", "before we lift", "no way of doing it", "Article 19", "complain to us",
        "at any time", "ICO", "court", "info@customsconnect.eu",
    ],
    (Right.PORTABILITY, "en"): [
        "Article 20", "provided yourself", "by automated means", "your consent or for a contract", "JSON", "CSV", "another controller",
        "technically feasible", "Article 20(4)", "does not end its use", "Left out", "complain to us", "ICO", "court",
    ],
    (Right.RECTIFICATION, "en"): [
        "Article 16", "phone: “+441614960999”", "“Ada Simple” is to become “Ada Sample”", "Corrected", "You told us that it was wrong",
        "To be annotated", "Annotated", "never rewritten", "Your statement now stands beside it", "To be completed", "I moved in 2019.", "Nothing to correct", "Article 19", "18(1)(a)", "ICO", "court",
    ],
    (Right.OBJECTION, "en"): [
        "Article 21", "Restricted for now", "compelling grounds", "the burden", "My employer must not see this", "before we lift", "Goes on",
        "Not concerned", "improve our website", "direct marketing you may object at any time", "ICO", "court",
    ],
    (Right.WITHDRAWAL, "en"): [
        "Article 7(3)", "as easily as you gave it", "remains lawful", "You withdrew your consent", "Blocked from marketing",
        "To send you marketing", "Article 19", "ICO", "court",
    ],
    (Right.AUTOMATED_DECISIONS, "en"): [
        "Article 22", "22A to 22D", "no decisions about you by automated means alone", "contest it", "One of us", "ICO", "court",
    ],
    (Right.PORTABILITY, "sv"): ["artikel 20", "själv har lämnat", "samtycke eller ett avtal", "JSON", "tekniskt möjligt", "artikel 20.4", "domstol"],
    (Right.RECTIFICATION, "sv"): ["artikel 16", "”Ada Simple” ska bli ”Ada Sample”", "Rättat", "skrivs aldrig om", "Försett med anteckning", "Kompletterat", "Ska kompletteras", "I moved in 2019.", "artikel 19", "domstol"],
    (Right.OBJECTION, "sv"): ["artikel 21", "Begränsat tills vidare", "tvingande skäl", "innan vi häver", "Fortsätter", "domstol"],
    (Right.WITHDRAWAL, "sv"): ["artikel 7.3", "lika lätt", "förblir lagligt", "Spärrat för reklam", "artikel 19", "domstol"],
    (Right.AUTOMATED_DECISIONS, "sv"): ["artikel 22", "inga beslut om dig enbart genom automatiserad", "bestrida", "domstol"],
    (Right.PORTABILITY, "tr"): ["madde 20", "sizin verdiğiniz", "sözleşmeye dayanarak", "JSON", "Teknik olarak mümkün", "madde 20(4)", "mahkemeye"],
    (Right.RECTIFICATION, "tr"): ["madde 16", "“Ada Simple” yerine “Ada Sample”", "Düzeltildi", "Not düşüldü", "Tamamlandı", "Tamamlanacak", "hiçbir zaman yeniden yazılmaz", "I moved in 2019.", "madde 19", "mahkemeye"],
    (Right.OBJECTION, "tr"): ["madde 21", "Şimdilik kısıtlandı", "zorlayıcı neden", "kaldırmadan önce", "Sürüyor", "mahkemeye"],
    (Right.WITHDRAWAL, "tr"): ["madde 7(3)", "vermek kadar kolaydır", "hukuka uygun kalır", "Pazarlamaya kapatıldı", "madde 19", "mahkemeye"],
    (Right.AUTOMATED_DECISIONS, "tr"): ["madde 22", "yalnızca otomatik yollarla karar vermeyiz", "itiraz edebilirsiniz", "mahkemeye"],
    (Right.ACCESS, "sv"): [
        "artikel 15", "2 mars 2026", "9 februari 2026", "klaga hos oss", "när som helst", "domstol", "IMY", "rätta", "radera",
        "begränsa", "invända", "återkalla", "Kategorier av uppgifter", "Vem som får", "16 juli 2018", "ett avtal med dig",
    ],
    (Right.ERASURE, "sv"): ["artikel 17", "1\u00a0204", "sex år", "28 februari 2030", "en PDF-fil", "klaga hos oss", "domstol", "artikel 19"],
    (Right.RESTRICTION, "sv"): ["artikel 18", "Begränsat", "häver begränsningen", "klaga hos oss", "domstol"],
    (Right.ACCESS, "tr"): [
        "madde 15", "KVKK", "2 Mart 2026", "9 Şubat 2026", "şikâyet", "otuz", "altmış", "mahkemeye", "itiraz", "rızanızı",
        "Veri kategorileri", "16 Temmuz 2018",
    ],
    (Right.ERASURE, "tr"): ["madde 17", "1.204", "altı yıl", "28 Şubat 2030", "şikâyet", "mahkemeye"],
    (Right.RESTRICTION, "tr"): ["madde 18", "Kısıtlandı", "kaldırmadan önce", "şikâyet", "mahkemeye"],
}  # fmt: skip


def text_of(pdf: bytes) -> str:
    """The letter's text on one line, words that the line break hyphenated put together again."""
    pages = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return " ".join(re.sub(r"[-\u00ad\u2010]\n", "", pages).replace("\u00a0", "~").split()).replace("~", "\u00a0")


@pytest.mark.parametrize(("right", "language"), CHECKLIST, ids=str)
def test_a_letter_says_what_the_law_asks(assemble: Any, right: Right, language: str) -> None:
    """Article 12 and the article of the right itself, point by point, in the person's language.

    law A2, law A7, law A21, law C15, law C17.
    """
    text = text_of(assemble(right, language=language).written.letter)
    missing = [point for point in CHECKLIST[right, language] if point not in text]
    assert missing == []


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("language", ["en", "sv", "tr"])
def test_a_letter_is_archivable_and_accessible(assemble: Any, right: Right, language: str) -> None:
    """law C12: PDF/A-3a and PDF/UA-1: tagged, with language and title, all fonts inside."""
    reader = PdfReader(io.BytesIO(assemble(right, language=language).written.letter))
    root: Any = reader.trailer["/Root"]
    xmp = root["/Metadata"].get_object().get_data().decode()
    assert root["/MarkInfo"]["/Marked"] is True or root["/MarkInfo"]["/Marked"].value is True
    assert root["/Lang"] == language
    assert root["/StructTreeRoot"]["/K"]
    assert "<pdfaid:part>3</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in xmp
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    assert reader.metadata is not None
    assert reader.metadata.title
    assert reader.metadata.author == "Customs Connect Group Limited"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]


def attachments_of(letter: bytes) -> dict[str, bytes]:
    return {name: contents[0] for name, contents in PdfReader(io.BytesIO(letter)).attachments.items()}


def test_a_letter_carries_the_data_within(assemble: Any) -> None:
    """Whoever keeps the PDF alone keeps the machine-readable copy, and a manifest by which to check it."""
    opened = assemble(Right.ACCESS)
    within = attachments_of(opened.written.letter)
    data = {name: content for name, content in opened.files.items() if name.endswith(".json") and "/" in name}
    assert {name: within[name] for name in data} == data
    listed = {each["name"]: each["sha256"] for each in json.loads(within["manifest.json"])["files"]}
    assert all(listed[name] == hashlib.sha256(content).hexdigest() for name, content in data.items())


def test_a_letter_about_much_data_carries_only_the_manifest(assemble: Any, make: SimpleNamespace) -> None:
    """A letter stays a letter: what is long is in the package alone."""
    records = [make.record("notes", {"text": "x" * 1000}, key=str(n)) for n in range(80)]
    system = make.system("crm", summary=(make.line("notes", "disclose", "art-15-1", 80),), items=records)
    letter = assemble(Right.ACCESS, (system,)).written.letter
    assert list(attachments_of(letter)) == ["manifest.json"]
    assert len(letter) < 100_000


def test_a_letter_numbers_its_pages_and_names_the_reference_on_each(assemble: Any) -> None:
    """A page that got lost can be put back."""
    opened = assemble(Right.ERASURE)
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(opened.written.letter)).pages]
    assert len(pages) > 1
    for number, text in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in text
        assert "3f0e7a52-7a52-4d51-9a43-1d9b6f0f2c11" in text


@pytest.mark.parametrize("right", [each for each in Right if each.concerns_systems])
def test_a_negative_answer_is_an_answer(assemble: Any, make: SimpleNamespace, right: Right) -> None:
    """law C15: where nothing is held the letter says so, and still tells of complaint and court."""
    text = text_of(assemble(right, (make.system("crm"), make.system("billing"))).written.letter)
    assert "hold no personal data about you" in text
    assert "not complete" not in text
    assert "ICO" in text
    assert "court" in text


@pytest.mark.parametrize("language", ["en", "sv", "tr"])
def test_an_objection_to_marketing_is_never_weighed(assemble: Any, make: SimpleNamespace, language: str) -> None:
    """It is done, without exceptions, and the letter does not speak of grounds that could override it."""
    system = make.system("crm", summary=(make.line("members", "suppress", "art-21", 1),))
    wish = Wish(Right.OBJECTION, marketing=True)
    text = text_of(assemble(Right.OBJECTION, (system,), language=language, wish=wish).written.letter)
    done = {"en": "no exceptions", "sv": "inga undantag", "tr": "istisnası yoktur"}
    weighed = {"en": "compelling", "sv": "tvingande", "tr": "zorlayıcı"}
    assert done[language] in text
    assert weighed[language] not in text


def test_an_objection_that_reaches_nothing_says_why(assemble: Any, make: SimpleNamespace) -> None:
    """Where the purposes named rest on a contract, nothing is restricted and the person is told on what they rest."""
    wish = Wish(Right.OBJECTION, purposes=frozenset({"no-such-purpose"}))
    text = text_of(assemble(Right.OBJECTION, (make.system("crm"),), wish=wish).written.letter)
    assert "None of the uses that you objected to rests on legitimate interests" in text


def test_an_answer_that_was_paid_for_is_not_called_free(assemble: Any) -> None:
    """A fee was announced and paid: the letter must not deny it."""
    assert "free of charge" not in text_of(assemble(Right.ACCESS, charged=True).written.letter)


def test_decisions_by_machines_are_told_with_their_logic_and_consequences(assemble: Any, register: Any) -> None:
    """What is decided, how, what it means, and that a person may be asked to look at it."""
    told = {name: {"en": f"The {name} is told."} for name in ("text", "logic", "consequences")}
    by = replace_in(register, automated=(AutomatedDecision(**told),), automated_decisions={})
    text = text_of(assemble(Right.AUTOMATED_DECISIONS, by=by).written.letter)
    assert all(f"The {name} is told." in text for name in told)
    assert "have one of us look at such a decision again" in text
    silent = text_of(
        assemble(Right.AUTOMATED_DECISIONS, by=replace_in(register, automated_decisions={})).written.letter
    )
    assert "name no decision about you" in silent


def test_nothing_found_is_not_claimed_where_not_all_was_searched(assemble: Any, make: SimpleNamespace) -> None:
    """law C15: a silent system may hold something, so that the letter can't say there is nothing."""
    text = text_of(assemble(Right.ACCESS, (make.system("crm"), make.system("billing", status="silent"))).written.letter)
    assert "hold no personal data" not in text
    assert "found no personal data about you where we could search" in text
    assert "not complete yet" in text


def test_what_was_done_is_told_and_not_what_was_planned(assemble: Any, make: SimpleNamespace) -> None:
    """Where looking again found something left over, the letter counts what was really erased."""
    summary = (make.line("visits", "erase", "art-17-1", 50),)
    system = make.system("portal", summary=summary, effects={"visits": {"erased": 47}}, left_over=3)
    text = text_of(assemble(Right.ERASURE, (system,)).written.letter)
    assert "Visits Erased 47" in text
    assert "3 records were not yet as they should be" in text


def test_a_late_answer_says_sorry(assemble: Any) -> None:
    """The date by which it was due is named."""
    text = text_of(assemble(Right.ACCESS, answered_on=date(2026, 3, 12)).written.letter)
    assert "by 9 March 2026. We are sorry" in text
    assert "sorry" not in text_of(assemble(Right.ACCESS).written.letter)


def test_somebody_without_a_name_is_greeted_all_the_same(assemble: Any) -> None:
    """No name is known of who wrote in by a customer number alone."""
    assert "Dear Sir or Madam," in text_of(assemble(Right.ACCESS, addressee=()).written.letter)


@pytest.mark.parametrize("name", ["张伟", "😀", "a\x00b\ud7ff", "ᚠᚢᚦ"])
def test_a_name_in_any_script_gets_its_letter(assemble: Any, name: str) -> None:
    """What no font has is marked in the letter; the page in the package shows it."""
    opened = assemble(Right.ACCESS, addressee=(f"Ada {name}",))
    assert "Dear Ada" in text_of(opened.written.letter)


def test_the_page_shows_the_name_that_the_letter_could_not(assemble: Any) -> None:
    """Only the letter is without it."""
    assert "张伟" in assemble(Right.ACCESS, addressee=("张伟",)).page


HOSTILE = ['"))#panic("x")', '#include "/etc/passwd"', "$x^2$ *bold* _it_ `raw` <label> @ref", '\\u{41} \\\\ \\"', "= Heading", "- item", "[systems]", "{{ due }}"]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_a_name_is_markup(assemble: Any, make: SimpleNamespace, text: str) -> None:
    """Typst, Markdown and template syntax come out as they went in."""
    summary = (make.line("declarations", "refer", "art-28-3-e", 3, controller=text),)
    system = make.system("files", title=text, summary=summary)
    letter = text_of(assemble(Right.ACCESS, (system,), addressee=(text,)).written.letter)
    assert letter.replace(" ", "").count(text.replace(" ", "")) >= 4


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=60))
def test_any_name_gets_its_letter(assemble: Any, text: str) -> None:
    """No text at all keeps a letter from being written."""
    assert assemble(Right.RESTRICTION, addressee=(text,)).written.letter.startswith(b"%PDF")


def test_text_that_runs_backwards_is_laid_bare(assemble: Any) -> None:
    """An override mark shows as its code instead of turning what follows."""
    assert "<U+202E>" in text_of(assemble(Right.ACCESS, addressee=("Ada \u202eelpmaS",)).written.letter)


def test_a_register_that_says_little_leaves_no_empty_headings(assemble: Any, register: Any) -> None:
    """Points on which the register is silent are left out."""
    bare = replace_in(register, purposes=(), recipients=(), sources=(), transfers=(), automated_decisions={})
    text = text_of(assemble(Right.ACCESS, by=bare).written.letter)
    assert "Who receives your data" not in text
    assert "How long we keep your data" in text


def test_a_hold_of_a_rule_that_is_no_longer_in_the_register_is_still_explained(assemble: Any, register: Any) -> None:
    """The register may have changed between decision and answer."""
    text = text_of(assemble(Right.ERASURE, by=replace_in(register, retention=())).written.letter)
    assert "The law obliges us to keep it." in text


def replace_in(register: Any, **changes: Any) -> Any:
    return register.model_copy(update=changes)


def test_the_same_answer_gives_the_same_letter(assemble: Any) -> None:
    """A second assembly after a crash can be compared with the first."""
    assert assemble(Right.ERASURE).written.letter == assemble(Right.ERASURE).written.letter
