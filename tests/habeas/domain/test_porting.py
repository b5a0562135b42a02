"""Article 20: what the person has provided, on consent or for a contract, and nothing else."""

from datetime import date

from habeas.domain.decisions import decide
from habeas.domain.outcomes import Disclose, Reason, Withhold
from habeas.domain.records import Field, Match, Record
from habeas.domain.register import Controller, Purpose, Register
from habeas.domain.requests import Right
from habeas.domain.subjects import IdentifierKind
from habeas.domain.wishes import Wish


def purpose(categories: set[str], *bases: str) -> Purpose:
    return Purpose.model_validate({"text": {"en": "x"}, "categories": categories, "bases": bases})


REGISTER = Register(
    controller=Controller(
        name="Example Customs Ltd", address=("1 Quay",), email="dpm@example.org", data_protection_manager="DPM"
    ),
    regulators=(),
    notice_version=date(2018, 7, 16),
    categories={},
    provided=frozenset({"contact", "usage"}),
    purposes=(purpose({"contact", "profile"}, "contract"), purpose({"usage"}, "legitimate-interests")),
)


def test_only_what_was_provided_on_consent_or_for_a_contract_is_given():
    """law A3, law C20: provided data only; a score that we reckoned and what rests on interests is left out."""
    found = Record(
        "customers",
        "1",
        Match.STRONG,
        (IdentifierKind.EMAIL,),
        (
            Field("email", "ada@example.org", "contact"),
            Field("score", 7, "profile"),
            Field("visits", 3, "usage"),
            Field("password", "x", "contact", secret=True),
            Field("colleague", "Bo", "contact", other_person=True),
        ),
    )
    decisions = decide(found, Wish(Right.PORTABILITY), REGISTER, date(2026, 3, 2))
    assert {name: each.outcome for each in decisions for name in each.fields} == {
        "email": Disclose(Reason.PORTABLE),
        "score": Withhold(Reason.NOT_PORTABLE),
        "visits": Withhold(Reason.NOT_PORTABLE),
        "password": Withhold(Reason.CREDENTIAL),
        "colleague": Withhold(Reason.OTHERS_RIGHTS),
    }
