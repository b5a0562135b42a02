"""Article 16: what is wrong is corrected wherever it stands, and nothing else is touched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.domain.correcting import correct
from habeas.domain.outcomes import Decision, Reason, Rectify, Review
from habeas.domain.records import Field, Match, Record
from habeas.domain.requests import Right
from habeas.domain.subjects import IdentifierKind
from habeas.domain.wishes import Correction, Wish

OLD, NEW = "old@example.org", "new@example.org"


def record(*fields: Field, correctable: bool = True, **changes: object) -> Record:
    return Record("customers", "1", Match.STRONG, (IdentifierKind.EMAIL,), fields, correctable=correctable, **changes)  # type: ignore[arg-type]


def wish(*corrections: Correction) -> Wish:
    return Wish(Right.RECTIFICATION, corrections)


def test_a_wrong_value_is_corrected_wherever_it_stands():
    """law C16: correct or complete."""
    row = record(
        Field("email", OLD.upper(), "contact"), Field("billing_email", OLD, "contact"), Field("city", "Bath", "contact")
    )
    assert correct(row, wish(Correction(NEW, old=OLD))) == (
        Decision(Rectify(NEW, Reason.INACCURATE), ("email", "billing_email")),
    )


@pytest.mark.parametrize("what", ["city", "customers.city"])
def test_a_field_can_be_named_also_when_it_is_empty(what):
    """law C16."""
    row = record(Field("city", None, "contact"), Field("town", None, "contact"))
    assert correct(row, wish(Correction("Bath", what=what))) == (
        Decision(Rectify("Bath", Reason.INACCURATE), ("city",)),
    )


def test_another_tables_field_of_that_name_is_not_meant():
    assert correct(record(Field("city", "Ely", "contact")), wish(Correction("Bath", what="accounts.city"))) == ()


def test_a_phone_number_is_known_in_any_spelling():
    row = record(Field("phone", "0161 496 0123", "contact"))
    (decision,) = correct(row, wish(Correction("+441614960199", old="+441614960123")))
    assert decision.fields == ("phone",)


def test_a_filed_declaration_is_never_rewritten():
    """law C16: never rewrite a filed declaration, annotate."""
    row = record(Field("name", "Ada Sampel", "identity"), filed=True)
    assert correct(row, wish(Correction("Ada Sample", old="Ada Sampel"))) == (
        Decision(Review(Reason.FILED), ("name",)),
    )


def test_what_the_system_cannot_correct_is_left_to_a_person():
    row = record(Field("email", OLD, "contact"), correctable=False)
    assert correct(row, wish(Correction(NEW, old=OLD))) == (Decision(Review(Reason.NOT_POSSIBLE), ("email",)),)


def test_other_peoples_fields_and_passwords_are_not_corrected():
    row = record(Field("contact", OLD, "contact", other_person=True), Field("token", OLD, "profile", secret=True))
    assert correct(row, wish(Correction(NEW, old=OLD))) == ()


@given(st.text(min_size=1), st.text(min_size=1))
def test_what_is_right_already_stays(value, new):
    """Asked a second time, nothing is left to do: the proof that it took hold."""
    row = record(Field("note", new, "profile"))
    assert correct(row, wish(Correction(new, what="note"), Correction(new, old=value))) == ()


def test_a_correction_says_where_or_what_not_both():
    with pytest.raises(ValueError, match="either"):
        Correction("new")
    with pytest.raises(ValueError, match="either"):
        Correction("new", what="email", old="old")


@given(
    st.builds(
        Wish,
        st.just(Right.RECTIFICATION),
        corrections=st.lists(st.builds(Correction, st.text(), what=st.text()), max_size=3).map(tuple),
        purposes=st.frozensets(st.text()),
        marketing=st.booleans(),
        statement=st.text(),
    )
)
def test_a_wish_is_read_as_it_was_written(wished):
    assert Wish.of_json(wished.right, wished.as_json()) == wished
