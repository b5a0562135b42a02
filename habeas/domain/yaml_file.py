"""A YAML file that people fill in: its data, and where in it each entry stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

Path = tuple[str | int, ...]
FILL_IN = "!fill-in"
"""The tag of what has still to be filled in: `name: !fill-in "the company's full name"`."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Both count from 1."""

    line: int
    column: int


class UnreadableError(Exception):
    """Not YAML; the message says what is in the way."""

    def __init__(self, what: str, place: Place) -> None:
        super().__init__(what)
        self.line, self.column = place.line, place.column


@dataclass(frozen=True, slots=True)
class YamlFile:
    """`entries` and `names` are where the value and the key of each entry stand."""

    data: Any
    entries: Mapping[Path, Place] = field(default_factory=dict)
    names: Mapping[Path, Place] = field(default_factory=dict)
    unfilled: Mapping[Path, str] = field(default_factory=dict)
    doubled: tuple[tuple[Path, Place, int], ...] = ()

    def place(self, path: Path, *, name: bool = False) -> Place:
        """Where the entry stands, or the nearest around it; with `name` where it is named."""
        if name and path in self.names:
            return self.names[path]
        while path not in self.entries and path:
            path = path[:-1]
        return self.entries.get(path, Place(1, 1))

    def open_entries(self) -> Iterator[tuple[str, Place, str]]:
        """What has still to be filled in, and what is there twice: the entry, where, and what to do."""
        for path, what in self.unfilled.items():
            yield named(path), self.entries[path], f"is yours to fill in: {what}"
        for path, place, first in self.doubled:
            yield named(path), place, f"is there twice (line {first}): YAML would take the last without a word"


def named(path: Path) -> str:
    """An entry as people write it: `retention[2].years`, counting from 1."""
    words = "".join(f"[{each + 1}]" if isinstance(each, int) else f".{each}" for each in path)
    return words.removeprefix(".")


if TYPE_CHECKING:
    from yaml import SafeLoader as _SafeLoader
else:
    _SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where it is built


class _Loader(_SafeLoader):
    """Safe; a date that there is not stays text, and what is to be filled in is none."""


def _date(loader: _Loader, node: yaml.ScalarNode) -> object:
    try:
        return loader.construct_yaml_timestamp(node)
    except ValueError:
        return node.value


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _date)
_Loader.add_constructor(FILL_IN, lambda _loader, _node: None)


def read_yaml(text: str) -> YamlFile:
    """Raises UnreadableError."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return YamlFile({})
        marks = _Marks()
        marks.walk(node, (), frozenset())
        data = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
        raise UnreadableError(error.problem or "it can't be read", place) from None
    except yaml.YAMLError:
        raise UnreadableError("a character that YAML does not allow", Place(1, 1)) from None
    except (ValueError, RecursionError):
        raise UnreadableError("a value that can't be read", Place(1, 1)) from None
    return YamlFile(data, marks.entries, marks.names, marks.unfilled, tuple(marks.doubled))


class _Marks:
    """Collects where everything stands."""

    def __init__(self) -> None:
        self.entries: dict[Path, Place] = {}
        self.names: dict[Path, Place] = {}
        self.unfilled: dict[Path, str] = {}
        self.doubled: list[tuple[Path, Place, int]] = []

    def walk(self, node: yaml.Node, path: Path, around: frozenset[int]) -> None:
        if id(node) in around:
            raise yaml.MarkedYAMLError(problem="an entry that contains itself", problem_mark=node.start_mark)
        around |= {id(node)}
        self.entries.setdefault(path, _place(node))
        if node.tag == FILL_IN:
            self.unfilled[path] = str(node.value) if isinstance(node, yaml.ScalarNode) else "the entry"
        elif isinstance(node, yaml.SequenceNode):
            for number, each in enumerate(node.value):
                self.walk(each, (*path, number), around)
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                self._pair(key, value, path, around)

    def _pair(self, key: yaml.Node, value: yaml.Node, path: Path, around: frozenset[int]) -> None:
        below = (*path, key.value if isinstance(key, yaml.ScalarNode) else str(key.start_mark.line))
        if below in self.names:
            self.doubled.append((below, _place(key), self.names[below].line))
            return
        self.names[below] = _place(key)
        if not isinstance(value, yaml.ScalarNode):
            self.entries[below] = _place(key)  # a block begins below its name: people look for the name
        self.walk(value, below, around)


def _place(node: yaml.Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)
