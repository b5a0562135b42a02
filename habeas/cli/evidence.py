"""The evidence on which a person decides about a record, laid side by side; on the terminal only, kept nowhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from habeas.cli.output import console, table
from habeas.domain.cases import Case
from habeas.domain.identity import Identity
from habeas.domain.records import Record, Scalar

if TYPE_CHECKING:
    from habeas.bootstrap import Habeas
    from producers.reviewing import OpenItem

_HIDDEN = "(a secret, not shown)"


@dataclass(frozen=True, slots=True)
class Evidence:
    """An open item with what its record holds now; `record` is None if it is not there (any more)."""

    item: "OpenItem"
    record: Record | None

    def as_data(self) -> dict[str, Any]:
        """For `--json`."""
        if self.record is None:
            return {"found": False}
        return {
            "found": True,
            "matched_by": list(self.record.matched_by),
            "fields": {each.name: None if each.secret else each.value for each in self.record.fields},
        }


def gather(habeas: "Habeas", case: Case, identity: Identity, items: "Sequence[OpenItem]") -> list[Evidence]:
    """What the plan holds, or, where it was to be changed and so planned without its values, what the system does."""
    live = {
        (system, record.collection, record.key): record
        for system in dict.fromkeys(each.system for each in items if _needs_a_look(each))
        for found in habeas.connector(system).find([identity.as_subject(case.subject)])
        if isinstance(record := found.what, Record)
    }
    return [Evidence(each, _record(each, live)) for each in items]


def print_all(case: Case, identity: Identity, laid_out: Sequence[Evidence], *, titles: Mapping[str, str]) -> None:
    """For people: the request's identifiers on the left, the record's fields on the right."""
    out = console()
    out.print(f"[bold]{case.right.capitalize()} request {case.request_id}[/], due {case.due_on:%d %B %Y}\n")
    stated = [[str(each.kind).replace("_", " "), escape(each.value)] for each in identity.identifiers]
    for each in laid_out:
        item = each.item
        title = f"{item.label}  {titles.get(item.system, item.system)}, {escape(item.collection)}"
        if item.record is None:
            out.print(table(title, ["the place", "rows"], [[escape(item.collection), f"{item.count:,}"]]))
        elif each.record is None:
            out.print(f"[bold]{title}[/] {escape(item.record.key)}: not there any more\n")
        else:
            rows = _beside(stated, _held(each.record))
            out.print(table(f"{title} {escape(item.record.key)}", ["stated", "", "held", ""], rows))
        out.print(f"  open for: {', '.join(item.reasons)}; {_matched(each.record)}\n")


def _needs_a_look(item: "OpenItem") -> bool:
    return item.record is not None and all(each.value is None for each in item.record.fields)


def _record(item: "OpenItem", live: Mapping[tuple[str, str, str], Record]) -> Record | None:
    if item.record is None or not _needs_a_look(item):
        return item.record
    return live.get((item.system, item.record.collection, item.record.key))


def _held(record: Record) -> list[list[str]]:
    return [[escape(each.name), _HIDDEN if each.secret else _shown(each.value)] for each in record.fields]


def _shown(value: Scalar) -> str:
    return "" if value is None else escape(str(value))


def _beside(left: Sequence[Sequence[str]], right: Sequence[Sequence[str]]) -> list[list[str]]:
    length = max(len(left), len(right))
    nothing: list[Sequence[str]] = [["", ""]]
    padded = [[*rows, *nothing * (length - len(rows))] for rows in (left, right)]
    return [[*stated, *held] for stated, held in zip(*padded, strict=True)]


def _matched(record: Record | None) -> str:
    by = ", ".join(str(each).replace("_", " ") for each in record.matched_by) if record else ""
    return f"matched by {by}" if by else "nothing tells whose it is"
