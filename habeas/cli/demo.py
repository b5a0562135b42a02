"""`habeas demo`: a sample consultancy, three requests, and what becomes of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from habeas.cli import showing
from habeas.cli.fulfilling import fulfil
from habeas.cli.output import console
from habeas.cli.sample import FilesOption, PeopleOption, SeedOption, make_consultancy
from habeas.cli.session import Session

if TYPE_CHECKING:
    from producers.intake import Submission

FOLDER = Path("habeas-demo")
ANSWER_WITHIN_S = 60


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("demo")(demo)


def demo(
    folder: Annotated[Path, typer.Option(help="Where to put the sample consultancy.")] = FOLDER,
    people: PeopleOption = 2_000,
    files: FilesOption = 400,
    seed: SeedOption = 1,
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
    from habeas.sample.trial import people_to_try  # noqa: PLC0415 - as above
    from producers.intake import Submission  # noqa: PLC0415 - as above

    truth = make_consultancy(folder, people=people, files=files, seed=seed)
    return [Submission(each.right, each.identifiers, IdentityCheck.LOGIN) for each in people_to_try(truth)]
