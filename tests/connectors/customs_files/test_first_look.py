"""The first look lets nothing pass that a full reading finds: in any format, encoding, spelling and escape.

Nor does what is remembered of a file rule anybody out who is in it, whoever was looked for when it was read.
"""

# ruff: noqa: RUF001 - what looks alike is what this is about

import base64
import io
import json
import quopri
import re
import zipfile
from email.header import Header
from html import escape

from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.customs_files.index.grams import Keyed
from connectors.customs_files.index.questions import Question
from connectors.customs_files.index.signing import Signing
from connectors.customs_files.limits import Limits
from connectors.customs_files.passages import Gap
from connectors.customs_files.reading import EVERYTHING, Wanted, read
from connectors.customs_files.search import People
from habeas.domain.subjects import Identifier, IdentifierKind, Subject

_LIMITS = Limits()
_KEYED = Keyed(b"a key for a test")
_SUBJECTS = [
        Subject(
            "1",
            (
                Identifier(IdentifierKind.NAME, "Zoë O'Brien-Łukasz"),
                Identifier(IdentifierKind.EMAIL, "zoe.obrien@example.org"),
                Identifier(IdentifierKind.PHONE, "+442079460123"),
                Identifier(IdentifierKind.EORI, "GB123456789000"),
                Identifier(IdentifierKind.CUSTOMER_NUMBER, "C-100777"),
            ),
        ),
        Subject("2", (Identifier(IdentifierKind.NAME, "Suzer Sezer"), Identifier(IdentifierKind.VAT_NUMBER, "SE556012579001"))),
]  # fmt: skip
_PEOPLE = People(_SUBJECTS)
_ASKED = [People(()), People(_SUBJECTS[:1])]
_QUESTIONS = [Question(People([each]).look.needs, _KEYED) for each in _SUBJECTS]
_SPELLINGS = (
    "Zoë O'Brien-Łukasz", "ZOE O’BRIEN-LUKASZ", "Lukasz, Zoe O'Brien", "Zoe\u0308 O\u2019Brien\u2011\u0141ukasz",
    "zoe.obrien@example.org", "Zoe.OBrien@EXAMPLE.org", "zoe.\u200bobrien@example.org", "ｚｏｅ.obrien@example.org",
    "+44 20 7946 0123", "(020) 7946-0123", "0044.20.79.46.01.23", "020/7946\t0123", "2079460123", "２０７９４６０１２３",
    "GB123456789000", "gb 123 456 789 000", "GB-123.456.789", "123456789000", "C-100777", "c-100777",
    "Süzer Sezer", "SEZER Suzer", "Su\u0308zer Sezer", "SE556012579001", "se 556012-5790 01", "556012579001",
    "Suzer", "Sezer", "0123", "GB123",
)  # fmt: skip
_NOISE = (
    "Steel bars",
    "a & b",
    "5 < 6 > 4",
    '"quoted"',
    "C:\\new\\users",
    "100%",
    "Ystad, Sweden",
    "?+'",
    "",
    "Ação",
    "日本",
)
_VALUES = st.lists(st.sampled_from(_SPELLINGS) | st.sampled_from(_NOISE), min_size=1, max_size=3).map(" ".join)
_CODECS = st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])


def _references(value: str) -> str:
    return "".join(f"&#{ord(each)};" if number % 2 else f"&#x{ord(each):x};" for number, each in enumerate(value))


def _table(values: list[str], delimiter: str) -> str:
    rows = ["Name", "E-mail", "Phone", "EORI"], values, values[::-1], ["a", "b", "c", "d"]
    return "\r\n".join(delimiter.join(f'"{each.replace(chr(34), chr(34) * 2)}"' for each in row) for row in rows)


def _markup(values: list[str], how: int) -> str:
    first, *others = [escape(each) for each in values]
    half = len(values[0]) // 2
    inside = (
        f"<Name>{first}</Name><EORI>{others[0]}</EORI>",
        f"<p>{escape(values[0][:half])}<b>{escape(values[0][half:])}</b> tail</p>",
        f'<party name="{first}"/><x>{_references(values[1])}</x>',
        f"<x>{escape(values[0][:half])}<!-- aside > -->{escape(values[0][half:])}</x>",
        f"<x><![CDATA[{values[0].replace(']]>', '')}]]></x>",
        f"<x>{escape(json.dumps({'Name': values[0], 'email': values[1]}))}</x>",
        f"<x>{base64.b64encode(_table(values, ',').encode()).decode()}</x>",
        f"<x>{escape('<Name>' + _references(values[0]) + '</Name>')}</x><!-- {values[1].replace('--', '')} -->",
    )
    return f"<r>{inside[how % len(inside)]}</r>"


