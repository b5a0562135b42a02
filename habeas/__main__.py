"""`habeas`, or `python -m habeas`.

Exit codes: 0 done; 1 something failed and can be tried again; 2 wrong input; 3 wrong configuration; 4 no such thing;
5 a check found problems.
"""

import os
import sys
import traceback

from habeas.errors import HabeasError, UserError


def main() -> None:
    """Run the command line; every failure is one line that says what to do."""
    from habeas.cli import app  # noqa: PLC0415 - so that a failing import is told like any other failure

    try:
        app()
    except UserError as error:
        _exit(str(error), code=error.exit_code)
    except HabeasError as error:
        _exit(f"{error} ({type(error).__name__})", code=1)
    except KeyboardInterrupt:
        _exit("stopped", code=130)
    except Exception as error:  # noqa: BLE001 - a stack trace helps no user, and may quote data
        if os.environ.get("HABEAS_TRACEBACK"):
            traceback.print_exc()
        _exit(
            f"unexpected {type(error).__name__}; HABEAS_TRACEBACK=1 shows where, 'habeas doctor' may show why", code=1
        )


def _exit(message: str, *, code: int) -> None:
    sys.stderr.write(f"habeas: {message}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
