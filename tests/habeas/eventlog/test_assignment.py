"""Partitions are shared out evenly, and change hands only where they must."""

from hypothesis import given
from hypothesis import strategies as st

from habeas.eventlog.embedded.assignment import share_out

TOPICS = ("a", "b", "c")
PLACES = {number: TOPICS[number % 3] for number in range(36)}
_MEMBERS = st.dictionaries(st.integers(1, 9), st.frozensets(st.sampled_from(TOPICS), min_size=1), max_size=6)
_OWNERS = st.dictionaries(st.sampled_from(sorted(PLACES)), st.integers(1, 9))


@given(_MEMBERS, _OWNERS)
def test_every_partition_that_is_read_has_one_reader(
    members: dict[int, frozenset[str]], owners: dict[int, int]
) -> None:
    """Whoever owned what before, and whichever topics each reads."""
    shares = share_out(members, PLACES, owners)
    read = frozenset().union(*members.values())
    assert set(shares) == {place for place, topic in PLACES.items() if topic in read}
    assert all(PLACES[place] in members[member] for place, member in shares.items())


@given(_MEMBERS, _OWNERS)
def test_shares_of_a_topic_differ_by_one_at_most(members: dict[int, frozenset[str]], owners: dict[int, int]) -> None:
    shares = share_out(members, PLACES, owners)
    for topic in TOPICS:
        counts = [
            sum(PLACES[place] == topic and owner == member for place, owner in shares.items())
            for member, topics in members.items()
            if topic in topics
        ]
        assert not counts or max(counts) - min(counts) <= 1


@given(_MEMBERS, _OWNERS)
def test_sharing_out_again_moves_nothing(members: dict[int, frozenset[str]], owners: dict[int, int]) -> None:
    shares = share_out(members, PLACES, owners)
    assert share_out(members, PLACES, shares) == shares


def test_a_newcomer_takes_only_its_share() -> None:
    """Twelve partitions, three readers, a fourth one comes: three partitions move, nine stay."""
    places = dict.fromkeys(range(12), "a")
    everyone = frozenset(["a"])
    before = share_out(dict.fromkeys([1, 2, 3], everyone), places, {})
    after = share_out(dict.fromkeys([1, 2, 3, 4], everyone), places, before)
    assert sum(before[place] != after[place] for place in places) == 3


def test_more_members_than_partitions_are_spread_over_topics() -> None:
    """Those who got nothing of one topic come first in the next."""
    places = {0: "a", 1: "b"}
    shares = share_out({1: frozenset("ab"), 2: frozenset("ab")}, places, {})
    assert len(set(shares.values())) == 2
