"""The AsyncAPI document is valid by AsyncAPI's own schema, and complete."""

import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator

from schemas.asyncapi import DEAD_LETTER
from schemas.events import EVENTS
from schemas.topics import TOPICS

DOCUMENT = yaml.safe_load((Path(__file__).parents[2] / "schemas" / "asyncapi.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def official():
    return Draft7Validator(json.loads((Path(__file__).parent / "asyncapi-3.0.0.json").read_text("utf-8")))


def resolve(reference):
    found = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def references(value):
    if isinstance(value, dict):
        for name, each in value.items():
            yield from [each] if name == "$ref" else references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def test_it_is_valid_by_the_official_schema(official):
    assert [f"{error.json_path}: {error.message[:200]}" for error in official.iter_errors(DOCUMENT)] == []


def test_the_official_schema_would_notice(official):
    """A document without channels' addresses as text is not valid: the schema is really applied."""
    broken = {**DOCUMENT, "channels": {"dsr.requests": {"address": 7}}}
    assert not official.is_valid(broken)


def test_every_reference_leads_somewhere():
    found = list(references(DOCUMENT))
    assert len(found) > 50
    for reference in found:
        assert resolve(reference)


def test_every_topic_and_event_is_in_it():
    assert set(DOCUMENT["channels"]) == {topic.name for topic in TOPICS}
    assert set(DOCUMENT["components"]["messages"]) == {event.type for event in EVENTS} | {DEAD_LETTER}
    for topic in TOPICS:
        binding = DOCUMENT["channels"][topic.name]["bindings"]["kafka"]
        assert (binding["partitions"], binding["replicas"]) == (12, 3)


def test_every_message_has_an_example():
    for message in DOCUMENT["components"]["messages"].values():
        assert message["examples"][0]["headers"]["ce_specversion"] == "1.0"


def test_every_role_has_an_operation_for_each_topic_it_uses():
    wanted = {f"{role}.send.{topic.name}" for topic in TOPICS for role in topic.producers}
    wanted |= {f"{role}.receive.{topic.name}" for topic in TOPICS for role in topic.consumers}
    assert set(DOCUMENT["operations"]) == wanted
    assert all(operation["messages"] for operation in DOCUMENT["operations"].values())


def test_it_names_a_role_as_the_sender_of_its_own_events_only():
    """The timekeeper tells of silence, of deadlines and of what is to be looked at again; it opens no case."""
    sent = [each["$ref"] for each in DOCUMENT["operations"]["timekeeper.send.dsr.requests"]["messages"]]
    assert [re.sub(".*/", "", each) for each in sent] == [
        "habeas.retention.expired.v1",
        "habeas.rescan.due.v1",
        "habeas.system.silent.v1",
        "habeas.deadline.soon.v1",
        "habeas.deadline.overdue.v1",
        "habeas.letter.due.v1",
        "habeas.lifting.due.v1",
    ]
