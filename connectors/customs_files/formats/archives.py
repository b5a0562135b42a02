"""ZIP archives: every member is a part; members that don't change are copied as the compressed streams they are."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence

from connectors.customs_files.asked import Asked
from connectors.customs_files.encodings import Decoded
from connectors.customs_files.formats import offices
from connectors.customs_files.limits import Limits
from connectors.customs_files.notations import PLAIN
from connectors.customs_files.passages import (
    Changed,
    Document,
    Edit,
    Gap,
    Part,
    Passage,
    Piece,
    UnreadableError,
)
from connectors.customs_files.roles import Role

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_DESCRIBED_LATER = 0x08
_ENCRYPTED = 0x01
_READABLE = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


def read(content: bytes, asked: Asked) -> Document | None:
    """Read an archive; None if it is none. Raises UnreadableError if it is broken, or beyond a limit as a whole."""
    if not content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return None
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError):
        raise UnreadableError("a broken ZIP archive") from None
    with archive:
        members = archive.infolist()
        _refuse(archive, members, asked.limits)
        document = Document("zip", Decoded(content, content.decode("latin-1"), "latin-1", 0), all_edits=_all_edits)
        for number, member in enumerate(members):
            name = member.filename
            document.passages.append(
                Passage(name, (Piece(0, len(name), 0, 0, PLAIN),), number, "file name", Role.NAME, editable=False)
            )
            _add(document, archive, member, number, asked.limits)
    offices.dress(document, [member.filename for member in members])
    return document


def _refuse(archive: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo], limits: Limits) -> None:
    if len(members) > limits.parts_max:
        raise UnreadableError(f"an archive of more than {limits.parts_max} members")
    if archive.start_dir >= 0xFFFFFFFF or any(member.header_offset >= 0xFFFFFFFF for member in members):
        raise UnreadableError("a ZIP archive of more than 4 GB")
    starts = sorted(member.header_offset for member in members)
    if len(set(starts)) < len(starts):
        raise UnreadableError("a ZIP archive whose members overlap")


def _add(document: Document, archive: zipfile.ZipFile, member: zipfile.ZipInfo, number: int, limits: Limits) -> None:
    place = f"member {number + 1}"
    reason = _unfit(member, limits)
    if reason is None:
        try:
            with archive.open(member) as stream:
                content = stream.read(limits.part_bytes_max + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, NotImplementedError):
            # zipfile raises RuntimeError for a password, the others for each way of being broken
            reason = "broken"
        else:
            reason = f"larger than {limits.part_bytes_max} bytes" if len(content) > limits.part_bytes_max else None
            if reason is None:
                document.parts.append(Part(place, content, _never))
                return
    document.gaps.append(Gap(place, reason))
    document.parts.append(Part(place, b"", _never))


def _unfit(member: zipfile.ZipInfo, limits: Limits) -> str | None:
    if member.flag_bits & _ENCRYPTED:
        return "encrypted"
    if member.compress_type not in _READABLE:
        return "compressed in a way that is not supported yet"
    if member.file_size > limits.part_bytes_max:
        return f"larger than {limits.part_bytes_max} bytes"
    if member.file_size > 65_536 and member.file_size > max(member.compress_size, 1) * limits.ratio_max:
        return f"unpacks to more than {limits.ratio_max} times its size"
    return None


def _never(changed: Changed) -> Sequence[Edit]:
    raise NotImplementedError("an archive is written anew as a whole")


def _all_edits(document: Document, edits: Sequence[Edit], parts: Mapping[int, Changed]) -> Sequence[Edit]:
    del edits  # the names of members are not editable
    content = document.decoded.content
    return [Edit(0, len(content), _rewritten(content, parts))]


def _rewritten(content: bytes, parts: Mapping[int, Changed]) -> bytes:
    """The archive with some members changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        start_dir = archive.start_dir
    order = sorted(range(len(members)), key=lambda number: members[number].header_offset)
    out = bytearray(content[: members[order[0]].header_offset])
    written: dict[int, tuple[int, bytes, int] | None] = {}
    offsets: dict[int, int] = {}
    for place, number in enumerate(order):
        start = members[number].header_offset
        stop = members[order[place + 1]].header_offset if place + 1 < len(order) else start_dir
        offsets[number] = len(out)
        if number in parts:
            local, packed, crc = _member(content[start:stop], members[number], parts[number].content)
            written[number] = (crc, packed, len(parts[number].content))
            out += local + packed
        else:
            written[number] = None
            out += content[start:stop]
    return bytes(out + _directory(content, start_dir, offsets, written, len(out)))


def _member(raw: bytes, member: zipfile.ZipInfo, content: bytes) -> tuple[bytes, bytes, int]:
    head = list(_LOCAL.unpack_from(raw))
    crc = zlib.crc32(content)
    packed = content
    if member.compress_type == zipfile.ZIP_DEFLATED:
        packer = zlib.compressobj(wbits=-15)
        packed = packer.compress(content) + packer.flush()
    head[2] &= ~_DESCRIBED_LATER
    head[6:9] = crc, len(packed), len(content)
    name_and_extra = raw[_LOCAL.size : _LOCAL.size + head[9]] + _without_zip64(
        raw[_LOCAL.size + head[9] : _LOCAL.size + head[9] + head[10]]
    )
    head[10] = len(name_and_extra) - head[9]
    return _LOCAL.pack(*head) + name_and_extra, packed, crc


def _directory(
    content: bytes,
    at: int,
    offsets: Mapping[int, int],
    written: Mapping[int, tuple[int, bytes, int] | None],
    begins: int,
) -> bytes:
    out = bytearray()
    for number in range(len(offsets)):
        head = list(_CENTRAL.unpack_from(content, at))
        name_length, extra_length, comment_length = head[10:13]
        rest = content[at + _CENTRAL.size : at + _CENTRAL.size + name_length + extra_length + comment_length]
        at += _CENTRAL.size + len(rest)
        change = written[number]
        if change is not None:
            crc, packed, size = change
            extra = _without_zip64(rest[name_length : name_length + extra_length])
            head[3] &= ~_DESCRIBED_LATER
            head[7:10] = crc, len(packed), size
            head[11] = len(extra)
            rest = rest[:name_length] + extra + rest[name_length + extra_length :]
        head[16] = offsets[number]
        out += _CENTRAL.pack(*head) + rest
    end_at = content.rindex(b"PK\x05\x06")
    end = list(_END.unpack_from(content, end_at))
    between = content[at:end_at]
    end[5], end[6] = len(out), begins
    return bytes(out) + between + _END.pack(*end) + content[end_at + _END.size :]


def _without_zip64(extra: bytes) -> bytes:
    out, at = bytearray(), 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind != 1:
            out += extra[at : at + 4 + length]
        at += 4 + length
    return bytes(out) + extra[at:]
