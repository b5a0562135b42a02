"""What may change within a version of an event: fields may be added, and only optional ones.

Both ways round: what was ever written stays readable, and whoever has not been upgraded yet reads what is written
from now on. One change is allowed that an older reader stumbles over: another value of an enumeration. It makes a
dead letter of such an event, which is replayed once it has been upgraded; so upgrade the readers first.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

_FIXED = ("x-topic", "x-id-fields")
_ADDED = ("x-id-fields-if-present",)  # an id without such a field stays what it was
_DESCRIPTIVE = frozenset({"$id", "$schema", "$defs", "description", "title", "examples"})
_FOLLOWED = frozenset({"properties", "required", "enum", "items", "additionalProperties", "anyOf"})
_PASSED_OVER = _DESCRIPTIVE | _FOLLOWED | {*_FIXED, *_ADDED}


def breaches(published: Schema, current: Schema) -> list[str]:
    """What makes the current schema another contract than the published one, one line each; empty if nothing does."""
    fixed = [
        f"{name} changed from {published.get(name)} to {current.get(name)}"
        for name in _FIXED
        if published.get(name) != current.get(name)
    ]
    return [*fixed, *_compare("", _Node(published, published), _Node(current, current))]


class _Node:
    """A schema inside a document, its reference followed."""

    def __init__(self, schema: Schema, document: Schema) -> None:
        self.document = document
        self.schema = schema
        if reference := schema.get("$ref"):
            target = document["$defs"][str(reference).removeprefix("#/$defs/")]
            self.schema = {**target, **{name: value for name, value in schema.items() if name != "$ref"}}

    def at(self, name: str) -> "_Node":
        return _Node(self.schema[name], self.document)

    def fields(self) -> dict[str, "_Node"]:
        return {name: _Node(each, self.document) for name, each in self.schema.get("properties", {}).items()}

    def choices(self) -> list["_Node"]:
        return [_Node(each, self.document) for each in self.schema.get("anyOf", ())]

    def rest(self) -> dict[str, Any]:
        return {name: value for name, value in self.schema.items() if name not in _PASSED_OVER}


def _compare(path: str, old: _Node, new: _Node) -> Iterator[str]:
    where = path or "the event"
    before, after = old.rest(), new.rest()
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield f"{where}: {name} changed from {before.get(name)} to {after.get(name)}"
    yield from _compare_enums(where, old.schema.get("enum"), new.schema.get("enum"))
    yield from _compare_fields(path, old, new)
    for name in ("items", "additionalProperties"):
        if name in old.schema and name in new.schema:
            yield from _compare(f"{path}[]", old.at(name), new.at(name))
        elif name in old.schema or name in new.schema:
            yield f"{where}: {name} changed"
    if len(old.choices()) != len(new.choices()):
        yield f"{where}: it may have other types than before"
    else:
        for one, other in zip(old.choices(), new.choices(), strict=True):
            yield from _compare(path, one, other)


def _compare_enums(where: str, old: list[str] | None, new: list[str] | None) -> Iterator[str]:
    if (old is None) != (new is None):
        yield f"{where}: it was {'no enumeration' if old is None else 'an enumeration'} before"
    elif old and new and (gone := sorted(set(old) - set(new))):
        yield f"{where}: {', '.join(gone)} may not be taken away"


def _compare_fields(path: str, old: _Node, new: _Node) -> Iterator[str]:
    before, after = old.fields(), new.fields()
    needed_before, needed_after = set(old.schema.get("required", ())), set(new.schema.get("required", ()))
    for name in before:
        where = f"{path}.{name}".removeprefix(".")
        if name not in after:
            yield f"{where}: removed"
            continue
        if name in needed_after - needed_before:
            yield f"{where}: required now, older events lack it"
        if name in needed_before - needed_after:
            yield f"{where}: optional now, older readers need it"
        yield from _compare(where, before[name], after[name])
    for name in after.keys() - before.keys():
        if name in needed_after:
            yield f"{path}.{name}".removeprefix(".") + ": a new field must be optional, older events lack it"
