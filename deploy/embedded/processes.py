"""What starting servers and services on one machine needs: children that never outlive us, ports, private files."""

import asyncio
import contextlib
import fcntl
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

LEASH = Path(__file__).with_name("leash.py")
MARK = "ZTC_CHILD"
LOG_KEPT_BYTES = 10_000_000


class DidNotStart(RuntimeError):
    """A process ended before it was ready, or was not ready in time; the text ends with its last words."""


class FolderInUse(RuntimeError):
    """Another copy, still alive, works in this folder."""


def free_port(preferred: int = 0) -> int:
    """A TCP port nobody listens on at 127.0.0.1: the preferred one if it is free."""
    # Below the kernel's ephemeral range (from 32768), else an outgoing connection may take it before we listen.
    for port in (preferred, *random.sample(range(20_000, 32_000), 200)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                if port:
                    probe.bind(("127.0.0.1", port))
                    return port
    raise DidNotStart("no free TCP port between 20000 and 32000 on 127.0.0.1")


async def connect(port: int) -> None:
    """Raises OSError when nobody listens at 127.0.0.1."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()
    await writer.wait_closed()


def write_private(path: Path, text: str) -> None:
    """Replaces the file in one step; only its owner may read it."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def plain_environment(**more: str) -> dict[str, str]:
    """An environment that carries over nothing of the caller's but PATH, so that no stray setting reaches a server."""
    path = os.environ.get("PATH", "") + ":/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {"PATH": path, "LANG": "C.UTF-8", "TZ": "UTC", **more}


class FolderLock:
    """One copy per folder. Children inherit the lock, so it ends with the last process of a copy, not the first."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    @property
    def descriptor(self) -> int:
        if self._file is None:
            raise RuntimeError(f"{self._path} is not held")
        return self._file

    async def take(self) -> None:
        """Raises FolderInUse when a living process holds it; waits up to 10 s for a dead one's children to be gone."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        patience = time.monotonic() + 10
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                holder = os.pread(file, 20, 0).decode().strip()
                if _runs(holder) or time.monotonic() > patience:
                    os.close(file)
                    raise FolderInUse(f"{self._path.parent} is in use by pid {holder}") from None
            await asyncio.sleep(0.05)
        os.ftruncate(file, 0)
        os.pwrite(file, str(os.getpid()).encode(), 0)
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


class Child:
    """A command as a process of our own: in its own session, its output in a log, and dead when we are."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        environment: Mapping[str, str],
        folder: Path,
        log: Path,
        lock: FolderLock | None = None,
    ) -> None:
        self.name = name
        self._command = [str(part) for part in command]
        # The folder in it tells a person whose a process is.
        self._mark = f"{secrets.token_hex(8)} {folder}"
        self._environment = {**environment, MARK: self._mark}
        self._folder = folder
        self._log = log
        self._lock = lock
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts the command; call it from the main thread."""
        # The kernel takes the end of the starting thread for the end of the parent.
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError(f"{self.name} must be started from the main thread")
        self._log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._log.exists() and self._log.stat().st_size > LOG_KEPT_BYTES:
            self._log.replace(self._log.with_name(self._log.name + ".1"))
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), *self._command],
                env=self._environment,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(self._lock.descriptor,) if self._lock else (),
            )

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def ended(self) -> int:
        """Waits for its end; the exit code, or minus the signal that killed it."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        if self.alive:
            gone, loop, handle = asyncio.Event(), asyncio.get_running_loop(), os.pidfd_open(self.pid)
            loop.add_reader(handle, gone.set)
            try:
                await gone.wait()
            finally:
                loop.remove_reader(handle)
                os.close(handle)
        return self._process.wait()

    async def ready(self, probe: Callable[[], Awaitable[object]], *, seconds: float) -> None:
        """Waits until the probe no longer raises. DidNotStart when the process ends first, the time is over or the
        probe itself says so.
        """
        patience = time.monotonic() + seconds
        while True:
            try:
                async with asyncio.timeout(10):
                    await probe()
                return
            except DidNotStart:
                raise
            except Exception as not_yet:
                if not self.alive:
                    raise DidNotStart(f"{self.name} ended before it was ready\n{self.last_words()}") from not_yet
                if time.monotonic() > patience:
                    raise DidNotStart(
                        f"{self.name} was not ready after {seconds:.0f} s: {not_yet!r}\n{self.last_words()}"
                    ) from not_yet
            await asyncio.sleep(0.05)

    async def stop(self, *, grace: float = 15) -> None:
        """SIGTERM, then after `grace` seconds SIGKILL, to it and to everything it started. Nothing is left after."""
        if self._process is None:
            return
        try:
            if self.alive:
                self._process.send_signal(signal.SIGTERM)
                async with asyncio.timeout(grace):
                    await self.ended()
        except TimeoutError:
            pass
        finally:
            self._kill_what_is_left()

    def last_words(self, lines: int = 15) -> str:
        return "\n".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    def _kill_what_is_left(self) -> None:
        assert self._process is not None
        if self.alive:
            self._process.kill()
        self._process.wait()
        # Erlang puts its port programs in sessions of their own, so neither group nor session finds them.
        while left := [pid for pid in _pids() if self._is_mine(pid)]:
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)

    def _is_mine(self, pid: int) -> bool:
        with contextlib.suppress(OSError):
            return f"{MARK}={self._mark}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        return False


def _runs(pid: str) -> bool:
    return Path("/proc", pid).exists()


def _pids() -> list[int]:
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]
