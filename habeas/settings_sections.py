"""The sections of habeas.toml, each of which names what it is about."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork, field_validator, model_validator

from habeas.domain.jurisdictions import DEFAULT, jurisdictions
from habeas.domain.web_addresses import is_this_machine, webhook_fault

_Seconds = Annotated[float, Field(gt=0)]
_Days = Annotated[int, Field(ge=0, le=36_500)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LogSettings(_Section):
    """`[log]`: the event log."""

    engine: Literal["embedded", "kafka"] = "embedded"
    path: Path = Path("data/log.db")
    bootstrap_servers: str = "127.0.0.1:9092"
    client_options: dict[str, str | int | float | bool] = {}
    session_s: _Seconds = 15  # kafka: for so long a process that was killed keeps its partitions


class StateSettings(_Section):
    """`[state]`: the state database."""

    url: str = "sqlite:///data/state.db"


class VaultSettings(_Section):
    """`[vault]`: sealed artefacts, their keys and the master key."""

    url: str = "data/vault"
    keys_url: str = "sqlite:///data/keys.db"
    master_key_file: Path = Path("data/master.key")


class DeliverySettings(_Section):
    """`[delivery]`: where answers and other letters go."""

    folder: Path = Path("answers")
    templates: Path | None = None  # a folder with letters of your own, which go before those of Habeas


class LettersSettings(_Section):
    """`[letters]`: what a person hears besides the answer."""

    receipt_after_s: Annotated[float, Field(ge=0)] = 3_600  # what is answered sooner needs no receipt; 0: none is sent
    inform_every_days: Annotated[int, Field(ge=0, le=60)] = 30  # during an extension; 0: never
    lift_after_days: Annotated[int, Field(ge=1, le=90)] = 14  # from the letter that says so to the lifting

    @property
    def receipt_after(self) -> timedelta:
        """After this a person who has heard nothing gets a receipt; never if this is zero."""
        return timedelta(seconds=self.receipt_after_s)

    @property
    def inform_every(self) -> timedelta:
        """So often a person whose answer takes longer is told how far it is; never if this is zero."""
        return timedelta(days=self.inform_every_days)


class TimeSettings(_Section):
    """`[time]`: how long things may take."""

    zone: str = "Europe/London"
    jurisdiction: str = DEFAULT  # whose law says when an answer is due, unless the request names another
    due_soon_days: Annotated[int, Field(ge=0, le=60)] = 7
    silent_after_s: _Seconds = 86_400
    give_up_days_before_due: Annotated[int, Field(ge=0, le=60)] = 10
    erasure_grace_days: Annotated[int, Field(ge=0, le=30)] = 14  # Article 12(3): a month, and no longer
    rescan_after_days: Annotated[int, Field(ge=0, le=3_650)] = 30  # 0: erasures are verified at once only

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("not a time zone; write it as Europe/London") from None
        return zone

    @field_validator("jurisdiction")
    @classmethod
    def _with_a_law(cls, code: str) -> str:
        if code not in jurisdictions():
            raise ValueError(f"none of {', '.join(sorted(jurisdictions()))}")
        return code

    @property
    def silent_after(self) -> timedelta:
        """After this a system that has not answered is told of."""
        return timedelta(seconds=self.silent_after_s)

    @property
    def give_up_before_due(self) -> timedelta:
        """So long before it is due the answer is given without a silent system and says so."""
        return timedelta(days=self.give_up_days_before_due)

    @property
    def rescan_after(self) -> timedelta:
        """After this a system is looked through again for what was erased from it; never if this is zero."""
        return timedelta(days=self.rescan_after_days)

    @property
    def erasure_grace(self) -> timedelta:
        """For so long an erasure can be undone; nothing is kept for it if this is zero."""
        return timedelta(days=self.erasure_grace_days)


class RetentionSettings(_Section):
    """`[retention]`: how long what Habeas itself holds of a person stays, in days after the request has ended."""

    folder_days: _Days = 30  # readable answers, from when they were put into the folder; 0: you remove them yourself
    answers_days: Annotated[int, Field(ge=1, le=36_500)] = 100  # answers, letters, plans, words, all sealed
    identities_days: Annotated[int, Field(ge=1, le=36_500)] = 2_192  # who asked, sealed; six years

    @model_validator(mode="after")
    def _in_order(self) -> "RetentionSettings":
        """What is in the open goes first, who asked goes last."""
        for shorter, longer in (("folder_days", "answers_days"), ("answers_days", "identities_days")):
            if getattr(self, shorter) > getattr(self, longer):
                raise ValueError(
                    f"{shorter} is {getattr(self, shorter)} and {longer} is {getattr(self, longer)}: "
                    f"make {longer} as long at least"
                )
        return self

    @property
    def folder(self) -> timedelta:
        """After this an answer is removed from the folder; never if this is zero."""
        return timedelta(days=self.folder_days)

    @property
    def answers(self) -> timedelta:
        """After this everything but who asked is shredded."""
        return timedelta(days=self.answers_days)

    @property
    def identities(self) -> timedelta:
        """After this nothing is held of the person."""
        return timedelta(days=self.identities_days)


class WorkSettings(_Section):
    """`[work]`: how tasks are tried."""

    batch_tasks_max: Annotated[int, Field(ge=1, le=500)] = 100
    lease_s: _Seconds = 60
    attempts_max: Annotated[int, Field(ge=1, le=100)] = 8
    tries_max: Annotated[int, Field(ge=1, le=10)] = 3
    pause_s_min: _Seconds = 2
    pause_s_max: _Seconds = 900


class SearchSettings(_Section):
    """`[search]`: what connectors remember of a search, so that the next need not read everything again."""

    remember: bool = True
    folder: Path = Path("data/search")  # on this machine; it may be emptied at any time


class MailSettings(_Section):
    """`[mail]`: the mail server through which recipients are told (Article 19); none if there is no host."""

    host: str = ""
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"  # "none" to this machine only
    sender: str = ""  # an address; the controller's own if it is not given
    user: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None  # authorities besides those that the machine trusts
    timeout_s: _Seconds = 30

    @model_validator(mode="after")
    def _private(self) -> "MailSettings":
        if self.tls == "none" and self.host and not is_this_machine(self.host):
            raise ValueError('tls is "none": personal data goes over TLS only; set "starttls" or "tls"')
        if bool(self.user) != (self.password_file is not None):
            raise ValueError("user and password_file go together")
        return self


class WebhookSettings(_Section):
    """`[webhooks]`: how recipients that have one are told (Article 19)."""

    secret_files: dict[str, Path] = {}  # by the recipient's id: what its notices are signed with
    networks: tuple[IPvAnyNetwork, ...] = ()  # private networks in which webhooks may lie
    ca_file: Path | None = None  # authorities besides those that the machine trusts
    timeout_s: _Seconds = 30


class OptOutSettings(_Section):
    """`[opt_out]`: the page to which links for opting out lead; none is served and no link is made without `url`."""

    url: str = ""  # as the outside sees it, through a web server that passes it on to `host` and `port`
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8046  # 0: links are made, and no page is served from here

    @field_validator("url")
    @classmethod
    def _over_https(cls, url: str) -> str:
        if url and (fault := webhook_fault(url)):
            raise ValueError(fault)
        if "?" in url:
            raise ValueError("has a question mark in it: a link is this and a token after a slash")
        return url


class SystemSettings(_Section):
    """`[systems.NAME]`: one system. `kind` names the connector, `options` are the connector's own."""

    kind: str
    title: str
    options: dict[str, Any] = {}


class LoggingSettings(_Section):
    """`[logging]`."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    json_lines: bool = False


class MetricsSettings(_Section):
    """`[metrics]`: where Prometheus may ask; port 0 means nowhere."""

    port: Annotated[int, Field(ge=0, le=65_535)] = 0
    host: str = "127.0.0.1"
