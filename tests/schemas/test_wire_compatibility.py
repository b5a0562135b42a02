"""Published event versions change by optional additions only; the export refuses everything else."""

import copy
import json

import pytest

from schemas import export
from schemas.compatibility import breaches
from schemas.events import EVENTS, RequestReceived, TaskCompleted
from schemas.snapshots import snapshot

REQUEST = snapshot(RequestReceived)
COMPLETED = snapshot(TaskCompleted)


def changed(schema, change):
    other = copy.deepcopy(schema)
    change(other)
    return other


def line(schema):
    return schema["$defs"]["SummaryLine"]


BREAKING = {
    "a field is removed": (REQUEST, lambda s: s["properties"].pop("channel")),
    "an optional field becomes required": (REQUEST, lambda s: s["required"].append("language")),
    "a required field becomes optional": (REQUEST, lambda s: s["required"].remove("due_on")),
    "a value of an enumeration is taken away": (REQUEST, lambda s: s["properties"]["right"]["enum"].pop()),
    "text becomes an enumeration": (REQUEST, lambda s: s["properties"]["channel"].update(enum=["operator"])),
    "an enumeration becomes text": (REQUEST, lambda s: s["properties"]["right"].pop("enum")),
    "a type changes": (COMPLETED, lambda s: s["properties"]["attempts"].update(type="string")),
    "a format narrows": (REQUEST, lambda s: s["properties"]["subject"].update(format="uuid")),
    "a length is limited": (REQUEST, lambda s: s["properties"]["channel"].update(maxLength=3)),
    "a minimum rises": (COMPLETED, lambda s: s["properties"]["attempts"].update(minimum=1)),
    "a default changes": (REQUEST, lambda s: s["properties"]["language"].update(default="sv")),
    "a new field is required": (
        REQUEST,
        lambda s: (s["properties"].update(fee={"type": "integer"}), s["required"].append("fee")),
    ),
    "a field of a part is removed": (COMPLETED, lambda s: line(s)["properties"].pop("rule")),
    "a field of a part becomes required": (COMPLETED, lambda s: line(s)["required"].append("rule")),
    "a choice of types narrows": (COMPLETED, lambda s: line(s)["properties"]["until"]["anyOf"].pop()),
    "what a list holds changes": (COMPLETED, lambda s: s["properties"]["plan"]["items"].update(type="integer")),
    "what a map holds changes": (
        COMPLETED,
        lambda s: s["properties"]["effects"]["additionalProperties"].update(
            additionalProperties={"type": "string", "minimum": 0}
        ),
    ),
    "unknown fields are refused": (REQUEST, lambda s: s.update(additionalProperties=False)),
    "it moves to another topic": (REQUEST, lambda s: s.update({"x-topic": "dsr.status"})),
    "its id is made of something else": (COMPLETED, lambda s: s.update({"x-id-fields": ["request_id"]})),
}
HARMLESS = {
    "nothing": lambda _: None,
    "an optional field is added": lambda s: s["properties"].update(note={"type": "string"}),
    "an optional field of a part is added": lambda s: line(s)["properties"].update(note={"type": "string"}),
    "a value is added to an enumeration": lambda s: s["properties"]["right"]["enum"].append("rectification"),
    "a description is mended": lambda s: s["properties"]["plan"].update(description="Better words."),
}


@pytest.mark.parametrize("name", BREAKING)
def test_a_change_that_breaks_readers_is_named(name):
    schema, change = BREAKING[name]
    assert len(breaches(schema, changed(schema, change))) == 1


@pytest.mark.parametrize("name", HARMLESS)
def test_an_optional_addition_is_allowed(name):
    assert breaches(COMPLETED, changed(COMPLETED, HARMLESS[name])) == []


def test_the_models_keep_what_is_published():
    """If this fails: don't change a published version, make a new one beside it."""
    assert export.broken() == []


def test_what_is_published_is_what_the_models_say(capsys):
    """If this fails: run `python -m schemas.export` and commit what it writes."""
    assert export.main(["--check"]) == 0, capsys.readouterr().err


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """The export writes into a folder of this test."""
    monkeypatch.setattr(export, "ROOT", tmp_path / "schemas")
    monkeypatch.setattr(export, "EXPORTED", tmp_path / "schemas" / "exported")
    monkeypatch.setattr(export, "ASYNCAPI", tmp_path / "schemas" / "asyncapi.yaml")
    monkeypatch.setattr(export, "PAGE", tmp_path / "docs" / "topics.md")
    return tmp_path / "schemas" / "exported"


def test_the_check_writes_nothing_and_names_what_differs(elsewhere, capsys):
    assert export.main(["--check"]) == 1
    assert "schemas/asyncapi.yaml is missing" in capsys.readouterr().err
    assert not elsewhere.exists()
    assert export.main([]) == 0
    assert export.main(["--check"]) == 0
    (elsewhere.parent / "asyncapi.yaml").write_text("asyncapi: 3.0.0\n")
    assert export.main(["--check"]) == 1
    assert "schemas/asyncapi.yaml differs" in capsys.readouterr().err


def test_the_export_does_not_overwrite_what_it_would_break(elsewhere, capsys):
    """A field that the models have lost stays published, and the message says which."""
    export.main([])
    path = elsewhere / f"{EVENTS[0].type}.schema.json"
    published = json.loads(path.read_text())
    published["properties"]["lost"] = {"type": "string"}
    path.write_text(json.dumps(published))
    assert export.main([]) == 1
    assert f"{EVENTS[0].type}: lost: removed" in capsys.readouterr().err
    assert "lost" in path.read_text()


def test_a_published_version_can_not_be_dropped(elsewhere, capsys):
    export.main([])
    (elsewhere / "habeas.thing.happened.v1.schema.json").write_text("{}")
    assert export.main([]) == 1
    assert "habeas.thing.happened.v1: it is published and has no model" in capsys.readouterr().err
