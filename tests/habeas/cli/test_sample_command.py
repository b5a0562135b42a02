"""`habeas sample` makes a consultancy that can be tried at once."""

import json
from pathlib import Path

from typer.testing import CliRunner

from habeas.cli import app
from habeas.sample.truth import FILE_NAME, GroundTruth


def test_it_can_be_tried_at_once(tmp_path: Path) -> None:
    """The settings fit the systems, the note tells of everybody, and the requests that it proposes are taken."""
    folder = tmp_path / "trial"
    made = CliRunner().invoke(app, ["sample", str(folder), "--people", "60", "--files", "30", "--seed", "4"])
    assert made.exit_code == 0, made.output
    assert len(GroundTruth.read(folder / "systems" / FILE_NAME).people) == 60
    config = ["--config", str(folder / "habeas.toml")]
    for words in (["topics", "create"], ["doctor"]):
        assert CliRunner().invoke(app, [*config, *words]).exit_code == 0
    proposed = [line.split()[1:] for line in made.output.splitlines() if line.startswith("  habeas submit")]
    assert [words[1] for words in proposed] == ["access", "erasure", "restriction"]
    for words in proposed:
        assert CliRunner().invoke(app, [*config, *words]).exit_code == 0
    listed = CliRunner().invoke(app, [*config, "list", "--json"])
    assert len(json.loads(listed.output)) == 3


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    """One clear line, and nothing is touched."""
    (tmp_path / "systems").mkdir()
    (tmp_path / "systems" / "thesis.txt").write_text("five years of work")
    refused = CliRunner().invoke(app, ["sample", str(tmp_path)])
    assert refused.exit_code != 0
    assert "choose a new folder" in str(refused.exception)
    assert [path.name for path in tmp_path.rglob("*")] == ["systems", "thesis.txt"]
