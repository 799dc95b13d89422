"""A console as a process of its own, to be loaded and killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

START_S = 600.0  # a busy machine; one that does not start at all is seen at once
SETTINGS = {
    "PRINTWARDEN_WEB__RATE_LIMITS": "false",
    "PRINTWARDEN_WEB__KEEP_PASSED_DAYS": "3650",  # made-up jobs are old; they are to stay
}


class Server:
    """`printwarden console` on a free port of this host. Use it as a context."""

    def __init__(self, state: Path, *, database: str = "") -> None:
        self.state, self.database, self.port = state, database, _free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start it, and return when it answers. Raises RuntimeError when it does not."""
        call = [sys.executable, "-m", "printwarden", "console"]
        call += ["--bind", f"127.0.0.1:{self.port}", "--state", str(self.state)]
        call += ["--database", self.database] if self.database else []
        environment = os.environ | SETTINGS
        with (self.state / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                call, stdout=log, stderr=log, env=environment, start_new_session=True
            )
        until = time.monotonic() + START_S
        while not self._answers():
            if time.monotonic() > until or self.process.poll() is not None:
                raise RuntimeError((self.state / "server.log").read_text(encoding="utf-8"))
            time.sleep(0.1)

    def kill(self) -> None:
        """Kill -9, as the power or the kernel would: all of its processes at once."""
        if self.process is not None:
            with suppress(ProcessLookupError):  # it has ended by itself
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def resident_mib(self) -> float:
        """Memory of its processes together."""
        pages = 0
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                fields = (entry / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
                mine = self.process is not None and int(fields[2]) == self.process.pid
            except (OSError, ValueError):
                continue
            pages += int(fields[21]) if mine else 0
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
