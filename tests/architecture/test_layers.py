"""Every package has its place in the layers that `lint-imports` checks: a new one can't slip past them."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOTS = ("producers", "consumers", "connectors", "schemas")


@pytest.fixture(scope="module")
def contracts():
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    return {contract["name"]: contract for contract in linter["contracts"]}


def parts_of_habeas():
    inside = (ROOT / "habeas").iterdir()
    found = {f"habeas.{path.stem}" for path in inside if path.suffix == ".py" or (path / "__init__.py").exists()}
    return found - {"habeas.__init__"}


def test_every_part_has_a_layer(contracts):
    layers = contracts["Dependencies point one way: down this list"]["layers"]
    named = {name for layer in layers for name in layer.replace("|", " ").replace(":", " ").split()}
    assert named == parts_of_habeas() | set(ROOTS)


def test_nothing_but_the_log_and_the_tests_may_import_kafka(contracts):
    held = set(contracts["Only the event log knows Kafka"]["source_modules"])
    assert parts_of_habeas() | set(ROOTS) == held | {"habeas.eventlog", "habeas.testing"}
