"""A file's new content: exactly the edits, and the proof that nothing else differs."""

from collections.abc import Mapping, Sequence

from connectors.customs_files.limits import Limits
from connectors.customs_files.passages import MARK, Changed, Edit, Passage, splice
from connectors.customs_files.reading import Layer, Reading, read
from habeas.errors import PermanentError

Route = tuple[int, ...]
_DIFFERENT = "a file would not have stayed as it is outside of the person's fields, so it was left alone"


def rewritten(reading: Reading, edits: Mapping[Route, Sequence[Edit]], limits: Limits) -> bytes:
    """The content with the edits of each layer made, read again and compared.

    Raises PermanentError if anything but what was edited reads differently.
    """
    outermost = reading.layers[0]
    changed = _changed(outermost, edits)
    assert changed is not None, "there are edits"
    _compare(reading, read(changed.content, limits), edits)
    return changed.content


def _changed(layer: Layer, edits: Mapping[Route, Sequence[Edit]]) -> Changed | None:
    parts = {number: _changed(inner, edits) for number, inner in layer.inner.items()}
    kept = {number: changed for number, changed in parts.items() if changed is not None}
    own = edits.get(layer.route, ())
    if not own and not kept:
        return None
    document = layer.document
    every = document.all_edits(document, own, kept)
    return Changed(every, splice(document.decoded.content, every))


def _compare(before: Reading, after: Reading, edits: Mapping[Route, Sequence[Edit]]) -> None:
    if len(before.layers) != len(after.layers) or before.gaps != after.gaps:
        raise PermanentError(_DIFFERENT)
    for old, new in zip(before.layers, after.layers, strict=True):
        alike = old.route == new.route and old.document.format == new.document.format
        if not alike or len(old.document.passages) != len(new.document.passages):
            raise PermanentError(_DIFFERENT)
        touched = edits.get(old.route, ())
        for passage, now in zip(old.document.passages, new.document.passages, strict=True):
            if passage.text != now.text and not _is_edited(old, passage, now, touched):
                raise PermanentError(_DIFFERENT)


def _is_edited(layer: Layer, passage: Passage, now: Passage, edits: Sequence[Edit]) -> bool:
    """True if a passage differs within edits only: what stands before the first and after the last is the same."""
    decoded = layer.document.decoded
    inside = [
        (start, stop)
        for start, stop in ((decoded.byte(piece.start), decoded.byte(piece.stop)) for piece in passage.pieces)
        if any(edit.start >= start and edit.stop <= stop for edit in edits)
    ]
    if not inside:
        return False
    return MARK.strip("[]") in now.text.lower() or not now.text
