"""Where the master keys come from: a file, or the environment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from habeas.errors import ConfigurationError
from habeas.vault.errors import MasterKeyMissingError
from habeas.vault.master_file import FileMasterKeys
from habeas.vault.wrapping import MasterKey

VARIABLE = "HABEAS_MASTER_KEY"
VARIABLE_PREVIOUS = "HABEAS_MASTER_KEY_PREVIOUS"


class MasterKeys(Protocol):
    """The master keys of one key store; usually one, during a rotation more."""

    def ids(self) -> Sequence[str]:
        """The newest last."""

    def newest(self) -> MasterKey:
        """The one to begin with."""

    def get(self, master_id: str) -> MasterKey:
        """The one of that id, however lately it came. Raises MasterKeyMissingError."""

    def renew(self) -> MasterKey:
        """The one to rotate to, kept durably before this returns. Raises ConfigurationError if there can be none."""

    def keep_only(self, master_id: str) -> None:
        """Forget the others for good, where that is in our power."""


@dataclass(frozen=True, slots=True)
class EnvironmentMasterKeys:
    """Master keys that somebody else keeps and passes in; rotating means to pass in two for a while."""

    current: MasterKey
    previous: MasterKey | None = None

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "EnvironmentMasterKeys":
        """Raises ConfigurationError if there is none or one is malformed."""
        if not environment.get(VARIABLE):
            raise ConfigurationError(f"{VARIABLE} is not set: it should be 32 random bytes in base64")
        previous = environment.get(VARIABLE_PREVIOUS)
        return cls(
            MasterKey.of_text(environment[VARIABLE], source=VARIABLE),
            MasterKey.of_text(previous, source=VARIABLE_PREVIOUS) if previous else None,
        )

    def ids(self) -> Sequence[str]:
        return tuple(key.id for key in (self.previous, self.current) if key)

    def newest(self) -> MasterKey:
        return self.current

    def get(self, master_id: str) -> MasterKey:
        for key in (self.current, self.previous):
            if key and key.id == master_id:
                return key
        raise MasterKeyMissingError(
            f"keys are wrapped under master key {master_id}, which is in neither {VARIABLE} nor {VARIABLE_PREVIOUS}"
        )

    def renew(self) -> MasterKey:
        if self.previous is None:
            raise ConfigurationError(
                f"set {VARIABLE} to a new key and {VARIABLE_PREVIOUS} to the present one, everywhere, then rotate again"
            )
        return self.current

    def keep_only(self, master_id: str) -> None:
        """Only who sets the variables can do that."""


def open_master_keys(path: Path, environment: Mapping[str, str]) -> MasterKeys:
    """Those of the environment if it has any, else those of the file. Raises ConfigurationError."""
    return EnvironmentMasterKeys.of(environment) if environment.get(VARIABLE) else FileMasterKeys(path)
