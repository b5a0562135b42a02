"""All that the letter and the page say, put together once for both."""

from collections.abc import Sequence
from dataclasses import dataclass

from habeas.domain.outcomes import Reason
from habeas.domain.requests import Right
from habeas.domain.stopping import ending
from habeas.domain.wishes import Correction, Wish
from habeas.letters.account import SystemAccount, account_of
from habeas.letters.answer import Answer
from habeas.letters.complaint import complaint_values
from habeas.letters.disclosed import Findings
from habeas.letters.information import Topic, automated_decisions, information
from habeas.letters.prose import Block, Prose
from habeas.letters.visible import visible
from habeas.letters.wording import Wording

_ENDING = {Right.OBJECTION, Right.WITHDRAWAL}


@dataclass(frozen=True, slots=True)
class Holding:
    """Records that are held for somebody else; `whom` is empty where that is who reads it."""

    what: str
    where: str
    whom: str
    records: str


@dataclass(frozen=True, slots=True)
class Contents:
    """A letter in words. `systems` is in the answer's order; `said` is what somebody said in their own words."""

    subject: str
    blocks: tuple[Block, ...]
    systems: tuple[SystemAccount, ...]
    topics: tuple[Topic, ...]
    said: tuple[str, ...] = ()
    holdings: tuple[Holding, ...] = ()


def contents_of(answer: Answer, findings: Sequence[Findings], prose: Prose, wording: Wording) -> Contents:
    """Put an answer into words; `findings` has one entry for each system, in the same order."""
    systems = tuple(
        account_of(outcome, found, answer.right, answer.register, wording)
        for outcome, found in zip(answer.systems, findings, strict=True)
    )
    name = f"{wording.language}/{_template(answer)}.md"
    written = prose.blocks(name, _values(answer, systems, findings, wording))
    subject, blocks = titled(written, answer.request_id)
    return Contents(
        subject=subject,
        blocks=blocks,
        systems=systems,
        topics=_topics(answer, findings, wording),
        said=paragraphs(answer.wish.statement if answer.wish else ""),
    )


def _template(answer: Answer) -> str:
    if answer.supplement is None:
        return answer.right
    return "remainder" if answer.remainder_of else "supplement"


def titled(blocks: Sequence[Block], otherwise: str) -> tuple[str, tuple[Block, ...]]:
    """The letter's subject, and the blocks without it."""
    subjects = [block.text for block in blocks if block.kind == "subject"]
    return subjects[0] if subjects else otherwise, tuple(block for block in blocks if block.kind != "subject")


def paragraphs(text: str) -> tuple[str, ...]:
    """Somebody's own words, as letter and page show them."""
    return tuple(visible(" ".join(each.split())) for each in text.split("\n\n") if each.strip())


def _topics(answer: Answer, findings: Sequence[Findings], wording: Wording) -> tuple[Topic, ...]:
    if answer.right is Right.AUTOMATED_DECISIONS:
        return automated_decisions(answer.register, wording)
    categories = frozenset[str]().union(*(found.categories for found in findings))
    return information(answer.register, categories, wording)


def _values(
    answer: Answer, systems: Sequence[SystemAccount], findings: Sequence[Findings], wording: Wording
) -> dict[str, object]:
    """What a template can ask for.

    `complete`: every system answered, every place was searched, and nothing is left to do or to decide. `purposes`
    are those that an objection or a withdrawal ends. `unplaced`: a statement stands nowhere beside some of the data.
    """
    outcomes = frozenset[str]().union(*(system.outcomes for system in systems))
    wish = answer.wish or Wish(answer.right)
    ended = ending(wish, answer.register.purposes) if answer.right in _ENDING else ()
    return {
        **complaint_values(
            answer.register,
            answer.regulators,
            received_on=answer.received_on,
            written_on=answer.answered_on,
            wording=wording,
        ),
        "received": wording.date(answer.received_on),
        "due": wording.date(answer.due_on),
        "late": answer.answered_on > answer.due_on,
        "upheld": answer.upheld,
        "first_answered": wording.date(answer.remainder_of) if answer.remainder_of else "",
        "missing": any(outcome.status != "completed" for outcome in answer.systems),
        "access": answer.right is Right.ACCESS,
        "notice_version": wording.date(answer.register.notice_version),
        "complete": all(system.state in ("done", "nothing") for system in systems),
        "found": any(found.tables for found in findings) or "disclose" in outcomes,
        "has_lines": any(system.lines for system in systems),
        "withheld": "withhold" in outcomes or any(found.masked for found in findings),
        "erased": bool(outcomes & {"erase", "emptied", "anonymise"}),
        "kept": "retain" in outcomes,
        "restricted": "restrict" in outcomes,
        "corrected": "rectify" in outcomes,
        "annotated": "annotate" in outcomes,
        "unplaced": any(
            line.outcome == "review" and line.reason == Reason.STATEMENT
            for system in answer.systems
            for line in system.summary
        ),
        "suppressed": "suppress" in outcomes,
        "reviewed": "review" in outcomes,
        "free": not answer.charged,
        "marketing": wish.marketing,
        "statement": bool(wish.statement.strip()),
        "purposes": [wording.own(each.text) for each in ended],
        "corrections": [_correction(each, wording) for each in wish.corrections],
        "decides": bool(answer.register.automated),
        "decisions_told": bool(answer.register.automated or answer.register.automated_decisions),
    }


def _correction(wanted: Correction, wording: Wording) -> str:
    if wanted.what is None:
        return wording.say("corrections.value", old=wanted.old or "", value=wanted.value)
    return wording.say("corrections.field", field=wanted.what, value=wanted.value)
