"""Settings: each from its flag, else QUATRAIN_*, else the settings file, else Solana's own, else a default.

Solana's configuration file decides the key and the commitment on clusters behind an RPC server. It never decides the
cluster, unless asked with `--url solana`: who has mainnet configured there must not meet it here by surprise.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from quatrain.cli.options import Common
from quatrain.client.errors import ConfigurationError

LOCAL: Final = "local"
SOLANA: Final = "solana"
MONIKERS: Final[Mapping[str, str]] = {
    "localhost": "http://127.0.0.1:8899",
    "localnet": "http://127.0.0.1:8899",
    "l": "http://127.0.0.1:8899",
    "devnet": "https://api.devnet.solana.com",
    "d": "https://api.devnet.solana.com",
    "testnet": "https://api.testnet.solana.com",
    "t": "https://api.testnet.solana.com",
    "mainnet-beta": "https://api.mainnet-beta.solana.com",
    "mainnet": "https://api.mainnet-beta.solana.com",
    "m": "https://api.mainnet-beta.solana.com",
}
NAMES: Final = ("url", "keypair", "home", "program", "commitment", "output")
COMMITMENTS: Final = ("processed", "confirmed", "finalized")
OUTPUTS: Final = ("text", "json")
DEFAULT_KEY: Final = "id"
PROGRAM_KEY: Final = "program"
"""The name of the key that a program is deployed with, unless another is given."""


@frozen
class Settings:
    """What a command acts with."""

    url: str
    """`local`, or the addresses of RPC servers of one cluster, separated by commas, the preferred one first."""
    keypair: Path
    home: Path
    program: str | None
    """An address or a key, where one was named."""
    commitment: str
    json: bool

    @property
    def is_local(self) -> bool:
        """Whether the cluster is the embedded chain."""
        return self.url == LOCAL

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses, each of its own."""
        return tuple(self.url.split(","))

    @property
    def keys(self) -> Path:
        """The folder of named keys."""
        return self.home / "keys"


def resolve(options: Common, environment: Mapping[str, str] = os.environ) -> Settings:
    """Settle every setting; ConfigurationError names the one that makes no sense, and where it came from."""
    own = _own_file(options.config, environment)
    solana = _solana_file(environment)
    home = Path(_pick("home", options, environment, own) or _default_home(environment)).expanduser()
    url = _urls(_pick("url", options, environment, own) or LOCAL, solana)
    remote: Mapping[str, str] = {} if url == LOCAL else solana
    key = _pick("keypair", options, environment, own) or remote.get("keypair_path") or DEFAULT_KEY
    commitment = _pick("commitment", options, environment, own) or remote.get("commitment") or "confirmed"
    output = _pick("output", options, environment, own) or "text"
    return Settings(
        url=url,
        keypair=key_path(str(key), home / "keys"),
        home=home,
        program=_pick("program", options, environment, own),
        commitment=_one_of("commitment", str(commitment), COMMITMENTS),
        json=_one_of("output", str(output), OUTPUTS) == "json",
    )


def key_path(text: str, folder: Path) -> Path:
    """A name is a key of the folder; anything with a slash or an ending is a path."""
    if "/" in text or text.endswith(".json"):
        return Path(text).expanduser()
    return folder / f"{text}.json"


def _pick(name: str, options: Common, environment: Mapping[str, str], own: Mapping[str, Any]) -> str | None:
    for value in (getattr(options, name), environment.get(f"QUATRAIN_{name.upper()}"), own.get(name)):
        if value not in (None, ""):
            return str(value)
    return None


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ConfigurationError(f"{name} is {value!r}; it can be {', '.join(allowed)}")
    return value


def _urls(text: str, solana: Mapping[str, Any]) -> str:
    urls = [_url(one.strip(), solana) for one in text.split(",")]
    if len(urls) > 1 and LOCAL in urls:
        raise ConfigurationError(
            "the local chain has no stand-in", advice="Give addresses of RPC servers only, or local."
        )
    return ",".join(urls)


def _url(text: str, solana: Mapping[str, Any]) -> str:
    if text == SOLANA:
        text = str(solana.get("json_rpc_url") or "")
        if not text:
            raise ConfigurationError("Solana's configuration file names no cluster", advice="Give --url.")
    url = MONIKERS.get(text, text)
    if url != LOCAL and not url.startswith(("http://", "https://")):
        known = ", ".join(["local", "solana", *(name for name in MONIKERS if len(name) > 1)])
        raise ConfigurationError(f"{text!r} is no cluster: give an http(s) address or one of {known}")
    return url


def _default_home(environment: Mapping[str, str]) -> Path:
    data = environment.get("XDG_DATA_HOME")
    return (Path(data) if data else Path("~/.local/share")) / "quatrain"


def _own_file(given: Path | None, environment: Mapping[str, str]) -> Mapping[str, Any]:
    named = given or (Path(environment["QUATRAIN_CONFIG"]) if environment.get("QUATRAIN_CONFIG") else None)
    folder = environment.get("XDG_CONFIG_HOME")
    path = named or (Path(folder) if folder else Path("~/.config")) / "quatrain" / "config.toml"
    path = path.expanduser()
    if not path.exists():
        if named is not None:
            raise ConfigurationError(f"there is no settings file {path}")
        return {}
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path}: {error}") from error
    if unknown := set(content) - set(NAMES):
        raise ConfigurationError(
            f"{path}: unknown setting {', '.join(sorted(unknown))}", advice=f"It may hold: {', '.join(NAMES)}."
        )
    return content


def _solana_file(environment: Mapping[str, str]) -> Mapping[str, str]:
    """The flat `name: value` lines of Solana's YAML file; one that cannot be read says nothing."""
    folder = environment.get("XDG_CONFIG_HOME")
    path = (Path(folder) if folder else Path("~/.config")).expanduser() / "solana" / "cli" / "config.yml"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    found: dict[str, str] = {}
    for line in lines:
        name, separator, value = line.partition(":")
        if separator and name.strip() == name and not name.startswith(("#", "-")):
            found[name] = value.strip().strip("'\"")
    return found


__all__ = ["DEFAULT_KEY", "LOCAL", "MONIKERS", "NAMES", "PROGRAM_KEY", "Settings", "key_path", "resolve"]
