"""What each notice must tell, in every language, and that its three forms tell the same."""

# ruff: noqa: RUF001 - Turkish has letters that look like others

import io
import re
from collections.abc import Callable
from datetime import date
from typing import Any, get_args

import pytest
from pypdf import PdfReader

from habeas.domain.complaints import Outcome
from habeas.domain.letters import NoticeKind
from habeas.domain.register import Language, Register
from habeas.domain.requests import FeeGround, Plea, RefusalGround, Right
from habeas.letters.notice import NEEDS, Concern, Done, Notice, Referred
from habeas.letters.notice_press import WrittenNotice, write_notice
from habeas.letters.package import Assembler
from habeas.letters.templates import Templates

LANGUAGES = get_args(Language)
WORDS = "We have reasons of our own.\n\nThere are two of them."
ABOUT = Concern(Right.ERASURE, "8f3b1a04-0e57-4a37-9d0c-6a3de3b8f2aa")
MORE: dict[NoticeKind, dict[str, Any]] = {
    NoticeKind.IDENTITY: {"words": WORDS},
    NoticeKind.CLARIFICATION: {"words": WORDS},
    NoticeKind.EXTENSION: {"words": WORDS, "was_due_on": date(2026, 12, 9), "due_on": date(2027, 2, 9)},
    NoticeKind.PROGRESS: {"settled": (3, 4), "due_on": date(2027, 2, 9)},
    NoticeKind.FEE: {"words": WORDS, "amount": "1250.00 GBP", "ground": FeeGround.EXCESSIVE},
    NoticeKind.REFUSAL: {"words": WORDS, "ground": RefusalGround.UNFOUNDED},
    NoticeKind.LIFTING: {"words": WORDS, "effective_on": date(2026, 12, 1), "right": Right.RESTRICTION},
    NoticeKind.ACKNOWLEDGEMENT: {"right": Plea.COMPLAINT, "about": ABOUT},
    NoticeKind.STANDING: {"right": Plea.COMPLAINT, "words": WORDS},
    NoticeKind.OUTCOME: {"right": Plea.COMPLAINT, "about": ABOUT, "words": WORDS, "outcome": Outcome.PARTLY},
    NoticeKind.OVERRIDDEN: {"words": WORDS, "effective_on": date(2026, 12, 1), "right": Right.OBJECTION},
    NoticeKind.REFERRAL: {
        "referred": (
            Referred("Northgate Imports Ltd", "Customs files", "declarations", 3),
            Referred("Northgate Imports Ltd", "Customs files", "mails", 1204),
        )
    },
    NoticeKind.CLIENT: {
        "referred": (Referred("Northgate Imports Ltd", "Customs files", "declarations", 3),),
        "addressee": ("Northgate Imports Ltd", "2 Example Quay"),
        "person": ("Ada Sample", "EORI GB123456789000"),
        "right": Right.ERASURE,
    },
    NoticeKind.RECIPIENT: {
        "done": (
            Done("erased", ("contact", "identity")),
            Done("rectified", ("contact",), (("phone", "+44 161 496 0123"),)),
            Done("restricted", ("financial",)),
            Done("lifted", ("usage",)),
            Done("restored", ("profile",)),
        ),
        "addressee": ("Northgate Payroll Ltd",),
        "person": ("Ada Sample", "EORI GB123456789000"),
    },
}

