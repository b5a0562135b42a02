"""All that the letter and the page say, put together once for both."""

from collections.abc import Sequence
from dataclasses import dataclass

from habeas.letters.account import SystemAccount, account_of
from habeas.letters.answer import Answer
from habeas.letters.disclosed import Findings
from habeas.letters.information import Topic, information
from habeas.letters.prose import Block, Prose
from habeas.letters.wording import Wording


@dataclass(frozen=True, slots=True)
class Contents:
    """An answer in words. `systems` is in the answer's order."""

    subject: str
    blocks: tuple[Block, ...]
    systems: tuple[SystemAccount, ...]
    topics: tuple[Topic, ...]


def contents_of(answer: Answer, findings: Sequence[Findings], prose: Prose, wording: Wording) -> Contents:
    """Put an answer into words; `findings` has one entry for each system, in the same order."""
    systems = tuple(
        account_of(outcome, found, answer.right, answer.register, wording)
        for outcome, found in zip(answer.systems, findings, strict=True)
    )
    categories = frozenset[str]().union(*(found.categories for found in findings))
    name = f"{wording.language}/{answer.right}.md"
    written = prose.blocks(name, _values(answer, systems, findings, wording))
    subjects = [block.text for block in written if block.kind == "subject"]
    return Contents(
        subject=subjects[0] if subjects else answer.request_id,
        blocks=tuple(block for block in written if block.kind != "subject"),
        systems=systems,
        topics=information(answer.register, categories, wording),
    )


def _values(
    answer: Answer, systems: Sequence[SystemAccount], findings: Sequence[Findings], wording: Wording
) -> dict[str, object]:
    """What a template can ask for.

    `complete`: every system answered, every place was searched, and nothing is left to do or to decide.
    """
    outcomes = frozenset[str]().union(*(system.outcomes for system in systems))
    return {
        "received": wording.date(answer.received_on),
        "due": wording.date(answer.due_on),
        "late": answer.answered_on > answer.due_on,
        "notice_version": wording.date(answer.register.notice_version),
        "complete": all(system.state in ("done", "nothing") for system in systems),
        "found": any(found.tables for found in findings) or "disclose" in outcomes,
        "has_lines": any(system.lines for system in systems),
        "withheld": "withhold" in outcomes,
        "erased": bool(outcomes & {"erase", "emptied", "anonymise"}),
        "kept": "retain" in outcomes,
        "restricted": "restrict" in outcomes,
    }
