"""`habeas demo`: a sample consultancy, three requests, and what becomes of them."""

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

if TYPE_CHECKING:
    from producers.intake import Submission

FOLDER = Path("habeas-demo")
ANSWER_WITHIN_S = 60
_MAPS = ("crm", "billing")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("demo")(demo)


def demo(
    folder: Annotated[Path, typer.Option(help="Where to put the sample consultancy.")] = FOLDER,
    people: Annotated[int, typer.Option(min=50, max=100_000, help="How many people it knows.")] = 2_000,
    files: Annotated[int, typer.Option(min=20, max=100_000, help="How many files its clients' folders hold.")] = 400,
    seed: Annotated[int, typer.Option(help="Another seed makes other people.")] = 1,
) -> None:
    """Make a sample customs consultancy and fulfil an access, an erasure and a restriction request in it."""
    out = console()
    out.print(
        f"[bold]A sample customs consultancy[/] in {folder}: {people:,} people who do not exist, {files:,} files."
    )
    submissions = _make(folder, people=people, files=files, seed=seed)
    out.print("Customer database, billing database, mailing list and client files are ready.\n")
    with Session(folder / "habeas.toml").opened(log_level="error") as habeas:
        cases = fulfil(habeas, submissions, within_s=ANSWER_WITHIN_S)
        titles = habeas.settings.titles
        answers = habeas.settings.path(habeas.settings.delivery.folder)
        for case in cases:
            showing.print_summary(case, titles=titles, answers=answers)
    first = cases[0].request_id[:8]
    out.print(f"Go on by hand: [bold]cd {folder}[/], then [bold]habeas list[/] and [bold]habeas show {first}[/].")


def _make(folder: Path, *, people: int, files: int, seed: int) -> "Sequence[Submission]":
    from habeas.domain.requests import IdentityCheck  # noqa: PLC0415 - keeps `habeas --help` quick
    from habeas.sample.consultancy import build  # noqa: PLC0415 - as above
    from habeas.sample.trial import people_to_try  # noqa: PLC0415 - as above
    from producers.intake import Submission  # noqa: PLC0415 - as above

    truth = build(folder / "systems", people=people, files=files, seed=seed)
    maps = {system: (resources.files("connectors") / system / "map.yaml").read_text("utf-8") for system in _MAPS}
    write_config(folder, (resources.files("habeas.sample") / "habeas.toml").read_text("utf-8"), maps)
    return [Submission(each.right, each.identifiers, IdentityCheck.LOGIN) for each in people_to_try(truth)]
