"""What well-formed XML may hold beside markup, told from its bytes in one pass; it errs on one side only.

Where there are comments, instructions or a bare `>`, tags are not told apart, and nothing is ruled out.
"""

import threading

from connectors.customs_files.views import Sign

_TEXT = rb">\s*[^\s<]"
# Text before a start tag; text after an end tag, or after an empty element.
_INTERRUPTED = rb"[^\s>]\s*<[^/]|</[^>]*>\s*[^\s<]|/>\s*[^\s<]"
_signs = threading.local()  # what hyperscan scans with is for one thread at a time


def may_hold_text(text: str) -> bool:
    """False only if it holds nothing but elements and their attributes."""
    return _may_hold(_TEXT, text)


def may_be_mixed(text: str) -> bool:
    """False only if each element holds either one run of text or elements."""
    return _may_hold(_INTERRUPTED, text)


def _may_hold(pattern: bytes, text: str) -> bool:
    if "<!" in text or text.count("<?") > text.startswith("<?xml ") or text.count("<") != text.count(">"):
        return True
    signs: dict[bytes, Sign] | None = getattr(_signs, "compiled", None)
    if signs is None:
        signs = _signs.compiled = {each: Sign(each) for each in (_TEXT, _INTERRUPTED)}
    return signs[pattern].within(text.encode("utf-8", "surrogatepass"))
