"""`habeas demo`: a sample consultancy, three requests, and what becomes of them."""

import shutil
import time
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.live import Live

from habeas.cli import showing
from habeas.cli.output import console
from habeas.cli.progress import Progress
from habeas.cli.session import Session, actor
from habeas.cli.setup import write_config
from habeas.errors import RetriableError

if TYPE_CHECKING:
    from habeas.bootstrap import Habeas
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
        ids = _fulfil(habeas, submissions)
        _summarise(habeas, ids)
    out.print(f"\nGo on by hand: [bold]cd {folder}[/], then [bold]habeas list[/], [bold]habeas show {ids[0][:8]}[/], …")


def _make(folder: Path, *, people: int, files: int, seed: int) -> "Sequence[Submission]":
    from habeas.domain.requests import IdentityCheck  # noqa: PLC0415 - keeps `habeas --help` quick
    from habeas.sample.consultancy import build  # noqa: PLC0415 - as above
    from habeas.sample.trial import people_to_try  # noqa: PLC0415 - as above
    from producers.intake import Submission  # noqa: PLC0415 - as above

    truth = build(folder / "systems", people=people, files=files, seed=seed)
    write_config(folder, (resources.files("habeas.sample") / "habeas.toml").read_text("utf-8"))
    for system in _MAPS:
        with resources.as_file(resources.files("connectors") / system / "map.yaml") as template:
            shutil.copyfile(template, folder / f"{system}-map.yaml")
    return [Submission(each.right, each.identifiers, IdentityCheck.LOGIN) for each in people_to_try(truth)]


def _fulfil(habeas: "Habeas", submissions: "Sequence[Submission]") -> list[str]:
    from habeas.loops import Loops  # noqa: PLC0415 - keeps `habeas --help` quick
    from habeas.roles import all_loops  # noqa: PLC0415 - as above
    from schemas.topics import TOPICS  # noqa: PLC0415 - as above

    habeas.event_log.ensure_topics(TOPICS)
    loops = Loops(all_loops(habeas), wakeups=habeas.database.wakeups)
    loops.start()
    try:
        ids = [receipt.request_id for receipt in habeas.intake.submit(submissions, actor=actor())]
        progress = Progress(habeas, ids)
        with Live(progress.table(), console=console(), refresh_per_second=20, transient=False) as live:
            give_up_at = time.monotonic() + ANSWER_WITHIN_S
            while not progress.finished:
                if loops.wait(0.05) or time.monotonic() > give_up_at:
                    raise RetriableError("the requests were not fulfilled in time; 'habeas doctor' may show why")
                live.update(progress.table())
    finally:
        loops.stop()
    return ids


def _summarise(habeas: "Habeas", ids: Sequence[str]) -> None:
    from habeas.storage import cases  # noqa: PLC0415 - keeps `habeas --help` quick

    titles = {name: each.title for name, each in habeas.settings.systems.items()}
    answers = habeas.settings.path(habeas.settings.delivery.folder)
    for request_id in ids:
        with habeas.database.reading() as connection:
            case = cases.fetch(connection, request_id)
        if case is not None:
            showing.print_summary(case, titles=titles, answers=answers)
