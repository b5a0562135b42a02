"""PDF files, written object by object."""

from collections.abc import Sequence


def pdf(*pages: str, extra: Sequence[str] = (), trailer: str = "", page: str = "") -> bytes:
    """A page for each text, a line for each of its lines.

    `extra` objects are numbered from 10, `page` and `trailer` are further entries.
    """
    kids = " ".join(f"{100 + 2 * number} 0 R" for number in range(len(pages)))
    objects = {
        1: "<</Type/Catalog/Pages 2 0 R>>",
        2: f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>",
        3: "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    }
    objects |= dict(enumerate(extra, 10))
    for number, text in enumerate(pages):
        lines = "".join(f"({line}) Tj 0 -14 Td " for line in text.split("\n") if text)
        content = f"BT /F1 12 Tf 50 700 Td {lines}ET" if text else "/Im1 Do"
        resources = "<</Font<</F1 3 0 R>>/XObject<</Im1 10 0 R>>>>" if extra else "<</Font<</F1 3 0 R>>>>"
        at = 100 + 2 * number
        objects[at] = (
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources{resources}/Contents {at + 1} 0 R{page}>>"
        )
        objects[at + 1] = f"<</Length {len(content.encode('cp1252'))}>>stream\n{content}\nendstream"
    out = bytearray(b"%PDF-1.7\n")
    places = {}
    for number, text in objects.items():
        places[number] = len(out)
        out += f"{number} 0 obj{text}endobj\n".encode("cp1252")
    start = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in places.items():
        out += f"{number} 1\n{place:010d} 00000 n \n".encode()
    out += f"trailer<</Size {max(places) + 1}/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF".encode()
    return bytes(out)


PICTURE = (
    "<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>"
    "stream\n0\nendstream"
)


def locked_pdf(text: str) -> bytes:
    """A PDF that asks for a password."""
    key = "A" * 32
    extra = f"<</Filter/Standard/V 1/R 2/O({key})/U({key})/P -4>>"
    return pdf(text, extra=[extra], trailer="/Encrypt 10 0 R/ID[(0123456789abcdef)(0123456789abcdef)]")
