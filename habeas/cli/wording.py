"""Legal reasons and outcomes in the words of a terminal."""

from habeas.domain.outcomes import Reason
from schemas.events import SummaryLine

_OUTCOMES = {
    "disclose": "disclosed",
    "withhold": "withheld",
    "erase": "erased",
    "anonymise": "anonymised",
    "restrict": "restricted",
    "retain": "kept, restricted",
    "emptied": "emptied, its row kept",
    "rectify": "corrected",
    "annotate": "annotated",
    "suppress": "suppressed",
    "refer": "referred",
    "review": "for review",
}
_REASONS = {
    "art-15-1": "right of access",
    "security-of-processing": "a credential, never disclosed",
    "art-15-4": "another person's data",
    "art-17-1": "no ground to keep it",
    "art-17-3-a": "freedom of expression and information",
    "art-17-3-b": "legal obligation",
    "art-17-3-b-task": "a task in the public interest",
    "art-17-3-c": "public health",
    "art-17-3-d": "archiving, research or statistics",
    "art-17-3-e": "legal claims",
    "referenced": "other records refer to it",
    "art-18-1": "right to restriction",
    "art-18-retained": "kept meanwhile",
    "art-28-3-e": "held for a client, who decides",
    "art-18-1-d": "the objection is to be weighed",
    "art-7-3": "consent withdrawn",
    "art-16": "was wrong",
    "art-20-1": "right to portability",
    "not-portable": "not provided on consent or for a contract",
    "art-21": "objected",
    "other-purpose": "serves another purpose as well",
    "not-reached": "was not used for what ends",
    "art-16-statement": "completed by a statement",
    "filed": "filed with an authority, never rewritten",
    "other-controller": "a company of the group decides",
    "weak-match": "a name alone is not proof",
    "unmapped-copy": "a copy found after erasing, where the map knows of none",
    "reappeared": "had been erased, and was there again",
    "new-since": "came after the request",
    "not-possible": "the system offers no way",
    "other-person": "decided: somebody else",
    "done-by-hand": "decided: done by hand",
    "client-declined": "the client has declined",
}


def outcome(line: SummaryLine) -> str:
    """What happens, as "erased"."""
    told = "emptied" if line.reason == Reason.REFERENCED else line.outcome
    return _OUTCOMES.get(told, told)


def reason(line: SummaryLine) -> str:
    """Why, with the rule and its end where one keeps the records."""
    why = _REASONS.get(line.reason, line.reason)
    if line.rule is not None:
        end = f"until {line.until:%d %B %Y}" if line.until else "while the relation lasts, then for its period"
        why = f"{why}: {line.rule}, {end}"
    if line.controller is not None:
        why = f"{why}: {line.controller}"
    return why
