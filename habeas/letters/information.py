"""What Article 15(1) and (2) have told besides the data itself, as the processing register has it."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from habeas.domain.register import Register
from habeas.letters.wording import Wording


@dataclass(frozen=True, slots=True)
class Topic:
    """One point of the article: a heading and its items."""

    heading: str
    items: tuple[str, ...]


def information(register: Register, categories: AbstractSet[str], wording: Wording) -> tuple[Topic, ...]:
    """The points on which the register has something to say, for data of these categories.

    Categories (15(1)(b)), purposes with their lawful bases (a), recipients (c), retention (d), sources (g), automated
    decisions (h), transfers and their safeguards (2). Rights (e) and regulator (f) are in every letter.
    """
    topics = (
        ("categories", _categories(register, categories, wording)),
        ("purposes", _purposes(register, categories, wording)),
        ("recipients", (wording.own(each.text) for each in register.recipients if each.receives(categories))),
        ("retention", _retention(register, categories, wording)),
        ("sources", (wording.own(each.text) for each in register.sources if each.concerns(categories))),
        ("transfers", _transfers(register, categories, wording)),
        ("automated", _automated(register, categories, wording)),
    )
    found = ((name, tuple(items)) for name, items in topics)
    return tuple(Topic(wording.say(f"information.{name}"), items) for name, items in found if items)


def automated_decisions(register: Register, wording: Wording) -> tuple[Topic, ...]:
    """All that the register tells of decisions by automated means (Article 22), whatever data they are made of."""
    categories = frozenset(register.categories).union(*(each.categories for each in register.automated))
    items = tuple(_automated(register, categories, wording))
    return (Topic(wording.say("information.automated"), items),) if items else ()


def _categories(register: Register, categories: AbstractSet[str], wording: Wording) -> Iterable[str]:
    """In the register's order, those that it doesn't know last."""
    for name, title in register.categories.items():
        if name in categories:
            yield wording.own(title)
    yield from sorted(categories - register.categories.keys())


def _purposes(register: Register, categories: AbstractSet[str], wording: Wording) -> Iterable[str]:
    for purpose in register.purposes:
        if purpose.categories & categories:
            bases = wording.say("joint").join(wording.say(f"bases.{basis}") for basis in purpose.bases)
            yield wording.say("information.purpose", purpose=wording.own(purpose.text), bases=bases)


def _retention(register: Register, categories: AbstractSet[str], wording: Wording) -> Iterable[str]:
    if register.retention_criteria:
        yield wording.own(register.retention_criteria)
    for rule in register.retention:
        if rule.categories & categories and register.binds(rule):
            yield f"{wording.own(rule.text)} {wording.say('holds.basis', basis=rule.legal_basis)}"
    if register.statistics:
        yield wording.own(register.statistics)


def _transfers(register: Register, categories: AbstractSet[str], wording: Wording) -> Iterable[str]:
    """The safeguards are those that the register names, whatever a notice once said."""
    for transfer in register.transfers:
        if transfer.concerns(categories):
            mechanisms = wording.say("joint").join(wording.say(f"mechanisms.{each}") for each in transfer.mechanisms)
            text = wording.own(transfer.text)
            yield wording.say("information.safeguards", text=text, mechanisms=mechanisms) if mechanisms else text


def _automated(register: Register, categories: AbstractSet[str], wording: Wording) -> Iterable[str]:
    if register.automated_decisions:
        yield wording.own(register.automated_decisions)
    for each in register.automated:
        if each.concerns(categories):
            text, logic, consequences = (wording.own(told) for told in (each.text, each.logic, each.consequences))
            yield wording.say("information.decision", text=text, logic=logic, consequences=consequences)
