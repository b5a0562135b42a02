"""The register against what the systems hold: what one of them knows and the other does not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from habeas.domain.descriptions import Described
from habeas.domain.register import Register
from habeas.domain.register_faults import nearest
from habeas.domain.retention import RetentionRule

Systems = Mapping[str, Sequence[Described]]
"""Each system's collections."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend, or (a note) to think about; `about` is the system's field, or the register's entry."""

    about: str
    what: str
    remedy: str
    weight: Literal["problem", "note"] = "problem"


def compare(register: Register, systems: Systems, *, complete: bool = True) -> Iterator[Finding]:
    """What does not fit together, systems first.

    That nothing uses an entry of the register is only told if `systems` are all there are (`complete`).
    """
    for system, collections in systems.items():
        for each in collections:
            yield from _fields(register, f"{system}.{each.collection}", each)
            yield from _relations(register, f"{system}.{each.collection}", each)
    yield from _purposes(register)
    if systems and complete:
        yield from _held(register, systems)
        for rule in register.retention:
            if register.binds(rule):
                yield from _use(rule, systems)
        yield from _roles(register, systems)
    yield from _recipients(register, systems, complete=complete)


def _recipients(register: Register, systems: Systems, *, complete: bool) -> Iterator[Finding]:
    for each in register.recipients:
        if each.notify is None:
            what = "has no 'notify': a person tells it what became of data (Article 19)"
            yield Finding(
                f"recipient {each.key}", what, "name its email or webhook below 'notify', if it has one", "note"
            )
        for name in sorted(each.notify.systems - systems.keys()) if each.notify and systems and complete else ():
            yield Finding(
                f"recipient {each.key}",
                f"has data of '{name}', and there is no such system{nearest(name, systems)}",
                "correct 'notify.systems'",
            )


def _fields(register: Register, where: str, described: Described) -> Iterator[Finding]:
    sensitive = register.sensitive
    for name, category in described.fields.items():
        about = f"{where}.{name}"
        if category is None:
            yield Finding(about, "has no category", "give it one in the map, or list it under 'ignored'")
        elif category not in register.categories:
            hint = nearest(category, register.categories)
            remedy = "correct it in the map, or add it to 'categories' of the register"
            yield Finding(about, f"its category '{category}' is not in the register{hint}", remedy)
        elif not sensitive.expected and category in sensitive.special_categories | sensitive.children:
            what = f"holds '{category}', which the notice says is not collected"
            yield Finding(about, what, "find out why it is there, and erase it or tell people of it")


def _relations(register: Register, where: str, described: Described) -> Iterator[Finding]:
    if register.relations:
        for each in sorted((described.relations or frozenset()) - register.relations.keys()):
            hint = nearest(each, register.relations)
            remedy = "correct it in the map, or add it to 'relations' of the register"
            yield Finding(where, f"relation '{each}' is not in the register{hint}", remedy)


def _purposes(register: Register) -> Iterator[Finding]:
    served = {category for purpose in register.purposes for category in purpose.categories}
    for category in register.categories:
        if category not in served:
            remedy = "name it in one of 'purposes', or hold no such data"
            yield Finding(f"categories.{category}", "has no purpose", remedy)


def _held(register: Register, systems: Systems) -> Iterator[Finding]:
    held = {category for each in systems.values() for described in each for category in described.categories}
    for category in register.categories:
        if category not in held:
            yield Finding(f"categories.{category}", "is held by no system", "nothing to do if that is so", "note")


def _use(rule: RetentionRule, systems: Systems) -> Iterator[Finding]:
    """A hold that can never come to bear, though it is in force."""
    about = f"retention.{rule.id}"
    everywhere = [described for each in systems.values() for described in each]
    if not any(rule.anchor in each.anchors or rule.instead_of_anchor in each.anchors for each in everywhere):
        remedy = "name the column with that date under 'anchors' of a map, or take the rule out"
        yield Finding(about, f"no system tells '{rule.anchor}', from which it counts", remedy)
    elif not any(_covers(rule, each) for each in everywhere):
        what = "nothing uses it: no collection has its date together with its categories and relations"
        yield Finding(about, what, "correct its categories or relations, or take it out")
    elif rule.instead_of_anchor and not any(rule.instead_of_anchor in each.anchors for each in everywhere):
        what = f"no system tells '{rule.instead_of_anchor}': it always counts from '{rule.anchor}'"
        yield Finding(about, what, "nothing to do if there are no such records", "note")


def _covers(rule: RetentionRule, described: Described) -> bool:
    return (
        (rule.anchor in described.anchors or rule.instead_of_anchor in described.anchors)
        and bool(rule.categories & described.categories)
        and (not rule.relations or described.relations is None or bool(rule.relations & described.relations))
    )


def _roles(register: Register, systems: Systems) -> Iterator[Finding]:
    for number, role in enumerate(register.roles, 1):
        told = (
            role.fits(system, described.collection, relation)
            for system, collections in systems.items()
            for described in collections
            for relation in role.relations or {None}
        )
        if not any(told):
            remedy = "correct its system or collection, or take it out"
            yield Finding(f"roles[{number}]", "no collection of any system is meant by it", remedy)
