"""Settings: one frozen model from habeas.toml and the environment, read once and passed down.

A variable overrides the file: HABEAS_STATE__URL for `url` in `[state]`, and so on.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from habeas.errors import ConfigurationError
from habeas.settings_sections import (
    DeliverySettings,
    LettersSettings,
    LoggingSettings,
    LogSettings,
    MailSettings,
    MetricsSettings,
    OptOutSettings,
    RetentionSettings,
    SearchSettings,
    StateSettings,
    SystemSettings,
    TimeSettings,
    VaultSettings,
    WebhookSettings,
    WorkSettings,
)

FILE_NAME = "habeas.toml"


class Settings(BaseSettings):
    """habeas.toml; paths in it are relative to its folder, `root`."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="HABEAS_",
        env_nested_delimiter="__",
        nested_model_default_partial_update=True,
    )

    root: Path
    register_file: Path = Path("register.yaml")
    log: LogSettings = LogSettings()
    state: StateSettings = StateSettings()
    vault: VaultSettings = VaultSettings()
    delivery: DeliverySettings = DeliverySettings()
    letters: LettersSettings = LettersSettings()
    time: TimeSettings = TimeSettings()
    retention: RetentionSettings = RetentionSettings()
    work: WorkSettings = WorkSettings()
    search: SearchSettings = SearchSettings()
    logging: LoggingSettings = LoggingSettings()
    metrics: MetricsSettings = MetricsSettings()
    mail: MailSettings = MailSettings()
    webhooks: WebhookSettings = WebhookSettings()
    opt_out: OptOutSettings = OptOutSettings()
    systems: dict[str, SystemSettings] = {}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment overrides the file."""
        return env_settings, init_settings

    @field_validator("systems")
    @classmethod
    def _named_plainly(cls, systems: Mapping[str, SystemSettings]) -> Mapping[str, SystemSettings]:
        for name in systems:
            if not (name.isidentifier() and name.islower()) or name in {"answer", "letters", "delivery", "recipients"}:
                raise ValueError(f"'{name}' is no name for a system: use lower-case letters, digits and _")
        return systems

    @property
    def titles(self) -> dict[str, str]:
        """What letters and screens call each system."""
        return {name: each.title for name, each in self.systems.items()}

    def path(self, relative: Path | str) -> Path:
        """A path of the file, from where the program runs."""
        return self.root / relative

    def url(self, url: str) -> str:
        """A database address; a relative SQLite path starts at the file's folder."""
        prefix = "sqlite:///"
        if not url.startswith(prefix) or url.startswith(prefix + "/"):
            return url
        return prefix + str(self.path(url.removeprefix(prefix)).absolute())


def load_settings(path: Path) -> Settings:
    """Read habeas.toml and the environment. Raises ConfigurationError naming the entry and what to change."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(f"{path} is missing: run 'habeas init', or name another file by --config") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: {error}") from None
    try:
        return Settings(root=path.parent, **raw)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        entry = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"{path}: {entry}: {first['msg'].removeprefix('Value error, ')}") from None
