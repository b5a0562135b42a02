"""`habeas sample`: the consultancy of the demo at any size, with a note of who is where."""

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from habeas.cli.output import console
from habeas.cli.setup import write_config

if TYPE_CHECKING:
    from habeas.sample.truth import GroundTruth

SYSTEMS = Path("systems")
_MAPS = ("crm", "billing")

PeopleOption = Annotated[int, typer.Option(min=50, max=1_000_000, help="How many people it knows.")]
FilesOption = Annotated[int, typer.Option(min=20, max=1_000_000, help="How many files its clients' folders hold.")]
SeedOption = Annotated[int, typer.Option(help="Another seed makes other people.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("sample")(sample)


def sample(
    folder: Annotated[Path, typer.Argument(help="Where to put it; an earlier sample there is replaced.")],
    people: PeopleOption = 2_000,
    files: FilesOption = 400,
    seed: SeedOption = 1,
) -> None:
    """Make a sample customs consultancy of synthetic people to try things on; the same seed makes the same one."""
    from habeas.sample.trial import people_to_try  # noqa: PLC0415 - keeps `habeas --help` quick
    from habeas.sample.truth import FILE_NAME  # noqa: PLC0415 - as above

    out = console()
    with out.status(f"Making {people:,} people who do not exist, and {files:,} files …"):
        truth = make_consultancy(folder, people=people, files=files, seed=seed)
    places = sum(len(person.places) for person in truth.people.values())
    out.print(f"[bold]{folder}[/]: {people:,} people who do not exist stand in {places:,} places.")
    out.print(f"Who is where is noted in [bold]{folder / SYSTEMS / FILE_NAME}[/].")
    out.print(f"Next: [bold]cd {folder}[/], [bold]habeas up[/], and in another terminal")
    for each in people_to_try(truth):
        email = next(known.value for known in each.identifiers if known.kind == "email")
        out.print(f"  habeas submit {each.right} --identity-check login --email {email}", soft_wrap=True)


def make_consultancy(folder: Path, *, people: int, files: int, seed: int) -> "GroundTruth":
    """Make the systems, and the settings that name them. Raises UserError if the folder holds something else."""
    from habeas.sample.consultancy import build  # noqa: PLC0415 - keeps `habeas --help` quick

    truth = build(folder / SYSTEMS, people=people, files=files, seed=seed)
    maps = {system: (resources.files("connectors") / system / "map.yaml").read_text("utf-8") for system in _MAPS}
    write_config(folder, (resources.files("habeas.sample") / "habeas.toml").read_text("utf-8"), maps)
    return truth
