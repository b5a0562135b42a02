"""The JSON Schema of each event version, as it is published."""

from typing import Any

from schemas.events import Event, schema_uri

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def snapshot(event: type[Event]) -> dict[str, Any]:
    """What everybody may rely on who reads this event.

    `x-topic` says where it is, `x-id-fields` what its id is made of, with the `x-id-fields-if-present` that have a
    value. Unknown fields are allowed: a newer version may
    have more.
    """
    schema = _plain(event.model_json_schema())
    return {
        "$schema": DIALECT,
        "$id": schema_uri(event.type),
        "title": event.type,
        "x-topic": event.topic,
        "x-id-fields": list(event.key_fields),
        **({"x-id-fields-if-present": further} if (further := list(event.key_fields_if_present)) else {}),
        **schema,
    }


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """Without the titles, which repeat the names, and without the strictness that is the producer's own."""
    plain = {name: value for name, value in schema.items() if name != "title"}
    if plain.get("additionalProperties") is False:
        del plain["additionalProperties"]
    if plain.get("default", ...) is None:
        del plain["default"]
    for name in ("properties", "$defs"):
        if name in plain:
            plain[name] = {key: _plain(value) for key, value in plain[name].items()}
    for name in ("items", "additionalProperties"):
        if isinstance(plain.get(name), dict):
            plain[name] = _plain(plain[name])
    if "anyOf" in plain:
        plain["anyOf"] = [_plain(each) for each in plain["anyOf"]]
    return plain
