"""A set of digests is a set, however many there are, and takes no more memory for it."""

import tracemalloc
from hashlib import blake2b

from hypothesis import given
from hypothesis import strategies as st

from habeas.digests import DigestSet


def digest(number):
    return blake2b(number.to_bytes(8), digest_size=16).digest()


@given(st.lists(st.tuples(st.sampled_from(["add", "discard"]), st.integers(0, 9))), st.integers(1, 4))
def test_it_holds_what_a_set_holds(steps, in_memory_max):
    """Also of what it has written to its file and of what is taken out again."""
    made, expected = DigestSet(in_memory_max=in_memory_max), set()
    for verb, number in steps:
        if verb == "add":
            assert made.add(digest(number)) == (number not in expected)
            expected.add(number)
        else:
            made.discard(digest(number))
            expected.discard(number)
    assert {number for number in range(10) if digest(number) in made} == expected


def test_twenty_thousand_take_no_more_memory_than_a_thousand():
    peaks = []
    for count in (1_000, 20_000):
        tracemalloc.start()
        made = DigestSet(in_memory_max=500)
        for number in range(count):
            made.add(digest(number))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert digest(0) in made
        assert digest(count) not in made
    assert peaks[1] < 1.5 * peaks[0]
