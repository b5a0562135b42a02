"""What is wrong with a file, in words that say what to change, and where it stands."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from habeas.domain.yaml_file import Path, YamlFile, named

_LIST = "is a list: write [a, b], or one entry a line after a dash"
_BLOCK = "has entries of its own, each 'name: value' on a line below it"
_DATE = "is no date: write it as 2018-07-16"
_WANTED = {"too_short", "string_too_short", "string_pattern_mismatch"}
_PLAIN = {
    "missing": "is missing: add it",
    "string_type": "is not text: put it in quotes",
    "string_pattern_mismatch": "has not the form that is wanted here",
    **dict.fromkeys(("tuple_type", "frozen_set_type", "list_type"), _LIST),
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type", "mapping_type"), _BLOCK),
    **dict.fromkeys(("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"), _DATE),
}
Contradiction = tuple[Path, str]
"""An entry, and why it does not fit the others."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing to change; line and column count from 1."""

    line: int
    column: int
    entry: str
    what: str

    def __str__(self) -> str:
        entry = f"{self.entry}: " if self.entry else ""
        return f"line {self.line}, column {self.column}: {entry}{self.what}"


def located(file: YamlFile, contradictions: Iterable[Contradiction]) -> Iterator[Fault]:
    """Each contradiction where it stands."""
    for path, what in contradictions:
        place = file.place(path)
        yield Fault(place.line, place.column, named(path), what)


def faults_of(file: YamlFile, error: ValidationError, model: type[BaseModel]) -> list[Fault]:
    """Each of the validation's errors where it stands in the file."""
    found = []
    for each in error.errors():
        path = tuple(part for part in each["loc"] if part != "[key]")
        unknown = each["type"] == "extra_forbidden" or "[key]" in each["loc"]
        place = file.place(path, name=unknown)
        found.append(Fault(place.line, place.column, named(path), _explained(each, path, model)))
    return found


def nearest(word: object, known: Iterable[str]) -> str:
    """`; did you mean 'x'?`, or what there is if nothing is near."""
    words = sorted(known)
    close = get_close_matches(str(word), words, n=1)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; there is {', '.join(words)}" if words else ""


def _explained(error: ErrorDetails, path: Path, model: type[BaseModel]) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            return f"is no entry of the register{nearest(path[-1], _entries_at(model, path[:-1]))}"
        case "literal_error":
            known = [each.strip("'") for each in str(context["expected"]).replace(" or ", ", ").split(", ")]
            return f"'{error['input']}' is not known{nearest(error['input'], known)}"
        case "string_type" if error["input"] is None:
            return "is empty: write something, or take the entry out"
        case kind if kind in _WANTED and not error["input"]:
            return "is empty: name at least one"
        case "value_error":
            return str(context["error"])
        case kind:
            return _PLAIN.get(kind) or error["msg"][:1].lower() + error["msg"][1:]


def _entries_at(model: type[BaseModel], path: Path) -> set[str]:
    """The names of the entries that may stand there."""
    models = {model}
    for part in path:
        if isinstance(part, str):
            models = {
                below
                for each in models
                if part in each.model_fields
                for below in _models_in(each.model_fields[part].annotation)
            } or models
    return {name for each in models for name in each.model_fields}


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from _models_in(each)
