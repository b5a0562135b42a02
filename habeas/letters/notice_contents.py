"""A notice in words."""

from habeas.domain.jurisdictions import jurisdictions
from habeas.domain.letters import NoticeKind
from habeas.domain.requests import Right
from habeas.letters.account import collection_title
from habeas.letters.complaint import complaint_values
from habeas.letters.contents import Contents, Holding, paragraphs, titled
from habeas.letters.notice import NEEDS, Done, Notice, Referred
from habeas.letters.prose import Prose
from habeas.letters.visible import visible
from habeas.letters.wording import Wording


def notice_contents(notice: Notice, prose: Prose, wording: Wording) -> Contents:
    """Raises ValueError naming what a notice of its kind can't do without."""
    for name in NEEDS.get(notice.kind, ()):
        if not getattr(notice, name):
            raise ValueError(f"a notice of {notice.kind} needs {name}")
    subject, blocks = titled(
        prose.blocks(f"{wording.language}/{notice.kind}.md", _values(notice, wording)), notice.request_id
    )
    return Contents(
        subject=subject,
        blocks=blocks,
        systems=(),
        topics=(),
        said=paragraphs(notice.words),
        holdings=tuple(_holding(each, notice, wording) for each in notice.referred),
    )


def _values(notice: Notice, wording: Wording) -> dict[str, object]:
    """What a template can ask for. What the law of the place does not know is not said."""
    where = jurisdictions().get(notice.jurisdiction)
    law = where.law if where else None
    settled, systems = notice.settled or (0, 0)
    complaint = complaint_values(
        notice.register,
        notice.regulators,
        received_on=notice.received_on,
        written_on=notice.written_on,
        wording=wording,
    )
    time_runs = complaint["complain_by"] is not None
    if notice.kind is not NoticeKind.REFUSAL:
        complaint["complain_by"] = None  # it is counted from an answer
    return {
        **complaint,
        "request": wording.say(f"requests.{notice.right}"),
        "demand": wording.say(f"demands.{notice.right}") if isinstance(notice.right, Right) else None,
        "received": wording.date(notice.received_on),
        "due": wording.date(notice.due_on),
        "was_due": wording.date(notice.was_due_on) if notice.was_due_on else None,
        "effective": wording.date(notice.effective_on) if notice.effective_on else None,
        "notice_version": wording.date(notice.register.notice_version),
        "controller": notice.register.controller.name,
        "can_extend": bool(law and law.extended),
        "identity_starts": bool(law and "identity" in law.starts_on),
        "fee_starts": bool(law and "fee" in law.starts_on),
        "clarification_stops": bool(law and notice.right in law.clarification_stops),
        "amount": notice.amount and wording.amount(notice.amount),
        "ground": notice.ground and notice.ground.value,
        "said": bool(notice.words.strip()),
        "begun": notice.begun,
        "settled": wording.number(settled),
        "systems": wording.number(systems),
        "all_settled": settled == systems,
        "person": list(notice.person),
        "about": wording.say(f"requests.{notice.about.right}") if notice.about else None,
        "about_reference": notice.about.request_id if notice.about else None,
        "time_runs": time_runs,
        "outcome": notice.outcome and notice.outcome.value,
        "done": [_done(each, notice, wording) for each in notice.done],
        "controllers": list(dict.fromkeys(_controller(each, notice) for each in notice.referred)),
    }


def _controller(referred: Referred, notice: Notice) -> str:
    """With its e-mail address where the register knows it."""
    affiliate = notice.register.affiliate(referred.controller)
    return f"{referred.controller}, {affiliate.email}" if affiliate else referred.controller


def _done(done: Done, notice: Notice, wording: Wording) -> dict[str, object]:
    """The categories as the register calls them in the letter's language."""
    known = notice.register.categories
    categories = [wording.own(known[each]) if each in known else each for each in done.categories]
    corrections = [f"{field}: {value}" for field, value in done.corrections]
    return {"fate": done.fate, "categories": ", ".join(categories), "corrections": corrections}


def _holding(referred: Referred, notice: Notice, wording: Wording) -> Holding:
    to_client = notice.kind is NoticeKind.CLIENT
    return Holding(
        what=collection_title(referred.collection),
        where=visible(referred.system),
        whom="" if to_client else visible(referred.controller),
        records=wording.number(referred.records),
    )
