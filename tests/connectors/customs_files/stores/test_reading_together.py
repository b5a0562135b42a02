"""Files on an SFTP server are asked for together: quick where each round trip costs, and each answer in its place."""

import paramiko
import pytest

from connectors.customs_files.stores import sftp_reading
from connectors.customs_files.stores.store import Content

CONTENTS = {
    "client/a.txt": b"a",
    "client/empty.txt": b"",
    "client/one-answer.bin": b"x" * 32 * 1024,
    "client/two-answers.bin": b"y" * (32 * 1024 + 1),
    "client/many-answers.bin": bytes(range(256)) * 1900,
    "client/alone.bin": bytes(range(256)) * 12_000,
    "client/z.txt": b"z",
}
BYTES_MAX = 10_000_000


def test_each_file_is_told_in_its_place(sftp) -> None:
    """Small ones, large ones, those that may not be read or are gone, and one that is too large."""
    paths = [sftp.put(name, content) for name, content in CONTENTS.items()]
    sftp.put("client/closed.txt", b"closed").chmod(0)
    (sftp.root / "client" / "folder").mkdir()
    names = [*CONTENTS, "client/closed.txt", "client/folder", "client/gone.txt", "client/a.txt"]
    told = [
        each.data if isinstance(each, Content) else str(each)
        for each in sftp.store.reads([(name, "") for name in names], BYTES_MAX)
    ]
    others = ["not readable", "not a file", "no longer there when its turn came", b"a"]
    assert told == [*CONTENTS.values(), *others]
    assert [*sftp.store.heads(names, 100)][: len(paths)] == [content[:100] for content in CONTENTS.values()]
    (large,) = sftp.store.reads([("client/alone.bin", "")], 1_000_000)
    assert str(large) == "larger than 1000000 bytes"


def test_hundreds_of_small_files_cost_few_round_trips(sftp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not some for each file: a server far away answers as late as it does to a single one."""
    names = [f"client/{number}.txt" for number in range(300)]
    for name in names:
        (sftp.root / "client").mkdir(exist_ok=True)
        (sftp.root / name).write_text(name)
    sftp.server.own(sftp.root)
    sftp.store.require()
    sent = []
    send = paramiko.Channel.send

    def counting(channel: paramiko.Channel, data: bytes) -> int:
        sent.append(len(data))
        return send(channel, data)

    monkeypatch.setattr(paramiko.Channel, "send", counting)
    heads = list(sftp.store.heads(names, 8192))
    contents = [each.data for each in sftp.store.reads([(name, "") for name in names], BYTES_MAX)]
    assert heads == contents == [name.encode() for name in names]
    assert len(sent) < len(names) / 4


def test_a_file_that_changes_after_it_was_opened_is_read_again(sftp, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told is what it was at one moment, and its neighbour is not read anew for it."""
    path, other = sftp.put("client/a.txt", b"before"), sftp.put("client/b.txt", b"other")
    opening, opened = sftp_reading._open, []

    def changing(client, paths):
        handles = opening(client, paths)
        if not opened:
            path.write_bytes(b"afterwards")
        opened.extend(paths)
        return handles

    monkeypatch.setattr(sftp_reading, "_open", changing)
    told = sftp.store.reads([("client/a.txt", ""), ("client/b.txt", "")], BYTES_MAX)
    assert [each.data for each in told] == [b"afterwards", b"other"]
    assert opened.count(str(other).encode()) == 1
