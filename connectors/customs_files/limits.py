"""What a file may cost before it is listed as not searched instead."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Every limit of reading a store; what goes beyond one is listed as not searched, never passed over."""

    file_bytes_max: int = 256 * 1024 * 1024
    part_bytes_max: int = 128 * 1024 * 1024  # one member of an archive, one attachment, unpacked
    unpacked_bytes_max: int = 512 * 1024 * 1024  # all parts of one file together, unpacked
    ratio_max: int = 200  # unpacked to packed, in one member of an archive
    parts_max: int = 10_000  # members and attachments of one file, at all depths
    depth_max: int = 8  # archives in archives, mails in mails
    nesting_max: int = 100  # elements in elements, objects in objects
    passages_max: int = 20_000_000  # values in one file
    entries_max: int = 5_000_000  # files in one store
