"""Golden events: what was once written stays valid and readable, for ever."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from habeas.eventlog import cloudevents, dead_letters
from schemas.asyncapi import DEAD_LETTER
from schemas.events import BY_TYPE, EVENTS
from schemas.topics import TOPICS
from schemas.wire import CLOUDEVENT_HEADERS, DEAD_LETTER_HEADERS

SCHEMAS = Path(__file__).parents[2] / "schemas"
EXPORTED = {path.name.removesuffix(".schema.json"): path for path in (SCHEMAS / "exported").iterdir()}
EXAMPLES = {path.stem: path for path in (SCHEMAS / "examples").iterdir()}
CASES = sorted(EXAMPLES.keys() - {DEAD_LETTER})


def read(path):
    return json.loads(path.read_text("utf-8"))


def validate(instance, schema):
    kind = validator_for(schema, default=Draft202012Validator)
    kind.check_schema(schema)
    kind(schema, format_checker=kind.FORMAT_CHECKER).validate(instance)


def test_every_event_version_has_a_schema_and_an_example_and_nothing_is_left_over():
    """A type without a schema or example is not published; a file without a type is forgotten."""
    assert EXPORTED.keys() == BY_TYPE.keys()
    assert EXAMPLES.keys() == BY_TYPE.keys() | {DEAD_LETTER}
    assert {event.topic for event in EVENTS} | {"dsr.dead-letters"} == {topic.name for topic in TOPICS}


def test_no_two_models_share_a_type():
    assert len(BY_TYPE) == len(EVENTS)


@pytest.mark.parametrize("name", CASES)
def test_an_example_is_valid_by_its_published_schema(name):
    content = read(EXAMPLES[name])
    validate(content["value"], read(EXPORTED[content["headers"]["ce_type"]]))
    validate(content["headers"], CLOUDEVENT_HEADERS)
    assert content["headers"]["ce_dataschema"] == read(EXPORTED[name])["$id"]


@pytest.mark.parametrize("name", CASES)
def test_an_example_is_read_as_the_event_it_was(name, example):
    """Its type, topic and id are what they were when it was written: ids are how a second delivery is known."""
    record = example(name)
    event = cloudevents.decode(record)
    assert event.type == name
    assert event.topic == record.topic
    assert event.id == cloudevents.ce_id(record)


@pytest.mark.parametrize("name", CASES)
def test_an_example_has_every_field_of_its_event(name):
    """So that a reader who breaks on one of them is noticed."""

    def fields(model, value):
        assert model.model_fields.keys() - value.keys() <= optional(model)

    def optional(model):
        return {field for field, info in model.model_fields.items() if info.default is None}

    fields(BY_TYPE[name], read(EXAMPLES[name])["value"])


@pytest.mark.parametrize("name", CASES)
def test_an_example_is_written_again_as_it_was(name, example):
    """Reading and writing changes neither data nor headers."""
    record = example(name)
    source, trace = (cloudevents.header(record.headers, header) for header in ("ce_source", "traceparent"))
    again = cloudevents.to_message(
        cloudevents.decode(record),
        key=record.key.decode(),
        source=source.decode(),
        traceparent=trace.decode() if trace else None,
    )
    assert json.loads(again.value) == json.loads(record.value)
    assert dict(again.headers) == dict(record.headers)


def test_the_dead_letter_tells_what_failed_and_keeps_the_record_as_it_was(example):
    record = example(DEAD_LETTER)
    letter = dead_letters.of_record(record)
    original = example("habeas.request.accepted.v1")
    assert (letter.system, letter.error_class, letter.attempts) == ("mailing_list", "RetriableError", 8)
    assert (letter.original.key, letter.original.value) == (original.key, original.value)
    assert letter.original.headers == original.headers
    headers = read(EXAMPLES[DEAD_LETTER])["headers"]
    validate(headers, DEAD_LETTER_HEADERS)
    validate(headers, CLOUDEVENT_HEADERS)
