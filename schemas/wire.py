"""Events on the wire: CloudEvents 1.0 in Kafka's binary mode, and what a dead letter has besides.

The headers are described here for those who read them elsewhere; habeas.eventlog writes them.
"""

from typing import Any, Final

_TEXT: Final = {"type": "string", "minLength": 1, "maxLength": 512}

CLOUDEVENT_HEADERS: Final[dict[str, Any]] = {
    "type": "object",
    "description": "All are UTF-8 text. None carries personal data.",
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {
            **_TEXT,
            "format": "uuid",
            "description": "The same whenever the same event is sent again: drop what you know.",
        },
        "ce_source": {**_TEXT, "format": "uri-reference", "description": "The role that sent it."},
        "ce_type": {**_TEXT, "pattern": r"^habeas\.[a-z]+\.[a-z]+\.v[1-9][0-9]*$"},
        "ce_time": {**_TEXT, "format": "date-time"},
        "ce_dataschema": {**_TEXT, "format": "uri", "description": "The $id of the schema of the data."},
        "ce_subject": {**_TEXT},
        "traceparent": {**_TEXT, "description": "CloudEvents' Distributed Tracing extension."},
        "content-type": {"const": "application/json"},
    },
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_dataschema", "content-type"],
}

_NUMBER: Final = {"type": "string", "pattern": r"^-?[0-9]+$"}
DEAD_LETTER_HEADERS: Final[dict[str, Any]] = {
    "type": "object",
    "description": "The headers of the original record, and why it lies here. There is no exception message.",
    "properties": {
        "kafka_dlt-original-topic": {**_TEXT},
        "kafka_dlt-original-partition": _NUMBER,
        "kafka_dlt-original-offset": _NUMBER,
        "kafka_dlt-original-timestamp": _NUMBER,
        "kafka_dlt-original-consumer-group": {**_TEXT},
        "kafka_dlt-exception-fqcn": {**_TEXT},
        "habeas_attempts": _NUMBER,
        "habeas_error-class": {**_TEXT},
        "habeas_dead-letter-id": {**_TEXT, "format": "uuid"},
        "habeas_system": {**_TEXT, "description": "The system whose task failed, where it was one."},
    },
    "required": [
        "kafka_dlt-original-topic",
        "kafka_dlt-original-partition",
        "kafka_dlt-original-offset",
        "kafka_dlt-original-timestamp",
        "kafka_dlt-original-consumer-group",
        "kafka_dlt-exception-fqcn",
        "habeas_attempts",
        "habeas_error-class",
        "habeas_dead-letter-id",
    ],
}
