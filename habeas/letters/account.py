"""What each system did and did not do, and why, in the person's language (Article 12(1), (3), (4))."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import assert_never

from habeas.domain.register import Register
from habeas.domain.requests import Right
from habeas.letters.answer import SystemOutcome
from habeas.letters.disclosed import Findings
from habeas.letters.visible import visible
from habeas.letters.wording import Wording
from schemas.events import SummaryLine

LINES_MAX = 100
"""Of one system; how many more there are is told."""

_ORDER = (
    "disclose", "erase", "anonymise", "restrict", "rectify", "suppress", "retain", "withhold", "refer", "review",
)  # fmt: skip
_VERBS = {"erase": "erased", "anonymise": "anonymised", "restrict": "restricted"}


@dataclass(frozen=True, slots=True)
class Line:
    """So many records of one kind met one fate for one reason."""

    what: str
    outcome: str
    fate: str
    records: str
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
            lines = [_line(key, group, outcome, register, wording) for key, group in groups]
            if len(lines) > LINES_MAX:
                notes = (wording.say("notes.more_lines", n=len(lines) - LINES_MAX), *notes)
            outcomes = frozenset(key.outcome for key, _ in groups)
            state = _state(outcomes, notes)
            return SystemAccount(
                title,
                state=state,
                label=wording.say(f"states.{state}"),
                statement=wording.say(f"statements.{_statement(state, outcomes, findings)}.{right}"),
                lines=tuple(lines[:LINES_MAX]),
                notes=notes,
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
        order = _ORDER.index(line.outcome) if line.outcome in _ORDER else len(_ORDER)
        key = _Key(order, line.collection, line.outcome, line.reason, line.rule or "", line.controller or "")
        if line.records:
            groups.setdefault(key, []).append(line)
    return sorted(groups.items(), key=lambda each: (each[0].collection, each[0].order, repr(each[0])))


def _line(key: _Key, group: list[SummaryLine], outcome: SystemOutcome, register: Register, wording: Wording) -> Line:
    decided = sum(line.records for line in group)
    return Line(
        what=collection_title(key.collection),
        outcome=key.outcome,
        fate=wording.say(f"outcomes.{key.outcome}"),
        records=wording.number(_done(key, decided, outcome)),
        why=_why(key, group, register, wording),
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
        return " ".join(_hold(key.rule, [line.until for line in group], register, wording))
    specific = f"reasons.{key.outcome}-{key.reason}"
    path = specific if wording.knows(specific) else f"reasons.{key.reason}"
    return wording.say(path if wording.knows(path) else "reasons.other", controller=visible(key.controller))


def _hold(rule_id: str, untils: list[date | None], register: Register, wording: Wording) -> Iterable[str]:
    """The rule's own words, until when, on which legal basis, and what holds meanwhile."""
    rules = {rule.id: rule for rule in register.retention}
    if rule_id in rules:
        yield wording.own(rules[rule_id].text)
        yield wording.say("holds.basis", basis=rules[rule_id].legal_basis)
    else:
        yield wording.say("holds.other")
    days = sorted(day for day in untils if day is not None)
    if days and days[0] == days[-1]:
        yield wording.say("holds.until", until=wording.date(days[0]))
    elif days:
        yield wording.say("holds.range", first=wording.date(days[0]), last=wording.date(days[-1]))
    if None in untils:
        yield wording.say("holds.open_for_some" if days else "holds.open")
    yield wording.say("holds.meanwhile")


def _notes(outcome: SystemOutcome, findings: Findings, right: Right, wording: Wording) -> Iterable[str]:
    for reason, places in sorted(findings.unsearched.items()):
        path = f"unsearched.{reason}"
        said = (
            wording.say(path) if reason and wording.knows(path) else visible(reason) or wording.say("unsearched.other")
        )
        yield wording.say("notes.unsearched", n=places, reason=said)
    if outcome.left_over and right.changes_data:
        yield wording.say("notes.left_over", n=outcome.left_over)


def _done_before_failing(outcome: SystemOutcome, wording: Wording) -> Iterable[Line]:
    names = {verb: name for name, verb in _VERBS.items()}
    for collection, verbs in sorted(outcome.effects.items()):
        for verb, records in sorted(verbs.items()):
            if verb in names and records:
                name = names[verb]
                yield Line(
                    what=collection_title(collection),
                    outcome=name,
                    fate=wording.say(f"outcomes.{name}"),
                    records=wording.number(records),
                    why=wording.say("reasons.before_failing"),
                )


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
