"""What is told about the use of data, as the processing register has it: Article 15(1) and (2), and Article 22."""

import pytest

from habeas.domain.processing import AutomatedDecision
from habeas.domain.register import Register
from habeas.letters.information import automated_decisions, information
from habeas.letters.templates import Templates
from habeas.letters.wording import Wording

ENGLISH = Wording.load(Templates(), "en")
HEADINGS = {
    name: ENGLISH.say(f"information.{name}")
    for name in ("categories", "purposes", "recipients", "retention", "sources", "transfers", "automated")
}
DECISION = {
    "text": {"en": "Whether you may pay by invoice.", "sv": "x", "tr": "x"},
    "logic": {"en": "Late payments count against it.", "sv": "x", "tr": "x"},
    "consequences": {"en": "You pay in advance.", "sv": "x", "tr": "x"},
    "categories": ["financial"],
}


def told(register: Register, *categories: str) -> dict[str, str]:
    """What stands below each heading."""
    topics = information(register, frozenset(categories), ENGLISH)
    return {each.heading: "\n".join(each.items) for each in topics}


def test_every_point_of_the_article_is_told_in_its_order(register: Register) -> None:
    """law C15: purposes, categories, recipients, retention, sources, automated decisions, transfers."""
    assert list(told(register, *register.categories)) == list(HEADINGS.values())


def test_only_what_concerns_the_data_that_was_found_is_told(register: Register) -> None:
    """law C15, law A14: the purposes and their bases are those of the categories found."""
    of_usage, of_payments = told(register, "usage"), told(register, "financial")
    assert of_usage[HEADINGS["categories"]].startswith("Usage")
    assert "recovery of debts" in of_payments[HEADINGS["purposes"]]
    assert "recovery of debts" not in of_usage[HEADINGS["purposes"]]
    assert "six years" in of_payments[HEADINGS["retention"]]
    assert "six years" not in of_usage[HEADINGS["retention"]]


def test_every_kind_of_source_is_told(register: Register) -> None:
    """law A17, law C15: the person; cookies and logs; public registers and agencies; analytics, networks, suppliers."""
    sources = told(register, *register.categories)[HEADINGS["sources"]]
    for source in ("You yourself", "Cookies, server logs", "Companies House", "electoral roll", "credit reference",
                   "analytics", "advertising networks", "search information", "suppliers"):  # fmt: skip
        assert source in sources
    assert "Cookies" not in told(register, "financial")[HEADINGS["sources"]]


def test_recipients_are_told_by_name_where_the_register_has_one(register: Register) -> None:
    """law A18, law C15: group, processors, advisers, authorities, parties to a merger; named where possible."""
    recipients = told(register, "contact")[HEADINGS["recipients"]]
    for recipient in ("European Economic Area", "web hosting", "lawyers, bankers, auditors", "HM Revenue", "merger"):
        assert recipient in recipients
    text = dict.fromkeys(("en", "sv", "tr"), "Northgate Hosting Ltd, for web hosting")
    raw, named = register.model_dump(), {"text": text, "categories": ["technical"]}
    more = Register.model_validate(raw | {"recipients": [*raw["recipients"], named]})
    assert "Northgate Hosting Ltd" in told(more, "technical")[HEADINGS["recipients"]]
    assert "Northgate Hosting Ltd" not in told(more, "financial")[HEADINGS["recipients"]]


def test_the_safeguards_of_transfers_are_told(register: Register) -> None:
    """law A19, law C15: those that the register names."""
    transfers = told(register, "contact")[HEADINGS["transfers"]]
    assert all(ENGLISH.say(f"mechanisms.{each}") in transfers for each in register.transfers[0].mechanisms)
    assert "shield" not in transfers.casefold()


def test_that_anonymous_data_is_kept_is_told(register: Register) -> None:
    """law A11: for statistics, without limit."""
    assert register.statistics
    assert ENGLISH.own(register.statistics) in told(register, "usage")[HEADINGS["retention"]]


@pytest.mark.parametrize("decided", [True, False])
def test_decisions_by_machines_are_told_or_that_there_are_none(register: Register, decided: bool) -> None:
    """law C22, law C15: with logic and consequences; the notice names none."""
    automated = (AutomatedDecision.model_validate(DECISION),) if decided else ()
    only = register.model_copy(update={"automated": automated})
    (topic,) = automated_decisions(only, ENGLISH)
    answer = "\n".join(topic.items)
    assert "no decisions about you by automated means alone" in answer
    for each in ("pay by invoice", "Late payments count", "pay in advance"):
        assert (each in answer) is decided
        assert (each in told(only, "financial")[HEADINGS["automated"]]) is decided
        assert each not in told(only, "usage")[HEADINGS["automated"]]