CHECKLIST = {
    "en": {
        NoticeKind.RECEIPT: ["copy of your personal data", "9 November 2026", "by 9 December 2026 at the latest", "two months more", "free of charge", "withdraw your request"],
        NoticeKind.IDENTITY: ["12(6)", "reasons of our own", "no more than that", "starts on the day", "11(2)", "complain"],
        NoticeKind.CLARIFICATION: ["reasons of our own", "not obliged to narrow", "reasonable and proportionate search", "clock stands still", "9 December 2026"],
        NoticeKind.EXTENSION: ["12(3)", "complex or numerous", "reasons of our own", "by 9 December 2026", "by 9 February 2027 at the latest", "keep you informed", "ICO", "court"],
        NoticeKind.PROGRESS: ["takes longer", "Of the 4 systems", "3 have been gone through", "by 9 February 2027 at the latest", "keeps you informed", "ICO"],
        NoticeKind.FEE: ["12(5)", "GBP 1,250.00", "reasons of our own", "have not begun yet", "for us to show", "Withdraw your request", "starts on the day on which it comes in", "ICO", "court"],
        NoticeKind.REFUSAL: ["12(5)", "unfounded", "for us to show", "reasons of our own", "complain to us", "30 days", "164A", "at any time", "ICO", "court", "costs you nothing"],
        NoticeKind.WITHDRAWN: ["closed", "Nothing has been disclosed", "again at any time", "keep a record"],
        NoticeKind.REFERRAL: ["Northgate Imports Ltd", "Article 28", "Declarations Customs files Northgate Imports Ltd 3", "1,204", "turn to them yourself", "9 December 2026", "ICO"],
        NoticeKind.CLIENT: ["28(3)(e)", "Ada Sample", "EORI GB123456789000", "erasure of personal data", "Declarations Customs files 3", "documented instructions only", "Dear Sir or Madam", "12(3)"],
        NoticeKind.RECIPIENT: ["Article 19", "Ada Sample", "EORI GB123456789000", "Please erase", "same corrections", "phone: +44 161 496 0123", "only store", "18(2)", "lifted the restriction", "was a mistake", "passed the data on", "name you", "Dear Sir or Madam"],
        NoticeKind.LIFTING: ["18(3)", "before we lift", "1 December 2026", "reasons of our own", "Article 21", "ICO", "court"],
        NoticeKind.ACKNOWLEDGEMENT: ["On 9 November 2026", "Complaint received", "acknowledges it (section 164A", "your request to have your personal data erased (Article 17)", "8f3b1a04", "without undue delay", "keep you informed", "with our reasons", "free of charge", "at any time", "also while we are looking into it", "ICO", "court"],
        NoticeKind.STANDING: ["9 November 2026", "reasons of our own", "what came of it", "at any time", "ICO", "court"],
        NoticeKind.OUTCOME: ["9 November 2026", "8f3b1a04", "uphold your complaint in part", "reasons of our own", "closes your complaint", "If you are not content", "at any time", "ICO", "court"],
        NoticeKind.OVERRIDDEN: ["21(1)", "18(3)", "before we lift", "1 December 2026", "reasons of our own", "never weighed", "ICO", "court"],
    },
    "sv": {
        NoticeKind.RECEIPT: ["kopia av dina personuppgifter", "9 november 2026", "senast den 9 december 2026", "två månader till", "kostnadsfritt", "återta din begäran"],
        NoticeKind.IDENTITY: ["12.6", "reasons of our own", "inte mer än så", "börjar den dag", "11.2", "klaga"],
        NoticeKind.CLARIFICATION: ["reasons of our own", "inte skyldig att begränsa", "proportionerlig", "Klockan står still", "9 december 2026"],
        NoticeKind.EXTENSION: ["12.3", "komplicerad", "reasons of our own", "9 december 2026", "senast den 9 februari 2027", "underrättad", "IMY", "domstol"],
        NoticeKind.PROGRESS: ["dröjer", "4 system", "3 genomgångna", "senast den 9 februari 2027", "underrättad", "IMY"],
        NoticeKind.FEE: ["12.5", "1\u00a0250,00\u00a0GBP", "reasons of our own", "inte börjat än", "vi som ska visa", "Återta", "den dag då den kommer in", "IMY", "domstol"],
        NoticeKind.REFUSAL: ["12.5", "ogrundad", "vi som ska visa", "reasons of our own", "klaga hos oss", "30 dagar", "när som helst", "IMY", "domstol"],
        NoticeKind.WITHDRAWN: ["avslutat", "Ingenting har lämnats ut", "på nytt", "anteckning"],
        NoticeKind.REFERRAL: ["Northgate Imports Ltd", "artikel 28", "1\u00a0204", "vända dig till dem", "9 december 2026", "IMY"],
        NoticeKind.CLIENT: ["28.3 e", "Ada Sample", "EORI GB123456789000", "radering av personuppgifter", "dokumenterade instruktioner", "12.3"],
        NoticeKind.RECIPIENT: ["artikel 19", "Ada Sample", "EORI GB123456789000", "Radera det", "samma rättelser", "phone: +44 161 496 0123", "endast lagra", "18.2", "hävt begränsningen", "ett misstag", "lämnat uppgifterna vidare", "namnger vi er"],
        NoticeKind.LIFTING: ["18.3", "innan vi häver", "1 december 2026", "reasons of our own", "artikel 21", "IMY", "domstol"],
        NoticeKind.ACKNOWLEDGEMENT: ["Den 9 november 2026", "Klagomål mottaget", "bekräftar vi det (section 164A", "radering av dina personuppgifter (artikel 17)", "8f3b1a04", "utan onödigt dröjsmål", "underrättad", "med våra skäl", "kostnadsfritt", "när som helst", "även medan vi utreder", "IMY", "domstol"],
        NoticeKind.STANDING: ["9 november 2026", "reasons of our own", "vad det har lett till", "när som helst", "IMY", "domstol"],
        NoticeKind.OUTCOME: ["9 november 2026", "8f3b1a04", "delvis rätt", "reasons of our own", "avslutat", "Om du inte är nöjd", "när som helst", "IMY", "domstol"],
        NoticeKind.OVERRIDDEN: ["21.1", "18.3", "innan vi häver", "1 december 2026", "reasons of our own", "prövas aldrig", "IMY", "domstol"],
    },
    "tr": {
        NoticeKind.RECEIPT: ["bir kopyasının verilmesi", "9 Kasım 2026", "en geç 9 Aralık 2026", "iki ay daha", "ücretsizdir", "geri çekebilirsiniz"],
        NoticeKind.IDENTITY: ["12(6)", "reasons of our own", "fazlasını göndermeyin", "gün başlar", "11(2)", "şikâyet"],
        NoticeKind.CLARIFICATION: ["reasons of our own", "daraltmak zorunda değilsiniz", "ölçülü", "durur", "9 Aralık 2026"],
        NoticeKind.EXTENSION: ["12(3)", "karmaşık", "reasons of our own", "9 Aralık 2026", "En geç 9 Şubat 2027", "bilgilendiririz", "KVKK", "mahkeme"],
        NoticeKind.PROGRESS: ["gecikeceğini", "4 sistemden", "3 tanesi", "En geç 9 Şubat 2027", "bilgilendiriyoruz", "KVKK"],
        NoticeKind.FEE: ["12(5)", "1.250,00 GBP", "reasons of our own", "henüz bir işleme başlamadık", "göstermek bize düşer", "geri çekin", "bize ulaştığı gün başlar", "KVKK", "mahkeme"],
        NoticeKind.REFUSAL: ["12(5)", "dayanaksız", "göstermek bize düşer", "reasons of our own", "şikâyet", "30 gün", "otuz", "altmış", "20 Aralık 2026", "KVKK", "mahkeme"],
        NoticeKind.WITHDRAWN: ["kapatıldığını", "açıklanmadı", "yeniden bulunabilirsiniz", "kaydı tutarız"],
        NoticeKind.REFERRAL: ["Northgate Imports Ltd", "madde 28", "1.204", "onlara da başvurabilirsiniz", "9 Aralık 2026", "KVKK"],
        NoticeKind.CLIENT: ["28(3)(e)", "Ada Sample", "EORI GB123456789000", "kişisel verilerin silinmesi", "belgelenmiş talimatınızla", "12(3)"],
        NoticeKind.RECIPIENT: ["madde 19", "Ada Sample", "EORI GB123456789000", "lütfen silin", "aynı düzeltmeleri", "phone: +44 161 496 0123", "yalnızca saklayın", "18(2)", "kısıtlamayı kaldırdık", "Yanlışlıkla silinen", "aktardığınız kişilere", "adınızı veririz"],
        NoticeKind.LIFTING: ["18(3)", "kaldırmadan önce", "1 Aralık 2026", "reasons of our own", "madde 21", "KVKK", "mahkeme"],
        NoticeKind.ACKNOWLEDGEMENT: ["9 Kasım 2026", "Şikâyetin alındığı tarih", "aldığımızı bildiriyoruz (Birleşik Krallık", "kişisel verilerinizin silinmesi (GDPR madde 17)", "8f3b1a04", "gereksiz gecikme olmadan", "durumu size bildirir", "nedenleriyle birlikte", "ücretsizdir", "Her zaman, biz şikâyetinizi incelerken de,", "Şikâyetinizi incelememiz bu süreyi durdurmaz", "KVKK", "mahkeme"],
        NoticeKind.STANDING: ["9 Kasım 2026", "reasons of our own", "sonucu nedenleriyle birlikte", "Her zaman", "KVKK", "mahkeme"],
        NoticeKind.OUTCOME: ["9 Kasım 2026", "8f3b1a04", "kısmen haklı bulduk", "reasons of our own", "kapanmıştır", "Memnun değilseniz", "Her zaman", "KVKK", "mahkeme"],
        NoticeKind.OVERRIDDEN: ["21(1)", "18(3)", "kaldırmadan önce", "1 Aralık 2026", "reasons of our own", "tartılmaz", "KVKK", "mahkeme"],
    },
}  # fmt: skip
ALL = [(kind, language) for kind in NoticeKind for language in LANGUAGES]

