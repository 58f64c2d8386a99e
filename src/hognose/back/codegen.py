"""LLVM IR to a BPF object, in a child process because LLVM aborts the process at what it cannot select."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

from hognose.back import codegen_child as child
from hognose.back.pipeline import Tuning, optimise
from hognose.errors import BackendError

__all__ = ["BackendError", "CodegenRequest", "CodegenResult", "Generator", "Tuning", "emit", "optimise"]

TIMEOUT_SECONDS = 300
_SOURCE_ROOT = str(Path(__file__).resolve().parents[2])


@dataclass(frozen=True, slots=True)
class CodegenRequest:
    """What to compile.

    `main` is the module's IR text; `helpers` the IR text of the bodies that must be declarations until the main
    pipeline has run. `assembly` and `optimised` ask for those texts in the result.
    """

    main: str
    helpers: str | None = None
    tuning: Tuning = field(default_factory=Tuning)
    assembly: bool = False
    optimised: bool = False


@dataclass(frozen=True, slots=True)
class CodegenResult:
    """A BPF relocatable object, and the texts that the request asked for."""

    object: bytes
    assembly: str | None = None
    optimised: str | None = None


def emit(request: CodegenRequest) -> CodegenResult:
    """Compile to a BPF object. The same request gives the same bytes.

    Raises BackendError where the IR is invalid or the back end cannot select it.
    """
    try:
        with Generator() as generator:
            return generator.emit(request)
    except BackendError:
        return emit_carefully(request)


def emit_carefully(request: CodegenRequest) -> CodegenResult:
    """Compile what was refused once more, without the passes that are known to make what BPF lacks, and without
    inlining, which joins frames until they exceed the VM's."""
    with Generator(careful=True) as generator:
        return generator.emit(replace(request, main=request.main.replace(" nounwind", " noinline nounwind")))


class Generator:
    """A child process that compiles one request after the other. Use it from one thread at a time."""

    def __init__(self, *, careful: bool = False) -> None:
        command = [sys.executable, "-P", "-m", "hognose.back.codegen_child", *([child.CAREFUL] if careful else [])]
        pipe = subprocess.PIPE
        # stderr goes to a file: a full pipe that nobody reads would stop the child.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the child)
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=self._errors, env=_environment())

    def __enter__(self) -> Generator:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the child."""
        self._process.kill()
        self._process.communicate()
        self._errors.close()

    def emit(self, request: CodegenRequest) -> CodegenResult:
        """Compile one request; after a BackendError the generator is of no more use."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            child.write(self._process.stdin, _frames_of(request))  # type: ignore[arg-type]
            frames = child.read(self._process.stdout)  # type: ignore[arg-type]
        except (OSError, ValueError):
            frames = None
        if frames is None:
            status = self._process.wait(TIMEOUT_SECONDS)
            self._errors.seek(0)
            raise _refusal(self._errors.read().decode(errors="replace"), status)
        if child.FAILURE in frames:
            raise BackendError(frames[child.FAILURE].decode().strip())
        return CodegenResult(frames[child.OBJECT], _text(frames, child.ASSEMBLY), _text(frames, child.OPTIMISED))


def _frames_of(request: CodegenRequest) -> dict[bytes, bytes]:
    settings = child.pack_settings(request.tuning, assembly=request.assembly, optimised=request.optimised)
    frames = {child.OPTIONS: settings, child.MAIN: request.main.encode()}
    if request.helpers is not None:
        frames[child.HELPERS] = request.helpers.encode()
    return frames


def _text(frames: dict[bytes, bytes], tag: bytes) -> str | None:
    return frames[tag].decode() if tag in frames else None


def _environment() -> dict[str, str]:
    """The child must find this very package, wherever the parent found it."""
    inherited = os.environ.get("PYTHONPATH")
    path = _SOURCE_ROOT if not inherited else os.pathsep.join((_SOURCE_ROOT, inherited))
    return os.environ | {"PYTHONPATH": path}


_UNSUPPORTED = re.compile(r"^error: (?:.*?: )?in function (?P<function>\S+) .*?\): (?P<message>.*)$", re.MULTILINE)
_FATAL = re.compile(r"^LLVM ERROR: (?P<message>.*)$", re.MULTILINE)
_OTHER = re.compile(r"^(?:error: )(?P<message>.*)$", re.MULTILINE)
_RUNNING = re.compile(r"on function '@(?P<function>[^']+)'")


def _refusal(stderr: str, status: int) -> BackendError:
    for pattern in (_UNSUPPORTED, _FATAL, _OTHER):
        if found := pattern.search(stderr):
            groups = found.groupdict()
            return BackendError(groups["message"].strip(), groups.get("function") or _function_running(stderr))
    last = stderr.strip().splitlines()[-1:] or ["no message"]
    return BackendError(f"the code generator ended with status {status}: {last[0]}", _function_running(stderr))


def _function_running(stderr: str) -> str | None:
    found = _RUNNING.search(stderr)
    return found["function"] if found else None
