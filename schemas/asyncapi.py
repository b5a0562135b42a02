"""The AsyncAPI 3.0 document: generated, so that it can't say anything else than the models and the topics."""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.events import EVENTS, Event
from schemas.topics import DEAD_LETTERS, TOPICS, Topic
from schemas.wire import CLOUDEVENT_HEADERS, DEAD_LETTER_HEADERS

DEAD_LETTER = "dead-letter"
_KAFKA = {"bindingVersion": "0.5.0"}
_REPLICAS = 3
_NUMERIC = frozenset({"retention.ms", "max.message.bytes"})


def document(snapshots: Mapping[str, Mapping[str, Any]], examples: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The whole document; `snapshots` are the JSON Schemas and `examples` the records by message name."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Habeas",
            "version": "1",
            "description": (
                "Data-subject requests, and what becomes of them in each system. Every message is a CloudEvent 1.0 in "
                "Kafka's binary mode and carries references, digests and counts, never personal data. Delivery is at "
                "least once: know an event again by ce_id."
            ),
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": _operations(),
        "components": {
            "messages": {name: each | _example(examples.get(name)) for name, each in _messages().items()},
            "schemas": {event.type: _embedded(snapshots[event.type]) for event in EVENTS},
            "messageTraits": {"cloudevent": {"headers": CLOUDEVENT_HEADERS}},
        },
    }


def carried(topic: Topic) -> Sequence[str]:
    """The messages that a topic carries."""
    return [DEAD_LETTER] if topic is DEAD_LETTERS else [event.type for event in EVENTS if event.topic == topic.name]


def _channel(topic: Topic) -> dict[str, Any]:
    return {
        "address": topic.name,
        "description": f"{topic.purpose} The record's key is the {topic.key}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in carried(topic)},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "replicas": _REPLICAS,
                "topicConfiguration": _configuration(topic),
                **_KAFKA,
            }
        },
        "x-owner": topic.owner,
    }


def _configuration(topic: Topic) -> dict[str, Any]:
    settings: dict[str, Any] = dict(topic.configs(replicas=_REPLICAS))
    settings["cleanup.policy"] = settings["cleanup.policy"].split(",")
    return {name: int(value) if name in _NUMERIC else value for name, value in settings.items()}


def _operations() -> dict[str, Any]:
    sent = {
        f"{role}.send.{topic.name}": _operation("send", topic, _sent_by(role, topic))
        for topic in TOPICS
        for role in topic.producers
    }
    received = {
        f"{role}.receive.{topic.name}": _operation("receive", topic, carried(topic))
        for topic in TOPICS
        for role in topic.consumers
    }
    return dict(sorted((sent | received).items()))


def _operation(action: str, topic: Topic, names: Sequence[str]) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "messages": [{"$ref": f"#/channels/{topic.name}/messages/{name}"} for name in names],
        "bindings": {"kafka": dict(_KAFKA)},
    }


def _sent_by(role: str, topic: Topic) -> Sequence[str]:
    """Replay may append any record again that could not be read before."""
    if role == "replay" or topic is DEAD_LETTERS:
        return carried(topic)
    return [event.type for event in EVENTS if event.topic == topic.name and role in event.senders]


def _messages() -> dict[str, dict[str, Any]]:
    return {event.type: _message(event) for event in EVENTS} | {DEAD_LETTER: _dead_letter()}


def _message(event: type[Event]) -> dict[str, Any]:
    return {
        "name": event.type,
        "summary": (event.__doc__ or "").strip(),
        "contentType": "application/json",
        "traits": [{"$ref": "#/components/messageTraits/cloudevent"}],
        "payload": {"$ref": f"#/components/schemas/{event.type}"},
        "bindings": {"kafka": {"key": {"type": "string"}, **_KAFKA}},
    }


def _dead_letter() -> dict[str, Any]:
    return {
        "name": DEAD_LETTER,
        "summary": "A record that could not be handled, byte for byte, with the reasons in its headers.",
        "headers": DEAD_LETTER_HEADERS,
        "payload": {"description": "The original record's value."},
        "bindings": {"kafka": {"key": {"type": "string"}, **_KAFKA}},
    }


def _example(record: Mapping[str, Any] | None) -> dict[str, Any]:
    return {} if record is None else {"examples": [{"headers": record["headers"], "payload": record["value"]}]}


def _embedded(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """The schema within the document, where references start at the document's root."""
    base = f"#/components/schemas/{snapshot['title']}/$defs/"
    inner = {name: value for name, value in snapshot.items() if name not in {"$schema", "$id"}}
    rebased: dict[str, Any] = _rebased(inner, base)
    return rebased


def _rebased(value: Any, base: str) -> Any:
    if isinstance(value, Mapping):
        return {
            name: base + each.removeprefix("#/$defs/") if name == "$ref" else _rebased(each, base)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [_rebased(each, base) for each in value]
    return value
