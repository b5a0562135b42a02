"""Errors, named by what the runner does with them.

    HabeasError
    ├── RetriableError        tried again later, uses up an attempt
    ├── SystemDownError       the whole system is down: its circuit opens, no attempt is used up
    ├── PermanentError        trying again can't help: dead letter at once
    ├── PoisonError           the message itself can't be read: dead letter, the consumer goes on
    ├── FencedError           this process lost its ownership: it stops writing and starts afresh
    ├── LogTrimmedError       records were deleted before this reader came to them: an operator must know
    ├── DeadLetterLimitError  a consumer that would dead-letter everything stops instead
    └── UserError             told to the person at the terminal, in one line that says what to change
        ├── ConfigurationError
        └── NotFoundError

No message of any of these carries personal data: they reach log lines and dead letters.
"""


class HabeasError(Exception):
    """Anything that goes wrong in Habeas."""


class RetriableError(HabeasError):
    """A passing fault: the same call may succeed later."""


class SystemDownError(HabeasError):
    """The outside system does not answer anybody: nobody's attempt is used up."""


class PermanentError(HabeasError):
    """The system answered and will answer the same again."""


class PoisonError(HabeasError):
    """A record on the log that no handler can read."""


class FencedError(HabeasError):
    """A lease or a partition has another owner now: nothing may be written any more."""


class LogTrimmedError(HabeasError):
    """The log no longer holds what this group has still to read."""


class DeadLetterLimitError(HabeasError):
    """Too many dead letters in too few messages: rather a fault of ours than of the messages."""


class UserError(HabeasError):
    """Wrong input; the message is one clear line that says what to change."""

    exit_code = 2


class ConfigurationError(UserError):
    """habeas.toml, register.yaml, a map or the environment is wrong."""

    exit_code = 3


class NotFoundError(UserError):
    """There is nothing of that name."""

    exit_code = 4