def _objects(values: list[str], how: int) -> str:
    inner = (
        values[0],
        json.dumps({"name": values[0]}),
        f"<b>{values[0]}</b>",
        base64.b64encode(values[0].encode()).decode(),
    )
    whole = {"name": inner[how % len(inner)], "contact": {"email": values[1], "phone": values[2]}, values[3]: how}
    return json.dumps(whole, ensure_ascii=how % 2 == 0)


def _card(values: list[str], how: int) -> str:
    escaped = [re.sub(r"[\\,4@]", r"\\\g<0>", each) for each in values]
    folded = [each[: how % 7] + "\r\n " + each[how % 7 :] for each in escaped]
    return "\r\n".join(("BEGIN:VCARD", "VERSION:3.0", *map(":".join, zip(("FN", "EMAIL", "TEL", "NOTE"), folded, strict=True)), "END:VCARD"))  # fmt: skip


def _interchange(values: list[str], how: int) -> str:
    marked = ["".join(f"?{each}" if each in "+:'?4@" else each for each in value) for value in values]
    service = ("", "UNA:+.? '", "UNA:+.\\ '")[how % 3]
    return f"{service}UNB+UNOC:3+X'UNH+1+CUSDEC'NAD+CN+{marked[1]}++{marked[0]}'COM+{marked[2]}:TE'RFF+VA:{marked[3]}'"


def _mail(values: list[str], how: int) -> bytes:
    name, *others = [" ".join(each.split()) for each in values]
    written = Header(name, "utf-8").encode() if how % 2 else name
    body = "\r\n".join(others).encode()
    coded, encoding = ((body, "8bit"), (base64.encodebytes(body), "base64"), (quopri.encodestring(body), "quoted-printable"))[how % 3]  # fmt: skip
    leaf = f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + coded
    if how % 5 == 0:
        table = base64.encodebytes(_table(values, ";").encode("utf-16"))
        leaf = (
            b'Content-Type: multipart/mixed; boundary="=_b"\r\n\r\n--=_b\r\n' + leaf + b"\r\n--=_b\r\n"
            b"Content-Type: text/csv\r\nContent-Transfer-Encoding: base64\r\n\r\n" + table + b"\r\n--=_b--\r\n"
        )
    return f"From: {written} <a@example.com>\r\nTo: b@example.com\r\nSubject: {others[0]}\r\n".encode() + leaf


def _content(values: list[str], shape: int, how: int, codec: str) -> bytes:
    if shape == 0:
        return _mail(values, how)
    text = (
        _table(values, ",;\t|"[how % 4]),
        _markup(values, how),
        _objects(values, how),
        _card(values, how),
        _interchange(values, how),
        "\n".join(values),
    )[shape - 1]
    return text.encode(codec, "ignore")


_Found = list[tuple[int, str, str, tuple[str, ...]]]


def _found(content: bytes, wanted: Wanted) -> tuple[_Found, list[Gap]]:
    reading = read(content, _LIMITS, wanted)
    return [(each.subject, each.key, each.match, each.matched_by) for each in _PEOPLE.blocks(reading)], reading.gaps


def _ruled_out(content: bytes, asked: People) -> set[int]:
    """Whom a search for others leaves out, after one for those who were asked for."""
    signing = Signing(_KEYED)
    reading = read(content, _LIMITS, asked.screen.noted_by(signing.note))
    signature = signing.of(reading)
    if reading.gaps or signature is None:
        return set()
    return {number for number, question in enumerate(_QUESTIONS) if not question.may_be_met(signature)}


def _lets_nothing_pass(content: bytes) -> None:
    everything = _found(content, EVERYTHING)
    assert _found(content, _PEOPLE.screen) == everything
    there = {subject for subject, *_ in everything[0]}
    for asked in _ASKED:
        assert not there & _ruled_out(content, asked)


