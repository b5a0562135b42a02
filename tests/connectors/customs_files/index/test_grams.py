"""Whatever stands in a text has all its grams among the text's, and a signature never rules it out."""

from hypothesis import example, given
from hypothesis import strategies as st

from connectors.customs_files.first_look import bare
from connectors.customs_files.index.grams import Keyed, grams
from connectors.customs_files.index.questions import Question
from connectors.customs_files.index.signing import Signing

KEYED = Keyed(b"a key for a test")
TEXTS = st.binary(max_size=80) | st.text("0123456789ab@,", max_size=80).map(str.encode)


def signature(*texts: bytes, keyed: Keyed = KEYED) -> bytes:
    signing = Signing(keyed)
    for text in texts:
        signing.note(text)
    made = signing.signature()
    assert made is not None
    return made


@given(texts=st.lists(TEXTS, max_size=3), data=st.data())
@example(texts=[b"x12345"], data=None)
def test_nothing_that_stands_in_a_text_is_ruled_out(texts, data) -> None:
    for text in map(bare, texts):
        first = data.draw(st.integers(0, len(text))) if data else 0
        part = text[first : first + 24]
        question = Question([frozenset({part})], KEYED)
        assert question.is_open == (len(part) < 4)
        assert question.may_be_met(signature(*texts))


def test_a_long_text_is_signed_as_a_short_one_is() -> None:
    """By way of a table, slice by slice: what stands across the end of a slice is there too."""
    number = b"0701234567"
    text = b"".join(b"%08x;" % each for each in range(0, 1 << 20, 7))
    for at in (0, (1 << 20) - 5, len(text) - 1):
        there = signature(text[:at] + b";" + number + b";" + text[at:])
        assert Question([frozenset({number, b"00000007"})], KEYED).may_be_met(there)
    assert not Question([frozenset({number})], KEYED).may_be_met(signature(text))


def test_a_file_that_holds_next_to_everything_has_no_signature() -> None:
    """It would be as large as its file, and would rule nobody out."""
    signing = Signing(KEYED)
    for part in range(24):
        signing.note(b"".join(b"%d;" % (each * 7919 % 10**9) for each in range(part * 100_000, (part + 1) * 100_000)))
    assert signing.signature() is None


def test_one_of_many_needs_is_enough_and_of_each_all_words() -> None:
    there = signature(b"anna lindqvist, 0701234567")
    needs = [{b"anna", b"lindqvist"}, {b"0701234567", b"somebodyelse"}]
    assert [Question([each], KEYED).may_be_met(there) for each in needs] == [True, False]
    assert Question(needs, KEYED).may_be_met(there)


def test_what_is_too_short_to_be_asked_for_is_everywhere() -> None:
    there = signature(b"steel bars")
    assert Question([{b"li", b"wu"}], KEYED).may_be_met(there)
    assert Question(None, KEYED).may_be_met(there)
    assert not Question([], KEYED).may_be_met(there)


def test_without_the_key_a_signature_says_nothing() -> None:
    """Of many names none is in the signature for whoever asks with another key, but by chance."""
    names = [b"person%dname" % each for each in range(400)]
    there = signature(*names)
    with_key = sum(Question([{each}], KEYED).may_be_met(there) for each in names)
    without = sum(Question([{each}], Keyed(b"some other key..")).may_be_met(there) for each in names)
    assert (with_key, without < 10) == (400, True)


@given(TEXTS)
def test_both_ways_of_making_grams_agree(text) -> None:
    """The readers' and the question's."""
    text = bare(text)
    bits = int.from_bytes(signature(text), "little")
    size = len(signature(text)) * 8
    assert {each % size for each in KEYED.hashes(grams(text))} == {at for at in range(size) if bits >> at & 1}
