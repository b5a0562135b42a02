"""A page in a real browser: headless Chromium, driven over its debugging pipe (Chrome DevTools Protocol)."""

import fcntl
import json
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
"""None where there is none."""

_FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")


class Page:
    """One page. Only data of our own goes into it: the browser has no sandbox here."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to = to_browser
        self._from = os.fdopen(from_browser, "rb")
        self._session: str | None = None
        self._number = 0
        self._unread = b""
        self.complaints: list[str] = []
        """What the browser's console has said: errors, and what a policy has stopped."""

    def open(self, address: str) -> None:
        """Load an address and wait until all of it is there."""
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._call(f"{domain}.enable")
        self._call("Page.navigate", url=address)
        while self._message().get("method") != "Page.loadEventFired":
            pass

    def ask(self, expression: str) -> Any:
        """What an expression comes to in the page; a promise is waited for."""
        answer = self._call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def type(self, text: str) -> None:
        """As from a keyboard, into what has the focus."""
        self._call("Input.insertText", text=text)

    def press(self, key: str) -> None:
        """A key that writes nothing, or Enter."""
        text = {"text": "\r"} if key == "Enter" else {}
        codes = {"Enter": 13, "Tab": 9}
        for kind in ("keyDown", "keyUp"):
            self._call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=codes[key], **text)

    def _call(self, method: str, **params: Any) -> Any:
        self._number += 1
        told = {"id": self._number, "method": method, "params": params}
        if self._session is not None:
            told["sessionId"] = self._session
        os.write(self._to, json.dumps(told).encode() + b"\0")
        while True:
            message = self._message()
            if message.get("id") == self._number:
                assert "error" not in message, message["error"]
                return message["result"]

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            more = os.read(self._from.fileno(), 65536)
            if not more:
                raise RuntimeError("the browser has gone")
            self._unread += more
        raw, _, self._unread = self._unread.partition(b"\0")
        message: dict[str, Any] = json.loads(raw)
        if message.get("method") == "Log.entryAdded":
            self.complaints.append(message["params"]["entry"]["text"])
        if message.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(message["params"]["exceptionDetails"]["text"])
        return message

    def close(self) -> None:
        """Let go of the pipe."""
        os.close(self._to)
        self._from.close()


@contextmanager
def browsing(profile: Path) -> Iterator[Page]:
    """A browser for as long as the context is open; `profile` is an empty folder that it may write to."""
    assert CHROMIUM is not None
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    # The browser reads commands from its descriptor 3 and writes to its descriptor 4.
    command, answers = (fcntl.fcntl(each, fcntl.F_DUPFD, 10) for each in (theirs_in, theirs_out))
    quiet = os.open(os.devnull, os.O_WRONLY)
    process = os.posix_spawn(
        CHROMIUM,
        [CHROMIUM, *_FLAGS, "--remote-debugging-pipe", f"--user-data-dir={profile}"],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, fd, to) for fd, to in ((quiet, 2), (command, 3), (answers, 4))],
    )
    for each in (theirs_in, theirs_out, command, answers, quiet):
        os.close(each)
    page = Page(ours_out, ours_in)
    try:
        yield page
    finally:
        page.close()
        os.kill(process, signal.SIGTERM)
        os.waitpid(process, 0)
