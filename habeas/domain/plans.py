"""The plan: every record found and what is to happen to it, stored sealed before anything is changed.

On disk it is one JSON line per record, so that a plan of any length is read and written as a stream.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import orjson

from habeas.domain.outcomes import (
    Annotate,
    Anonymise,
    Decision,
    Disclose,
    Erase,
    Outcome,
    Reason,
    Rectify,
    Refer,
    Restrict,
    Retain,
    Review,
    Suppress,
    Withhold,
)
from habeas.domain.records import Field, Masked, Match, Record, Redaction, Scalar, Unsearched
from habeas.domain.subjects import IdentifierKind

SCHEMA = "habeas.plan.v1"

_OUTCOMES: dict[str, type[Outcome]] = {
    "disclose": Disclose,
    "withhold": Withhold,
    "erase": Erase,
    "anonymise": Anonymise,
    "restrict": Restrict,
    "retain": Retain,
    "rectify": Rectify,
    "annotate": Annotate,
    "suppress": Suppress,
    "refer": Refer,
    "review": Review,
}
# A plan may have a million lines: enumerations are slow to call.
_MATCHES = {str(each): each for each in Match}
_KINDS = {str(each): each for each in IdentifierKind}
_REASONS = {str(each): each for each in Reason}


@dataclass(frozen=True, slots=True)
class PlannedRecord:
    """A record and its decisions, which together cover all of its fields."""

    record: Record
    decisions: tuple[Decision, ...]

    def without_values(self) -> "PlannedRecord":
        """The same without what the fields hold: enough to change them, and no copy of the data."""
        record = self.record
        emptied = tuple([Field(f.name, None, f.category, f.secret, f.other_person) for f in record.fields])
        return PlannedRecord(replace(record, fields=emptied, passage=None, redactions=()), self.decisions)


PlanItem = PlannedRecord | Unsearched


def to_line(item: PlanItem) -> bytes:
    """The item as one line of JSON, newline included.

    What JSON can't carry is told as text: integers of more than 64 bits, halves of surrogate pairs.
    """
    try:
        return orjson.dumps(item, option=orjson.OPT_APPEND_NEWLINE)
    except orjson.JSONEncodeError:
        return orjson.dumps(_portable(item), option=orjson.OPT_APPEND_NEWLINE)


def to_lines(items: Iterable[PlanItem]) -> Iterator[bytes]:
    """Each item as one line."""
    return (to_line(item) for item in items)


def from_lines(lines: Iterable[bytes]) -> Iterator[PlanItem]:
    """The inverse of `to_lines`."""
    for line in lines:
        item = orjson.loads(line)
        yield _planned(item) if "record" in item else Unsearched(**item)


def _portable(item: PlanItem) -> PlanItem:
    if isinstance(item, Unsearched):
        return Unsearched(_well_formed(item.place), _well_formed(item.reason))
    fields = tuple(replace(each, value=_portable_value(each.value)) for each in item.record.fields)
    record = replace(item.record, fields=fields)
    if record.passage is not None:
        record = replace(record, passage=_well_formed(record.passage))
    redactions = tuple(replace(each, text=_well_formed(each.text)) for each in record.redactions)
    return replace(item, record=replace(record, redactions=redactions))


def _portable_value(value: Scalar) -> Scalar:
    if isinstance(value, str):
        return _well_formed(value)
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return str(value)
    return value


def _well_formed(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _planned(item: dict[str, Any]) -> PlannedRecord:
    return PlannedRecord(_record(item["record"]), tuple(_decision(each) for each in item["decisions"]))


def _record(raw: dict[str, Any]) -> Record:
    return Record(
        collection=raw["collection"],
        key=raw["key"],
        match=_MATCHES[raw["match"]],
        matched_by=tuple([_KINDS[kind] for kind in raw["matched_by"]]),
        fields=tuple([Field(**each) for each in raw["fields"]]),
        relation=raw["relation"],
        anchors={name: _date(day) for name, day in raw["anchors"].items()} if raw["anchors"] else {},
        restricted=raw["restricted"],
        client=raw["client"],
        changeable=raw.get("changeable", True),
        correctable=raw.get("correctable", False),
        uncorrectable=tuple(raw.get("uncorrectable", ())),
        filed=raw.get("filed", False),
        annotated_for=None if (ids := raw.get("annotated_for")) is None else tuple(ids),
        annotation=raw.get("annotation", False),
        suppressible=raw.get("suppressible", False),
        direct_marketing=raw.get("direct_marketing", False),
        locator=raw["locator"],
        passage=raw.get("passage"),
        redactions=tuple([_redaction(each) for each in raw.get("redactions", ())]),
    )


def _redaction(raw: dict[str, Any]) -> Redaction:
    return Redaction(raw["field"], Masked(raw["what"]), raw["text"])


def _decision(raw: dict[str, Any]) -> Decision:
    details = dict(raw["outcome"])
    kind = _OUTCOMES[details.pop("name")]
    details["reason"] = _REASONS[details["reason"]]
    if "until" in details:
        details["until"] = _date(details["until"])
    if "on" in details:
        details["on"] = _date(details["on"])
    return Decision(kind(**details), tuple(raw["fields"]))


def _date(day: str | None) -> date | None:
    return date.fromisoformat(day) if day else None
