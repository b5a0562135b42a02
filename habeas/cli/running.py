"""`habeas up` and `habeas run`: the pipeline itself."""

import signal
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from habeas.cli.session import Session

if TYPE_CHECKING:
    from habeas.bootstrap import Habeas
    from habeas.loops import Loop


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("up")(up)
    app.command("run")(run)


def up(context: typer.Context) -> None:
    """Run all roles in this process, until told to stop."""
    from habeas.roles import all_loops  # noqa: PLC0415 - keeps `habeas --help` quick

    session: Session = context.obj
    with session.opened() as habeas:
        _prepare(habeas)
        _run(habeas, all_loops(habeas), role="all")


def run(
    context: typer.Context,
    role: Annotated[str, typer.Argument(help="intake, connector, aggregator, delivery or timekeeper.")],
    system: Annotated[str | None, typer.Argument(help="Which system, for a connector.")] = None,
) -> None:
    """Run one role in this process; start as many processes of it as you like."""
    from habeas.roles import loops_of  # noqa: PLC0415 - keeps `habeas --help` quick

    session: Session = context.obj
    with session.opened() as habeas:
        loops = loops_of(role, habeas, system=system)
        _run(habeas, loops, role=role if system is None else f"{role} {system}")


def _prepare(habeas: "Habeas") -> None:
    """The embedded log makes its own topics; on Kafka that is an operator's decision ('habeas topics create')."""
    from schemas.topics import TOPICS  # noqa: PLC0415 - keeps `habeas --help` quick

    if habeas.settings.log.engine == "embedded":
        habeas.event_log.ensure_topics(TOPICS)


def _run(habeas: "Habeas", loops: "list[Loop]", *, role: str) -> None:
    from habeas.loops import Loops  # noqa: PLC0415 - keeps `habeas --help` quick
    from habeas.observability.metrics import serve  # noqa: PLC0415 - as above

    log = structlog.get_logger()
    running = Loops(loops, wakeups=habeas.database.wakeups)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        running.ask_to_stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    serve(habeas.settings.metrics.port, host=habeas.settings.metrics.host)
    running.start()
    log.info("role.started", role=role)
    running.wait()
    running.stop()
    log.info("role.stopped", role=role)
