"""What every test stands on: one hypothesis profile, a home directory of its own, and no way to the outside."""

import socket
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

# Two busy cores make wall-clock deadlines meaningless; pytest's own timeout still ends what hangs.
settings.register_profile(
    "quatrain-explore", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
# A gate that fails by chance says nothing of the change before it: examples are the same each time, unless asked.
settings.register_profile("quatrain", parent=settings.get_profile("quatrain-explore"), derandomize=True)
settings.register_profile("quatrain-few", parent=settings.get_profile("quatrain"), max_examples=20)
settings.load_profile("quatrain")


def _refuse_outside(event: str, arguments: tuple[Any, ...]) -> None:
    """Raise when a socket of the internet family connects to anything but this machine's loopback."""
    if event != "socket.connect" or arguments[0].family not in {socket.AF_INET, socket.AF_INET6}:
        return
    host = str(arguments[1][0])
    if host != "localhost" and not ip_address(host).is_loopback:
        raise PermissionError(f"a test tried to reach {host}; tests stay on the loopback")


sys.addaudithook(_refuse_outside)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of our own."""
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files that a run disagrees with")
    parser.addoption(
        "--explore", action="store_true", help="other examples in every run, where hypothesis looks for them"
    )
    parser.addoption(
        "--in-cpython", action="store_true",
        help="run core's functions in CPython wherever a test runs them compiled, with few examples, the same each time",
    )  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    """Other examples where they are asked for, few where CPython runs what is compiled otherwise."""
    if config.getoption("--explore"):
        settings.load_profile("quatrain-explore")
    if config.getoption("--in-cpython"):
        settings.load_profile("quatrain-few")


@pytest.fixture(scope="session")
def update_golden(pytestconfig: pytest.Config) -> bool:
    """Whether this run rewrites golden files."""
    return bool(pytestconfig.getoption("--update-golden"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the checkout."""
    return ROOT


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A fresh home directory: no test reads or changes the keys, configuration or state of who runs it."""
    path = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(path))
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
            patch.delenv(name, raising=False)
        yield path
