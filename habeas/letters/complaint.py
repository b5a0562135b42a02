"""What a person may do who is not content: to whom to complain, by when, and what the controller owes a complaint."""

from collections.abc import Iterator, Sequence
from datetime import date

from habeas.domain.jurisdictions import Law, jurisdictions
from habeas.domain.register import Register, Regulator
from habeas.letters.wording import Wording


def complaint_values(
    register: Register, regulators: Sequence[Regulator], *, received_on: date, written_on: date, wording: Wording
) -> dict[str, object]:
    """What parts/complaint.md can ask for.

    `acknowledged_days`: in how many days the controller acknowledges a complaint, None where no law says.
    `complain_by`: the last day for the regulator if the letter is read on its day, None where there is none.
    """
    laws = list(_laws(register, regulators))
    own = [law.own_complaint for law in laws if law.own_complaint and law.own_complaint.since <= written_on]
    times = [law.complaint for law in laws if law.complaint]
    last = [each.last_day(received_on=received_on, answered_on=written_on) for each in times]
    return {
        "acknowledged_days": min((each.acknowledged_in_days for each in own), default=None),
        "complain_by": wording.date(min(last)) if last else None,
    }


def _laws(register: Register, regulators: Sequence[Regulator]) -> Iterator[Law]:
    """Of the countries whose regulators the letter names, and of the controller's own."""
    countries = {register.jurisdiction[:2]}.union(*(each.countries for each in regulators))
    for code, each in jurisdictions().items():
        if code[:2] in countries:
            yield each.law