Write = Callable[..., WrittenNotice]


@pytest.fixture(scope="session")
def write(register: Register, assembler: Assembler) -> Write:
    def written(kind: NoticeKind, **more: Any) -> WrittenNotice:
        usual: dict[str, Any] = {
            "kind": kind,
            "request_id": "3f0e7a52-7a52-4d51-9a43-1d9b6f0f2c11",
            "right": Right.ACCESS,
            "language": "en",
            "received_on": date(2026, 11, 9),
            "written_on": date(2026, 11, 20),
            "due_on": date(2026, 12, 9),
            "register": register,
            "addressee": ("Ada Sample", "1 Example Street", "Manchester M1 1AA"),
        }
        return write_notice(Notice(**usual | MORE.get(kind, {}) | more), assembler.stationery)

    return written


def pdf_text(pdf: bytes) -> str:
    """On one line, words that the line break hyphenated put together again."""
    pages = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return " ".join(re.sub(r"[-\u00ad\u2010]\n", "", pages).replace("\u00a0", "~").split()).replace("~", "\u00a0")


def html_text(page: bytes) -> str:
    body = re.sub(r"<style>.*?</style>", "", page.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).replace("\u00a0", "~").split()).replace("~", "\u00a0")


def one_line(text: str) -> str:
    return " ".join(text.replace("\u00a0", "~").split()).replace("~", "\u00a0")


