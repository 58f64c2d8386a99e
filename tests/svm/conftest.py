"""The compiled program, once a session, and worlds to run it in."""

from __future__ import annotations

import pytest

from hognose.build import Build, build
from quatrain.program.entrypoint import PROGRAM
from tests.svm.mirror import Mirror
from tests.svm.stage import Stage


@pytest.fixture(scope="session")
def program() -> Build:
    """The program, compiled."""
    return build(PROGRAM)


@pytest.fixture
def bare(program: Build) -> Stage:
    """A chain with the program, on which nothing has happened; what happens there happens in CPython as well."""
    return Mirror(program.elf)


@pytest.fixture
def stage(bare: Stage) -> Stage:
    """The protocol runs: a million USDC in the vault, verse 1."""
    return bare.furnish()
