"""What a reading process tells of a file: blocks without their documents, as JSON, never as objects to be revived."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from connectors.customs_files.correcting import fixed
from connectors.customs_files.held import Held
from connectors.customs_files.passages import Gap
from connectors.customs_files.search import Block
from connectors.customs_files.windows import Counted
from habeas.domain.records import Field, Masked, Match, Redaction
from habeas.domain.subjects import IdentifierKind


@dataclass(frozen=True, slots=True)
class Told:
    """One person's fields in one place of a file; `subject` is the number of the person in the pass.

    `fixed` are the fields that can't be given another value. `passage` and `redactions` show no more than was read at
    once: of a large file, what its window holds. As of a `Record`, they are no part of what is compared. `held` is by
    what the person was found there.
    """

    subject: int
    key: str
    match: Match
    sure: bool
    changeable: bool
    fixed: tuple[str, ...]
    filed: bool
    matched_by: tuple[IdentifierKind, ...]
    fields: tuple[Field, ...]
    anchors: Mapping[str, date | None]
    passage: str | None = field(default=None, compare=False)
    redactions: tuple[Redaction, ...] = field(default=(), compare=False)
    held: tuple[Held, ...] = ()


@dataclass(frozen=True, slots=True)
class Signed:
    """That a file was read to its end, and what its signature is; see `index.signing`."""

    signature: bytes


Item = Told | Gap | Counted | Signed


def of_block(block: Block, anchors: Mapping[str, date | None]) -> Told:
    """What is told of a block."""
    return Told(
        subject=block.subject,
        key=block.key,
        match=block.match,
        sure=block.sure,
        changeable=block.changeable,
        fixed=fixed(block),
        filed=block.layer.filed,
        matched_by=block.matched_by,
        fields=(*(spot.field for spot in block.spots), *block.others),
        anchors=anchors,
        passage=block.passage,
        redactions=block.redactions,
        held=block.held,
    )


def to_json(item: Told | Gap | Counted) -> bytes:
    """One line; halves of surrogate pairs stay what they are."""
    if isinstance(item, Gap):
        return json.dumps([item.place, item.reason]).encode("ascii")
    if isinstance(item, Counted):
        return json.dumps([item.units, item.head_units, item.parts, item.here]).encode("ascii")
    fields = [[each.name, each.value, each.category, each.secret, each.other_person] for each in item.fields]
    anchors = {name: day.isoformat() if day else None for name, day in item.anchors.items()}
    head = [
        item.subject,
        item.key,
        item.match,
        item.sure,
        item.changeable,
        list(item.fixed),
        item.filed,
        list(item.matched_by),
    ]
    redactions = [[each.field, each.what, each.text] for each in item.redactions]
    return json.dumps([*head, fields, anchors, item.passage, redactions, item.held]).encode("ascii")


def array(line: bytes) -> list[Any]:
    """A list of JSON values. Raises ValueError for anything else."""
    raw = json.loads(line)
    if not isinstance(raw, list):
        raise ValueError("not a list")  # noqa: TRY004 - a message that is wrong, not a program
    return raw


def of_json(line: bytes) -> Told | Gap | Counted:
    """The inverse of `to_json`. Raises ValueError, TypeError, KeyError or IndexError for anything else."""
    raw = array(line)
    if len(raw) == 2:  # a gap
        return Gap(str(raw[0]), str(raw[1]))
    if len(raw) == 4:  # some rows of a larger file
        return counted(raw)
    subject, key, match, sure, changeable, fixed_names, filed, kinds, fields, anchors, passage, redactions, held = raw
    return Told(
        subject=int(subject),
        key=str(key),
        match=Match(match),
        sure=bool(sure),
        changeable=bool(changeable),
        fixed=tuple(map(str, fixed_names)),
        filed=bool(filed),
        matched_by=tuple(IdentifierKind(kind) for kind in kinds),
        fields=tuple(
            Field(str(name), None if value is None else str(value), str(category), bool(secret), bool(others))
            for name, value, category, secret, others in fields
        ),
        anchors={str(name): date.fromisoformat(day) if day else None for name, day in anchors.items()},
        passage=None if passage is None else str(passage),
        redactions=tuple(Redaction(str(name), Masked(what), str(text)) for name, what, text in redactions),
        held=tuple((IdentifierKind(kind), str(text)) for kind, text in held),
    )


def counted(raw: list[Any]) -> Counted:
    """What is counted of some rows. Raises ValueError or TypeError for anything else."""
    units, head_units, parts, here = raw
    if min(units, head_units, parts) < 0:
        raise ValueError("not a count")
    return Counted(int(units), int(head_units), int(parts), here=bool(here))
