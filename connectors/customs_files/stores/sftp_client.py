"""SFTP as the store speaks it: Paramiko's client, and what that leaves out."""

import errno
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import paramiko
from paramiko.message import Message
from paramiko.sftp import (
    CMD_ATTRS,
    CMD_CLOSE,
    CMD_DATA,
    CMD_EXTENDED,
    CMD_HANDLE,
    CMD_NAME,
    CMD_OPENDIR,
    CMD_READDIR,
    CMD_STATUS,
)
from paramiko.sftp_attr import SFTPAttributes

_ERRNOS = {2: errno.ENOENT, 3: errno.EACCES, 4: errno.EIO, 5: errno.EBADMSG, 8: errno.EOPNOTSUPP}
"""By the status codes of draft-ietf-secsh-filexfer-02, section 7; 4 is any failure that has no code."""
_OK, _EOF = 0, 1


class StatusError(OSError):
    """The server answered that it can't."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says to one request. Each method raises StatusError if it says that it can't."""

    kind: int
    message: Message

    def handle(self) -> bytes:
        self._expect(CMD_HANDLE)
        return self.message.get_binary()

    def data(self) -> bytes:
        """What was read, nothing at the file's end."""
        try:
            self._expect(CMD_DATA)
        except EOFError:
            return b""
        return self.message.get_string()

    def attributes(self) -> SFTPAttributes:
        self._expect(CMD_ATTRS)
        return _attributes(self.message)

    def _expect(self, kind: int) -> None:
        if self.kind == CMD_STATUS:
            _raise(self.message)
        if self.kind != kind:
            raise paramiko.SFTPError("another answer than was asked for")


@dataclass(slots=True, weakref_slot=True)
class _Answers:
    """Paramiko hands over here what is said to requests in whatever order it comes."""

    by_number: dict[int, Answer] = field(default_factory=dict)

    def _async_response(self, kind: int, message: Message, number: int) -> None:
        self.by_number[number] = Answer(kind, message)


class Client(paramiko.SFTPClient):
    """SFTP with names as bytes, errors by their number, many requests at once, and OpenSSH's fsync."""

    _gathered: bytearray | None = None

    if TYPE_CHECKING:  # the library's types leave it out

        def _request(self, kind: int, *arguments: object) -> tuple[int, Message]: ...
        def _async_request(self, file: object, kind: int, *arguments: object) -> int: ...
        def _read_response(self, number: int | None = None) -> tuple[int, Message]: ...

    def _convert_status(self, msg: Message) -> None:
        _raise(msg)

    def entries(self, folder: bytes) -> Iterator[tuple[bytes, SFTPAttributes]]:
        """What is in a folder, links as links; raises StatusError."""
        kind, msg = self._request(CMD_OPENDIR, folder)
        if kind != CMD_HANDLE:
            raise paramiko.SFTPError("Expected handle")
        handle = msg.get_binary()
        try:
            while True:
                try:
                    kind, msg = self._request(CMD_READDIR, handle)
                except EOFError:
                    return
                if kind != CMD_NAME:
                    raise paramiko.SFTPError("Expected name")
                for _ in range(msg.get_int()):
                    name, _long = msg.get_string(), msg.get_string()
                    attributes = _attributes(msg)  # paramiko's own listing breaks on names that are not UTF-8
                    if name not in {b".", b".."}:
                        yield name, attributes
        finally:
            self._request(CMD_CLOSE, handle)

    def ask(self, requests: Sequence[tuple[object, ...]]) -> list[Answer]:
        """The answers to many requests, in their order: all leave together, and none waits for another's answer."""
        answers = _Answers()
        self._gathered = bytearray()
        try:
            numbers = [self._async_request(answers, *each) for each in requests]  # type: ignore[arg-type]
            gathered = bytes(self._gathered)
        finally:
            self._gathered = None
        self._write_all(gathered)
        while len(answers.by_number) < len(numbers):
            self._read_response()
        return [answers.by_number[number] for number in numbers]

    def _write_all(self, out: bytes) -> None:
        if self._gathered is not None:
            self._gathered += out
        else:
            super()._write_all(out)  # type: ignore[misc]

    def sync(self, file: paramiko.SFTPFile) -> None:
        """Have the server write the file to its disk, if it offers that."""
        try:
            self._request(CMD_EXTENDED, b"fsync@openssh.com", file.handle)
        except StatusError as error:
            if error.errno != errno.EOPNOTSUPP:
                raise


def _raise(message: Message) -> None:
    """Raise what a status says, unless it is that all is well."""
    code = message.get_int()
    if code == _OK:
        return
    if code == _EOF:
        raise EOFError
    raise StatusError(_ERRNOS.get(code, errno.EIO), "SFTP")  # the server's own text may name a file


def _attributes(msg: Message) -> SFTPAttributes:
    attributes = SFTPAttributes()
    attributes._unpack(msg)  # type: ignore[attr-defined]  # noqa: SLF001 - the types leave it out
    return attributes
