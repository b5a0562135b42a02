"""What is sealed comes back, whatever its size and however it is written and read."""

import csv
import hashlib
import io
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from habeas.errors import RetriableError
from habeas.vault.artefacts import Artefact
from habeas.vault.chunks import CHUNK_BYTES
from habeas.vault.sealing import SealingWriter
from habeas.vault.vault import INLINE_BYTES_MAX, Vault

CANARY = b"Canary Fjellrevsdottir <canary@fjellrev.example>"
BORDERS = sorted({max(0, n * CHUNK_BYTES + d) for n in range(6) for d in (-1, 0, 1)})
once_for_all = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


def content_of(size_bytes: int) -> bytes:
    return hashlib.shake_128(size_bytes.to_bytes(8, "big")).digest(size_bytes)


def files_in(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def sealed_bytes(artefact: Artefact, directory: Path) -> bytes:
    return artefact.body if artefact.body is not None else (directory / str(artefact.place)).read_bytes()


@pytest.mark.parametrize("size_bytes", BORDERS)
def test_any_size_comes_back(vault: Vault, request_id: str, size_bytes: int) -> None:
    """Content of every size around the borders of chunks comes back, with its size noted."""
    artefact = vault.seal(request_id, content_of(size_bytes), system="crm", schema="habeas.plan.v1")
    assert vault.unseal(artefact) == content_of(size_bytes)
    assert artefact.size_bytes == size_bytes
    assert (artefact.request_id, artefact.system, artefact.schema) == (request_id, "crm", "habeas.plan.v1")


@once_for_all
@given(
    pieces=st.lists(st.one_of(st.integers(0, 300), st.sampled_from(BORDERS)), max_size=6),
    reads=st.lists(st.integers(1, 3 * CHUNK_BYTES), min_size=1, max_size=4),
)
@example(pieces=[0], reads=[1])
@example(pieces=[1, CHUNK_BYTES - 1, 0, CHUNK_BYTES, 1], reads=[CHUNK_BYTES])
def test_pieces_do_not_matter(vault: Vault, request_id: str, pieces: list[int], reads: list[int]) -> None:
    """However content is cut when it is written and read, the same comes back."""
    whole = b"".join(map(content_of, pieces))
    with vault.sealing(request_id, system="crm", schema="habeas.plan.v1") as writer:
        for piece in pieces:
            assert writer.write(content_of(piece)) == piece
    got, turn = [], 0
    with vault.opening(writer.artefact) as file:
        while data := file.read(reads[turn % len(reads)]):
            got.append(data)
            turn += 1
    assert b"".join(got) == whole
    vault.discard(writer.artefact)


def test_the_digest_is_of_the_sealed_bytes(vault: Vault, request_id: str, tmp_path: Path) -> None:
    """Anyone can check the digest without a key, in the artefact and in the file."""
    for size_bytes in (10, INLINE_BYTES_MAX + 1):
        artefact = vault.seal(request_id, content_of(size_bytes), system="crm", schema="s")
        assert hashlib.sha256(sealed_bytes(artefact, tmp_path / "sealed")).hexdigest() == artefact.digest


def test_small_things_need_no_file(vault: Vault, request_id: str, tmp_path: Path) -> None:
    """Content of up to the limit lies in the artefact, more in one file, and nothing else is in the store."""
    small = vault.seal(request_id, content_of(INLINE_BYTES_MAX), system="crm", schema="s")
    assert small.body is not None
    assert small.place is None
    assert files_in(tmp_path / "sealed") == []
    large = vault.seal(request_id, content_of(INLINE_BYTES_MAX + 1), system="crm", schema="s")
    assert large.body is None
    assert files_in(tmp_path / "sealed") == [tmp_path / "sealed" / str(large.place)]
    vault.discard(large)
    vault.discard(large)
    vault.discard(small)
    assert files_in(tmp_path / "sealed") == []


def test_what_is_sealed_is_nowhere_in_the_clear(vault: Vault, request_id: str, tmp_path: Path) -> None:
    """A canary is in no file, no artefact, and sealing it twice gives nothing in common."""
    artefacts = [vault.seal(request_id, CANARY * times, system="crm", schema="s") for times in (1, 1, 10_000)]
    for path in files_in(tmp_path):
        assert b"Canary" not in path.read_bytes()
    for artefact in artefacts:
        assert "Canary" not in repr(artefact)
        assert b"Canary" not in sealed_bytes(artefact, tmp_path / "sealed")
    assert artefacts[0].digest != artefacts[1].digest


@pytest.mark.parametrize("size_bytes", [100, INLINE_BYTES_MAX * 2])
def test_an_aborted_context_leaves_nothing(vault: Vault, request_id: str, tmp_path: Path, size_bytes: int) -> None:
    """After an exception there is no file, no artefact and no way to write on."""
    writers: list[SealingWriter] = []

    def write_and_stop() -> None:
        with vault.sealing(request_id, system="crm", schema="s") as writer:
            writers.append(writer)
            writer.write(content_of(size_bytes))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_and_stop()
    assert files_in(tmp_path / "sealed") == []
    with pytest.raises(ValueError, match="nothing is sealed"):
        _ = writers[0].artefact
    with pytest.raises(ValueError, match="closed"):
        writers[0].write(b"more")


def test_there_is_no_artefact_before_its_file_is_safe(vault: Vault, request_id: str) -> None:
    """The artefact can't be had, and so can't be recorded, while its context is open."""
    with vault.sealing(request_id, system="crm", schema="s") as writer:
        writer.write(b"x")
        with pytest.raises(ValueError, match="nothing is sealed"):
            _ = writer.artefact
    assert vault.unseal(writer.artefact) == b"x"


def test_a_failed_write_is_not_forgotten(vault: Vault, request_id: str, tmp_path: Path) -> None:
    """Who swallows the error of a write does not get an artefact with a hole in it."""
    (tmp_path / "sealed").rmdir()
    (tmp_path / "sealed").write_bytes(b"in the way")

    def write_on_after_the_error() -> None:
        with vault.sealing(request_id, system="crm", schema="s") as writer:
            with pytest.raises(RetriableError, match="NotADirectoryError"):
                writer.write(content_of(INLINE_BYTES_MAX * 2))
            writer.write(b"the rest")

    with pytest.raises(RetriableError, match="earlier write"):
        write_on_after_the_error()


def test_archives_and_tables_are_written_and_read_through(vault: Vault, request_id: str) -> None:
    """The writer serves zipfile and csv, the reader lines, as any binary file does."""
    with vault.sealing(request_id, system="aggregator", schema="habeas.package.v1") as writer:
        assert not writer.seekable()
        with zipfile.ZipFile(writer, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("data.bin", "w") as entry:
            entry.write(content_of(3 * CHUNK_BYTES))
    with zipfile.ZipFile(io.BytesIO(vault.unseal(writer.artefact))) as archive:
        assert archive.read("data.bin") == content_of(3 * CHUNK_BYTES)

    with (
        vault.sealing(request_id, system="crm", schema="habeas.rows.v1") as writer,
        io.TextIOWrapper(writer, encoding="utf-8", newline="") as text,
    ):
        csv.writer(text).writerows([number, "x" * 90] for number in range(5_000))
    with vault.opening(writer.artefact) as file:
        assert file.readline() == b"0," + b"x" * 90 + b"\r\n"
        assert sum(1 for _ in file) == 4_999


def test_memory_does_not_grow_with_size(vault: Vault, request_id: str) -> None:
    """200 MB pass through in a few chunks' memory, both ways."""
    block, blocks = content_of(1_000_000), 200
    tracemalloc.start()
    try:
        with vault.sealing(request_id, system="aggregator", schema="habeas.package.v1") as writer:
            for _ in range(blocks):
                writer.write(block)
        digest = hashlib.sha256()
        with vault.opening(writer.artefact) as file:
            while data := file.read(1_000_000):
                digest.update(data)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    expected = hashlib.sha256()
    for _ in range(blocks):
        expected.update(block)
    assert digest.digest() == expected.digest()
    assert peak_bytes < 5_000_000


def test_many_are_opened_with_one_look_at_the_keys(vault: Vault) -> None:
    """A batch of several requests' artefacts opens in order."""
    vault.create_keys(["a", "b"])
    sealed = [vault.seal(request, request.encode() * n, system="crm", schema="s") for n in (1, 2) for request in "ab"]
    unlocked = vault.unlocked([each.request_id for each in sealed])
    assert [unlocked.unseal(each) for each in sealed] == [b"a", b"b", b"aa", b"bb"]
