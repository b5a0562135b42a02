"""The client's errors, by what to do about them. Their texts are left out: they may quote what was sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from kafka import errors

from habeas.errors import (
    ConfigurationError,
    FencedError,
    HabeasError,
    LogTrimmedError,
    PermanentError,
    RetriableError,
    SystemDownError,
)

_FENCED: Final = (
    errors.CommitFailedError,
    errors.FencedInstanceIdError,
    errors.IllegalGenerationError,
    errors.UnknownMemberIdError,
    errors.RebalanceInProgressError,
)
_TRIMMED: Final = (errors.OffsetOutOfRangeError, errors.LogTruncationError)
_PERMANENT: Final = (
    errors.UnknownTopicOrPartitionError,
    errors.InvalidTopicError,
    errors.MessageSizeTooLargeError,
    errors.RecordListTooLargeError,
    errors.InvalidRecordError,
)
_REFUSED: Final = (
    errors.SaslAuthenticationFailedError,
    errors.AuthorizationError,
    errors.UnsupportedSaslMechanismError,
    errors.KafkaConfigurationError,
)
_DOWN: Final = (
    errors.KafkaTimeoutError,
    errors.KafkaConnectionError,
    errors.NodeNotReadyError,
    errors.MetadataEmptyBrokerList,
)


@contextmanager
def named() -> Iterator[None]:
    """Turn what the client raises inside the block into errors of Habeas.

    Two pass as they are, for a subscription to deal with: no position yet, and a record that breaks the format.
    """
    try:
        yield
    except (errors.NoOffsetForPartitionError, errors.CorruptRecordError):
        raise
    except errors.KafkaError as error:
        raise translated(error) from error


def translated(error: BaseException) -> HabeasError:
    """The error of Habeas that says what to do."""
    name = type(error).__name__
    if isinstance(error, _FENCED):
        return FencedError(f"This consumer lost its partitions to another one ({name}).")
    if isinstance(error, _TRIMMED):
        return LogTrimmedError(f"The broker no longer holds what this group has still to read ({name}).")
    if isinstance(error, _PERMANENT):
        return PermanentError(f"The broker will never take this ({name}).")
    if isinstance(error, _REFUSED):
        return ConfigurationError(f"The broker refuses us ({name}): check the credentials and rights that are set.")
    if not isinstance(error, _DOWN) and getattr(error, "retriable", False):
        return RetriableError(f"The broker can't do it just now ({name}).")
    return SystemDownError(f"Kafka does not answer as it should ({name}).")
