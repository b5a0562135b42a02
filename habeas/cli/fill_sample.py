"""`habeas fill-sample`: the sample consultancy in the systems that habeas.toml names, and a first request."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from habeas.cli.output import console
from habeas.cli.sample import FilesOption, PeopleOption, SeedOption
from habeas.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from habeas.bootstrap import Habeas
    from habeas.sample.trial import Trial

ACTOR = "sample"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("fill-sample", hidden=True)(fill_sample)


def fill_sample(
    context: typer.Context,
    truth: Annotated[Path, typer.Option(help="Where it is noted who is in which system.")],
    people: PeopleOption = 2_000,
    files: FilesOption = 400,
    seed: SeedOption = 1,
) -> None:
    """Make topics and tables, fill the systems, submit an access request; what was done before is not done again."""
    from habeas.sample.systems import fill_systems  # noqa: PLC0415 - keeps `habeas --help` quick
    from habeas.sample.trial import people_to_try  # noqa: PLC0415 - as above
    from schemas.topics import TOPICS  # noqa: PLC0415 - as above

    session: Session = context.obj
    out = console()
    with session.opened() as habeas:
        habeas.event_log.ensure_topics(TOPICS)
        known = fill_systems(habeas.settings, truth, people=people, files=files, seed=seed, today=habeas.clock.today())
        out.print(f"{len(known.people):,} people who do not exist are in {', '.join(habeas.systems)}.")
        trials = people_to_try(known)
        if not _submitted_before(habeas):
            _submit(habeas, trials)


def _submitted_before(habeas: "Habeas") -> bool:
    from sqlalchemy import select  # noqa: PLC0415 - keeps `habeas --help` quick

    from habeas.storage.tables import audit  # noqa: PLC0415 - as above

    with habeas.database.reading() as connection:
        return connection.execute(select(audit.c.actor).where(audit.c.actor == ACTOR).limit(1)).first() is not None


def _submit(habeas: "Habeas", trials: "Sequence[Trial]") -> None:
    from habeas.domain.requests import IdentityCheck  # noqa: PLC0415 - keeps `habeas --help` quick
    from producers.intake import Submission  # noqa: PLC0415 - as above

    out = console()
    first, *others = trials
    submission = Submission(first.right, first.identifiers, IdentityCheck.LOGIN)
    receipt = habeas.intake.submit([submission], actor=ACTOR)[0]
    out.print(
        f"Request for {first.right}: {receipt.request_id}. 'habeas show {receipt.request_id[:8]}' tells how far it is."
    )
    out.print("Go on with others, as:")
    for each in others:
        email = next(known.value for known in each.identifiers if known.kind == "email")
        out.print(f"  habeas submit {each.right} --identity-check login --email {email}")
