"""What of a register contradicts the rest of it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from habeas.domain.entries import LANGUAGES, Entry
from habeas.domain.jurisdictions import jurisdictions
from habeas.domain.register_faults import Contradiction, nearest
from habeas.domain.yaml_file import Path

if TYPE_CHECKING:
    from habeas.domain.register import Register


def contradictions(register: "Register") -> Iterator[Contradiction]:
    """Each entry that refers to nothing, is there twice or lacks a language."""
    yield from _jurisdiction(register)
    for path, categories in _named_categories(register):
        yield from _unknown(path, categories, register.categories, "category", "'categories'")
    yield from _people_and_dates(register)
    yield from _references(register)
    yield from _doubles(register)
    if register.languages:
        yield from _untranslated(register, (), set(register.languages))


def _jurisdiction(register: "Register") -> Iterator[Contradiction]:
    known = jurisdictions()
    if register.jurisdiction not in known:
        yield ("jurisdiction",), f"'{register.jurisdiction}' is not known{nearest(register.jurisdiction, known)}"
    supervised = {country for each in register.regulators for country in each.countries}
    for country in sorted(register.countries - supervised) if supervised else ():
        yield ("regulators",), f"none is for {country}, where the controller is established: add it"


def _named_categories(register: "Register") -> Iterator[tuple[Path, Iterable[str]]]:
    for entry in ("retention", "matters", "purposes", "recipients", "sources", "transfers", "automated"):
        for number, each in enumerate(getattr(register, entry)):
            yield (entry, number, "categories"), each.categories
    yield ("provided",), register.provided
    yield ("sensitive", "special_categories"), register.sensitive.special_categories
    yield ("sensitive", "children"), register.sensitive.children


def _people_and_dates(register: "Register") -> Iterator[Contradiction]:
    """Only where the register lists its relations and dates."""
    for entry in ("retention", "matters", "roles"):
        for number, each in enumerate(getattr(register, entry)):
            if register.relations:
                path = (entry, number, "relations")
                yield from _unknown(path, each.relations, register.relations, "relation", "'relations'")
    for number, rule in enumerate(register.retention):
        for name in ("anchor", "instead_of_anchor"):
            anchor = getattr(rule, name)
            if register.anchors and anchor:
                yield from _unknown(("retention", number, name), [anchor], register.anchors, "date", "'anchors'")


def _references(register: "Register") -> Iterator[Contradiction]:
    recipients = {each.id for each in register.recipients if each.id}
    for number, transfer in enumerate(register.transfers):
        path = ("transfers", number, "recipients")
        yield from _unknown(path, transfer.recipients, recipients, "recipient", "'recipients' by its id")
    affiliates = {each.id for each in register.affiliates}
    for number, role in enumerate(register.roles):
        if role.affiliate:
            path = ("roles", number, "affiliate")
            yield from _unknown(path, [role.affiliate], affiliates, "affiliate", "'affiliates' by its id")


def _unknown(
    path: Path, named: Iterable[str], known: Collection[str], what: str, where: str
) -> Iterator[Contradiction]:
    for each in sorted(set(named) - set(known)):
        yield path, f"{what} '{each}' is not in {where}{nearest(each, known)}"


def _doubles(register: "Register") -> Iterator[Contradiction]:
    """Holds share their ids: a letter tells by the id which one it was."""
    for entries in (("retention", "matters"), ("purposes",), ("recipients",), ("affiliates",)):
        seen: set[str] = set()
        for entry in entries:
            for number, each in enumerate(getattr(register, entry)):
                if each.id in seen:
                    yield (entry, number, "id"), f"'{each.id}' is there already: give this one another id"
                elif each.id:
                    seen.add(each.id)


def _untranslated(value: Any, path: Path, wanted: set[str]) -> Iterator[Contradiction]:
    """Every text that lacks one of the register's languages."""
    if isinstance(value, Entry):
        for name in type(value).model_fields:
            yield from _untranslated(getattr(value, name), (*path, name), wanted)
    elif isinstance(value, Mapping) and value and set(value) <= LANGUAGES:
        for language in sorted(wanted - set(value)):
            yield path, f"has no text in '{language}', which 'languages' lists: add it"
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _untranslated(each, (*path, str(name)), wanted)
    elif isinstance(value, tuple):
        for number, each in enumerate(value):
            yield from _untranslated(each, (*path, number), wanted)
