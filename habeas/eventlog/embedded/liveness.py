"""Whether the process behind a member still runs, so that a killed one is followed at once, not after its lease.

A sure no is only possible on the machine it ran on: boot and process namespace are part of the identity. Where the
kernel does not tell (not Linux, another container), nobody is declared dead and the lease decides.
"""

import os
from pathlib import Path

_STATE, _START = 0, 19
"""Where /proc/PID/stat says the state and the start time, counted behind the command's name (proc(5))."""
_ZOMBIE = frozenset(b"ZX")


def own_identity() -> str:
    """This process, as `machine/pid/start time`; empty where the kernel does not tell."""
    stat = _stat(os.getpid())
    return f"{_machine()}/{os.getpid()}/{stat[_START].decode()}" if stat else ""


def is_dead(identity: str) -> bool:
    """True only if the process certainly runs no more."""
    machine, _, process = identity.partition("/")
    if not machine or machine != _machine():
        return False
    pid, _, started = process.partition("/")
    stat = _stat(int(pid))
    return stat is None or stat[_STATE][0] in _ZOMBIE or stat[_START].decode() != started


def _machine() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}:{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


def _stat(pid: int) -> list[bytes] | None:
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None
