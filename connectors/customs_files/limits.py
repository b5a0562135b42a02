"""What a file may cost before it is listed as not searched instead."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Every limit of reading a store; what goes beyond one is listed as not searched, never passed over."""

    file_bytes_max: int = 256 * 1024 * 1024
    whole_bytes_max: int = 32 * 1024 * 1024  # text in lines beyond is read window by window instead
    window_bytes: int = 4 * 1024 * 1024  # more where a row is longer
    lines_bytes_max: int = 64 * 1024 * 1024 * 1024  # text in lines
    part_bytes_max: int = 128 * 1024 * 1024  # one member of an archive, one attachment, unpacked
    unpacked_bytes_max: int = 512 * 1024 * 1024  # all parts of one file together, unpacked
    ratio_max: int = 200  # unpacked to packed, in one member of an archive
    parts_max: int = 10_000  # members and attachments of one file, at all depths
    depth_max: int = 8  # archives in archives, mails in mails
    nesting_max: int = 100  # elements in elements, objects in objects
    passages_max: int = 20_000_000  # values in one file
    entries_max: int = 5_000_000  # files in one store
    memory_bytes_max: int = 3 * 1024 * 1024 * 1024  # address space of a process that reads files
    seconds_max: int = 30  # of processor time to read one small file
    seconds_max_per_megabyte: float = 2.0  # more for each megabyte of it
    told_bytes_max: int = 1024 * 1024 * 1024  # what a file's reader may tell of it

    def seconds(self, size_bytes: int) -> float:
        """The processor time that a file of that size may take."""
        return self.seconds_max + self.seconds_max_per_megabyte * size_bytes / 1_000_000
