"""What happens after a request was fulfilled, in the words of a terminal."""

from collections import Counter

from habeas.cli import wording
from schemas.events import Event
from schemas.revisits import DataReappeared, ReconciliationRequested, RescanDue, RetentionExpired, RevisitCompleted

_CAUSES = {"retention": "end of a hold", "rescan": "looked through again", "reconciliation": "after a restore"}


def says(event: Event) -> str | None:
    """Such an event in words, None for any other."""
    match event:
        case RetentionExpired():
            return f"{event.system}: what was kept may be due since {event.on:%d %B %Y}"
        case RescanDue():
            return f"{event.system}: to be looked through again, whether what was erased has stayed away"
        case ReconciliationRequested():
            return f"{event.system}: to be erased again after a restore, on an operator's word"
        case DataReappeared():
            there = ", ".join(f"{records:,} {name}" for name, records in event.reappeared.items())
            return f"{event.system}: what had been erased was there again: {there}"
        case RevisitCompleted():
            return f"{event.system}: {_CAUSES[event.cause]}: {outcome(event)}"
    return None


def outcome(done: RevisitCompleted) -> str:
    """What a revisit came to, in records."""
    counts: Counter[str] = Counter()
    for line in done.summary:
        until = f" until {line.until:%d %B %Y}" if line.until else ""
        counts[wording.outcome(line) + until] += line.records
    told = [f"{records:,} {fate}" for fate, records in counts.items()]
    told += [f"{done.unverified:,} of these by their keys alone"] * bool(done.unverified)
    told += [f"{done.left_over:,} not as they should be"] * bool(done.left_over)
    return ", ".join(told) or "nothing there"
