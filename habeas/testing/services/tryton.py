"""A database of Tryton, a business application, made by Tryton itself out of an environment of its own.

    tryton = Tryton(folder, steps)
    tryton.run("people")

The environment and a database with the modules activated are made once and kept in the cache.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from habeas.testing.services.unavailable import ServiceUnavailableError

_COMPANY = Path(__file__).with_name("tryton_company.py")
_REQUIREMENTS = Path(__file__).with_name("tryton-requirements.txt")
_INSTALL_S_MAX = 280.0
_STEP_S_MAX = 280.0
_DATABASE = "company.sqlite"


class Tryton:
    """A company of a test's own. `steps` is a script for Tryton's interpreter, called as `steps FOLDER STEP`."""

    def __init__(self, folder: Path, steps: Path) -> None:
        """Raises ServiceUnavailableError if there is no way to have one."""
        self.database = folder / _DATABASE
        self._steps = steps
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "habeas" / "tryton"
        cache.mkdir(parents=True, exist_ok=True)
        pins = hashlib.sha256(_REQUIREMENTS.read_bytes() + sys.version.encode())
        self._environment = cache / pins.hexdigest()[:16]
        pins.update(_COMPANY.read_bytes())
        made = cache / f"company-{pins.hexdigest()[:16]}"
        with (cache / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (self._environment / "ready").exists():
                self._install()
            if not (made / "ready").exists():
                shutil.rmtree(made, ignore_errors=True)
                made.mkdir()
                self._run(_COMPANY, str(made))
                (made / "ready").touch()
        shutil.copy(made / _DATABASE, self.database)

    def run(self, step: str) -> None:
        """Have Tryton do one step of the script."""
        self._run(self._steps, str(self.database.parent), step)

    def _run(self, script: Path, *words: str) -> None:
        command = [str(self._environment / "bin" / "python"), str(script), *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_STEP_S_MAX, check=False)
        if done.returncode:
            raise RuntimeError(f"Tryton could not do {words[-1]}: {done.stderr[-1500:]}")

    def _install(self) -> None:
        make = [sys.executable, "-m", "venv", "--clear", str(self._environment)]
        pip = [str(self._environment / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        install = [*pip, "--disable-pip-version-check", "--require-hashes", "-r", str(_REQUIREMENTS)]
        for command in (make, install):
            done = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_S_MAX, check=False)
            if done.returncode:
                raise ServiceUnavailableError(f"No Tryton: it could not be installed: {done.stderr[-500:]}")
        (self._environment / "ready").touch()
