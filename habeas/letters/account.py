"""What each system did and did not do, and why, in the person's language (Article 12(1), (3), (4))."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter
from typing import assert_never

from habeas.domain.outcomes import Reason
from habeas.domain.register import Matter, Register
from habeas.domain.requests import Right
from habeas.letters.answer import SystemOutcome
from habeas.letters.disclosed import Findings
from habeas.letters.visible import visible
from habeas.letters.wording import Wording
from schemas.events import SummaryLine

COLLECTIONS_MAX = 100
"""Of one system, counted once for each fate; how many more there are is told."""

_ORDER = (
    "disclose", "erase", "emptied", "anonymise", "restrict", "rectify", "annotate", "suppress", "retain", "withhold",
    "refer", "review",
)  # fmt: skip
_VERBS = {
    "erase": "erased",
    "anonymise": "anonymised",
    "restrict": "restricted",
    "rectify": "rectified",
    "annotate": "annotated",
}


@dataclass(frozen=True, slots=True)
class Line:
    """Records that met one fate for one reason. `what` names their collections, with counts if there are several."""

    what: str
    outcome: str
    fate: str
    records: str
    why: str


@dataclass(frozen=True, slots=True)
class _Fate:
    outcome: str
    word: str
    why: str


@dataclass(frozen=True, slots=True)
class SystemAccount:
    """One system's part; `statement` is one sentence that says it as a whole."""

    title: str
    state: str
    label: str
    statement: str
    lines: tuple[Line, ...] = ()
    notes: tuple[str, ...] = ()
    outcomes: frozenset[str] = field(default_factory=frozenset)


def account_of(
    outcome: SystemOutcome, findings: Findings, right: Right, register: Register, wording: Wording
) -> SystemAccount:
    """Tell what one system did; `findings` is empty for one that did not answer."""
    title = visible(outcome.title)
    match outcome.status:
        case "silent" | "failed":
            return SystemAccount(
                title,
                state="open",
                label=wording.say("states.open"),
                statement=wording.say(f"statements.{outcome.status}"),
                lines=tuple(_done_before_failing(outcome, wording)),
            )
        case "completed":
            notes = tuple(_notes(outcome, findings, right, wording))
            groups = _grouped(outcome.summary)
            if len(groups) > COLLECTIONS_MAX:
                notes = (wording.say("notes.more_lines", n=len(groups) - COLLECTIONS_MAX), *notes)
            outcomes = frozenset(key.outcome for key, _ in groups)
            state = _state(outcomes, notes)
            return SystemAccount(
                title,
                state=state,
                label=_said("states", (f"{state}-{right}", state), wording),
                statement=wording.say(f"statements.{_statement(state, outcomes, findings)}.{right}"),
                lines=tuple(_lines(groups[:COLLECTIONS_MAX], outcome, right, register, wording)),
                notes=(*notes, *_masked(findings, wording)),
                outcomes=outcomes,
            )
        case _:
            assert_never(outcome.status)


@dataclass(frozen=True, slots=True)
class _Key:
    """What lines are summed over: holds of one rule with different last days are one line."""

    order: int
    collection: str
    outcome: str
    reason: str
    rule: str
    controller: str


def _grouped(summary: Iterable[SummaryLine]) -> list[tuple[_Key, list[SummaryLine]]]:
    groups: dict[_Key, list[SummaryLine]] = {}
    for line in summary:
        fate = "emptied" if line.reason == Reason.REFERENCED else line.outcome
        order = _ORDER.index(fate) if fate in _ORDER else len(_ORDER)
        key = _Key(order, line.collection, fate, line.reason, line.rule or "", line.controller or "")
        if line.records:
            groups.setdefault(key, []).append(line)
    return sorted(groups.items(), key=lambda each: (each[0].order, each[0].collection, repr(each[0])))


def _lines(
    groups: Iterable[tuple[_Key, list[SummaryLine]]],
    outcome: SystemOutcome,
    right: Right,
    register: Register,
    wording: Wording,
) -> Iterable[Line]:
    """One line for each fate and reason: a reason said once is read, said ten times it is not."""
    fates: dict[_Fate, list[tuple[str, int]]] = {}
    for key, group in groups:
        decided = sum(line.records for line in group)
        word = _said("outcomes", (f"{key.outcome}-{key.reason}", f"{key.outcome}-{right}", key.outcome), wording)
        fate = _Fate(key.outcome, word, _why(key, group, register, wording))
        fates.setdefault(fate, []).append((collection_title(key.collection), _done(key, decided, outcome)))
    return (_line(fate, counts, wording) for fate, counts in fates.items())


