"""Literals in bytes, any number of them in one pass (hyperscan)."""

from collections.abc import Iterable

import hyperscan


class View:
    """A set of literals, compiled. Compiled sets hold them in the clear and are never stored."""

    def __init__(self, literals: Iterable[bytes], *, once: bool = False) -> None:
        self.literals = sorted({each for each in literals if each})
        if not self.literals:
            return
        flags = hyperscan.HS_FLAG_SINGLEMATCH if once else hyperscan.HS_FLAG_DOTALL
        self._database = hyperscan.Database()
        # hyperscan ends a pattern at NUL even as a literal: every byte is written as an escape
        self._database.compile(
            expressions=[b"".join(b"\\x%02x" % byte for byte in each) for each in self.literals],
            ids=list(range(len(self.literals))),
            elements=len(self.literals),
            flags=[flags] * len(self.literals),
        )
        self._scratch = hyperscan.Scratch(self._database)

    def __bool__(self) -> bool:
        return bool(self.literals)

    def scan(self, text: bytes) -> list[tuple[int, int, bytes]]:
        """Where each literal stands: begin, end, literal."""
        found: list[tuple[int, int, bytes]] = []

        def note(number: int, _start: int, stop: int, _flags: int, _context: object) -> None:
            literal = self.literals[number]
            found.append((stop - len(literal), stop, literal))

        if self.literals:
            self._database.scan(text, match_event_handler=note, scratch=self._scratch)
        return found

    def found(self, text: bytes) -> set[bytes]:
        """Which of the literals the text holds."""
        return {literal for _, _, literal in self.scan(text)}


class Sign:
    """Whether bytes hold what a pattern describes."""

    def __init__(self, pattern: bytes) -> None:
        self._database = hyperscan.Database()
        self._database.compile(expressions=[pattern], ids=[0], elements=1, flags=[hyperscan.HS_FLAG_SINGLEMATCH])
        self._scratch = hyperscan.Scratch(self._database)

    def within(self, text: bytes) -> bool:
        """True if it stands anywhere."""
        found: list[int] = []

        def note(number: int, _start: int, _stop: int, _flags: int, _context: object) -> None:
            found.append(number)

        self._database.scan(text, match_event_handler=note, scratch=self._scratch)
        return bool(found)
