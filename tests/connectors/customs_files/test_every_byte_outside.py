"""Over generated documents: everybody is found, nobody else is, and every byte outside of the fields stays."""
# ruff: noqa: RUF001 (names with signs that look like others)

import csv
import io
import json
from xml.sax.saxutils import escape, quoteattr

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.customs_files.limits import Limits
from connectors.customs_files.passages import Edit, Part, splice
from connectors.customs_files.reading import read
from connectors.customs_files.rewriting import rewritten
from connectors.customs_files.search import People
from habeas.domain.records import Match
from habeas.domain.subjects import IdentifierKind, Subject, identifier

LIMITS = Limits()
PEOPLE = [
    Subject(
        f"s{number}",
        (
            identifier(IdentifierKind.EMAIL, f"{given}.{family}@example{number}.org".lower()),
            identifier(IdentifierKind.NAME, f"{given} {family}"),
            identifier(IdentifierKind.EORI, f"GB{100000000 + number * 7919}000"),
            identifier(IdentifierKind.PHONE, f"+44161496{1000 + number}"),
        ),
    )
    for number, (given, family) in enumerate(
        [("Anna", "Öberg"), ("Ann", "Öberg"), ("Anna", "Price"), ("İpek", "Yıldız"), ("Joe", "O'Neil"), ("Zoë", "Łuk")]
    )
]
WANTED = People(PEOPLE)
noise = st.text(st.characters(codec="utf-8", exclude_characters="\x1e\r", exclude_categories=("Cs", "Cc")), max_size=12)
person = st.integers(0, len(PEOPLE) - 1)
style = st.sampled_from([str, str.upper, str.title])


@st.composite
def rows(draw):
    """Some people, each by one strong identifier and a name, with noise beside."""
    made = []
    for who in draw(st.lists(person, min_size=1, max_size=4)):
        kind = draw(st.sampled_from(["email", "eori", "phone"]))
        value = next(each.value for each in PEOPLE[who].identifiers if each.kind.value == kind)
        value = draw(style)(value) if kind == "email" and value.isascii() else value
        name = next(each.value for each in PEOPLE[who].identifiers if each.kind is IdentifierKind.NAME)
        made.append((who, {"name": name, kind: value, "note": draw(noise)}))
    return made


def xml(made, *, encoding="utf-8"):
    parties = "".join(
        f"<Exporter n={quoteattr(each['note'])}>"
        + "".join(f"<{key}>{escape(value)}</{key}>" for key, value in each.items() if key != "note")
        + f"<!-- {len(each['note'])} --></Exporter>"
        for _, each in made
    )
    return f"<?xml version='1.0' encoding='{encoding}'?>\n<Declaration>{parties}</Declaration>".encode(
        encoding, "xmlcharrefreplace"
    )


def table(made):
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, ["note", "name", "email", "eori", "phone"])
    writer.writeheader()
    writer.writerows(each for _, each in made)
    return out.getvalue().encode()


def lines(made):
    return "\n".join(
        f"{each['note']}\t{each.get('email') or each.get('eori') or each.get('phone')}\t." for _, each in made
    ).encode()


FORMATS = {
    "xml": xml,
    "xml in ASCII": lambda made: xml(made, encoding="us-ascii"),
    "xml in UTF-16": lambda made: xml(made, encoding="utf-16"),
    "csv": table,
    "json": lambda made: json.dumps([each for _, each in made], ensure_ascii=False, indent=1).encode(),
    "json escaped": lambda made: json.dumps({"a": [each for _, each in made], "n": 1.0}).encode(),
    "ndjson": lambda made: b"\n".join(json.dumps(each).encode() for _, each in made),
    "text": lines,
}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows(), st.sampled_from(sorted(FORMATS)), person)
def test_everybody_is_found_once_and_only_they_change(made, form, erased) -> None:
    """Strong matches are those planted; erasing one person leaves all bytes outside of the edits, and the others."""
    content = FORMATS[form](made)
    reading = read(content, LIMITS)
    blocks = [each for each in WANTED.blocks(reading) if each.match is Match.STRONG]
    assert sorted(each.subject for each in blocks) == sorted(who for who, _ in made)
    assert WANTED.screen.part(Part("", content, lambda changed: changed.edits))
    mine = [edit for each in blocks if each.subject == erased for edit in each.edits(())]
    if not mine:
        return
    after = rewritten(reading, {(): mine}, LIMITS)
    assert after == splice(content, mine)
    left = [each.subject for each in WANTED.blocks(read(after, LIMITS)) if each.match is Match.STRONG]
    assert sorted(left) == sorted(who for who, _ in made if who != erased)


@given(st.binary(max_size=60), st.data())
def test_splicing_replaces_spans_and_nothing_else(content, data) -> None:
    """Whatever the spans, what is between them is byte for byte what it was."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=8, unique=True)))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    edits = [Edit(start, stop, data.draw(st.binary(max_size=5))) for start, stop in spans]
    after = splice(content, edits)
    at = 0
    for number, edit in enumerate(edits):
        before = content[edits[number - 1].stop if number else 0 : edit.start]
        assert after[at : at + len(before)] == before
        at += len(before)
        assert after[at : at + len(edit.new)] == edit.new
        at += len(edit.new)
    assert after[at:] == content[edits[-1].stop if edits else 0 :]


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300), noise.map(str.encode), st.text(max_size=200).map(lambda each: each.encode("utf-16"))
    )
)
def test_anything_at_all_is_read_or_listed(content) -> None:
    """No content breaks the reader, and none is silently dropped."""
    reading = read(content, LIMITS)
    assert not content or reading.layers or reading.gaps
    list(WANTED.blocks(reading))


@settings(max_examples=200, deadline=None)
@given(rows(), st.sampled_from(sorted(FORMATS)), st.binary(min_size=1, max_size=4), st.data())
def test_damaged_documents_are_read_or_listed(made, form, junk, data) -> None:
    """A file broken at any place is searched as what it still is, or listed; the first look never says less."""
    content = FORMATS[form](made)
    at = data.draw(st.integers(0, len(content)))
    content = content[:at] + junk + content[at:]
    whole = read(content, LIMITS)
    looked = read(content, LIMITS, WANTED.screen)
    assert whole.layers or whole.gaps
    found = [[(each.subject, each.key, each.match) for each in WANTED.blocks(reading)] for reading in (whole, looked)]
    assert found[0] == found[1]
    assert whole.gaps == looked.gaps
