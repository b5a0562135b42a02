"""What the law allows an operator to ask of a person, announce or refuse, as a case stands. Each raises UserError."""

from datetime import date
from uuid import UUID

from habeas.domain.case_time import DueTold, Wait
from habeas.domain.cases import Case
from habeas.domain.deadlines import Asked, deadline
from habeas.domain.jurisdictions import jurisdiction
from habeas.domain.requests import Right
from habeas.errors import UserError


def must_be_open(case: Case) -> None:
    """Nothing can be asked or refused any more once there is an answer."""
    if case.state.closed or case.assembled is not None or case.time.told is DueTold.CLOSED:
        raise UserError(f"request {case.request_id} is closed ({case.state})")


def may_ask_identity(case: Case) -> None:
    """Only on doubt, once at a time, and not once the identity is proven (Article 12(6))."""
    may_receive_identity(case)
    _must_not_wait(case, Wait.IDENTITY)


def may_receive_identity(case: Case) -> None:
    """Once."""
    check = case.accepted.identity_check if case.accepted else case.identity and case.identity.identity_check
    if check:
        raise UserError(f"the identity has been checked already ({check})")


def may_ask_clarification(case: Case) -> None:
    """Of requests for access alone: of the others it is clear what is to be done (recital 63, UK Article 12A)."""
    if case.right is not Right.ACCESS:
        raise UserError(
            f"only a request for access can wait for clarification, and this one is for {case.right}: its clock runs "
            f"on, the answer is due by {_day(case.due_on)}"
        )
    _must_not_wait(case, Wait.CLARIFICATION)


def may_extend(case: Case, *, on: date) -> None:
    """Once, where the law knows it, and only if announced within the first period (Article 12(3))."""
    where = jurisdiction(case.time.jurisdiction)
    standing = deadline(where, case.time.course)
    if standing.notice_by is None:
        raise UserError(f"{where.law.name} allows no extension: the answer is due by {_day(case.due_on)}")
    if standing.extended:
        raise UserError(f"it has been extended already: the answer is due by {_day(case.due_on)}")
    if not standing.allows_notice(on):
        raise UserError(
            f"an extension could be announced until {_day(standing.notice_by)}, not on {_day(on)}: "
            f"the answer is due by {_day(case.due_on)}"
        )


def may_ask_fee(case: Case) -> None:
    """Before anything is done, so that the person can withdraw (Article 12(5))."""
    if case.accepted is not None:
        raise UserError("the systems are at work on it: a fee must be announced before, to a request not yet accepted")
    _must_not_wait(case, Wait.FEE)


def may_refuse(case: Case) -> None:
    """Not what is already done."""
    if case.right.changes_data and case.completions:
        done = ", ".join(case.completions)
        raise UserError(f"the {case.right} has been carried out already in {done}: it can't be refused any more")


def open_asking(case: Case, wait: Wait, *, on: date) -> UUID:
    """The asking that an answer of that day answers."""
    if wait not in case.time.open:
        raise UserError(f"the person has not been asked for {_NAMES[wait]}, or has answered")
    asked_on = max(each.asked_on for each in _asked(case, wait) if each.answered_on is None)
    if on < asked_on:
        raise UserError(f"the person was asked on {_day(asked_on)}, later than that")
    return case.time.open[wait]


_NAMES = {Wait.IDENTITY: "proof of identity", Wait.CLARIFICATION: "clarification", Wait.FEE: "a fee"}


def _must_not_wait(case: Case, wait: Wait) -> None:
    if wait in case.time.open:
        raise UserError(f"the person has been asked for {_NAMES[wait]} and has not answered yet")


def _asked(case: Case, wait: Wait) -> tuple[Asked, ...]:
    course = case.time.course
    return {Wait.IDENTITY: course.identity, Wait.CLARIFICATION: course.clarification, Wait.FEE: course.fee}[wait]


def _day(day: date) -> str:
    return f"{day:%d %B %Y}"
