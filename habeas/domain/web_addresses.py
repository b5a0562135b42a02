"""Addresses to which Habeas may send: over HTTPS, or to this machine."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_this_machine(host: str) -> bool:
    """True for `localhost` and the loopback addresses, by how they are written."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def webhook_fault(url: str) -> str | None:
    """What is wrong with an address for a webhook, and how to write it; None if nothing is."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "is no web address: write it as https://example.org/privacy"
    if parts.scheme not in {"http", "https"} or not host or port == 0:
        return "is no web address: write it as https://example.org/privacy"
    if parts.scheme == "http" and not is_this_machine(host):
        return "personal data goes over https only: write it as https://example.org/privacy"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "has a user, a password or a fragment in it: leave them out, the notice is signed"
    if any(each.isspace() or not each.isprintable() for each in url) or not url.isascii():
        return "has characters that no web address has: percent-encode them"
    return None
