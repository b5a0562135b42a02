"""Whose files they are: each folder at the top of the store is one client (law.md A.15, A.20).

`clients.yaml` in the store, or `client.yaml` in a client's folder, says for whom the files are held:

    acme:                       # clients.yaml: the folder
      name: Acme Trading Ltd
      role: processor           # the files are the client's; without it they are the controller's own
    berg:
      relation: customer        # what the people in these files are to the controller, as register.yaml calls it
      customer_ceased: null     # the day from which retention runs; null while it has not come
      whole_files: ["identity/*"]  # each is about one person, and is erased as a whole
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from typing import Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from connectors.customs_files.stores.store import Store, UnavailableError
from habeas.errors import ConfigurationError

T = TypeVar("T")

CUSTOMER_CEASED = "customer_ceased"
_FILE_BYTES_MAX = 1024 * 1024


class _Client(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str | None = None
    role: Literal["controller", "processor"] = "controller"
    relation: str | None = None
    customer_ceased: date | None = None
    whole_files: tuple[str, ...] = ()


_CLIENTS: TypeAdapter[dict[str, _Client]] = TypeAdapter(dict[str, _Client])
_CLIENT = TypeAdapter(_Client)


@dataclass(frozen=True, slots=True)
class Holding:
    """How the files of one folder are held.

    `client` is on whose behalf, None if they are the controller's own.
    """

    client: str | None = None
    relation: str | None = None
    anchors: Mapping[str, date | None] = field(default_factory=dict)
    whole_files: tuple[str, ...] = ()


_OWN = Holding()


@dataclass(frozen=True, slots=True)
class Clients:
    """The clients by folder."""

    holdings: Mapping[str, Holding]

    def of(self, path: str) -> Holding:
        """How the file of that path is held."""
        return self.holdings.get(path.partition("/")[0], _OWN)

    def is_whole(self, path: str) -> bool:
        """True if the file is about one person only, and is erased as a whole."""
        within = path.partition("/")[2]
        return any(fnmatchcase(within, pattern) for pattern in self.of(path).whole_files)


def read_clients(store: Store) -> Clients:
    """Read what the store says of its clients. Raises ConfigurationError naming the file and what is wrong."""
    found = _parsed(store, "clients.yaml", _CLIENTS) or {}
    for folder in store.folders(""):
        client = _parsed(store, f"{folder}/client.yaml", _CLIENT)
        if client is not None:
            found[folder] = client
    return Clients({folder: _holding(folder, each) for folder, each in found.items()})


def _holding(folder: str, client: _Client) -> Holding:
    known = CUSTOMER_CEASED in client.model_fields_set
    return Holding(
        client=(client.name or folder) if client.role == "processor" else None,
        relation=client.relation,
        anchors={CUSTOMER_CEASED: client.customer_ceased} if known else {},
        whole_files=client.whole_files,
    )


def _parsed(store: Store, path: str, adapter: TypeAdapter[T]) -> T | None:
    where = f"{path.rpartition('/')[2]} of the file store"
    try:
        data = store.get(path, _FILE_BYTES_MAX)
        raw = None if data is None else yaml.safe_load(data.decode("utf-8"))
        return None if raw is None else adapter.validate_python(raw)
    except UnavailableError as error:
        raise ConfigurationError(f"{where} is {error}") from None
    except OSError as error:
        raise ConfigurationError(f"{where} can't be read ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise ConfigurationError(f"{where} is not valid YAML") from None
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        entry = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"{where}: {entry}: {first['msg']}") from None
