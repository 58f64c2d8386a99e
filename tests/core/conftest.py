"""Whether compiled functions run in CPython, too."""

import pytest

from tests.core import engine


@pytest.fixture(scope="session", autouse=True)
def in_cpython(pytestconfig: pytest.Config) -> None:
    """As `--in-cpython` says."""
    engine.in_cpython = bool(pytestconfig.getoption("--in-cpython"))
