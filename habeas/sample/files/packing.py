"""ZIP archives that are the same bytes for the same content: archives, workbooks, documents."""

import io
import zipfile
from collections.abc import Iterable

_MADE_AT = (2020, 1, 1, 0, 0, 0)


def packed(members: Iterable[tuple[str, bytes]]) -> bytes:
    """A ZIP of members, given as name and content."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members:
            archive.writestr(zipfile.ZipInfo(name, _MADE_AT), member, zipfile.ZIP_DEFLATED)
    return content.getvalue()
