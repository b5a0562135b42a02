"""The synthetic people are hard to tell apart in the ways real ones are, and belong to nobody."""

from datetime import date, timedelta

import phonenumbers
import pytest

from habeas.domain.subjects import IdentifierKind, identifier
from habeas.sample.clients import draw_clients
from habeas.sample.dice import dice
from habeas.sample.numbers import spellings
from habeas.sample.people import EVERYWHERE, LookAlike, Person, Relation, draw_people, look_alikes

TODAY = date(2026, 1, 15)


def draw(count: int = 600, seed: int = 1) -> list[Person]:
    return draw_people(count, draw_clients(30, dice(seed, "clients")), dice(seed, "people"), TODAY)


def test_a_seed_makes_the_same_people_again() -> None:
    """What is drawn depends on the seed and nothing else."""
    assert draw() == draw()
    assert draw() != draw(seed=2)


def test_addresses_are_safe_to_write_to() -> None:
    """No sample e-mail address can be anybody's (RFC 2606)."""
    domains = {person.email.partition("@")[2].split(".")[-2:][0] for person in draw()}
    assert domains == {"example"}


def test_strong_identifiers_are_nobody_elses() -> None:
    """Phone, customer, VAT and EORI numbers differ for all; only a shared mailbox is shared."""
    people = draw(3000)
    for values in (
        [person.phone for person in people if person.phone],
        [person.customer_number for person in people],
        [person.eori for person in people if person.eori],
        [person.vat for person in people if person.vat],
    ):
        assert len(values) == len(set(values)) > 500


def test_the_names_have_the_letters_of_three_languages() -> None:
    """Turkish and Swedish letters occur, a dotless i among them."""
    letters = set("".join(person.name for person in draw(2000)))
    assert set("åäöşğüçıİ") <= letters


def test_there_are_look_alikes_of_each_kind() -> None:
    """Namesakes, father and son, and shared mailboxes occur, and each of a pair knows the other."""
    people = draw()
    alike = look_alikes(people)
    assert {why for others in alike.values() for why, _ in others} == set(LookAlike)
    assert all((why, number) in alike[other] for number, others in alike.items() for why, other in others)


@pytest.mark.parametrize("relation", Relation)
def test_dates_fit_the_relation(relation: Relation) -> None:
    """A former customer's end lies within the six years of the hold, a long gone one's before them."""
    people = [person for person in draw() if person.relation is relation]
    six_years_ago = TODAY.replace(year=TODAY.year - 6)
    assert people
    for person in people:
        match relation:
            case Relation.CUSTOMER:
                assert person.started_on is not None
                assert person.started_on < TODAY
                assert person.ended_on is None
            case Relation.FORMER:
                assert person.ended_on is not None
                assert six_years_ago + timedelta(days=30) < person.ended_on < TODAY
            case Relation.LONG_GONE:
                assert person.ended_on is not None
                assert person.ended_on < six_years_ago - timedelta(days=30)
            case Relation.PROSPECT:
                assert person.started_on is person.ended_on is None


def test_those_who_are_everywhere_can_be_found_by_everything() -> None:
    """The people to try have every kind of identifier but an account number, which is billing's own."""
    everywhere = [person for person in draw(13) if person.number in EVERYWHERE]
    for person in everywhere:
        assert {each.kind for each in person.identifiers} == set(IdentifierKind) - {IdentifierKind.ACCOUNT_NUMBER}


@pytest.mark.parametrize("number", ["+441614960123", "+46313900612", "+905991234567", "+447700900123"])
def test_every_spelling_is_the_same_number(number: str) -> None:
    """However a phone number is written, reading it gives the number again."""
    ways = spellings(number)
    assert len(set(ways)) == len(ways) >= 5
    assert {
        identifier(IdentifierKind.PHONE, way.replace("00", "+", 1) if way.startswith("00") else way).value
        for way in ways
    } == {number}
    assert phonenumbers.parse(number)
