"""Whose files they are: each folder at the top of the store is one client (law.md A.15, A.20).

`clients.yaml` in the store, or `client.yaml` in a client's folder, says for whom the files are held:

    acme:                       # clients.yaml: the folder
      name: Acme Trading Ltd
      role: processor           # the files are the client's; without it they are the controller's own
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from habeas.errors import ConfigurationError

T = TypeVar("T")

_FILE_BYTES_MAX = 1024 * 1024


class _Client(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str | None = None
    role: Literal["controller", "processor"] = "controller"


_CLIENTS: TypeAdapter[dict[str, _Client]] = TypeAdapter(dict[str, _Client])
_CLIENT = TypeAdapter(_Client)


@dataclass(frozen=True, slots=True)
class Clients:
    """The clients for whom files are held as their processor, by folder."""

    processed_for: Mapping[str, str]

    def of(self, path: str) -> str | None:
        """The client on whose behalf the file of that path is held; None if it is the controller's own."""
        return self.processed_for.get(path.partition("/")[0])


def read_clients(root: Path) -> Clients:
    """Read what the store says of its clients. Raises ConfigurationError naming the file and what is wrong."""
    found: dict[str, _Client] = {}
    if (root / "clients.yaml").is_file():
        found = _parsed(root / "clients.yaml", _CLIENTS) or found
    with os.scandir(root) as listing:
        folders = sorted(each.name for each in listing if each.is_dir(follow_symlinks=False))
    for folder in folders:
        if (root / folder / "client.yaml").is_file():
            client = _parsed(root / folder / "client.yaml", _CLIENT)
            if client is not None:
                found[folder] = client
    return Clients({folder: each.name or folder for folder, each in found.items() if each.role == "processor"})


def _parsed(path: Path, adapter: TypeAdapter[T]) -> T | None:
    where = f"{path.name} of the file store"
    try:
        if path.stat().st_size > _FILE_BYTES_MAX:
            raise ConfigurationError(f"{where} is larger than {_FILE_BYTES_MAX} bytes")
        raw = yaml.safe_load(path.read_text("utf-8"))
        return None if raw is None else adapter.validate_python(raw)
    except OSError as error:
        raise ConfigurationError(f"{where} can't be read ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise ConfigurationError(f"{where} is not valid YAML") from None
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        entry = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"{where}: {entry}: {first['msg']}") from None
