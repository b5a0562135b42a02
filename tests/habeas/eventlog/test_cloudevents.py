"""Events go onto the log as CloudEvents in Kafka's binary mode, and come back, or say what is wrong with them."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.errors import PermanentError, PoisonError
from habeas.eventlog import cloudevents
from habeas.eventlog.interface import Headers, LogRecord, Message
from schemas.events import RequestReceived, SystemSilent, TaskCompleted

CANARY = "Ingrid Canary-Svensson"
REQUEST = UUID("11111111-2222-4333-8444-555555555555")
NOON = datetime(2026, 3, 1, 13, 0, tzinfo=timezone(timedelta(hours=1)))
EVENT = RequestReceived(
    request_id=REQUEST,
    at=NOON,
    right="access",
    subject="token",
    received_on=date(2026, 3, 1),
    due_on=date(2026, 4, 1),
    channel="operator",
)


def record(value: bytes | None, headers: Headers) -> LogRecord:
    return LogRecord("dsr.requests", 0, 7, 0, b"token", value, headers)


def sent(**changes: bytes | None) -> LogRecord:
    """EVENT's record with some headers changed or, by None, left out; `value` is the value."""
    message = cloudevents.to_message(EVENT, key="token", source="/habeas/intake")
    headers = dict(message.headers) | {name.replace("__", "-"): value for name, value in changes.items()}
    value = headers.pop("value", message.value)
    return record(value, tuple((name, content) for name, content in headers.items() if content is not None))


def test_headers_are_those_of_the_binding() -> None:
    """CloudEvents Kafka protocol binding, binary content mode: what other CloudEvents readers expect."""
    message = cloudevents.to_message(
        EVENT, key="token", source="/habeas/intake", subject=str(REQUEST), traceparent="00-ab-cd-01"
    )
    assert message.topic == "dsr.requests"
    assert message.key == b"token"
    assert dict(message.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": EVENT.id.encode(),
        "ce_source": b"/habeas/intake",
        "ce_type": b"habeas.request.received.v1",
        "ce_time": b"2026-03-01T12:00:00Z",
        "ce_subject": str(REQUEST).encode(),
        "ce_dataschema": b"urn:habeas:schema:habeas.request.received.v1",
        "traceparent": b"00-ab-cd-01",
        "content-type": b"application/json",
    }
    assert json.loads(message.value or b"")["subject"] == "token"


def test_what_was_written_is_read() -> None:
    assert cloudevents.decode(sent()) == EVENT
    assert cloudevents.ce_id(sent()) == EVENT.id
    assert cloudevents.ce_type(sent()) == EVENT.type


@given(st.text(max_size=20), st.booleans(), st.datetimes(timezones=st.just(UTC)))
def test_any_event_survives_the_way(system: str, final: bool, at: datetime) -> None:
    event = SystemSilent(request_id=uuid4(), at=at, system=system, final=final)
    message = cloudevents.to_message(event, key="k", source="s")
    assert cloudevents.decode(record(message.value, message.headers)) == event


def test_a_newer_version_with_more_in_it_is_read() -> None:
    """What we do not know yet is left aside, in data and headers."""
    data = json.loads(sent().value or b"") | {"added_later": {"x": 1}}
    newer = sent(value=json.dumps(data).encode(), ce_newattribute=b"x")
    assert cloudevents.decode(newer) == EVENT


@pytest.mark.parametrize(
    "changes",
    [
        {"ce_type": None},
        {"ce_type": b"habeas.request.received.v9"},
        {"ce_type": b"\xff\xfe"},
        {"ce_type": b"x" * 10_000},
        {"ce_id": None},
        {"ce_id": b""},
        {"ce_specversion": None},
        {"ce_specversion": b"0.3"},
        {"content__type": b"application/avro"},
        {"value": None},
        {"value": b""},
        {"value": b"\xff\x00"},
        {"value": b"[]"},
        {"value": b"{}"},
        {"value": b"[" * 100_000},
    ],
)
def test_what_is_none_of_ours_is_poison(changes: dict[str, bytes | None]) -> None:
    """A reader is told so, and goes on to the next record."""
    with pytest.raises(PoisonError):
        cloudevents.decode(sent(**changes))


@given(st.binary(max_size=200), st.lists(st.tuples(st.text(max_size=12), st.binary(max_size=30)), max_size=6))
def test_no_bytes_break_the_reader(value: bytes, headers: list[tuple[str, bytes]]) -> None:
    """Garbage is poison, never another error."""
    with pytest.raises(PoisonError):
        cloudevents.decode(record(value, tuple(headers)))
    with pytest.raises(PoisonError):
        cloudevents.decode(sent(value=value))


def test_errors_name_fields_and_quote_nothing() -> None:
    """Messages of errors reach logs and dead letters: nothing of the data, not even as a key, may be in them."""
    data = {"request_id": CANARY, "at": "x", "right": CANARY, CANARY: CANARY}
    for value in (json.dumps(data).encode(), CANARY.encode(), b'"' + CANARY.encode() + b'"'):
        with pytest.raises(PoisonError) as caught:
            cloudevents.decode(sent(value=value, ce_subject=CANARY.encode()))
        assert CANARY not in _everything_told(caught.value)
    completed = {"request_id": str(REQUEST), "at": "2026-03-01T12:00:00Z", "system": "crm", "right": "access"}
    completed |= {"plan": [], "summary": [], "effects": {CANARY: {CANARY: "many"}}}
    with pytest.raises(PoisonError, match="effects") as caught:
        cloudevents.decode(sent(ce_type=TaskCompleted.type.encode(), value=json.dumps(completed).encode()))
    assert CANARY not in _everything_told(caught.value)


def _everything_told(error: BaseException) -> str:
    told = ""
    seen: BaseException | None = error
    while seen is not None:
        told += repr(seen) + str(seen)
        seen = seen.__cause__ or seen.__context__
    return told


@pytest.mark.parametrize(
    "broken",
    [
        EVENT.model_copy(update={"due_on": "soon"}),
        EVENT.model_copy(update={"right": "everything"}),
        EVENT.model_copy(update={"smuggled": CANARY}),
        EVENT.model_copy(update={"at": datetime(2026, 3, 1)}),  # noqa: DTZ001 - naive is what is wrong with it
    ],
)
def test_what_is_written_is_checked_strictly(broken: RequestReceived) -> None:
    """However an event was made, one that breaks its schema, or carries more, never reaches the log."""
    with pytest.raises(PermanentError) as caught:
        cloudevents.to_message(broken, key="token", source="/habeas/intake")
    assert CANARY not in _everything_told(caught.value)


def test_the_last_of_doubled_headers_counts() -> None:
    """As for Kafka's own readers."""
    message: Message = cloudevents.to_message(EVENT, key="token", source="/a")
    doubled = (("ce_id", b"old"), *message.headers)
    assert cloudevents.ce_id(record(message.value, doubled)) == EVENT.id
