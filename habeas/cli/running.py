"""`habeas up` and `habeas run`: the pipeline itself."""

import signal
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from habeas.cli.session import Session
from habeas.errors import HabeasError, SystemDownError

if TYPE_CHECKING:
    from habeas.bootstrap import Habeas
    from habeas.loops import Loop
    from habeas.observability.health import Pulse, Told


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("up")(up)
    app.command("run")(run)


def up(context: typer.Context) -> None:
    """Run all roles in this process, until told to stop."""
    from habeas.roles import all_loops  # noqa: PLC0415 - keeps `habeas --help` quick

    session: Session = context.obj
    with session.opened() as habeas:
        _run(habeas, all_loops(habeas), role="all")


def run(
    context: typer.Context,
    role: Annotated[str, typer.Argument(help="intake, connector, aggregator, delivery, timekeeper or opt-out.")],
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
    from habeas.loops import Loops, collect_seldom  # noqa: PLC0415 - keeps `habeas --help` quick
    from habeas.observability.health import WRITTEN_EVERY_S, Pulse, Told  # noqa: PLC0415 - as above
    from habeas.observability.metrics import serve  # noqa: PLC0415 - as above

    log = structlog.get_logger()
    _prepare(habeas)
    running = Loops(loops, wakeups=habeas.database.wakeups)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        running.ask_to_stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    serve(habeas.settings.metrics.port, host=habeas.settings.metrics.host)
    event_log, database = Pulse.of("log"), Pulse.of("database")
    told = Told(role, [*running.pulses, event_log, database])
    collect_seldom()
    running.start()
    log.info("role.started", role=role)
    try:
        while True:
            _ask(event_log, lambda: _log_answers(habeas))
            _ask(database, lambda: _database_answers(habeas))
            _tell(told)
            if running.wait(WRITTEN_EVERY_S):
                break
    finally:
        running.stop()
        told.close()
    log.info("role.stopped", role=role)


def _tell(told: "Told") -> None:
    try:
        told.write()
    except OSError as error:  # who can't be heard of is taken to be ill, and works on
        structlog.get_logger().warning("health.not_told", exc_info=error)


def _ask(pulse: "Pulse", answers: Callable[[], None]) -> None:
    """Note whether a service answers this process, even while there is no work for which it is needed."""
    pulse.begin()
    try:
        answers()
        pulse.did_well()
    except HabeasError as error:
        pulse.failed(error)


def _log_answers(habeas: "Habeas") -> None:
    if habeas.event_log.check():
        raise SystemDownError("the log does not answer")


def _database_answers(habeas: "Habeas") -> None:
    with habeas.database.reading() as connection:
        connection.exec_driver_sql("SELECT 1")