def _said(path: str, names: Iterable[str], wording: Wording) -> str:
    """The first of these phrases that the wording has."""
    known = [f"{path}.{name}" for name in names if wording.knows(f"{path}.{name}")]
    return wording.say(known[0] if known else f"{path}.other")


def _line(fate: _Fate, counts: list[tuple[str, int]], wording: Wording) -> Line:
    (first, _), *others = counts
    return Line(
        what=", ".join(f"{what}\u00a0({wording.number(records)})" for what, records in counts) if others else first,
        outcome=fate.outcome,
        fate=fate.word,
        records=wording.number(sum(records for _, records in counts)),
        why=fate.why,
    )


def _done(key: _Key, decided: int, outcome: SystemOutcome) -> int:
    """Records of which it is true: what was decided, where looking again found nothing left over; else what was
    really done.
    """
    verb = _VERBS.get(key.outcome)
    if verb is None or not outcome.left_over:
        return decided
    return min(decided, outcome.effects.get(key.collection, {}).get(verb, 0))


def _why(key: _Key, group: list[SummaryLine], register: Register, wording: Wording) -> str:
    if key.outcome == "retain":
        return " ".join(_hold(key, [line.until for line in group], register, wording))
    specific = f"reasons.{key.outcome}-{key.reason}"
    path = specific if wording.knows(specific) else f"reasons.{key.reason}"
    return wording.say(path if wording.knows(path) else "reasons.other", controller=visible(key.controller))


def _hold(key: _Key, untils: list[date | None], register: Register, wording: Wording) -> Iterable[str]:
    """The rule's or the matter's own words, until when, on which legal basis, and what holds meanwhile."""
    hold = register.hold(key.rule)
    ground = f"reasons.{key.reason}"
    if hold is not None:
        yield wording.own(hold.text)
        if wording.knows(ground) and not isinstance(hold, Matter):
            yield wording.say(ground)
        yield wording.say("holds.basis", basis=hold.legal_basis)
    else:
        yield wording.say(ground if wording.knows(ground) else "holds.other")
    days = sorted(day for day in untils if day is not None)
    if days and days[0] == days[-1]:
        yield wording.say("holds.until", until=wording.date(days[0]))
    elif days:
        yield wording.say("holds.range", first=wording.date(days[0]), last=wording.date(days[-1]))
    if None in untils and isinstance(hold, Matter):
        yield wording.say("holds.matter")
    elif None in untils:
        yield wording.say("holds.open_for_some" if days else "holds.open")
    yield wording.say("holds.meanwhile")


def _notes(outcome: SystemOutcome, findings: Findings, right: Right, wording: Wording) -> Iterable[str]:
    for reason, places in sorted((findings.unsearched + Counter(outcome.unswept.values())).items()):
        path = f"unsearched.{reason}"
        said = (
            wording.say(path) if reason and wording.knows(path) else visible(reason) or wording.say("unsearched.other")
        )
        yield wording.say("notes.unsearched", n=places, reason=said)
    if outcome.left_over and right.changes_data:
        yield wording.say("notes.left_over", n=outcome.left_over)


def _masked(findings: Findings, wording: Wording) -> Iterable[str]:
    """How many places in the copy are masked, by what they are about; never what stood there."""
    return (
        wording.say(f"notes.masked_{about}", n=n) for about, n in sorted(findings.masked.items(), key=itemgetter(0))
    )


def _done_before_failing(outcome: SystemOutcome, wording: Wording) -> Iterable[Line]:
    names = {verb: name for name, verb in _VERBS.items()}
    fates: dict[_Fate, list[tuple[str, int]]] = {}
    for collection, verbs in sorted(outcome.effects.items()):
        for verb, records in sorted(verbs.items()):
            if verb in names and records:
                name = names[verb]
                fate = _Fate(name, wording.say(f"outcomes.{name}"), wording.say("reasons.before_failing"))
                fates.setdefault(fate, []).append((collection_title(collection), records))
    return (_line(fate, counts, wording) for fate, counts in fates.items())


def _state(outcomes: frozenset[str], notes: tuple[str, ...]) -> str:
    if notes or "review" in outcomes:
        return "partly"
    return "done" if outcomes else "nothing"


def _statement(state: str, outcomes: frozenset[str], findings: Findings) -> str:
    if not outcomes:
        return "nothing_where_searched" if findings.unsearched else "nothing"
    return state


def collection_title(collection: str) -> str:
    """A collection's name as people write it."""
    words = " ".join(visible(collection).replace("_", " ").split())
    return words[:1].upper() + words[1:]
