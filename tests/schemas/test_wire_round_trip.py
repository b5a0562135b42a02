"""Whatever the models allow survives the wire; producing is strict, reading is tolerant; ids don't depend on chance."""

import json
import types
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated, Literal, Union, get_args, get_origin
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import AwareDatetime, ValidationError

from habeas.errors import PermanentError, PoisonError
from habeas.eventlog import cloudevents
from habeas.eventlog.interface import LogRecord
from schemas.events import BY_TYPE, EVENTS, Part, RequestReceived, SummaryLine, SystemSilent, TaskCompleted
from schemas.snapshots import snapshot
from schemas.topics import MESSAGE_BYTES_MAX
from schemas.wire import CLOUDEVENT_HEADERS

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
ATOMS = {
    str: TEXT,
    int: st.integers(0, 2**53),
    bool: st.booleans(),
    UUID: st.uuids(),
    date: st.dates(),
    AwareDatetime: st.datetimes(datetime(1990, 1, 2), datetime(2100, 1, 1), timezones=ZONES),  # noqa: DTZ001
    type(None): st.none(),
}


def strategy(annotation):
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation in ATOMS:
        return ATOMS[annotation]
    if origin is Annotated:
        return strategy(arguments[0])
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple:
        return st.lists(strategy(arguments[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(strategy(arguments[0]), strategy(arguments[1]), max_size=3)
    if origin in {Union, types.UnionType}:
        return st.one_of([strategy(each) for each in arguments])
    assert issubclass(annotation, Part), annotation
    return model(annotation)


def model(kind):
    fields = {name: strategy(field.annotation) for name, field in kind.model_fields.items()}
    return st.builds(kind, **fields)


def on_the_log(message):
    return LogRecord(message.topic, 0, 0, 0, message.key, message.value, message.headers)


@given(st.one_of([model(event) for event in EVENTS]))
def test_an_event_comes_back_as_it_was(event):
    """Encoded, put on the log and decoded it is equal, under the same id, valid by its schema and small enough."""
    message = cloudevents.to_message(event, key="token", source="habeas/test")
    record = on_the_log(message)
    back = cloudevents.decode(record)
    assert back == event
    assert back.id == event.id == cloudevents.ce_id(record)
    assert len(message.value) < MESSAGE_BYTES_MAX
    Draft202012Validator(snapshot(type(event))).validate(json.loads(message.value))
    Draft202012Validator(CLOUDEVENT_HEADERS).validate({name: text.decode() for name, text in message.headers})


@given(st.one_of([model(event) for event in EVENTS]), st.text(min_size=1), TEXT)
def test_an_event_of_a_newer_version_is_read_all_the_same(event, name, value):
    """Fields that this version doesn't know are passed over, at the top and in its parts."""
    data = json.loads(event.write())
    data.setdefault(f"new {name}", value)
    for line in data.get("summary", ()):
        line[f"new {name}"] = value
    assert type(event).read(json.dumps(data).encode()) == event


@pytest.mark.parametrize("event", EVENTS)
def test_an_unknown_field_is_an_error_where_an_event_is_made(event, example):
    """A slip in a name must not be published as an absent field."""
    made = cloudevents.decode(example(event.type))
    with pytest.raises(ValidationError, match="extra_forbidden"):
        event(**dict(made), mistyped=1)
    with pytest.raises(PermanentError):
        cloudevents.to_message(made.model_copy(update={"mistyped": 1}), key="token", source="habeas/test")
    with pytest.raises(ValidationError, match="extra_forbidden"):
        SummaryLine(collection="c", outcome="erase", reason="art-17-1", records=1, mistyped=1)


@pytest.mark.parametrize("name", list(BY_TYPE))
def test_an_event_without_a_required_field_is_poison(name, example):
    """And the message names the field, not what was in the record."""
    record = example(name)
    data = json.loads(record.value)
    del data["request_id"]
    broken = LogRecord(record.topic, 0, 0, 0, record.key, json.dumps(data).encode(), record.headers)
    with pytest.raises(PoisonError, match="request_id") as raised:
        cloudevents.decode(broken)
    assert data["at"] not in str(raised.value)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValidationError, match="timezone"):
        SystemSilent(request_id=UUID(int=1), at=datetime(2026, 1, 1), system="crm")  # noqa: DTZ001


def test_the_same_event_made_twice_has_the_same_id_and_another_has_another():
    """Only what identifies it counts: a task completed again, later and with other counts, is the same event."""

    def completed(system="crm", *, at=1, unsearched=0, request=1):
        return TaskCompleted(
            request_id=UUID(int=request),
            at=datetime(2026, 1, at, tzinfo=UTC),
            system=system,
            right="access",
            plan=(),
            summary=(),
            unsearched=unsearched,
        )

    assert completed().id == completed(at=2, unsearched=7).id
    assert len({completed().id, completed("billing").id, completed(request=2).id}) == 3


def test_ids_are_pinned():
    """The figures may never change: they are how a consumer knows what it has seen before an upgrade."""
    request = UUID("3f0f8f5e-8a55-4c39-9b1e-0a6b2f6d7c01")
    at = datetime(2026, 1, 12, tzinfo=UTC)
    received = RequestReceived(
        request_id=request,
        at=at,
        right="access",
        subject="token",
        received_on=date(2026, 1, 12),
        due_on=date(2026, 2, 12),
        channel="operator",
    )
    silent = SystemSilent(request_id=request, at=at, system="crm", final=True)
    assert received.id == "1129c46d-9cc9-578b-bf10-2c859175373e"
    assert silent.id == "f924ba76-2af1-5047-8055-ce863f6d08d6"
