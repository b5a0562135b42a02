"""CloudEvents 1.0 in Kafka's binary mode: attributes in `ce_` headers, the data as the record's value.

Source: CloudEvents Kafka protocol binding 1.0.2, section 3.2, and the Distributed Tracing extension.
"""

from datetime import UTC
from typing import Final

from pydantic import ValidationError

from habeas.errors import PermanentError, PoisonError
from habeas.eventlog.interface import Headers, LogRecord, Message
from schemas.events import BY_TYPE, Event, schema_uri

_CONTENT_TYPE: Final = b"application/json"
_SPEC_VERSION: Final = "1.0"
_ATTRIBUTE_CHARS_MAX = 512
_FIELDS_NAMED_MAX = 5


def to_message(
    event: Event, *, key: str, source: str, subject: str | None = None, traceparent: str | None = None
) -> Message:
    """The event as a message for its topic; `source` and `subject` are CloudEvents attributes.

    Raises PermanentError if the event is not what its model says, however it was made: what is written is strict.
    """
    _check(event)
    attributes = {
        "ce_specversion": _SPEC_VERSION,
        "ce_id": event.id,
        "ce_source": source,
        "ce_type": event.type,
        "ce_time": event.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "ce_dataschema": schema_uri(event.type),
    }
    if subject is not None:
        attributes["ce_subject"] = subject
    if traceparent is not None:
        attributes["traceparent"] = traceparent
    headers = (*((name, text.encode()) for name, text in attributes.items()), ("content-type", _CONTENT_TYPE))
    return Message(event.topic, key.encode(), event.write(), headers)


def decode(record: LogRecord) -> Event:
    """The event in a record.

    Raises PoisonError for whatever is none of ours; its message names header and field names only, no content.
    """
    version = _attribute(record.headers, "ce_specversion")
    if version != _SPEC_VERSION:
        raise PoisonError("Header ce_specversion is not 1.0.")
    _attribute(record.headers, "ce_id")
    model = BY_TYPE.get(_attribute(record.headers, "ce_type"))
    if model is None:
        raise PoisonError("Header ce_type names no event that this version of Habeas knows.")
    content_type = header(record.headers, "content-type")
    if content_type is not None and not content_type.startswith(_CONTENT_TYPE):
        raise PoisonError("Header content-type is not application/json.")
    if record.value is None:
        raise PoisonError(f"The record has no value: a {model.type} has one.")
    try:
        return model.read(record.value)
    except ValidationError as error:
        faults = _faults(error, model)
    raise PoisonError(f"The record's value is not a {model.type}: {faults}.")


def ce_id(record: LogRecord) -> str:
    """The event's id, by which a second delivery is known. Raises PoisonError if there is none."""
    return _attribute(record.headers, "ce_id")


def ce_type(record: LogRecord) -> str:
    """The event's versioned type, known or not. Raises PoisonError if there is none."""
    return _attribute(record.headers, "ce_type")


def header(headers: Headers, name: str) -> bytes | None:
    """The last header of that name."""
    return next((content for found, content in reversed(headers) if found == name), None)


def _attribute(headers: Headers, name: str) -> str:
    content = header(headers, name)
    if not content:
        raise PoisonError(f"Header {name} is missing.")
    if len(content) > _ATTRIBUTE_CHARS_MAX:
        raise PoisonError(f"Header {name} has {len(content)} bytes, more than {_ATTRIBUTE_CHARS_MAX}.")
    text = content.decode(errors="replace")
    if "\ufffd" in text:
        raise PoisonError(f"Header {name} is not UTF-8.")
    return text


def _check(event: Event) -> None:
    """A model made by `model_construct` or `model_copy` has not been looked at yet."""
    model = type(event)
    extra = vars(event).keys() - model.model_fields.keys()
    if BY_TYPE.get(model.type) is not model or extra:
        raise PermanentError(f"This is not an event as schemas/events.py describes it: {model.__name__}.")
    try:
        model.model_validate(vars(event), strict=True)
    except ValidationError as error:
        faults = _faults(error, model)
    else:
        return
    raise PermanentError(f"This {model.type} is not as schemas/events.py describes it: {faults}.")


def _faults(error: ValidationError, model: type[Event]) -> str:
    """Field names of ours and pydantic's names of faults; never the input, nor names that came with it."""
    faults = []
    for fault in error.errors(include_url=False, include_context=False, include_input=False)[:_FIELDS_NAMED_MAX]:
        name = fault["loc"][0] if fault["loc"] else None
        faults.append(f"{name} ({fault['type']})" if name in model.model_fields else fault["type"])
    return ", ".join(faults)
