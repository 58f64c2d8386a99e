"""A protocol that runs, for tests that compare what the client computes with what the program does."""

from collections.abc import Iterator

import pytest

from quatrain.cluster.builds import Build, compile_program
from quatrain.cluster.local import Keys, open_in_memory, prepare
from quatrain.cluster.session import Session


@pytest.fixture(scope="session")
def build() -> Build:
    """The program, compiled."""
    return compile_program()


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """Admin, faucet and mint."""
    return Keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def session(build: Build, keys: Keys) -> Iterator[Session]:
    """The protocol in memory, its vault funded."""
    chain = open_in_memory(build)
    yield prepare(chain, keys, lambda _text: None)
    chain.close()