@pytest.mark.parametrize(("kind", "language"), ALL, ids=str)
def test_a_notice_says_what_its_article_asks_in_each_form(write: Write, kind: NoticeKind, language: str) -> None:
    """law C12: point by point, in the person's language; print, web page and plain text say the same."""
    written = write(kind, language=language)
    points = CHECKLIST[language][kind]
    assert [each for each in points if each not in pdf_text(written.pdf)] == []
    in_rows = [each for each in points if "Customs files" not in each]  # the text form has lists for tables
    assert [each for each in in_rows if each not in html_text(written.html)] == []
    assert [each for each in in_rows if each not in one_line(written.text)] == []
    for text in (pdf_text(written.pdf), html_text(written.html), one_line(written.text)):
        assert "3f0e7a52-7a52-4d51-9a43-1d9b6f0f2c11" in text
        assert "info@customsconnect.eu" in text
        assert "{" not in text
        assert "[" not in text


@pytest.mark.parametrize(("kind", "language"), ALL, ids=str)
def test_every_notice_is_written_in_every_language_and_archivable(
    write: Write, kind: NoticeKind, language: str
) -> None:
    """None falls back to English; tagged PDF/A and PDF/UA with language and title."""
    assert Templates().language(language, kind) == language
    written = write(kind, language=language)
    root: Any = PdfReader(io.BytesIO(written.pdf)).trailer["/Root"]
    xmp = root["/Metadata"].get_object().get_data().decode()
    assert root["/Lang"] == language
    assert root["/StructTreeRoot"]["/K"]
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in xmp
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    assert f'<html lang="{language}">'.encode() in written.html
    assert max(map(len, written.text.splitlines())) <= 76


