"""Takes in the requests given as JSON on standard input, one at a time, and prints their ids.

A request that can't be taken now, because a database is away, is tried again.
"""

import json
import sys
import time
from pathlib import Path

from habeas.bootstrap import Habeas
from habeas.domain.requests import IdentityCheck, Right
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.errors import RetriableError, SystemDownError
from habeas.settings import load_settings
from producers.intake import Submission

EVERY_S = 0.5


def main(config: Path) -> None:
    wanted: list[tuple[str, str]] = json.load(sys.stdin)
    with Habeas(load_settings(config)) as habeas:
        for right, email in wanted:
            sys.stdout.write(_submitted(habeas, right, email) + "\n")
            sys.stdout.flush()
            time.sleep(EVERY_S)


def _submitted(habeas: Habeas, right: str, email: str) -> str:
    submission = Submission(Right(right), (identifier(IdentifierKind.EMAIL, email),), IdentityCheck.LOGIN)
    while True:
        try:
            return habeas.intake.submit([submission], actor="tester")[0].request_id
        except (RetriableError, SystemDownError):
            time.sleep(EVERY_S)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
