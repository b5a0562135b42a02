"""A link is opened by whoever made it, and by nobody else; it does not tell what is in it."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habeas.domain.opting_out import OptOut
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.vault.keys import KeyStore
from habeas.vault.links import LinkSeal
from habeas.vault.master_file import FileMasterKeys
from habeas.vault.rotation import rotate

ADA = OptOut(identifier(IdentifierKind.EMAIL, "ada@example.org"), frozenset({"newsletter"}), "sv")


@pytest.fixture
def seal(keys):
    return LinkSeal(keys)


def test_a_link_tells_nothing_of_whose_it_is_and_is_another_one_each_time(seal):
    """Neither in clear nor by its length; law C7: data in addresses of pages would lie in every log on the way."""
    first, second = (seal.seal(ADA.to_bytes()) for _ in range(2))
    assert first != second
    assert OptOut.of_bytes(seal.open(first)) == OptOut.of_bytes(seal.open(second)) == ADA
    raw = base64.urlsafe_b64decode(first + "=" * (-len(first) % 4))
    assert b"ada" not in raw
    assert b"example" not in raw
    longer = OptOut(identifier(IdentifierKind.EMAIL, "adam.sample@example.org"), ADA.purposes, "sv")
    assert len(seal.seal(longer.to_bytes())) == len(first)


def test_links_in_old_messages_outlive_a_rotation_of_the_master_key(keys, premises):
    token = LinkSeal(keys).seal(ADA.to_bytes())
    rotate(keys, FileMasterKeys(premises.master))
    with_new_master = KeyStore(premises.keys_url, master=FileMasterKeys(premises.master))
    try:
        assert LinkSeal(with_new_master).open(token) == ADA.to_bytes()
    finally:
        with_new_master.close()


def test_another_key_opens_nothing(keys):
    assert LinkSeal(keys, "others").open(LinkSeal(keys).seal(b"content")) is None


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("links")
    FileMasterKeys.init(folder / "master.keys")
    store = KeyStore(f"sqlite:///{folder}/keys.db", master=FileMasterKeys(folder / "master.keys"))
    seal = LinkSeal(store)
    yield seal, seal.seal(ADA.to_bytes())
    store.close()


@settings(max_examples=50)
@given(at=st.integers(min_value=0), bit=st.integers(0, 7))
def test_a_link_changed_in_any_bit_is_none_of_ours(made, at, bit):
    """Forging."""
    seal, token = made
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    raw[at % len(raw)] ^= 1 << bit
    assert seal.open(base64.urlsafe_b64encode(raw).rstrip(b"=").decode()) is None


@settings(max_examples=50)
@given(st.one_of(st.text(), st.text("ABCDEFabcdef0189-_=", min_size=30, max_size=300)))
def test_guessing_gives_nothing_and_no_fault(made, token):
    assert made[0].open(token) is None
