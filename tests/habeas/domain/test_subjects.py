import pytest

from habeas.domain.subjects import IdentifierKind, identifier


@pytest.mark.parametrize(
    ("kind", "written", "normal"),
    [
        ("email", " Ada.Example@Example.ORG ", "ada.example@example.org"),
        ("phone", "0161 496 0123", "+441614960123"),
        ("phone", "+46 (0)8 123 456 78", "+46812345678"),
        ("eori", "gb 1234 5678 9000", "GB123456789000"),
        ("vat_number", "SE-556677.8899-01", "SE556677889901"),
        ("customer_number", " C-0001 ", "C-0001"),
        ("name", "  Ada   Lovelace\tExample", "Ada Lovelace Example"),
        ("name", "Zoe\u0308 Example", "Zoë Example"),
    ],
)
def test_identifiers_are_compared_in_one_form(kind, written, normal):
    assert identifier(IdentifierKind(kind), written).value == normal


@pytest.mark.parametrize(
    ("kind", "written"),
    [("email", "ada at example"), ("email", "a@b@c"), ("phone", "ring me"), ("eori", "77777"), ("name", "   ")],
)
def test_what_can_not_be_an_identifier_is_refused_without_being_quoted(kind, written):
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the text is what is tested
        identifier(IdentifierKind(kind), written)
    assert written.strip() not in str(refused.value) or not written.strip()


def test_only_a_name_is_not_enough_by_itself():
    assert [kind for kind in IdentifierKind if not kind.strong] == [IdentifierKind.NAME]
