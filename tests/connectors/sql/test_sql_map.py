"""A map is read strictly: what is wrong is named by file and entry."""

import re
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from connectors.sql import load_map
from habeas.errors import ConfigurationError

PEOPLE = {"title": "P", "key": ["id"], "identifiers": {"email": "email"}, "categories": {"contact": ["email"]}}


def child(of: str, **more: Any) -> dict[str, Any]:
    return {
        "title": "C",
        "key": ["id"],
        "through": {"table": of, "columns": {"parent": "id"}},
        "categories": {"usage": ["note"]},
        **more,
    }


@pytest.mark.parametrize("system", ["crm", "billing"])
def test_the_sample_maps_are_good(system: str) -> None:
    """The maps that are shipped load."""
    assert load_map(Path(str(resources.files("connectors"))) / system / "map.yaml").tables


def test_the_examples_of_the_page_are_good(write_map: Callable[[Any], Path]) -> None:
    """Each map on the connector's own page loads as it stands."""
    page = (Path(str(resources.files("connectors"))) / "sql" / "README.md").read_text("utf-8")
    examples = re.findall(r"```yaml\n(.*?)```", page, flags=re.DOTALL)
    assert len(examples) > 1
    for example in examples:
        assert load_map(write_map(example)).tables


@pytest.mark.parametrize(
    ("tables", "named"),
    [
        ({"people": {**PEOPLE, "colour": "red"}}, "tables.people.colour"),
        ({"people": {**PEOPLE, "identifiers": {"shoe_size": "x"}}}, "tables.people.identifiers.shoe_size"),
        ({"people": {**PEOPLE, "key": []}}, "tables.people.key"),
        ({"people": {**PEOPLE, "identifiers": {}}}, "needs identifiers, or a parent"),
        ({"people": {**PEOPLE, "secret": ["hash"]}}, "secret: hash is in no category"),
        ({"people": {**PEOPLE, "statement": "hash"}}, "statement: hash is in no category"),
        ({"people": {**PEOPLE, "categories": {"a": ["email"], "b": ["email"]}}}, "email is in more than one category"),
        ({"notes": child("people")}, "tables.notes.through.table: people is not in the map"),
        ({"people": PEOPLE, "notes": child("notes")}, "tables.notes.through: leads back to notes"),
        ({"a": child("b"), "b": child("a")}, "leads back to"),
        ({}, "tables"),
    ],
)
def test_an_error_names_the_file_and_the_entry(
    write_map: Callable[[Any], Path], tables: dict[str, Any], named: str
) -> None:
    """One line that says where to look."""
    path = write_map({"tables": tables})
    with pytest.raises(ConfigurationError) as raised:
        load_map(path)
    assert named in str(raised.value)
    assert str(path) in str(raised.value)


def test_broken_yaml_names_the_line(write_map: Callable[[Any], Path]) -> None:
    """So does a file that is no YAML, no text, or not there."""
    path = write_map("tables:\n  people: [")
    with pytest.raises(ConfigurationError, match="line 2"):
        load_map(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        load_map(path)
    with pytest.raises(ConfigurationError, match="is missing"):
        load_map(path.with_name("absent.yaml"))
