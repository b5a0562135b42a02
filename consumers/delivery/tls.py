"""TLS to those who are told: certificates are always checked."""

import ssl
from pathlib import Path


def context(ca_file: Path | None) -> ssl.SSLContext:
    """As the machine trusts, and the authorities in this file. Raises OSError if it can't be read."""
    made = ssl.create_default_context()
    if ca_file is not None:
        made.load_verify_locations(ca_file)
    return made
