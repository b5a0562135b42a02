"""Which of many words and identifiers a text may hold: one pass, whatever stands between their characters.

Spaces, line ends and the marks that numbers are written with are left out of the text and of what is looked for. What
a text holds in any spelling that is verified later, it holds in this form too; the converse is for the reader to say.
"""

from collections.abc import Collection, Iterable, Sequence

from connectors.customs_files.views import View

# Whatever `verifying` lets stand within an identifier, the apostrophes of names, and the doubled quotes of tables.
_LEFT_OUT = b" .-\t\r\n/()+'\"\0"
_SMALL = bytes(range(256)).lower()


class FirstLook:
    """`literals` are folded, each enough by itself; of `wanted`, all words of one set must be there."""

    def __init__(self, literals: Iterable[bytes], wanted: Collection[frozenset[bytes]]) -> None:
        self._literals = {bare(each) for each in literals}
        self._wanted = {frozenset(map(bare, words)) for words in wanted}
        self._sets_of: dict[bytes, list[frozenset[bytes]]] = {}
        for words in self._wanted:
            for word in words:
                self._sets_of.setdefault(word, []).append(words)
        self._anything = b"" in self._literals or frozenset() in self._wanted or b"" in self._sets_of
        self._view = View({*self._literals, *self._sets_of}, once=True)

    @property
    def needs(self) -> Sequence[frozenset[bytes]] | None:
        """Of which sets a text must hold all of one, as `bare` leaves them; None if it need hold nothing."""
        return None if self._anything else [*(frozenset({each}) for each in self._literals), *self._wanted]

    def may_hold(self, folded: bytes) -> bool:
        """False only if neither a literal nor a set of words is in a text; capitals may be left in it."""
        if self._anything:
            return True
        there = self._view.found(bare(folded))
        if not self._literals.isdisjoint(there):
            return True
        return any(words <= there for word in there for words in self._sets_of.get(word, ()))


def bare(folded: bytes) -> bytes:
    """A folded text as it is compared here."""
    return folded.translate(_SMALL, _LEFT_OUT)
