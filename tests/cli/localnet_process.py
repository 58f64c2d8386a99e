"""`quatrain localnet start` in a process of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Localnet:
    """A process that serves the chain of a home directory."""

    def __init__(self, home: Path, *options: str):
        command = [Path(sys.executable).with_name("quatrain"), "localnet", "start", "--port", "0", "--output", "json"]
        environment = os.environ | {"QUATRAIN_HOME": str(home)}
        self.process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True, env=environment)
        assert self.process.stdout is not None
        lines = iter(self.process.stdout.readline, "")
        self.told: dict[str, Any] = json.loads("".join(self._value(lines)))
        self.url: str = self.told["url"]

    def _value(self, lines: Iterator[str]) -> Iterator[str]:
        for line in lines:
            yield line
            if line == "}\n":
                return

    def end(self, number: signal.Signals) -> int:
        """Send a signal; the exit code."""
        self.process.send_signal(number)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return self.process.wait(60)
