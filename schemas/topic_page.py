"""docs/topics.md: the topics and events for people."""

from schemas.asyncapi import carried
from schemas.events import EVENTS, Event
from schemas.topics import TOPICS, Topic

_HEAD = """# Topics and events

Written by `python -m schemas.export` from `schemas/topics.py` and `schemas/events.py`; don't edit it here.
The same for programs: [asyncapi.yaml](../schemas/asyncapi.yaml), a [JSON Schema](../schemas/exported) and an
[example](../schemas/examples) of each event.

Every record is a CloudEvent 1.0 in Kafka's binary mode. Roles are those of `habeas run`; *replay* is the command
`habeas dead-letters replay`. Every topic has {partitions} partitions, for ever: another number would move keys and so
break the order of a person's requests.
"""


def page() -> str:
    """The whole page."""
    parts = [
        _HEAD.format(partitions=TOPICS[0].partitions),
        "## Topics\n",
        _table(
            ("topic", "what it carries", "owner", "key", "written by", "read by", "kept"),
            [_topic_row(topic) for topic in TOPICS],
        ),
        "## Events\n",
        _table(("event", "what it says", "topic", "sent by"), [_event_row(event) for event in EVENTS]),
    ]
    for event in EVENTS:
        parts += [f"### {event.type}\n", _table(("field", "required", "what it is"), _field_rows(event))]
    return "\n".join(parts)


def _topic_row(topic: Topic) -> tuple[str, ...]:
    kept = f"{topic.retention_days} days" if topic.retention_days else "the latest of each key"
    return (
        f"`{topic.name}`",
        f"{topic.purpose} {len(carried(topic))} kinds of message.".replace("1 kinds", "1 kind"),
        topic.owner,
        topic.key,
        ", ".join(topic.producers),
        ", ".join(topic.consumers) or "whoever likes",
        kept,
    )


def _event_row(event: type[Event]) -> tuple[str, ...]:
    return (
        f"[`{event.type}`](#{event.type.replace('.', '')})",
        (event.__doc__ or "").strip(),
        f"`{event.topic}`",
        ", ".join(event.senders),
    )


def _field_rows(event: type[Event]) -> list[tuple[str, ...]]:
    return [
        (f"`{name}`", "yes" if field.is_required() else "", field.description or "")
        for name, field in event.model_fields.items()
    ]


def _table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [columns, ("---",) * len(columns), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)