@settings(max_examples=600)
@given(
    values=st.lists(_VALUES, min_size=4, max_size=4),
    shape=st.integers(0, 6),
    how=st.integers(0, 39),
    codec=_CODECS,
)
@example(values=["2079460123"] * 4, shape=2, how=1, codec="utf-8")
@example(values=["zoe.obrien@example.org", "", "", ""], shape=2, how=7, codec="utf-8")
@example(values=["SEZER Suzer"] * 4, shape=0, how=5, codec="utf-8")
def test_the_first_look_lets_nothing_pass(values: list[str], shape: int, how: int, codec: str) -> None:
    _lets_nothing_pass(_content(values, shape, how, codec))


_PIECES = st.sampled_from(
    ["zoe.obrien@", "example.org", "020 7946", " 0123", "GB123", "456789000", "Zoë O'Brien", "-Łukasz", "2079460123",
     " ", "\n", ">", "\u200b", "\u00a0", "a > b", "&lt;b>", "&#60;b&#62;", "&lt;p&gt;zoe.obrien@", "&#x3C;!---->", "&amp;lt;"]
)  # fmt: skip
_ASIDES = st.sampled_from(["<!-- > -->", "<?pi <a> ?>", "<br/>", '<i n="a/>b"/>', "<b ></b >", "<![CDATA[exam]]>"])
_MIXED = st.recursive(
    st.lists(_PIECES | _ASIDES, max_size=4).map("".join),
    lambda inside: st.lists(
        st.tuples(st.sampled_from(["v", "p"]), inside).map("<{0[0]}>{0[1]}</{0[0]}>".format) | _PIECES | _ASIDES,
        max_size=4,
    ).map("".join),
    max_leaves=8,
)


@settings(max_examples=600)
@given(inside=_MIXED, head=st.sampled_from(["", '<?xml version="1.0"?>', '<?xml version="1.0"?><?b?>']))
@example(inside="<v>&lt;p&gt;zoe.obrien@&lt;b&gt;example.org&lt;/b&gt;&lt;/p&gt;</v>", head="")
@example(inside="<x>><v>zoe.obrien@</v><v>example.org</v></x>", head="")
@example(inside="<x>\u200b<v>zoe.obrien@</v><v>example.org</v></x>", head="")
@example(inside="<x><v>zoe.obrien@</v><v>example.org</v>.</x>", head="")
@example(inside="<x><br/>020 7946<br/> 0123</x>", head="")
@example(inside='<x a="<">zoe.obrien@<b>example.org</b></x>', head="")
def test_nothing_that_elements_interrupt_is_let_pass(inside: str, head: str) -> None:
    _lets_nothing_pass(f"{head}<r>{inside}</r>".encode())


@settings(max_examples=300)
@given(
    inside=_MIXED,
    attributes=st.lists(_VALUES, min_size=2, max_size=2),
    name=st.sampled_from(
        ["word/people.xml", "word/document.xml", "xl/workbook.xml", "docProps/core.xml", "word/x.rels"]
    ),
)
@example(inside="", attributes=["Zoë O'Brien-Łukasz", "a"], name="word/people.xml")
@example(inside="", attributes=["mailto:zoe.obrien@example.org?subject=a&b", ""], name="word/x.rels")
@example(inside="<p><t>zoe.obrien@</t><t>example.org</t></p>", attributes=["a", "b"], name="word/document.xml")
def test_nothing_in_an_office_file_is_let_pass(inside: str, attributes: list[str], name: str) -> None:
    first, second = (escape(each) for each in attributes)
    written = (
        f'<r Target="{first}"><person author="{_references(attributes[1])}"><i id="{second}"/></person>{inside}</r>'
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/a.xml", "<a/>")
        archive.writestr(name, written.encode())
    _lets_nothing_pass(packed.getvalue())


def test_what_is_remembered_rules_out_who_is_not_there() -> None:
    """In each format, whoever was asked for; else it would be of no use."""
    values = ["Steel bars", "Ação", "5 < 6 > 4", "a & b"]
    for shape in range(7):
        assert _ruled_out(_content(values, shape, 3, "utf-8"), _PEOPLE) == {0, 1}
