"""How notices leave, as the settings say; what is set wrong is told when a notice is to leave that way."""

from collections.abc import Mapping
from email.utils import parseaddr
from pathlib import Path

from consumers.delivery.mailing import MailServer, message
from consumers.delivery.tls import context
from consumers.delivery.webhooks import Webhooks, secret_of
from habeas.domain.organisations import Notify
from habeas.domain.register import Register
from habeas.errors import ConfigurationError
from habeas.ports import Clock
from habeas.settings import Settings


class Senders:
    """The ways out; secrets are read when they are needed, so that a new one counts at once."""

    def __init__(self, settings: Settings, *, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    @property
    def has_mail(self) -> bool:
        """False if no mail server is set: letters are then laid down for a person to send."""
        return bool(self._settings.mail.host)

    def post(self, recipient: str, url: str, id_: str, body: bytes) -> None:
        """Raises as `Webhooks.post` does, and ConfigurationError."""
        webhooks = self._settings.webhooks
        made = Webhooks(
            context=context(self._path(webhooks.ca_file)), networks=webhooks.networks, timeout_s=webhooks.timeout_s
        )
        made.post(url, id_, body, secret=self.secret(recipient), now=self._clock.now())

    def mail(self, to: str, id_: str, forms: Mapping[str, bytes], *, register: Register) -> None:
        """Raises as `MailServer.send` does, and ConfigurationError."""
        mail = self._settings.mail
        text = forms["letter.txt"].decode()
        made = message(
            id_=id_,
            to=to,
            sender=mail.sender or parseaddr(register.controller.email)[1],
            subject=f"{register.controller.name}: GDPR Article 19, {id_[:8]}",
            text=text,
            html=forms["letter.html"].decode(),
            letter=forms["letter.pdf"],
            now=self._clock.now(),
        )
        server = MailServer(
            mail.host,
            mail.port,
            tls=mail.tls,
            context=context(self._path(mail.ca_file)),
            login=(mail.user, self.password()) if mail.user else None,
            timeout_s=mail.timeout_s,
        )
        server.send(made)

    def fault(self, recipient: str, notify: Notify) -> str | None:
        """What is set wrong for this recipient, without asking anybody; a missing mail server is not wrong."""
        try:
            if notify.webhook:
                self.secret(recipient)
                context(self._path(self._settings.webhooks.ca_file))
            elif self.has_mail:
                self.password()
                context(self._path(self._settings.mail.ca_file))
        except ConfigurationError as error:
            return str(error)
        except OSError as error:
            return f"ca_file: {type(error).__name__}"
        return None

    def secret(self, recipient: str) -> bytes:
        """What a recipient's notices are signed with. Raises ConfigurationError."""
        file = self._settings.webhooks.secret_files.get(recipient)
        if file is None:
            raise ConfigurationError(f"webhooks.secret_files.{recipient} is missing: notices are signed")
        return secret_of(_read(self._settings.path(file), f"webhooks.secret_files.{recipient}"))

    def password(self) -> str:
        """The mail server's. Raises ConfigurationError."""
        file = self._settings.mail.password_file
        return _read(self._settings.path(file), "mail.password_file").rstrip("\r\n") if file else ""

    def _path(self, file: Path | None) -> Path | None:
        return self._settings.path(file) if file is not None else None


def _read(path: Path, entry: str) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{entry}: {path}: {type(error).__name__}") from None
