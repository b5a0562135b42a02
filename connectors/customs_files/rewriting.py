"""A file's new content: exactly the edits, and the proof that nothing else differs."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence

from connectors.customs_files.limits import Limits
from connectors.customs_files.passages import Changed, Edit, Passage, splice
from connectors.customs_files.reading import EVERYTHING, Layer, Reading, Wanted, read
from habeas.errors import PermanentError

Route = tuple[int, ...]
_DIFFERENT = "a file would not have stayed as it is outside of the person's fields, so it was left alone"


def rewritten(
    reading: Reading, edits: Mapping[Route, Sequence[Edit]], limits: Limits, wanted: Wanted = EVERYTHING
) -> bytes:
    """The content with the edits of each layer made. Raises as `rewriting` does."""
    return rewriting(reading, edits, lambda content: read(content, limits, wanted)).content


def rewriting(
    reading: Reading,
    edits: Mapping[Route, Sequence[Edit]],
    read_again: Callable[[bytes], Reading],
    texts: Sequence[tuple[Passage, str]] = (),
) -> Changed:
    """The same with all edits of the outermost layer that this takes, read again and compared.

    `read_again` reads as the content was read; `texts` are what passages are to read that are given other words than a
    mark. Raises PermanentError if anything but what was edited reads differently.
    """
    outermost = reading.layers[0]
    changed = _changed(outermost, edits)
    assert changed is not None, "there are edits"
    _compare(reading, read_again(changed.content), edits, {id(passage): text for passage, text in texts})
    return changed


def _changed(layer: Layer, edits: Mapping[Route, Sequence[Edit]]) -> Changed | None:
    parts = {number: _changed(inner, edits) for number, inner in layer.inner.items()}
    kept = {number: changed for number, changed in parts.items() if changed is not None}
    own = edits.get(layer.route, ())
    if not own and not kept:
        return None
    document = layer.document
    every = document.all_edits(document, own, kept)
    return Changed(every, splice(document.decoded.content, every))


def _compare(before: Reading, after: Reading, edits: Mapping[Route, Sequence[Edit]], texts: Mapping[int, str]) -> None:
    if len(before.layers) != len(after.layers) or before.gaps != after.gaps:
        raise PermanentError(_DIFFERENT)
    for old, new in zip(before.layers, after.layers, strict=True):
        alike = old.route == new.route and old.document.format == new.document.format
        if not alike or len(old.document.passages) != len(new.document.passages):
            raise PermanentError(_DIFFERENT)
        touched = _Touched(old, edits.get(old.route, ()))
        for passage, now in zip(old.document.passages, new.document.passages, strict=True):
            if not passage.pieces and not passage.text:
                continue  # it was told elsewhere: a string of a workbook, by the cells that show it
            if id(passage) in texts:
                if now.text != texts[id(passage)]:
                    raise PermanentError(_DIFFERENT)
            elif passage.text != now.text and touched.text(passage) != now.text.strip('"'):
                raise PermanentError(_DIFFERENT)


class _Touched:
    """The edits of a layer by their places."""

    def __init__(self, layer: Layer, edits: Sequence[Edit]) -> None:
        self._decoded = layer.document.decoded
        self._edits = sorted(edits, key=lambda each: (each.start, each.stop))
        self._starts = [each.start for each in self._edits]

    def text(self, passage: Passage) -> str:
        """What a passage reads once the edits within its pieces are made; a mark in mail headers brings its quotes."""
        texts = []
        for piece in passage.pieces:
            start, stop = self._decoded.byte(piece.start), self._decoded.byte(piece.stop)
            near = self._edits[bisect_left(self._starts, start) : bisect_right(self._starts, stop)]
            inside = [Edit(each.start - start, each.stop - start, each.new) for each in near if each.stop <= stop]
            raw = self._decoded.read_again(splice(self._decoded.content[start:stop], inside))
            texts.append(piece.notation.read(raw)[0])
        return "".join(texts).strip('"')
