"""Settings come from flags, then the environment, then files, then defaults."""

from pathlib import Path

import pytest

from quatrain.cli.options import Common
from quatrain.cli.settings import LOCAL, MONIKERS, key_path, resolve
from quatrain.client.errors import ConfigurationError


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Nothing but folders of our own."""
    return {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_DATA_HOME": str(tmp_path / "data")}


def write(tmp_path: Path, name: str, text: str) -> None:
    """A file below the configuration folder."""
    path = tmp_path / "config" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_without_anything_it_is_the_local_chain(tmp_path: Path, environment: dict[str, str]) -> None:
    """Its home below the user's data, its key the local admin's."""
    settings = resolve(Common(), environment)

    assert settings.is_local
    assert settings.home == tmp_path / "data" / "quatrain"
    assert settings.keypair == settings.home / "keys" / "id.json"
    assert (settings.commitment, settings.json) == ("confirmed", False)


def test_each_source_beats_the_next(tmp_path: Path, environment: dict[str, str]) -> None:
    """Flag, environment, settings file."""
    write(tmp_path, "quatrain/config.toml", 'url = "devnet"\noutput = "json"\nkeypair = "filed"\n')
    environment["QUATRAIN_URL"] = "testnet"

    filed, flagged = resolve(Common(), environment), resolve(Common(url="localhost", keypair="flagged"), environment)

    assert (filed.url, filed.json, filed.keypair.stem) == (MONIKERS["testnet"], True, "filed")
    assert (flagged.url, flagged.json, flagged.keypair.stem) == (MONIKERS["localhost"], True, "flagged")


def test_solanas_file_names_the_key_but_not_the_cluster(tmp_path: Path, environment: dict[str, str]) -> None:
    """Who has mainnet configured there still begins on the local chain, with local keys."""
    write(
        tmp_path, "solana/cli/config.yml",
        "---\njson_rpc_url: https://api.mainnet-beta.solana.com\nkeypair_path: '/keys/mine.json'\n"
        "address_labels:\n  '11111111111111111111111111111111': System\ncommitment: finalized\n",
    )  # fmt: skip

    local, remote, asked = (resolve(Common(url=url), environment) for url in (None, "devnet", "solana"))

    assert local.url == LOCAL
    assert local.keypair.name == "id.json"
    assert (remote.url, remote.keypair, remote.commitment) == (MONIKERS["devnet"], Path("/keys/mine.json"), "finalized")
    assert asked.url == "https://api.mainnet-beta.solana.com"


@pytest.mark.parametrize(
    ("options", "text", "message"),
    [
        (Common(url="ftp://x"), "", "is no cluster"),
        (Common(url="solana"), "", "names no cluster"),
        (Common(), 'colour = "red"', "unknown setting colour"),
        (Common(), "url = ", "config.toml"),
        (Common(), 'output = "xml"', "it can be text, json"),
        (Common(), 'commitment = "sure"', "it can be processed"),
        (Common(config=Path("/nowhere.toml")), "", "no settings file"),
    ],
)
def test_nonsense_is_named(
    tmp_path: Path, environment: dict[str, str], options: Common, text: str, message: str
) -> None:
    """With the setting or the file that it stands in."""
    write(tmp_path, "quatrain/config.toml", text)

    with pytest.raises(ConfigurationError, match=message):
        resolve(options, environment)


def test_keys_are_names_or_paths(tmp_path: Path) -> None:
    """A bare word is a key of the folder."""
    assert key_path("alice", tmp_path) == tmp_path / "alice.json"
    assert key_path("alice.json", tmp_path) == Path("alice.json")
    assert key_path("./alice", tmp_path) == Path("alice")


def test_several_servers(environment: dict[str, str]) -> None:
    """Addresses and monikers separated by commas, in this order; the local chain stands in for nothing."""
    settings = resolve(Common(url="http://127.0.0.1:9899, localhost"), environment)

    assert settings.urls == ("http://127.0.0.1:9899", MONIKERS["localhost"])
    assert not settings.is_local
    with pytest.raises(ConfigurationError, match="stand-in"):
        resolve(Common(url="local,devnet"), environment)
    with pytest.raises(ConfigurationError, match="'' is no cluster"):
        resolve(Common(url="devnet,"), environment)
