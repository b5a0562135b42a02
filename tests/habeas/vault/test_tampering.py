"""Whatever somebody with access to the database and the file store changes, it is refused."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from habeas.vault.artefacts import Artefact
from habeas.vault.chunks import CHUNK_BYTES, MAGIC, SEALED_CHUNK_BYTES
from habeas.vault.errors import ArtefactLostError, SealBrokenError
from habeas.vault.vault import Vault

SECRET = b"Canary Fjellrevsdottir"
often = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80)


@pytest.fixture
def short(vault: Vault, request_id: str) -> Artefact:
    return vault.seal(request_id, SECRET, system="crm", schema="habeas.plan.v1")


@pytest.fixture
def long(vault: Vault, request_id: str) -> Artefact:
    """Four chunks, the last of them as full as the others, all in the artefact's body."""
    content = hashlib.shake_128(b"long").digest(4 * CHUNK_BYTES)
    artefact = vault.seal(request_id, content, system="crm", schema="habeas.plan.v1")
    assert artefact.body is not None
    return artefact


def chunks(artefact: Artefact) -> list[bytes]:
    body = (artefact.body or b"")[len(MAGIC) :]
    return [body[start : start + SEALED_CHUNK_BYTES] for start in range(0, len(body), SEALED_CHUNK_BYTES)]


def refused(vault: Vault, artefact: Artefact) -> str:
    with pytest.raises(SealBrokenError) as raised:
        vault.unseal(artefact)
    return str(raised.value)


def test_every_flipped_bit_is_noticed(vault: Vault, short: Artefact) -> None:
    """Not one bit of a sealed thing can be changed."""
    body = short.body or b""
    for position in range(len(body) * 8):
        changed = bytearray(body)
        changed[position // 8] ^= 1 << position % 8
        refused(vault, replace(short, body=bytes(changed)))


def test_every_cut_is_noticed(vault: Vault, short: Artefact) -> None:
    """However much is cut off, the rest does not open; nor with something added."""
    body = short.body or b""
    for length in range(len(body)):
        refused(vault, replace(short, body=body[:length]))
    refused(vault, replace(short, body=body + b"\0"))


@often
@given(data=st.data())
def test_changes_in_several_chunks_are_noticed(vault: Vault, long: Artefact, data: st.DataObject) -> None:
    """Flips and cuts anywhere in a longer artefact are noticed."""
    body = bytearray(long.body or b"")
    position = data.draw(st.integers(0, len(body) - 1))
    body[position] ^= data.draw(st.integers(1, 255))
    refused(vault, replace(long, body=bytes(body)))
    refused(vault, replace(long, body=(long.body or b"")[:position]))


@often
@given(order=st.lists(st.integers(0, 3), max_size=6).filter(lambda order: order != [0, 1, 2, 3]))
def test_chunks_can_only_be_in_their_place(vault: Vault, long: Artefact, order: list[int]) -> None:
    """Chunks reordered, dropped or repeated do not open, not even cut off exactly between two."""
    parts = chunks(long)
    assert len(parts) == 4
    refused(vault, replace(long, body=MAGIC + b"".join(parts[index] for index in order)))


def test_a_shorter_size_does_not_hide_a_cut(vault: Vault, long: Artefact) -> None:
    """Cutting the chunks and the noted size alike is noticed too, and so is a size that is wrong alone."""
    refused(vault, replace(long, body=MAGIC + b"".join(chunks(long)[:2]), size_bytes=2 * CHUNK_BYTES))
    refused(vault, replace(long, size_bytes=long.size_bytes - 1))
    refused(vault, replace(long, size_bytes=long.size_bytes + 1))


def test_chunks_do_not_move_between_artefacts(vault: Vault, request_id: str, long: Artefact) -> None:
    """The same chunk of another artefact of the same request does not open in this one."""
    content = vault.unseal(long)
    other = vault.seal(request_id, content, system=long.system, schema=long.schema)
    for index in range(4):
        mixed = chunks(long)
        mixed[index] = chunks(other)[index]
        refused(vault, replace(long, body=MAGIC + b"".join(mixed)))
    refused(vault, replace(long, body=other.body))


def test_it_opens_only_as_what_it_was_sealed(vault: Vault, short: Artefact) -> None:
    """Another request, system, schema or id is refused, with one message that tells nothing of the content."""
    vault.create_keys(["another"])
    wrong = [
        replace(short, request_id="another"),
        replace(short, system="billing"),
        replace(short, schema="habeas.plan.v2"),
        replace(short, id="00000000-0000-4000-8000-000000000000"),
        replace(short, system=short.system + "h", schema=short.schema[1:]),
    ]
    for artefact in wrong:
        message = refused(vault, artefact)
        assert artefact.id in message
        assert "Canary" not in message


def test_reading_on_after_an_error_gives_nothing(vault: Vault, long: Artefact) -> None:
    """Nothing is handed out past a broken chunk, even to a reader who tries again."""
    parts = chunks(long)
    parts[1] = bytes(len(parts[1]))
    with vault.opening(replace(long, body=MAGIC + b"".join(parts))) as file:
        assert len(file.read(CHUNK_BYTES)) == CHUNK_BYTES
        for _ in range(3):
            with pytest.raises(SealBrokenError):
                file.read(CHUNK_BYTES)


def test_files_are_guarded_as_bodies_are(vault: Vault, request_id: str, tmp_path: Path) -> None:
    """A changed, cut or swapped file is refused, and a missing one is told as lost."""
    content = hashlib.shake_128(b"file").digest(10 * CHUNK_BYTES)
    one, two = (vault.seal(request_id, content, system="crm", schema="s") for _ in range(2))
    path = tmp_path / "sealed" / str(one.place)
    sealed = path.read_bytes()
    path.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    refused(vault, one)
    path.write_bytes(sealed[: len(MAGIC) + 3 * SEALED_CHUNK_BYTES])
    refused(vault, one)
    refused(vault, replace(one, place=two.place))
    path.unlink()
    with pytest.raises(ArtefactLostError):
        vault.unseal(one)


@pytest.mark.parametrize("place", ["../secret/master.keys", "/etc/passwd", "aa/../../x", "", "aa/b.sealed"])
def test_a_place_never_leads_out_of_the_store(vault: Vault, short: Artefact, place: str) -> None:
    """A place written into the database by somebody else opens and removes nothing elsewhere."""
    artefact = replace(short, body=None, place=place)
    with pytest.raises(ArtefactLostError):
        vault.unseal(artefact)
    with pytest.raises(ArtefactLostError):
        vault.discard(artefact)
