"""People are found where others' texts mention them, shown just that, and taken out of it and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sql import SqlConnector, load_map
from connectors.sql.passages import passage, without
from connectors.sql.traces import Traces
from habeas.domain.records import Masked, Match, Record
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.errors import ConfigurationError

ANNA = Subject(
    "anna",
    (
        identifier(IdentifierKind.EMAIL, "anna@example.org"),
        identifier(IdentifierKind.PHONE, "+44 161 496 0123"),
        identifier(IdentifierKind.NAME, "Anna Berg"),
    ),
)
BO = Subject("bo", (identifier(IdentifierKind.EMAIL, "bo@example.org"),))

TICKETS = """
CREATE TABLE tickets (id INTEGER PRIMARY KEY, email VARCHAR(99), note VARCHAR(200), answer VARCHAR(200),
    short VARCHAR(20), hidden INTEGER);
CREATE TABLE wiki (site INTEGER, page INTEGER, body TEXT, hidden INTEGER, PRIMARY KEY (site, page));
INSERT INTO tickets (id, email, note, answer, short) VALUES
    (1, 'anna@example.org', 'I am Anna@Example.org', NULL, NULL),
    (2, 'bo@example.org', 'Ask ANNA@example.org (0161 496-0123), not cy@example.org', 'Anna Berg knows', 'anna@example.org'),
    (3, 'bo@example.org', 'susanna@example.org and anna@example.org.uk are others', NULL, NULL),
    (4, NULL, NULL, 'mailto:anna@example.org', NULL);
INSERT INTO wiki (site, page, body) VALUES (1, 1, 'nobody'), (1, 2, 'by anna@example.org, see anna@example.org');
"""
TICKETS_MAP = """
sweep: false
tables:
  tickets:
    title: Tickets
    key: [id]
    identifiers: {email: email}
    categories: {contact: [email], correspondence: [note, answer, short]}
    free_text: [note, answer, short]
    ignored: [hidden]
    restrict: {flag: hidden}
  wiki:
    title: Wiki
    key: [site, page]
    categories: {correspondence: [body]}
    free_text: [body]
    ignored: [hidden]
    restrict: {flag: hidden}
