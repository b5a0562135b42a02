"""What a message may be. Both engines ask here, so that what one takes the other takes too."""

from collections.abc import Sequence

from habeas.errors import PermanentError
from habeas.eventlog.interface import Headers, Message
from schemas.topics import MESSAGE_BYTES_MAX, TOPICS

_FRAME_BYTES = 96
"""At most what Kafka's record format 2 adds to a batch of one record, without headers."""
_HEADER_FRAME_BYTES = 10
_TOPIC_BYTES_MAX = {topic.name: int(topic.configs(replicas=1)["max.message.bytes"]) for topic in TOPICS}


def wire_bytes(key: bytes | None, value: bytes | None, headers: Headers) -> int:
    """At most how large a record is as a Kafka batch of its own, which is what `max.message.bytes` limits."""
    size = _FRAME_BYTES + len(key or b"") + len(value or b"") + _HEADER_FRAME_BYTES * len(headers)
    for name, content in headers:
        size += len(content) + (len(name) if name.isascii() else len(name.encode()))
    return size


def check_messages(messages: Sequence[Message]) -> None:
    """Raises PermanentError for the first message that no broker would take."""
    for message in messages:
        if message.key is None and message.value is None:
            raise PermanentError(f"A message for topic {message.topic!r} has neither a key nor a value.")
        size = wire_bytes(message.key, message.value, message.headers)
        most = _TOPIC_BYTES_MAX.get(message.topic, MESSAGE_BYTES_MAX)
        if size > most:
            raise PermanentError(
                f"A message for topic {message.topic!r} has {size:,} bytes, more than the {most:,} that a topic takes."
                " Put the data into the vault and only its reference on the log."
            )
