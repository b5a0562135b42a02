"""Whether the text of XML may be interrupted by elements, told from its bytes in one pass."""

import threading

from connectors.customs_files.views import Sign

# Text before a start tag; text after an end tag, or after an empty element.
_MIXED = rb"[^\s>]\s*<[^/]|</[^>]*>\s*[^\s<]|/>\s*[^\s<]"
_signs = threading.local()  # what hyperscan scans with is for one thread at a time


def may_be_mixed(text: str) -> bool:
    """False only if each element of well-formed XML holds either one run of text or elements.

    Where there are comments, instructions or a bare `>`, tags are not told apart, and it is not said.
    """
    if "<!" in text or text.count("<?") > text.startswith("<?xml ") or text.count("<") != text.count(">"):
        return True
    sign: Sign | None = getattr(_signs, "mixed", None)
    if sign is None:
        sign = _signs.mixed = Sign(_MIXED)
    return sign.within(text.encode("utf-8", "surrogatepass"))
