"""What one command works with: the settings it names, and the parts built from them."""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from habeas.errors import NotFoundError, UserError
from habeas.settings import Settings, load_settings

if TYPE_CHECKING:
    from habeas.bootstrap import Habeas


@dataclass(frozen=True, slots=True)
class Session:
    """One command's set-up."""

    config: Path

    def settings(self) -> Settings:
        """Raises ConfigurationError."""
        return load_settings(self.config)

    @contextmanager
    def opened(self, *, log_level: str | None = None) -> Iterator["Habeas"]:
        """The parts, closed afterwards. Log lines go to standard error."""
        from habeas.bootstrap import Habeas  # noqa: PLC0415 - keeps `habeas --help` quick
        from habeas.observability.logging import configure  # noqa: PLC0415 - as above

        settings = self.settings()
        configure(level=log_level or settings.logging.level, as_json=settings.logging.json_lines)
        with Habeas(settings) as habeas:
            yield habeas


def actor() -> str:
    """Who gives the command, for the audit trail."""
    return os.environ.get("HABEAS_ACTOR") or getpass.getuser()


def full_request_id(habeas: "Habeas", beginning: str) -> str:
    """The one request whose id begins so. Raises NotFoundError or UserError."""
    from habeas.storage import cases  # noqa: PLC0415 - keeps `habeas --help` quick

    with habeas.database.reading() as connection:
        ids = cases.matching(connection, beginning)
    if not ids:
        raise NotFoundError(f"there is no request '{beginning}'; 'habeas list' shows them")
    if len(ids) > 1:
        raise UserError(f"several requests begin with '{beginning}': {', '.join(id_[:13] for id_ in ids)}")
    return ids[0]