@pytest.mark.parametrize("kind", NEEDS)
def test_a_notice_without_its_point_is_not_written(write: Write, kind: NoticeKind) -> None:
    """law C12: a refusal without reasons would be unlawful; it is stopped, whichever part is missing."""
    for name in NEEDS[kind]:
        empty: dict[str, object] = {"words": "", "referred": (), "person": (), "done": ()}
        with pytest.raises(ValueError, match=name):
            write(kind, **{name: empty.get(name)})


def test_the_clock_is_told_as_the_law_of_the_place_has_it(write: Write) -> None:
    """In the EU a question stops no clock, and no fee starts one; in Türkiye proof of identity starts none."""
    assert "does not stand still" in write(NoticeKind.CLARIFICATION, jurisdiction="SE").text
    assert "due by 9 December 2026" in one_line(write(NoticeKind.FEE, jurisdiction="SE").text)
    assert "does not wait" in write(NoticeKind.IDENTITY, jurisdiction="TR").text
    assert "two months more" not in one_line(write(NoticeKind.RECEIPT, jurisdiction="TR").text)


def test_regulators_are_those_of_residence_and_establishment(write: Write) -> None:
    """Somebody in Sweden is sent to the Swedish one and to that of the company's seat, and not to the Turkish one."""
    text = one_line(write(NoticeKind.REFUSAL, residence="SE").text)
    assert "IMY" in text
    assert "ICO" in text
    assert "KVKK" not in text
    assert "sixty days" not in text


def test_complaints_to_us_are_acknowledged_in_days_only_where_that_is_law(write: Write) -> None:
    """law C164: in the United Kingdom, since 19 June 2026."""
    assert "within 30 days" in one_line(write(NoticeKind.REFUSAL).text)
    assert "within 30 days" not in one_line(write(NoticeKind.REFUSAL, written_on=date(2026, 6, 18)).text)


@pytest.mark.parametrize("ground", RefusalGround)
def test_each_ground_of_refusal_has_its_law(write: Write, ground: RefusalGround) -> None:
    """The burden of proof is told where it is heaviest; who was not identified is told how to go on.

    law C11, law C12.
    """
    text = one_line(write(NoticeKind.REFUSAL, ground=ground).text)
    told = {
        RefusalGround.UNFOUNDED: "manifestly unfounded",
        RefusalGround.EXCESSIVE: "manifestly excessive",
        RefusalGround.NOT_IDENTIFIED: "at any time what lets us identify you",
        RefusalGround.EXEMPT: "Article 23",
    }
    assert [each for each in told.values() if each in text] == [told[ground]]


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_receipt_names_the_right_that_was_exercised(write: Write, right: Right, language: str) -> None:
    """By its article, so that a wrong record is noticed at once."""
    text = one_line(write(NoticeKind.RECEIPT, right=right, language=language).text)
    assert re.search(rf"(Article|artikel|madde) {right.article}\b", text)


@pytest.mark.parametrize("text", ["<script>x</script>", "[closing]", "{{ due }}", "# Heading", "#panic()", "张伟"])
def test_an_operators_words_are_only_words(write: Write, text: str) -> None:
    """No markup of any of the three forms comes out of them; what no font has is still on the page."""
    written = write(NoticeKind.REFUSAL, words=text)
    assert text in written.text
    assert "<script>" not in written.html.decode()
    assert written.pdf.startswith(b"%PDF")


def test_a_client_is_told_no_more_than_needed(write: Write) -> None:
    """law C28: whom it is about, where and how much; the person's address is not among it."""
    text = write(NoticeKind.CLIENT).text
    assert "Example Street" not in text
    assert "Ada Sample" in text


def test_the_same_notice_gives_the_same_bytes(write: Write) -> None:
    """A second writing after a crash can be compared with the first."""
    assert write(NoticeKind.FEE) == write(NoticeKind.FEE)
