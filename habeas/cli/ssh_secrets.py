"""Keys for a server of files and its one client: each knows the other from the start, and nobody is asked to trust."""

from collections.abc import Callable
from pathlib import Path

from habeas.errors import ConfigurationError

Write = Callable[[Path, str, int], None]
"""A file, its content and its mode."""


def make_ssh_keys(client: Path, server: Path, host: str, write: Write) -> bool:
    """Make what is missing; True if something was.

    In the client's folder `key` and `known_hosts`, for the server by the name `host`; in the server's `host_key` and
    `authorized_keys`. A key that is there stays, and what depends on it is written anew.
    Raises ConfigurationError if a key can't be read.
    """
    key, made_key = _key(client / "key", 0o600, write)
    host_key, made_host_key = _key(server / "host_key", 0o444, write)  # the server, another user, reads it too
    write(client / "known_hosts", f"{host} {host_key}\n", 0o444)
    write(server / "authorized_keys", f"restrict {key}\n", 0o444)
    return made_key or made_host_key


def _key(path: Path, mode: int, write: Write) -> tuple[str, bool]:
    """The public half in OpenSSH's words, and whether the key had to be made."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - keeps `habeas --help` quick
    from cryptography.hazmat.primitives import serialization as forms  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - as above

    made = not path.exists()
    if made:
        new = Ed25519PrivateKey.generate()
        form = (forms.Encoding.PEM, forms.PrivateFormat.OpenSSH, forms.NoEncryption())
        write(path, new.private_bytes(*form).decode(), mode)
    try:
        known = forms.load_ssh_private_key(path.read_bytes(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigurationError(f"{path}: no private key of OpenSSH without a passphrase") from None
    public = known.public_key().public_bytes(forms.Encoding.OpenSSH, forms.PublicFormat.OpenSSH)
    return public.decode(), made
