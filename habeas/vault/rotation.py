"""Rotation: a new master key, every request's key wrapped anew, the old master key forgotten."""

from dataclasses import dataclass

from habeas.vault.keys import KeyStore
from habeas.vault.master import MasterKeys


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation has done."""

    keys_rewrapped: int
    masters_removed: int
    masters_left: int
    """Old ones that nothing needs any more and that only the operator can remove, as those in the environment."""


def rotate(keys: KeyStore, master: MasterKeys, *, batch_keys: int = 1_000) -> Rotation:
    """Afterwards no older backup of the key store can be opened, whatever it held.

    Other processes work on meanwhile. A rotation that was interrupted at any point is finished by the next: all master
    keys are kept until nothing is wrapped under them. Raises UserError if another rotation is under way.
    """
    new = keys.begin_rotation()
    rewrapped = sum(keys.rewrap(new, batch_keys=batch_keys))
    before = _others(master, new.id)
    keys.end_rotation(new)
    left = _others(master, new.id)
    return Rotation(keys_rewrapped=rewrapped, masters_removed=before - left, masters_left=left)


def _others(master: MasterKeys, master_id: str) -> int:
    return sum(each != master_id for each in master.ids())
