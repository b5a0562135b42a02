"""`habeas init`: a settings file and a register to start from, and a master key."""

import shutil
from collections.abc import Mapping
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from habeas.cli.output import console
from habeas.errors import UserError
from habeas.settings import FILE_NAME

REGISTER_NAME = "register.yaml"


class Notice(StrEnum):
    """Whose privacy notice the register starts from."""

    CCG = "ccg"
    TWO_CUSTOMS = "2customs"


_REGISTERS = {Notice.CCG: REGISTER_NAME, Notice.TWO_CUSTOMS: "register-2customs.yaml"}
_BEGIN = {
    Notice.CCG: "begin with the controller and the retention rules",
    Notice.TWO_CUSTOMS: "nothing runs until every !fill-in is replaced",
}


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("init")(init)


def init(
    folder: Annotated[Path, typer.Argument(help="Where to write; made if it is not there.")] = Path(),
    notice: Annotated[
        Notice,
        typer.Option(
            help="The privacy notice behind the register: ccg is complete, 2customs asks for what is missing."
        ),
    ] = Notice.CCG,
) -> None:
    """Write a commented habeas.toml and register.yaml, and make a master key."""
    folder.mkdir(parents=True, exist_ok=True)
    targets = [folder / FILE_NAME, folder / REGISTER_NAME]
    if there := [path for path in targets if path.exists()]:
        raise UserError(f"{there[0]} is there already: 'habeas init' overwrites nothing")
    toml = (resources.files("habeas.cli") / "templates" / FILE_NAME).read_text("utf-8")
    write_config(folder, toml, notice=notice)
    out = console()
    out.print(f"Wrote [bold]{targets[0]}[/]: name your systems in it.")
    out.print(f"Wrote [bold]{targets[1]}[/]: your processing register; {_BEGIN[notice]}.")
    out.print(
        f"Wrote [bold]{folder / 'data' / 'master.key'}[/]: keep a copy of it in a safe place, apart from the backups."
    )
    out.print("Next: [bold]habeas register check[/] and [bold]habeas doctor[/], then [bold]habeas up[/].")


def write_config(
    folder: Path, toml: str, maps: Mapping[str, str] | None = None, *, notice: Notice = Notice.CCG
) -> None:
    """Write settings, the register to start from, maps by their systems, and a master key if there is none."""
    from habeas.vault.master_file import FileMasterKeys  # noqa: PLC0415 - keeps `habeas --help` quick

    (folder / FILE_NAME).write_text(toml, "utf-8")
    for system, text in (maps or {}).items():
        (folder / f"{system}-map.yaml").write_text(text, "utf-8")
    with resources.as_file(resources.files("habeas.sample") / _REGISTERS[notice]) as template:
        shutil.copyfile(template, folder / REGISTER_NAME)
    master = folder / "data" / "master.key"
    master.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not master.exists():
        FileMasterKeys.init(master)
