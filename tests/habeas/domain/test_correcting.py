"""Article 16: what is wrong is corrected wherever it stands, and nothing else is touched."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.domain import correcting
from habeas.domain.outcomes import Annotate, Decision, Outcome, Reason, Rectify, Review
from habeas.domain.records import Field, Match, Record
from habeas.domain.requests import Right
from habeas.domain.subjects import IdentifierKind
from habeas.domain.wishes import Correction, Wish

OLD, NEW = "old@example.org", "new@example.org"
TODAY = date(2026, 11, 22)
SAID = "I moved in May."


def record(*fields: Field, correctable: bool = True, **changes: object) -> Record:
    return Record("customers", "1", Match.STRONG, (IdentifierKind.EMAIL,), fields, correctable=correctable, **changes)  # type: ignore[arg-type]


def wish(*corrections: Correction, statement: str = "") -> Wish:
    return Wish(Right.RECTIFICATION, corrections, statement=statement, request="r1")


def correct(row: Record, wished: Wish) -> tuple[Decision, ...]:
    return correcting.correct(row, wished, TODAY)


def beside(text: str, reason: Reason = Reason.STATEMENT) -> Outcome:
    return Annotate(text, "r1", TODAY, reason)


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


def test_what_is_right_stands_beside_a_filed_declaration():
    """law C16b: the declaration is annotated with what should have stood there, and with what the person adds."""
    row = record(
        Field("name", "Ada Sampel", "identity"), Field("city", "Bath", "contact"), filed=True, annotated_for=()
    )
    assert correct(row, wish(Correction("Ada Sample", old="Ada Sampel"), statement=SAID)) == (
        Decision(beside(f"name should read: Ada Sample\n{SAID}", Reason.FILED), ("name",)),
    )


def test_a_statement_completes_every_record_unless_a_correction_says_which():
    """law C16b."""
    city, email = Field("city", "Ely", "contact"), Field("email", OLD, "contact")
    one, other = record(city, annotated_for=()), record(email, annotated_for=("r0",))
    assert correct(one, wish(statement=SAID)) == correct(other, wish(statement=SAID)) == (Decision(beside(SAID)),)
    named = wish(Correction("Bath", what="city"), statement=SAID)
    assert correct(one, named) == (Decision(Rectify("Bath", Reason.INACCURATE), ("city",)), Decision(beside(SAID)))
    assert correct(other, named) == ()


def test_a_statement_follows_what_is_right_already():
    """law C16b: looked at again after the correction, the record still lacks the statement."""
    row = record(Field("email", NEW, "contact"), annotated_for=())
    assert correct(row, wish(Correction(NEW, old=OLD), statement=SAID)) == (Decision(beside(SAID)),)


def test_what_stands_beside_a_record_is_put_there_once_and_never_rewritten():
    """law C16b: the second look finds it, and a person's earlier words stay theirs."""
    filed = record(Field("name", OLD, "identity"), filed=True, annotated_for=("r1",))
    said = record(Field("name", OLD, "identity"), annotation=True, annotated_for=())
    for each in (filed, said):
        assert correct(each, wish(Correction(NEW, old=OLD), statement=SAID)) == ()


def test_a_person_sees_to_a_statement_for_which_the_system_has_no_place():
    """law C16b."""
    row = record(Field("city", "Ely", "contact"))
    assert correct(row, wish(statement=SAID)) == (Decision(Review(Reason.STATEMENT)),)


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
