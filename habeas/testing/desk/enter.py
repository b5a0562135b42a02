"""Prints as JSON whom the server of files lets in: the user with the key, root with it, the user with a password."""

import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

import paramiko

from habeas.settings import load_settings


def main(config: Path) -> None:
    options = load_settings(config).systems["customs_files"].options
    url = urlsplit(str(options["root"]))
    host, user = url.hostname or "", url.username or ""
    known, key = (str(options[name]) for name in ("known_hosts", "key_file"))
    told = {
        "key": _entered(host, known, user, key=key),
        "root": _entered(host, known, "root", key=key),
        "password": _entered(host, known, user, password="password"),
    }
    json.dump(told, sys.stdout)


def _entered(host: str, known: str, user: str, *, key: str | None = None, password: str | None = None) -> bool:
    with paramiko.SSHClient() as client:
        client.load_host_keys(known)
        try:
            client.connect(
                host, username=user, key_filename=key, password=password, look_for_keys=False, allow_agent=False
            )
        except paramiko.AuthenticationException:
            return False
        return True


if __name__ == "__main__":
    main(Path(sys.argv[1]))
