"""Opt-out: answers those who follow a link for opting out."""

from habeas.bootstrap import Habeas
from habeas.errors import ConfigurationError
from habeas.loops import Loop


def opt_out_loops(habeas: Habeas) -> list[Loop]:
    """One; none where no address is set for links, or no port. Raises ConfigurationError if it can't listen."""
    from habeas.letters.opt_out_page import OptOutPage  # noqa: PLC0415 - only where it is served
    from habeas.letters.templates import Templates  # noqa: PLC0415 - as above
    from habeas.roles.opt_out_http import OptOutServer  # noqa: PLC0415 - as above

    settings = habeas.settings
    if not (settings.opt_out.url and settings.opt_out.port):
        return []
    own = settings.delivery.templates
    page = OptOutPage(Templates(settings.path(own) if own else None), habeas.register)
    place = settings.opt_out
    try:
        server = OptOutServer(place.host, place.port, opting_out=habeas.opting_out, page=page)
    except OSError as error:
        raise ConfigurationError(
            f"opt_out: can't listen at {place.host}:{place.port} ({type(error).__name__}): name another port"
        ) from None

    def step() -> int:
        server.handle_request()
        return 0

    # waiting for a connection is the loop's pause
    return [Loop("opt_out", step, wake="opt_out", close=server.server_close, idle_s=0)]
