"""Places where a test may kill the process, to prove that a crash there loses and repeats nothing.

HABEAS_FAILPOINT=name[:nth] kills it when the named place is reached for the nth time (the first by default).
Without the variable a failpoint costs one comparison.
"""

import os
import signal
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
    "original.before_commit",
    "original.after_commit",
    "apply.after",
    "verify.after",
    "undo.before",
    "undo.inside",
    "undo.after",
    "lift.before",
    "lift.inside",
    "lift.after",
    "outcome.before_commit",
    "outcome.after_commit",
    "outbox.before_append",
    "outbox.after_append",
    "outbox.after_commit",
    "answer.before_commit",
    "answer.after_commit",
    "letter.before_commit",
    "letter.after_commit",
    "recipients.before_commit",
    "recipients.after_commit",
    "recipient.sent",
    "recipient.before_commit",
    "recipient.after_commit",
    "delivery.before",
    "delivery.after",
    "shredding.before_commit",
    "shredding.after_commit",
    "shredding.key_destroyed",
    "shredding.files_removed",
    "clearing.removed",
)


class _Trap:
    """The one place where this process is to die."""

    def __init__(self, where: str) -> None:
        self.name, _, nth = where.partition(":")
        self.nth = int(nth or 1)
        self.reached = 0


_traps = [_Trap(os.environ.get("HABEAS_FAILPOINT", ""))]


def reach(name: str) -> None:
    """Die here, at once and without any clean-up, if a test asked for it."""
    trap = _traps[0]
    if name != trap.name:
        return
    trap.reached += 1
    if trap.reached == trap.nth:
        os.kill(os.getpid(), signal.SIGKILL)


def set_trap(where: str) -> None:
    """Die there, whatever the variable says: for processes that were forked, not started."""
    _traps[0] = _Trap(where)
