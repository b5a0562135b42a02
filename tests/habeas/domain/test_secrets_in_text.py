"""Passwords, tokens and keys are found by what is around them, and by their shapes."""

import pytest

from habeas.domain.secrets_in_text import is_secret_name, secrets_in

JWT = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        ("Password: hunter2", ["hunter2"]),
        ("your password is Tr0ub4dor, change it", ["Tr0ub4dor"]),
        ("lösenord: sommar", ["sommar"]),
        ("Parolanız: gizli9", ["gizli9"]),  # noqa: RUF001 - Turkish
        ('{"user": "ada", "password": "p,w", "api_key": "abc123def"}', ["p,w", "abc123def"]),
        ("https://x.example/reset?reset_token=abc.def&u=1", ["abc.def"]),
        ("postgresql://ada:s3cret@db/x", ["s3cret"]),
        (f"Authorization: Bearer {JWT}", [JWT]),
        (f"key:\n{PEM}\nbye", [PEM]),
        ("AKIAIOSFODNN7EXAMPLE", ["AKIAIOSFODNN7EXAMPLE"]),
        ("CVV: 123", ["123"]),
        ("The password is wrong.", []),
        ("I forgot my password. What now?", []),
        ("a token of our gratitude: flowers", []),
        ("Keynote: 10 o'clock", []),
        ("https://www.example.org:8443/a@b", []),
    ],
)
def test_secrets_are_found_in_texts(text: str, secrets: list[str]) -> None:
    """And what merely speaks of them is not."""
    assert [text[start:stop] for start, stop in secrets_in(text)] == secrets


@pytest.mark.parametrize("name", ["password", "PasswordHash", "user_passwd", "apiKey", "refresh_token", "card_cvv"])
def test_fields_are_known_by_their_names(name: str) -> None:
    """In whatever way they are written."""
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["password_changed_at", "hasPassword", "passport", "token", "key", "monkey", "pinned"])
def test_what_only_tells_of_a_secret_is_none(name: str) -> None:
    """When it was changed is the person's own data."""
    assert not is_secret_name(name)
