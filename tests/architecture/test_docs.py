"""The documentation is true: its links lead somewhere, what it names exists, and its commands run."""

import io
import json
import re
import shlex
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog
import typer.main
from prometheus_client import REGISTRY

from habeas.__main__ import main
from habeas.cli import app
from habeas.observability import metrics
from habeas.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "connectors").rglob("*.md")])
HABEAS = [sys.executable, "-m", "habeas"]
UNRUN = {"make", ".venv/bin/python", "cd", "docker"}
"""Commands of pages that are not run here: they set up, or run these tests; the containers have tests of their own."""
FOREVER = {"up", "run"}


def page_id(page):
    return str(page.relative_to(ROOT))


each_page = pytest.mark.parametrize("page", PAGES, ids=page_id)


def commands_of(page, blocks) -> Iterator[list[str]]:
    """The command lines of a page; what comes after a `#` is a remark."""
    for block in blocks(page):
        for line in block.text.splitlines():
            if block.kind == "sh" and line.strip():
                yield shlex.split(line, comments=True)
            elif block.kind == "console" and line.startswith("$ "):
                yield shlex.split(line[2:], comments=True)


def mentions_of(page) -> Iterator[list[str]]:
    """Commands named in the text, as `habeas list`."""
    for code in re.findall(r"`([^`\n]+)`", page.read_text("utf-8")):
        words = shlex.split(code) if code.count("'") % 2 == 0 and code.count('"') % 2 == 0 else code.split()
        words = [word for word in words if not re.fullmatch(r"HABEAS_\w+=\S*", word)]
        if words[:1] == ["habeas"] and len(words) > 1 and words[1].isascii():
            yield words


def command(words):
    """The command that the words call, and the words that are left."""
    found = typer.main.get_command(app)
    left = list(words[1:])
    while left and left[0] == "--config":
        left = left[2:]
    while left and left[0] in getattr(found, "commands", ()):
        found = found.commands[left.pop(0)]
    return found, left


def assert_known(words):
    """The command is there, and so is each option."""
    found, left = command(words)
    assert not hasattr(found, "commands") or not left or left[0] in {"--help", "COMMAND"}, words
    options = {name for parameter in found.params for name in parameter.opts} | {"--help"}
    assert {word for word in left if word.startswith("--")} <= options, words


@pytest.fixture(scope="session")
def demo(tmp_path_factory, habeas) -> Path:
    """The demo's folder, after it has been run once."""
    folder = tmp_path_factory.mktemp("docs") / "habeas-demo"
    done = habeas("demo", "--folder", str(folder), "--people", "60", "--files", "20", at=folder.parent)
    assert done.code == 0, done.err
    (folder / "demo.out").write_text(done.out)
    return folder


@dataclass(frozen=True)
class Done:
    """What a command has printed, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def habeas():
    """Runs a command line in a folder, in this process, as `habeas` does in its own."""

    def run(*words: str, at: Path) -> Done:
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(at)
            patch.setattr(sys, "argv", ["habeas", *words])
            try:
                main()
            except SystemExit as end:
                return Done(int(end.code or 0), out.getvalue(), err.getvalue())
            finally:
                structlog.reset_defaults()  # it has been told to log to what is redirected here
        raise AssertionError("a command line ends with SystemExit")

    return run


@each_page
def test_links_within_the_repository_lead_somewhere(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        if anchor:
            assert anchor in anchors(linked), target


def anchors(page):
    """As GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@each_page
def test_every_command_and_option_that_is_named_exists(page, blocks):
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    for words in [*commands_of(page, blocks), *mentions_of(page)]:
        if words[0] == "habeas":
            assert_known(words)
        elif words[0] == "make":
            assert words[1] in targets
        else:
            assert words[0] in UNRUN, words
    for target in re.findall(r"`make (\w+)", page.read_text("utf-8")):
        assert target in targets


@each_page
def test_every_setting_that_is_named_exists(page, blocks, tmp_path):
    """`section.entry` in the text, variables of the environment, and whole pieces of habeas.toml."""
    text = page.read_text("utf-8")
    sections = {name: field.annotation for name, field in Settings.model_fields.items()}
    for section, entry in re.findall(r"`([a-z]+)\.([a-z_]+)(?: = [^`]*)?`", text):
        if hasattr(sections.get(section), "model_fields"):
            assert entry in sections[section].model_fields, f"{section}.{entry}"
    for name in re.findall(r"HABEAS_[A-Z_]*[A-Z]", text):
        section, _, entry = name.removeprefix("HABEAS_").lower().partition("__")
        if entry:
            assert entry in sections[section].model_fields, name
        else:
            assert f'"{name}"' in sources(), name
    for block in blocks(page):
        if block.kind == "toml":
            assert tomllib.loads(block.text)
            (tmp_path / "habeas.toml").write_text(block.text)
            load_settings(tmp_path / "habeas.toml")


