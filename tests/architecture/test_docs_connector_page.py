"""The page on connectors is true: following it, block by block, gives a connector that keeps all promises."""

import subprocess
import sys
from pathlib import Path

import pytest

from habeas.settings import FILE_NAME

PAGE = Path(__file__).parents[2] / "docs" / "connectors.md"


@pytest.fixture
def followed(checkout, blocks):
    """The checkout after somebody has done what the page says; settings and data are in `desk`."""
    desk = checkout / "desk"
    run(checkout, "init", str(desk))
    for block in blocks(PAGE):
        match block.kind, block.title:
            case _, None:
                pass
            case "diff", path:
                change(checkout / path, block.text)
            case "toml", _:
                with (desk / FILE_NAME).open("a") as settings:
                    settings.write(block.text)
            case "json", name:
                (desk / name).write_text(block.text)
            case _, path:
                target = checkout / path
                assert not target.exists()
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(block.text)
    return checkout


def change(path, diff):
    """Apply a diff that gives enough of its surroundings to be found."""
    before = "".join(line[1:] for line in diff.splitlines(keepends=True) if not line.startswith("+"))
    after = "".join(line[1:] for line in diff.splitlines(keepends=True) if not line.startswith("-"))
    content = path.read_text()
    assert content.count(before) == 1
    path.write_text(content.replace(before, after))


def run(checkout, *arguments, module="habeas"):
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=checkout,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_connector_of_the_page_keeps_every_promise(followed):
    """Its conformance test passes; only what it can't do is skipped."""
    out = run(
        followed, "-q", "-p", "no:cacheprovider", "tests/connectors/test_conformance_help_desk.py", module="pytest"
    )
    assert "11 skipped" in out
    assert "the connector does not anonymise" in out
    assert "the connector does not rectify" in out
    assert "the connector does not undo" in out


def test_the_code_of_the_page_is_in_the_style_of_the_house(followed):
    files = ["connectors/help_desk", "tests/connectors/test_conformance_help_desk.py"]
    run(followed, "check", "--no-cache", *files, module="ruff")
    run(followed, "format", "--check", "--no-cache", *files, module="ruff")


def test_the_connector_of_the_page_is_used_by_the_program(followed, blocks):
    """With its section in the settings `plan` finds what the page shows; nothing else needs to be changed."""
    command, shown = (
        next(block.text for block in blocks(PAGE) if block.kind == "console").rsplit("$ ", 1)[1].split("\n", 1)
    )
    assert command == 'habeas plan erasure --email ada@example.org --name "Ada Example"'
    settings = ["--config", f"desk/{FILE_NAME}"]
    out = run(followed, *settings, "plan", "erasure", "--email", "ada@example.org", "--name", "Ada Example")
    assert [line.split() for line in shown.splitlines() if line.strip("─ ")] == [
        line.split() for line in out.splitlines()[1:] if line.strip("─ ")
    ]
