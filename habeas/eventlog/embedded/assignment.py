"""Who shall own which partition: even shares, and as few changes of hands as possible."""

from collections.abc import Mapping


def share_out(
    members: Mapping[int, frozenset[str]], places: Mapping[int, str], owners: Mapping[int, int]
) -> dict[int, int]:
    """The owner of every place, `{place: member}`.

    `members` says which topics each member reads, `places` which topic each place belongs to, `owners` who has what
    now. Of each topic every reader gets as many partitions as the others, give or take one; the odd ones go to those
    who have fewest in all. A place nobody reads is left out.
    """
    shares: dict[int, int] = {}
    load = dict.fromkeys(members, 0)
    for topic in sorted(set(places.values())):
        readers = sorted(member for member, topics in members.items() if topic in topics)
        if not readers:
            continue
        of_topic = sorted(place for place, its_topic in places.items() if its_topic == topic)
        kept = _share_topic(of_topic, readers, owners, load)
        for member in kept.values():
            load[member] += 1
        shares |= kept
    return shares


def _share_topic(
    places: list[int], readers: list[int], owners: Mapping[int, int], load: Mapping[int, int]
) -> dict[int, int]:
    least, odd = divmod(len(places), len(readers))
    held = {member: sum(owners.get(place) == member for place in places) for member in readers}
    lucky = set(sorted(readers, key=lambda member: (-min(held[member], least + 1), load[member], member))[:odd])
    room = {member: least + (member in lucky) for member in readers}
    shares: dict[int, int] = {}
    for place in places:
        owner = owners.get(place)
        if owner is not None and room.get(owner, 0) > 0:
            shares[place] = owner
            room[owner] -= 1
    takers = iter([member for member in readers for _ in range(room[member])])
    return shares | {place: next(takers) for place in places if place not in shares}
