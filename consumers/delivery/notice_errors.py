"""What can go wrong when a recipient is told; `why` is what the log may know of it, never what the other side wrote."""

from habeas.errors import PermanentError, RetriableError, SystemDownError


class NotTakenError(RetriableError):
    """The recipient answered that it can't take the notice now."""


class RefusedError(PermanentError):
    """The recipient will never take the notice as it is."""


class UnreachableError(SystemDownError):
    """Nobody answers at the recipient's address."""


def kind_of(error: Exception) -> str:
    """In a few words without anything of the recipient's or the person's."""
    return str(error) if isinstance(error, NotTakenError | RefusedError | UnreachableError) else type(error).__name__
