"""The sample program, built once a process."""

from __future__ import annotations

from functools import cache

from hognose.build import Build, build
from hognose.testing.sandbox import Sandbox
from tests.hognose.samples.escrow import PROGRAM
from tests.twin import MirroredSandbox


@cache
def escrow() -> Build:
    """The build."""
    return build(PROGRAM)


def sandbox() -> Sandbox:
    """A fresh chain with the program on it."""
    return MirroredSandbox(PROGRAM, escrow())
