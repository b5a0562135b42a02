"""The processing register: what the controller has told people it does with their data, as data."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from pydantic import ValidationError

from habeas.domain.entries import Country, Entry, Language, Texts, Words
from habeas.domain.holds import Holds
from habeas.domain.organisations import Affiliate, Controller, Recipient, Regulator
from habeas.domain.processing import AutomatedDecision, Basis, Purpose, Role, Sensitive, Source, Transfer
from habeas.domain.register_consistency import contradictions
from habeas.domain.register_faults import Fault, faults_of, located
from habeas.domain.retention import Accounting, Matter, RetentionRule
from habeas.domain.stopping import Stopping
from habeas.domain.wishes import Wish
from habeas.domain.yaml_file import UnreadableError, read_yaml
from habeas.errors import ConfigurationError

__all__ = [
    "Affiliate",
    "Basis",
    "Controller",
    "Language",
    "Matter",
    "Purpose",
    "Recipient",
    "Register",
    "Regulator",
    "RetentionRule",
    "load_register",
    "read_register",
]

_WISHES_MAX = 1_000
_BYTES_MAX = 4 * 1024 * 1024


class Register(Entry):
    """register.yaml.

    What Article 15(1) and (2) have told besides the data: purposes, recipients, sources, transfers and their
    safeguards, criteria of retention, automated decisions. What is not given is not said. `provided` are the
    categories that people have provided themselves, also by using a service (Article 20(1)).
    """

    controller: Controller
    affiliates: tuple[Affiliate, ...] = ()
    regulators: tuple[Regulator, ...]
    jurisdiction: Words = "GB-EAW"
    establishments: frozenset[Country] = frozenset()
    languages: tuple[Language, ...] = ()
    notice_version: date
    relations: Mapping[Words, Texts] = {}
    anchors: Mapping[Words, Texts] = {}
    categories: Mapping[Words, Texts]
    provided: frozenset[str] = frozenset()
    sensitive: Sensitive = Sensitive()
    roles: tuple[Role, ...] = ()
    retention: tuple[RetentionRule, ...] = ()
    accounting: Accounting = Accounting()
    matters: tuple[Matter, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    recipients: tuple[Recipient, ...] = ()
    sources: tuple[Source, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    retention_criteria: Mapping[Language, Words] = {}
    statistics: Mapping[Language, Words] = {}
    automated_decisions: Mapping[Language, Words] = {}
    automated: tuple[AutomatedDecision, ...] = ()

    def rule(self, rule_id: str) -> RetentionRule:
        """The rule of that id. Raises KeyError."""
        for rule in self.retention:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)

    def hold(self, hold_id: str) -> RetentionRule | Matter | None:
        """The rule or the matter of that id."""
        holds: tuple[RetentionRule | Matter, ...] = (*self.retention, *self.matters)
        return next((each for each in holds if each.id == hold_id), None)

    @cached_property
    def portable(self) -> frozenset[str]:
        """The categories that Article 20(1) reaches: provided by the person, on consent or for a contract."""
        purposes = (each for each in self.purposes if {"consent", "contract"} & {*each.bases})
        return self.provided & frozenset[str]().union(*(each.categories for each in purposes))

    def stopping(self, wish: Wish) -> Stopping:
        """What a wish ends; the last ones are remembered, for a person may have a million records."""
        known: dict[Wish, Stopping] = self.__dict__.setdefault("_stopping", {})
        found = known.get(wish)
        if found is None:
            if len(known) >= _WISHES_MAX:
                known.clear()
            found = known[wish] = Stopping(wish, self.purposes)
        return found

    @property
    def countries(self) -> frozenset[str]:
        """Where the controller is established: as said, and by its jurisdiction."""
        return self.establishments | {self.jurisdiction[:2]}

    @cached_property
    def in_force(self) -> Holds:
        """The retention rules that bind the controller, and the matters."""
        return Holds((rule for rule in self.retention if self.binds(rule)), self.matters, self.accounting)

    def binds(self, rule: RetentionRule) -> bool:
        """True if the rule is law where the controller is established, or the controller's own."""
        return not rule.is_law_somewhere or bool(rule.countries & self.countries)

    def role_of(self, system: str, collection: str, relation: str | None) -> Role | None:
        """For whom such a record is held; None if nothing is said of it, so that it is the controller's own."""
        return next((each for each in self.roles if each.fits(system, collection, relation)), None)

    def affiliate(self, name: str) -> Affiliate | None:
        """The affiliate of that id or name."""
        return next((each for each in self.affiliates if name in {each.id, each.name}), None)

    def regulators_for(self, residence: str | None) -> tuple[Regulator, ...]:
        """Where somebody who lives in that country may complain: there, and where the controller is established.

        All of them where the residence is not known, and those that name no country.
        """
        if residence is None:
            return self.regulators
        concerned = {residence} | self.countries
        return tuple(each for each in self.regulators if not each.countries or concerned & {*each.countries})

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """As pydantic's, without what was worked out for the original."""
        copied = super().model_copy(update=update, deep=deep)
        for name in ("in_force", "portable", "_stopping"):
            copied.__dict__.pop(name, None)
        return copied


def load_register(path: Path) -> Register:
    """Read register.yaml. Raises ConfigurationError naming the file, the line, the entry and what to change."""
    register, faults = read_register(path)
    if register is None or faults:
        more = f" (and {len(faults) - 1} more: 'habeas register check' lists them)" if len(faults) > 1 else ""
        raise ConfigurationError(f"{path}, {faults[0]}{more}")
    return register


def read_register(path: Path) -> tuple[Register | None, list[Fault]]:
    """The register, None if it can't be read, and all that is wrong with it, in the file's order.

    Raises ConfigurationError if there is no such file.
    """
    try:
        raw = path.read_bytes()
        if len(raw) > _BYTES_MAX:
            return None, [Fault(1, 1, "", f"the file is larger than {_BYTES_MAX // 2**20} MB")]
        file = read_yaml(raw.decode("utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(f"{path} is missing: 'habeas init' writes one to start from") from None
    except (UnicodeDecodeError, IsADirectoryError):
        return None, [Fault(1, 1, "", "not UTF-8 text")]
    except UnreadableError as error:
        return None, [Fault(error.line, error.column, "", f"not valid YAML: {error}")]
    faults = [Fault(place.line, place.column, entry, what) for entry, place, what in file.open_entries()]
    register = None
    try:
        register = Register.model_validate(file.data)
        faults += located(file, contradictions(register))
    except ValidationError as error:
        faults += _unless_open(faults_of(file, error, Register), faults)
    return register, sorted(faults)


def _unless_open(found: list[Fault], open_: list[Fault]) -> Iterator[Fault]:
    """Without what is only wrong because it is not filled in yet."""
    lines = {each.line for each in open_}
    return (each for each in found if each.line not in lines)
