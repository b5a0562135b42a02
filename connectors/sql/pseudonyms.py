"""Pseudonyms: the same for one person in one column, and nothing of the person in them (Article 4(5))."""

import hashlib
import hmac
from base64 import b32encode

PSEUDONYM = "{pseudonym}"
"""What stands for it in a replacement."""
LENGTH = 16


def pseudonym(token: str, place: str) -> str:
    """16 letters and digits, made of the person's random token and of the table and column, so that two columns can't
    be joined by them. Only who has Habeas's own database can tell whose they are.
    """
    digest = hmac.digest(token.encode(), place.encode(), hashlib.sha256)
    return b32encode(digest[:10]).decode().lower()
