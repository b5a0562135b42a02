"""How far a task is, in words."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from habeas.domain.progress import Measure, Phase, Progress, Unit

if TYPE_CHECKING:
    from habeas.storage.work import UnderWay

_PHASES = {
    Phase.FINDING: "finding",
    Phase.WAITING: "waiting for its turn",
    Phase.APPLYING: "applying",
    Phase.VERIFYING: "verifying",
    Phase.SWEEPING: "looking for copies",
    Phase.UNDOING: "undoing",
    Phase.ASSEMBLING: "writing the answer",
}
_COUNTED = {
    Phase.FINDING: "found",
    Phase.VERIFYING: "looked at",
    Phase.UNDOING: "put back",
    Phase.ASSEMBLING: "read",
}
_STEPS = ((60, 1, "s"), (3_600, 60, "min"), (48 * 3_600, 3_600, "h"))
_SIZES = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


def says(work: "UnderWay", now: datetime) -> str:
    """As "applying, 312,000 of 1,000,000 records, for 4 min"."""
    progress = work.progress
    parts = [_phase(progress), *_measures(progress), f"for {_lasting((now - progress.since).total_seconds())}"]
    if work.attempts > 1:
        parts.append(f"attempt {work.attempts}")
    if work.until < now:
        parts.append("[yellow]its worker is gone: the next one takes it over[/]")
    return ", ".join(parts)


def shortly(progress: Progress) -> str:
    """For a cell of a table, as "applying 31 %"."""
    leading = _leading(progress)
    phase = _phase(progress)
    if leading is not None and leading.of:
        return f"{phase} {100 * min(leading.done, leading.of) // leading.of} %"
    return f"{phase} {progress.records.done:,}" if progress.records.done else phase


def as_data(work: "UnderWay | None", now: datetime) -> Mapping[str, Any]:
    """For `--json`."""
    if work is None:
        return {}
    told = work.progress.as_json() | {"attempts": work.attempts, "worker_gone": work.until < now}
    return {"progress": told}


def _phase(progress: Progress) -> str:
    """As it is written where a newer worker told of one that has no words here."""
    return _PHASES[progress.phase] if isinstance(progress.phase, Phase) else escape(progress.phase)


def _leading(progress: Progress) -> Measure | None:
    """What tells best how much is left: a system's own way, unless the records are what is still passing."""
    records, searched = progress.records, progress.searched
    if progress.phase is Phase.APPLYING and records.of and records.done < records.of:
        return records
    if searched is None or (searched.of == 1 and progress.part is not None):
        return progress.part or (records if records.of else None)
    return searched


def _measures(progress: Progress) -> list[str]:
    told = []
    records, searched, part = progress.records, progress.searched, progress.part
    if searched is not None:
        told.append(_measure(searched))
    if part is not None:
        told.append(f"{_measure(part)} of the next" if searched is not None else _measure(part))
    if records.of is not None or records.done:
        verb = _COUNTED.get(progress.phase) if isinstance(progress.phase, Phase) else None
        told.append(f"{_measure(records)} {verb}" if verb else _measure(records))
    return told


def _measure(measure: Measure) -> str:
    if measure.unit is Unit.BYTES:
        size, unit = next((each for each in _SIZES if (measure.of or measure.done) >= each[0]), (1, "bytes"))
        of = f" of {measure.of / size:,.1f}" if measure.of is not None else ""
        return f"{measure.done / size:,.1f}{of} {unit}"
    of = f" of {measure.of:,}" if measure.of is not None else ""
    word = str(measure.unit)
    only = measure.of if measure.of is not None else measure.done
    return f"{measure.done:,}{of} {word.removesuffix('s') if only == 1 else word}"


def _lasting(seconds: float) -> str:
    for below, size, unit in _STEPS:
        if seconds < below:
            return f"{max(seconds, 0) / size:.0f} {unit}"
    return f"{seconds / 86_400:.0f} days"
