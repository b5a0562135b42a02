"""Card and bank numbers are told from other numbers, however they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.domain.payment_numbers import accounts, cards, ibans, is_account_field, is_card, is_iban, last_four

CARDS = ("4111111111111111", "5555555555554444", "2223003122003222", "378282246310005", "6011111111111117",
         "3530111333300000", "30569309025904", "6304000000000000", "9792030000000000")  # fmt: skip
IBANS = ("GB82WEST12345698765432", "SE4550000000058398257466", "TR330006100519786457841326", "NO9386011117947",
         "DE89370400440532013000", "FR1420041010050500013M02606", "MT84MALT011000012345MTLCAST001S")  # fmt: skip


def stands(found: object, text: str) -> list[str]:
    return [text[start:stop] for start, stop in found]  # type: ignore[attr-defined]  # an iterator of places


@pytest.mark.parametrize("number", CARDS)
@pytest.mark.parametrize("between", ["", " ", "-"])
def test_cards_are_found_as_people_write_them(number: str, between: str) -> None:
    """In groups of four or at a stretch."""
    written = between.join(number[at : at + 4] for at in range(0, len(number), 4))
    text = f"My card {written}, please."
    assert stands(cards(text), text) == [written]


@given(st.sampled_from(CARDS), st.data())
def test_a_card_with_one_digit_changed_is_no_card(number: str, data: st.DataObject) -> None:
    """Luhn's check notices every single wrong digit (ISO/IEC 7812-1, annex B)."""
    at = data.draw(st.integers(0, len(number) - 1))
    digit = data.draw(st.sampled_from("0123456789").filter(lambda each: each != number[at]))
    assert not is_card(number[:at] + digit + number[at + 1 :])


@given(st.sampled_from(["4", "51", "2221", "37", "36", "6011"]), st.data())
def test_the_last_digit_makes_a_card(begin: str, data: st.DataObject) -> None:
    """Of the ten numbers that differ in their last digit only, one is a card's."""
    length = {"37": 15, "36": 14}.get(begin, 16)
    body = begin + data.draw(st.text("0123456789", min_size=length - len(begin) - 1, max_size=length - len(begin) - 1))
    assert sum(is_card(f"{body}{digit}") for digit in range(10)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "EAN 4006381333931",  # thirteen digits
        "SSCC 340123450000000017 on the pallet",
        "MRN 24GB4111111111111111A1",
        "at 2026-01-01 12:30:00 4111",
        "4111111111111111.5 kg",
        "tracking 1234567890123452",  # passes the check, and no network issues it
        "411111111111111111111111",
    ],
)
def test_other_numbers_are_no_cards(text: str) -> None:
    """Bar codes, pallets, declarations, dates, weights."""
    assert stands(cards(text), text) == []


@pytest.mark.parametrize("number", IBANS)
@pytest.mark.parametrize("between", ["", " "])
def test_ibans_are_found_as_people_write_them(number: str, between: str) -> None:
    """Also in small letters, and before a word in capitals."""
    for form in (str.upper, str.lower):
        written = form(between.join(number[at : at + 4] for at in range(0, len(number), 4)))
        text = f"Pay to {written} BY FRIDAY"
        assert stands(ibans(text), text) == [written]


@given(st.sampled_from(IBANS), st.data())
def test_an_iban_with_one_letter_changed_is_none(number: str, data: st.DataObject) -> None:
    """The remainder by 97 notices every single wrong character (ISO 13616-1)."""
    at = data.draw(st.integers(4, len(number) - 1))
    kind = "0123456789" if number[at].isdigit() else "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    letter = data.draw(st.sampled_from(kind).filter(lambda each: each != number[at]))
    assert not is_iban(number[:at] + letter + number[at + 1 :])


@pytest.mark.parametrize("text", ["GB123456789000", "GB82 WEST 1234 5698 7654 33", "XX82WEST12345698765432"])
def test_other_codes_are_no_ibans(text: str) -> None:
    """EORI and VAT numbers, numbers with a wrong check, countries that have none."""
    assert stands(ibans(text), text) == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Sort code: 12-34-56", "12-34-56"),
        ("account no. 12345678.", "12345678"),
        ("Bankgiro 5050-1055", "5050-1055"),
        ("kontonummer: 8327 9 123 456", "8327 9 123 456"),
    ],
)
def test_national_numbers_are_known_by_the_word_before(text: str, number: str) -> None:
    """They have no check digits in common."""
    assert stands(accounts(text), text) == [number]


def test_fields_of_accounts_are_known_by_their_names() -> None:
    """With digits in them; who holds the account is no number."""
    assert is_account_field("sort_code", "12-34-56")
    assert is_account_field("AccountNumber", "12345678")
    assert not is_account_field("account_holder", "Ada Sample")
    assert not is_account_field("amount", "12345678.00")
    assert last_four("GB82 WEST 1234 5698 7654 32") == "5432"
