"""Passwords, tokens and keys: fields by their names, and what stands in texts (Article 32)."""

import re
from collections.abc import Iterator
from functools import lru_cache

_SHAPES = re.compile(
    r"-----BEGIN (?P<kind>[A-Z ]*PRIVATE KEY(?: BLOCK)?)-----.*?(?:-----END (?P=kind)-----|\Z)"
    r"|\beyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*"  # JSON Web Tokens
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\b(?:gh[opsur]_|github_pat_|glpat-|xox[abprs]-|sk_(?:live|test)_|SG\.)[\w.-]{16,}",
    re.DOTALL,
)
_WORDS = (
    r"(?:pass(?:word|wd|code|phrase)|pwd|lösenord(?:et)?|parola(?:n\u0131z)?|şifre(?:niz|si)?"
    r"|pin[ -]?(?:code|kod(?:en)?)|cvv2?|cvc2?|security code|säkerhetskod"
    r"|(?:api|secret)[ _-]?key|(?:client[ _-])?secret|(?:access|refresh|auth|bearer|reset)[ _-]?token)"
)
_SAID = re.compile(
    rf"(?<![^\W_]){_WORDS}[\"']?(?:"
    r"\s*[:=]\s*(?:\"(?P<quoted>[^\"\n]+)\"|[\"']?(?P<set>[^\s\"'<>&,;]{3,}))"
    r"|\s+(?:is|was|är|var)\s*:?\s+[\"'“]?(?=\S*[\d!#$%&*+=?@^_~])(?P<said>[^\s\"'“”<>,;]{4,})"
    r")",
    re.IGNORECASE,
)
_IN_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@]*:(?P<password>[^\s/@]+)@", re.IGNORECASE)
_SIGNS = tuple(
    "pass pwd lösen parola şifre pin cvv cvc secur säkerhet key secret token eyj akia asia gh glpat xox sk_ sg. ://".split()  # noqa: SIM905 - a list would be a page long
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_NAMES = {"password", "passwd", "pwd", "passphrase", "passcode", "cvv", "cvc"}
_PAIRS = tuple(
    set(each.split())
    for each in (
        "api key", "private key", "secret key", "client secret", "access token", "refresh token", "reset token",
        "session token", "auth token",
    )
)  # fmt: skip
_ABOUT = set("at on date changed expires expiry updated count policy reminder length is has".split())  # noqa: SIM905 - a list would be a page long


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """True for the name of a field that holds a secret, not for one that tells something of it."""
    words = {each.lower() for each in _WORD.findall(name)}
    return bool(words & _NAMES or any(pair <= words for pair in _PAIRS)) and not words & _ABOUT


def may_hold_secrets(text: str) -> bool:
    """A quick look: False if there is nothing in the text that `secrets_in` would find."""
    small = text.lower()
    return any(each in small for each in _SIGNS)


def secrets_in(text: str) -> Iterator[tuple[int, int]]:
    """Where secrets stand."""
    yield from (each.span() for each in _SHAPES.finditer(text))
    yield from (each.span("password") for each in _IN_ADDRESS.finditer(text))
    yield from (each.span(each.lastgroup or 0) for each in _SAID.finditer(text))
