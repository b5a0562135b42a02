"""`habeas real`: requests of people who are in real files, from a folder of openly licensed ones."""

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from habeas.cli import showing
from habeas.cli.fulfilling import fulfil
from habeas.cli.output import console
from habeas.cli.session import Session
from habeas.cli.setup import write_config
from habeas.errors import RetriableError

if TYPE_CHECKING:
    from habeas.domain.cases import Case
    from habeas.sample.real import RealRequest

FOLDER = Path("habeas-real")
ANSWER_WITHIN_S = 300


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("real", hidden=True)(real)


def real(
    corpus: Annotated[Path, typer.Option(help="The folder of real files.", exists=True, file_okay=False)],
    folder: Annotated[Path, typer.Option(help="Where to lay them out as client folders.")] = FOLDER,
) -> None:
    """Lay real files out as client folders and fulfil requests of people who are really in them."""
    from habeas.domain.requests import IdentityCheck  # noqa: PLC0415 - keeps `habeas --help` quick
    from habeas.sample.real import lay_out, requests  # noqa: PLC0415 - as above
    from producers.intake import Submission  # noqa: PLC0415 - as above

    out = console()
    wanted = requests(lay_out(corpus, folder / "systems"))
    here = resources.files("habeas.sample.real")
    maps = {system: (here / f"{system}.yaml").read_text("utf-8") for system in ("crm", "billing")}
    write_config(folder, (here / "habeas.toml").read_text("utf-8"), maps)
    out.print(f"[bold]Real files[/] lie in {folder / 'systems'}; {len(wanted)} requests of people who are in them.\n")
    with Session(folder / "habeas.toml").opened(log_level="error") as habeas:
        submissions = [Submission(each.right, each.identifiers, IdentityCheck.LOGIN) for each in wanted]
        cases = fulfil(habeas, submissions, within_s=ANSWER_WITHIN_S)
        for request, case in zip(wanted, cases, strict=True):
            out.rule(f"{request.right} for {request.who}")
            showing.print_systems(case, titles=habeas.settings.titles)
    _ensure_proven(wanted, cases)
    out.print(f"The answers are in [bold]{folder / 'answers'}[/].")


def _ensure_proven(wanted: "Sequence[RealRequest]", cases: "Sequence[Case]") -> None:
    """Each of them was found, and looking again after a change found nothing left. Raises RetriableError."""
    for request, case in zip(wanted, cases, strict=True):
        found = sum(line.records for done in case.completions.values() for line in done.summary)
        left = sum(done.left_over for done in case.completions.values())
        if not found or left:
            raise RetriableError(f"{request.right} for {request.who}: {found} records found, {left} left over")
