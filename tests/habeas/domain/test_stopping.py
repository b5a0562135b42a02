"""Articles 7(3) and 21: what ends are purposes; data goes when none is left."""

import pytest

from habeas.domain.outcomes import Decision, Erase, Reason, Restrict, Retain, Review, Suppress, Withhold
from habeas.domain.processing import Purpose
from habeas.domain.records import Field, Match, Record
from habeas.domain.requests import Right
from habeas.domain.stopping import Stopping, ending, stop
from habeas.domain.subjects import IdentifierKind
from habeas.domain.wishes import Wish


def purpose(id_: str, categories: set[str], *bases: str, marketing: bool = False) -> Purpose:
    return Purpose.model_validate(
        {"id": id_, "text": {"en": id_}, "categories": categories, "bases": bases, "direct_marketing": marketing}
    )


CONTRACT = purpose("contract", {"identity", "contact"}, "contract")
ANALYTICS = purpose("analytics", {"technical", "usage"}, "legitimate-interests")
NEWSLETTER = purpose("newsletter", {"marketing", "contact"}, "consent", marketing=True)
ADVERTS = purpose("adverts", {"marketing", "profile"}, "legitimate-interests", marketing=True)
SURVEYS = purpose("surveys", {"profile"}, "consent")
BOTH = purpose("relationship", {"contact"}, "contract", "legitimate-interests")
ALL = (CONTRACT, ANALYTICS, NEWSLETTER, ADVERTS, SURVEYS, BOTH)
MARKETING = Wish(Right.OBJECTION, marketing=True)


def fields(*categories: str) -> tuple[Field, ...]:
    return tuple(Field(each, "x", each) for each in categories)


def record(*categories: str, **changes: object) -> Record:
    return Record("rows", "1", Match.STRONG, (IdentifierKind.EMAIL,), fields(*categories), **changes)  # type: ignore[arg-type]


def fates(record_: Record, wish: Wish, *, held: Retain | None = None) -> dict[str, object]:
    decisions = stop(record_, Stopping(wish, ALL), lambda _: held)
    return {name: each.outcome for each in decisions for name in each.fields}


def test_an_objection_reaches_what_rests_on_interests_alone():
    """law A6, law C21: a purpose that also rests on a contract goes on."""
    assert ending(Wish(Right.OBJECTION), ALL) == (ANALYTICS, ADVERTS)
    assert ending(Wish(Right.OBJECTION, purposes=frozenset({"analytics"})), ALL) == (ANALYTICS,)
    assert ending(Wish(Right.OBJECTION, purposes=frozenset({"contract"})), ALL) == ()


def test_an_objection_to_marketing_reaches_all_of_it_whatever_it_rests_on():
    """law A6, law C21: marketing absolute, profiling included."""
    assert ending(MARKETING, ALL) == (NEWSLETTER, ADVERTS)


def test_withdrawal_reaches_what_rests_on_consent_alone_and_only_the_purposes_named():
    """law C7: stops consent-based processing only."""
    assert ending(Wish(Right.WITHDRAWAL), ALL) == (NEWSLETTER, SURVEYS)
    assert ending(Wish(Right.WITHDRAWAL, purposes=frozenset({"surveys"})), ALL) == (SURVEYS,)


def test_nobody_is_written_to_on_another_ground_after_withdrawing():
    """law A16: by consent not withdrawn."""
    either = purpose("newsletter", {"marketing"}, "consent", "legitimate-interests", marketing=True)
    assert ending(Wish(Right.WITHDRAWAL), [either]) == (either,)


def test_data_without_a_purpose_left_is_erased_and_the_rest_stays_in_use():
    """law A4: objection upheld is a ground of erasure."""
    assert fates(record("marketing", "contact", "usage"), MARKETING) == {
        "marketing": Erase(Reason.OBJECTED),
        "contact": Withhold(Reason.OTHER_PURPOSE),
        "usage": Withhold(Reason.NOT_REACHED),
    }


def test_an_objection_that_was_upheld_leaves_no_use_and_what_the_law_wants_kept_is_kept():
    """law C21: stopped for good; a hold goes before."""
    upheld = Wish(Right.OBJECTION, weighed="upheld")
    hold = Retain("books", None)
    assert fates(record("usage", "contact"), upheld) == {
        "usage": Erase(Reason.OBJECTED),
        "contact": Withhold(Reason.NOT_REACHED),
    }
    assert fates(record("usage"), upheld, held=hold) == {"usage": hold}


def test_an_objection_that_was_overridden_ends_direct_marketing_all_the_same():
    """law C21: compelling grounds override the rest only."""
    overridden = Wish(Right.OBJECTION, weighed="overridden")
    assert ending(overridden, ALL) == (ADVERTS,)
    assert fates(record("usage"), overridden) == {"usage": Withhold(Reason.NOT_REACHED)}


def test_what_the_law_makes_us_keep_is_kept_all_the_same():
    hold = Retain("books", None)
    assert fates(record("marketing"), MARKETING, held=hold) == {"marketing": hold}


def test_whoever_objects_to_marketing_goes_on_the_list_where_there_is_one():
    """law A16, law C21: so that no import brings them back."""
    decisions = stop(record("contact", suppressible=True), Stopping(MARKETING, ALL), lambda _: None)
    assert Decision(Suppress(Reason.OBJECTED)) in decisions


def test_consent_to_a_survey_withdrawn_leaves_the_newsletter():
    wish = Wish(Right.WITHDRAWAL, purposes=frozenset({"surveys"}))
    decisions = stop(record("contact", suppressible=True), Stopping(wish, ALL), lambda _: None)
    assert [each.outcome for each in decisions] == [Withhold(Reason.NOT_REACHED)]


def test_until_an_objection_has_been_weighed_the_data_is_restricted():
    """law A5, law C18, law C21: restrict meanwhile."""
    assert fates(record("usage", "technical"), Wish(Right.OBJECTION)) == {
        "usage": Restrict(Reason.OBJECTION_PENDING),
        "technical": Restrict(Reason.OBJECTION_PENDING),
    }


def test_a_record_that_is_partly_needed_is_parted_by_a_person():
    """Restricting it as a whole would stop what the contract needs."""
    assert fates(record("usage", "contact"), Wish(Right.OBJECTION)) == {
        "usage": Review(Reason.OBJECTION_PENDING),
        "contact": Withhold(Reason.NOT_REACHED),
    }


@pytest.mark.parametrize("wish", [MARKETING, Wish(Right.WITHDRAWAL)])
def test_what_the_system_cannot_erase_is_left_to_a_person(wish):
    outcome = fates(record("marketing", changeable=False), wish)["marketing"]
    assert outcome in {Review(Reason.NOT_POSSIBLE), Withhold(Reason.OTHER_PURPOSE)}


def test_a_subscription_has_no_use_left_when_marketing_ends():
    """law A16: even where what is written down about it serves another purpose as well."""
    row = record("contact", direct_marketing=True)
    assert fates(row, MARKETING) == {"contact": Erase(Reason.OBJECTED)}
    only_analytics = Wish(Right.OBJECTION, purposes=frozenset({"analytics"}))
    assert fates(row, only_analytics) == {"contact": Withhold(Reason.NOT_REACHED)}


def test_of_an_objection_to_everything_marketing_is_not_weighed():
    """law A6: to direct marketing never overridden."""
    only_adverts = purpose("adverts", {"profile"}, "legitimate-interests", marketing=True)
    decisions = stop(record("profile"), Stopping(Wish(Right.OBJECTION), [only_adverts]), lambda _: None)
    assert decisions == (Decision(Erase(Reason.OBJECTED), ("profile",)),)
