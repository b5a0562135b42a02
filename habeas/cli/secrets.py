"""`habeas make-secrets`: for containers, every secret that is not there yet.

There is no default for any of them. Each server has a folder: `password` in it, and `pgpass`, the same as PostgreSQL's
clients want it (`passfile`). A server of files has two, one for its clients and one for itself (`ssh_secrets`). The
master key has one of its own.
"""

import os
import secrets
from pathlib import Path
from typing import Annotated

import typer

from habeas.cli.output import console

_WELL_KNOWN = frozenset({"administrator", "changeme", "correct horse battery staple", "habeas", "password", "postgres"})
_CHARACTERS_MIN = 16
_BYTES = 32


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("make-secrets", hidden=True)(make_secrets)


def make_secrets(
    servers: Annotated[list[str], typer.Argument(help="A folder is there for each.")],
    folder: Annotated[Path, typer.Option(help="Where the folders are.", exists=True, file_okay=False)],
    ssh: Annotated[
        list[str] | None, typer.Option(help="A server with keys: there is a folder of that name, and NAME-server.")
    ] = None,
) -> None:
    """Make what is missing and keep what is there, but warn of a password that can be guessed."""
    from habeas.cli.ssh_secrets import make_ssh_keys  # noqa: PLC0415 - keeps `habeas --help` quick
    from habeas.vault.master_file import FileMasterKeys  # noqa: PLC0415 - as above

    out = console()
    for name in servers:
        file = folder / name / "password"
        if not file.exists():
            _write(file, secrets.token_urlsafe(_BYTES), 0o444)  # the server, another user, reads it too
            out.print(f"Made a password for {name}.")
        password = file.read_text("utf-8").rstrip("\n")
        if len(password) < _CHARACTERS_MIN or password.casefold() in _WELL_KNOWN:
            out.print(f"[bold red]WARNING: the password of {name} can be guessed: change it.[/]")
        escaped = password.replace("\\", "\\\\").replace(":", "\\:")
        _write(folder / name / "pgpass", f"*:*:*:*:{escaped}\n", 0o600)
    for name in ssh or ():
        if make_ssh_keys(folder / name, folder / f"{name}-server", name, _write):
            out.print(f"Made keys for {name}.")
    master = folder / "master" / "master.key"
    if not master.exists():
        FileMasterKeys.init(master)
        out.print(
            "Made the master key: keep a copy of it apart from the backups; without it nothing sealed can be read."
        )


def _write(path: Path, content: str, mode: int) -> None:
    """The file appears whole or not at all."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123 - a mode from the start
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.chmod(mode)
    part.replace(path)
