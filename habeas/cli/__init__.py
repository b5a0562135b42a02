"""The command line: an operator's and a data protection manager's way in."""

from pathlib import Path
from typing import Annotated

import typer

from habeas.cli import (
    answering,
    complaints,
    connectors,
    correspondence,
    dead_letters,
    demo,
    doctor,
    fill_sample,
    health,
    keys,
    lifting,
    opting_out,
    real,
    rebuilding,
    recipients,
    reconciling,
    redactions,
    register,
    reporting,
    requests,
    reviewing,
    running,
    sample,
    secrets,
    setup,
    suppressed,
    topics,
    undoing,
)
from habeas.cli.session import Session

app = typer.Typer(
    help="Fulfils data-subject requests in every system, lawfully, and proves it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog=(
        "Exit codes: 0 done · 1 failed, can be tried again · 2 wrong input · 3 wrong configuration · "
        "4 no such thing · 5 a check found problems."
    ),
)


@app.callback()
def _prepare(
    context: typer.Context,
    config: Annotated[Path, typer.Option(help="The settings file.", envvar="HABEAS_CONFIG")] = Path("habeas.toml"),
) -> None:
    context.obj = Session(config)


for module in (
    setup,
    running,
    requests,
    correspondence,
    answering,
    undoing,
    lifting,
    doctor,
    health,
    rebuilding,
    reconciling,
    recipients,
    reporting,
    suppressed,
    demo,
    sample,
    real,
    fill_sample,
    secrets,
):
    module.register(app)
app.add_typer(topics.app, name="topics")
app.add_typer(connectors.app, name="connectors")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(keys.app, name="keys")
app.add_typer(complaints.app, name="complaint")
app.add_typer(register.app, name="register")
app.add_typer(opting_out.app, name="opt-out")
app.add_typer(reviewing.app, name="review")
reviewing.app.command("redactions")(redactions.redactions)
app.command("instruct")(reviewing.instruct)