"""


def records(connector: SqlConnector, *subjects: Subject) -> dict[tuple[str, str], Record]:
    found = list(connector.find(subjects or (ANNA,)))
    return {(each.what.collection, each.what.key): each.what for each in found if isinstance(each.what, Record)}


def texts(record: Record) -> dict[str, object]:
    return {each.name: each.value for each in record.fields}


@pytest.fixture
def tickets(target) -> SqlConnector:
    target.run(TICKETS)
    return target.connect(TICKETS_MAP)


def test_rows_that_mention_somebody_are_found_and_their_own_rows_come_once(tickets) -> None:
    """By address and number however they are written, on their boundaries; a name in a text proves nothing."""
    assert list(tickets.check()) == []
    found = records(tickets)
    assert sorted(found) == [
        ("tickets", "1"),
        ("tickets.mentions", "2"),
        ("tickets.mentions", "4"),
        ("wiki.mentions", "1/2"),
    ]
    mention = found["tickets.mentions", "2"]
    assert (mention.match, mention.matched_by) == (Match.STRONG, (IdentifierKind.EMAIL, IdentifierKind.PHONE))
    assert sorted(records(tickets, BO)) == [("tickets", "2"), ("tickets", "3")]


def test_only_the_passage_is_shown_and_of_others_nothing(tickets) -> None:
    """The addresses of others are masked, columns without a mention are empty."""
    found = records(tickets)
    shown = texts(found["tickets.mentions", "2"])
    assert shown == {
        "note": "Ask ANNA@example.org (0161 496-0123), not […]",
        "answer": None,
        "short": "anna@example.org",
    }
    assert texts(found["tickets", "1"])["note"] == "I am Anna@Example.org"


def test_what_is_masked_of_others_is_noted(tickets) -> None:
    """law C15: for the redaction log; what only lies outside of the words shown is not in it."""
    (note,) = records(tickets)["tickets.mentions", "2"].redactions
    assert (note.field, note.what, note.text) == ("note", Masked.EMAIL, "cy@example.org")


def test_erasing_takes_out_the_mentions_and_leaves_the_rest(target, tickets) -> None:
    """Of the texts of others nothing else changes; then nothing is found any more."""
    found = records(tickets)
    with tickets.applying(ANNA, "erase") as application:
        for record in found.values():
            application.erase(record, ())
    assert application.effects.as_json() == {
        "tickets": {"erased": 1},
        "tickets.mentions": {"erased": 2},
        "wiki.mentions": {"erased": 1},
    }
    assert target.rows("SELECT id, email, note, answer, short FROM tickets ORDER BY id") == [
        (2, "bo@example.org", "Ask [erased] ([erased]), not cy@example.org", "Anna Berg knows", "[erased]"),
        (3, "bo@example.org", "susanna@example.org and anna@example.org.uk are others", None, None),
        (4, None, None, "mailto:[erased]", None),
    ]
    assert target.rows("SELECT body FROM wiki ORDER BY page") == [("nobody",), ("by [erased], see [erased]",)]
    assert records(tickets) == {}
    with tickets.applying(ANNA, "again") as again:
        for record in found.values():
            again.erase(record, ())
    assert again.effects.as_json() == {}


def test_the_mark_is_shorter_where_the_column_has_no_room(target_postgres) -> None:
    """A text that is as long as its column may be is still rid of the mention."""
    target_postgres.run(TICKETS)
    marked = target_postgres.connect(f'mark: "[withdrawn by its owner]"\n{TICKETS_MAP}')
    record = records(marked)["tickets.mentions", "2"]
    with marked.applying(ANNA, "erase") as application:
        application.erase(record, ("short",))
    assert target_postgres.rows("SELECT short, note FROM tickets WHERE id = 2")[0][0] == "…"
    assert "ANNA" in target_postgres.rows("SELECT short, note FROM tickets WHERE id = 2")[0][1]


def test_a_mention_is_restricted_with_its_row(target, tickets) -> None:
    """By the row's own flag, and lifted again."""
    mention = records(tickets)["wiki.mentions", "1/2"]
    with tickets.applying(ANNA, "restrict") as application:
        application.restrict(mention)
    assert target.rows("SELECT page FROM wiki WHERE hidden = 1") == [(2,)]
    during = records(tickets)["wiki.mentions", "1/2"]
    assert during.restricted
    with tickets.applying(ANNA, "lift") as application:
        application.lift(during)
    assert target.rows("SELECT page FROM wiki WHERE hidden IS NOT NULL AND hidden <> 0") == []


def test_several_people_are_looked_for_in_one_pass(tickets) -> None:
    """Each finds what is theirs."""
    cy = Subject("cy", (identifier(IdentifierKind.EMAIL, "cy@example.org"),))
    found = {(each.subject, each.what.collection, each.what.key) for each in tickets.find([ANNA, BO, cy])}
    assert ("cy", "tickets.mentions", "2") in found
    assert ("anna", "tickets.mentions", "2") in found
    assert ("bo", "tickets", "2") in found
    assert ("bo", "tickets.mentions", "2") not in found


def test_what_does_not_fit_is_named(target, write_map) -> None:
    """A column that is no text, a table that can't restrict its rows, a column without a category."""
    target.run(TICKETS.replace("short VARCHAR(20)", "short INTEGER").replace("'anna@example.org'),", "5),"))
    told = target.connect(TICKETS_MAP.replace("restrict: {flag: hidden}", "restrict: inherit", 1)).check()
    assert {
        "tickets.short is no text",
        "tickets has free text and no restriction of its own",
    } <= {each.what for each in told}
    with pytest.raises(ConfigurationError, match="free_text: subject is in no category"):
        load_map(write_map(TICKETS_MAP.replace("free_text: [body]", "free_text: [subject]")))


WORDS = st.lists(
    st.sampled_from(
        ["anna@example.org", "+44 161 496 0123", "bo@example.org", "0207 946 0958", "a", "long word", "ä,\n"]
    )
)


@given(WORDS)
def test_a_passage_shows_every_mention_and_no_other_address(words: list[str]) -> None:
    """Whatever stands around them; and once they are taken out, none is left and the rest is as it was."""
    text = " ".join(words)
    traces = Traces([ANNA])
    there = traces.in_text(text)
    shown = passage(text, there)
    assert len(traces.in_text(shown)) == len(there)
    assert "bo@" not in shown
    assert "946 0958" not in shown
    left = without(text, there, "[erased]")
    assert not traces.owners(left)
    assert left == text.replace("anna@example.org", "[erased]").replace("+44 161 496 0123", "[erased]")
