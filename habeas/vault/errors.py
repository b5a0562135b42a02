"""What can go wrong with sealed things.

PermanentError
├── KeyDestroyedError   the request's key is gone: what was sealed for it is unreadable for ever
├── SealBrokenError     the bytes were changed, cut short or belong to something else
└── ArtefactLostError   the file store no longer holds the artefact
ConfigurationError
└── MasterKeyMissingError
"""

from habeas.errors import ConfigurationError, PermanentError


class KeyDestroyedError(PermanentError):
    """The request has no key (any more)."""


class SealBrokenError(PermanentError):
    """What was sealed is not what lies there."""


class ArtefactLostError(PermanentError):
    """The file of a sealed artefact is gone."""


class MasterKeyMissingError(ConfigurationError):
    """A key is wrapped under a master key that is not there."""
