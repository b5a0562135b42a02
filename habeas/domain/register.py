"""The processing register: what the controller has told people it does with their data, as data."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from habeas.errors import ConfigurationError

Language = Literal["en", "sv", "tr"]
Basis = Literal["consent", "contract", "legal-obligation", "vital-interests", "public-task", "legitimate-interests"]
"""The lawful bases of Article 6(1)(a) to (f)."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Controller(_Entry):
    """Who answers (Article 13(1)(a), (b))."""

    name: str
    address: tuple[str, ...]
    email: str
    company_number: str | None = None
    data_protection_manager: str
    phone: str | None = None


class Regulator(_Entry):
    """Where to complain (Article 15(1)(f))."""

    name: str
    url: str
    address: tuple[str, ...] = ()


class RetentionRule(_Entry):
    """A hold: which categories of whose records are kept, how long, counted from which date, and why."""

    id: str
    categories: frozenset[str]
    relations: frozenset[str]
    years: Annotated[int, Field(ge=0, le=100)]
    anchor: str
    legal_basis: str
    text: Mapping[Language, str]

    def until(self, anchor: date | None) -> date | None:
        """The last day of the hold; None while the anchor has not come.

        From 29 February the period ends on 28 February where the last year has no 29th: the nearest day that does
        not keep the data longer than the rule says.
        """
        if anchor is None:
            return None
        try:
            return anchor.replace(year=anchor.year + self.years)
        except ValueError:
            return anchor.replace(year=anchor.year + self.years, day=28)


class Purpose(_Entry):
    """What data is used for, which categories, and on which lawful bases (Article 15(1)(a), Article 6(1))."""

    text: Mapping[Language, str]
    categories: frozenset[str]
    bases: tuple[Basis, ...]


class Register(_Entry):
    """register.yaml.

    What Article 15(1) and (2) have told besides the data: purposes, recipients, sources, transfers and their
    safeguards, criteria of retention, automated decisions. What is not given is not said.
    """

    controller: Controller
    regulators: tuple[Regulator, ...]
    notice_version: date
    categories: Mapping[str, Mapping[Language, str]]
    retention: tuple[RetentionRule, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    recipients: tuple[Mapping[Language, str], ...] = ()
    sources: tuple[Mapping[Language, str], ...] = ()
    transfers: tuple[Mapping[Language, str], ...] = ()
    retention_criteria: Mapping[Language, str] = {}
    automated_decisions: Mapping[Language, str] = {}

    def rule(self, rule_id: str) -> RetentionRule:
        """The rule of that id. Raises KeyError."""
        for rule in self.retention:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)


def load_register(path: Path) -> Register:
    """Read register.yaml. Raises ConfigurationError naming the file and the entry."""
    try:
        return Register.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except FileNotFoundError:
        raise ConfigurationError(f"{path} is missing: 'habeas init' writes one to start from") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ConfigurationError(f"{path}{where}: not valid YAML") from None
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        entry = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"{path}: {entry}: {first['msg']}") from None
