"""docker-compose.yml as a project of its own, and a desk in it from which a test asks questions."""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from habeas.sample.truth import GroundTruth

ROOT = Path(__file__).parents[2]
DESK = Path(__file__).with_name("desk")
CONFIG = "/etc/habeas/habeas.toml"
COMMAND_S_MAX = 600.0
IMAGES = {"habeas": "secrets", "habeas-mailman": "mailman", "habeas-sftp": "sftp"}
"""What the project builds, and for which service."""
ONE_SHOTS = frozenset({"secrets", "init"})
COMMAND_LINE = "habeas"


@dataclass(frozen=True, slots=True)
class Stack:
    """One project, its image included; it shares nothing with another."""

    project: str = field(default_factory=lambda: f"habeas-test-{uuid4().hex[:8]}")

    def compose(self, *words: str) -> str:
        """A `docker compose` command's standard output. Raises AssertionError with what it said if it fails."""
        return self.docker("compose", "--project-name", self.project, *words)

    def docker(self, *words: str) -> str:
        """A `docker` command's standard output."""
        return self.run(["docker", *words], ROOT)

    def run(self, command: Sequence[str], folder: Path) -> str:
        """A command's standard output, given in a folder as people give it: it finds this project."""
        known = {"HABEAS_IMAGE_TAG": self.project, "COMPOSE_PROJECT_NAME": self.project, "HABEAS_OPT_OUT_PORT": "0"}
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | known | {"COMPOSE_FILE": str(ROOT / "docker-compose.yml")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_S_MAX,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(command[:8])}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout

    def build(self) -> None:
        """The images, side by side, as newer engines do by themselves."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda service: self.compose("build", service), IMAGES.values()))

    def up(self) -> None:
        """What `docker compose up` does, until everything is healthy."""
        self.compose("up", "--detach", "--wait")

    def habeas(self, *words: str) -> str:
        """A command as people are told to give it."""
        return self.compose("run", "--rm", "--no-TTY", COMMAND_LINE, *words)

    def services(self) -> Sequence[str]:
        """Those that go on running."""
        return sorted(set(self.compose("config", "--services").split()) - ONE_SHOTS - {COMMAND_LINE})

    def container(self, service: str) -> str:
        return self.compose("ps", "--all", "--quiet", service).strip()

    def inspect(self, container: str) -> dict[str, Any]:
        (found,) = json.loads(self.docker("inspect", container))
        assert isinstance(found, dict)
        return found

    def crash(self, service: str) -> None:
        """Let all that runs in it die by itself; nobody waits, since whoever kills may be caught in it."""
        self.docker("exec", "--detach", self.container(service), "sh", "-c", "kill -9 -1")

    def ground_truth(self) -> GroundTruth:
        """Who is in the sample's systems."""
        with tempfile.TemporaryDirectory() as folder:
            self.compose("cp", "init:/var/lib/habeas/sample/ground-truth.json", folder)
            return GroundTruth.read(Path(folder) / "ground-truth.json")

    @contextmanager
    def desk(self) -> Iterator["Desk"]:
        """A container of the command line that stays, so that a question costs no start."""
        name = f"{self.project}-desk"
        self.compose("run", "--detach", "--name", name, "--entrypoint", "sleep", COMMAND_LINE, "infinity")
        try:
            yield Desk(self, name)
        finally:
            self.docker("rm", "--force", name)

    def remove(self) -> None:
        """Containers, networks, volumes and the image."""
        self.compose("--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "5")
        self.docker("image", "rm", "--no-prune", *(f"{name}:{self.project}" for name in IMAGES))


@dataclass(frozen=True, slots=True)
class Desk:
    """Runs the scripts of the folder `desk` inside."""

    stack: Stack
    container: str

    def tell(self, *, wait_s: float = 0.0) -> dict[str, Any]:
        """What became of every request, once all are answered or after so many seconds."""
        return self._told("tell", str(wait_s))

    def enter(self) -> dict[str, Any]:
        """Whom the server of files lets in."""
        return self._told("enter")

    def _told(self, script: str, *words: str) -> dict[str, Any]:
        command = ["exec", self.container, "python", "-c", _script(script), CONFIG, *words]
        told = json.loads(self.stack.docker(*command))
        assert isinstance(told, dict)
        return told

    @contextmanager
    def submitting(self, wanted: Sequence[tuple[str, str]]) -> Iterator[Callable[[], Sequence[str]]]:
        """Submit these, each a right and an e-mail address, while the block runs; it may ask for the ids of all."""
        command = ["docker", "exec", "--interactive", self.container, "python", "-c", _script("submit"), CONFIG]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            process.stdin.write(json.dumps(wanted))
            process.stdin.close()
            process.stdin = None

            def ids() -> Sequence[str]:
                output, _ = process.communicate(timeout=COMMAND_S_MAX)
                assert process.returncode == 0
                return output.split()

            try:
                yield ids
            finally:
                process.kill()


def await_true(reached: Callable[[], bool], *, what: str, timeout_s: float) -> None:
    """Look again and again until it is so. Raises AssertionError when the time is up."""
    until = time.monotonic() + timeout_s
    while not reached():
        if time.monotonic() > until:
            raise AssertionError(f"waited {timeout_s:g} s in vain for {what}")
        time.sleep(0.5)


def _script(name: str) -> str:
    return (DESK / f"{name}.py").read_text("utf-8")
