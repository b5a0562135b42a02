"""Places where a test may kill the process, to prove that a crash there loses and repeats nothing.

HABEAS_FAILPOINT=name[:nth] kills it when the named place is reached for the nth time (the first by default).
Without the variable a failpoint costs one comparison.
"""

import os
import signal
from collections import Counter
from typing import Final

FAILPOINTS: Final = (
    "inbox.before_commit",
    "inbox.after_commit",
    "offsets.after_commit",
    "task.leased",
    "plan.before_commit",
    "plan.after_commit",
    "apply.before",
    "apply.inside",
    "apply.after",
    "verify.after",
    "outcome.before_commit",
    "outcome.after_commit",
    "outbox.before_append",
    "outbox.after_append",
    "outbox.after_commit",
    "answer.before_commit",
    "answer.after_commit",
    "delivery.before",
    "delivery.after",
)

_name, _, _nth = os.environ.get("HABEAS_FAILPOINT", "").partition(":")
_reached: Counter[str] = Counter()


def reach(name: str) -> None:
    """Die here, at once and without any clean-up, if a test asked for it."""
    if name != _name:
        return
    _reached[name] += 1
    if _reached[name] == int(_nth or 1):
        os.kill(os.getpid(), signal.SIGKILL)
