"""Reading a connector's own options, as they stand under `[systems.NAME.options]`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, ValidationInfo

from habeas.errors import ConfigurationError


class Options(BaseModel):
    """A connector's options. Subclass it; paths and SQLite addresses are relative to the folder of habeas.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _from_folder(value: object, info: ValidationInfo) -> object:
    return Path(info.context["folder"]) / value if isinstance(value, str | Path) and info.context else value


def _database_from_folder(value: object, info: ValidationInfo) -> object:
    prefix = "sqlite:///"
    if not isinstance(value, str) or not info.context or not value.startswith(prefix):
        return value
    return prefix + str((Path(info.context["folder"]) / value.removeprefix(prefix)).absolute())


LocalPath = Annotated[Path, BeforeValidator(_from_folder)]
DatabaseUrl = Annotated[str, BeforeValidator(_database_from_folder)]
_Options = TypeVar("_Options", bound=Options)


def read_options(kind: type[_Options], raw: Mapping[str, Any], *, system: str, folder: Path) -> _Options:
    """Raises ConfigurationError naming the entry of habeas.toml."""
    try:
        return kind.model_validate(dict(raw), context={"folder": folder})
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        entry = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"habeas.toml: systems.{system}.options.{entry}: {first['msg']}") from None