def sources():
    return "".join(path.read_text("utf-8") for path in (ROOT / "habeas").rglob("*.py"))


def test_every_metric_of_the_program_is_in_the_runbook_and_no_other():
    """Prometheus shows counters with `_total`."""
    ours = [value for value in vars(metrics).values() if hasattr(value, "describe")]
    assert ours
    names = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in REGISTRY.collect()
        if family.name.startswith("habeas_")
    }
    named = set(re.findall(r"`(habeas_[a-z_]+)`", (ROOT / "docs" / "runbook.md").read_text("utf-8")))
    assert named == names


def test_every_log_event_in_the_runbook_is_one_of_the_program():
    runbook = (ROOT / "docs" / "runbook.md").read_text("utf-8")
    table = runbook.partition("| event | what it means |")[2].partition("\n\n")[0]
    everywhere = sources() + "".join(path.read_text("utf-8") for path in (ROOT / "consumers").rglob("*.py"))
    found = re.findall(r"`([a-z_]+\.[a-z_]+)`", table)
    assert len(found) > 8
    for event in found:
        assert f'"{event}"' in everywhere, event


def test_every_exit_code_is_in_the_runbook():
    """The same as `habeas --help` says, and Ctrl-C."""
    table = (ROOT / "docs" / "runbook.md").read_text("utf-8").partition("## Exit codes")[2]
    told = re.findall(r"(\d) \w+", typer.main.get_command(app).epilog)
    assert re.findall(r"^\| (\d+) \|", table, flags=re.MULTILINE) == [*told, "130"]


def test_what_the_readme_shows_of_the_demo_is_what_it_prints(demo):
    """Other people, other numbers; the same tables and words."""
    printed = (demo / "demo.out").read_text()
    readme = (ROOT / "README.md").read_text("utf-8")
    (shown,) = [block for block in re.findall(r"```text\n(.*?)```", readme, re.DOTALL) if "Access request" in block]
    for line in shown.splitlines():
        words = re.sub(r"[0-9a-f]{8}\S*|\d+|until \d+ \w+ \d+|habeas-demo\S*", "", line).replace("until", "").split()
        for word in words:
            assert word.strip(",") in printed or word in MONTHS, word


MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def runnable(blocks) -> list[list[str]]:
    """Every command of every page that can run in the demo's folder, once."""
    found = {
        tuple(words): words for page in PAGES for words in commands_of(page, blocks) if words[0] not in UNRUN and words
    }
    return [
        words
        for words in found.values()
        if not {"LETTER", "REQUEST", "COMPLAINT"} & set(words) and words[1] not in FOREVER | {"demo"}
    ]


def test_the_commands_of_the_documentation_run(demo, habeas, blocks, tmp_path):
    """As they stand on the page, with a real id for ID; `plan` and `submit` name somebody who is not in the sample.

    A page on another connector and commands that ask for a dead letter or an erasure are tried elsewhere. `doctor` and `check` may
    find something to mend and say so by their exit code; `replay` finds nothing that waits.
    """
    ids = [each["request_id"] for each in json.loads(habeas("list", "--json", at=demo).out)]
    commands = runnable(blocks)
    assert len(commands) > 15
    for words in sorted(commands, key=lambda words: "destroy" in words):
        given = [ids[0][:8] if word == "ID" else word for word in words[1:]]
        done = habeas(*given, at=tmp_path if "my-company" in " ".join(words) else demo)
        assert done.code in ({0, 5} if {"doctor", "check"} & set(words) else {0}), f"{words}: {done.err}"


@pytest.mark.parametrize("words", [["up"], ["run", "timekeeper"]], ids=" ".join)
def test_a_role_runs_until_it_is_told_to_stop(demo, words):
    """And then ends well."""
    with subprocess.Popen([*HABEAS, *words], cwd=demo, stderr=subprocess.PIPE, text=True) as role:
        assert "role.started" in role.stderr.readline()
        role.send_signal(signal.SIGTERM)
        assert "role.stopped" in role.stderr.read()
        assert role.wait(30) == 0


def test_wrong_commands_would_be_noticed():
    with pytest.raises(AssertionError):
        assert_known(["habeas", "listen"])
    with pytest.raises(AssertionError):
        assert_known(["habeas", "list", "--all-of-them"])
