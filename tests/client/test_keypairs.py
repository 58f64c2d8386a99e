"""Key files in Solana's format: private, never overwritten."""

import json
from pathlib import Path

import pytest
from solders.keypair import Keypair

from quatrain.client.errors import KeypairError
from quatrain.client.keypairs import ensure_keypair, read_keypair, write_keypair


def test_a_key_survives_its_file(tmp_path: Path) -> None:
    """64 numbers in a JSON array, readable by the owner alone."""
    key, path = Keypair(), tmp_path / "keys" / "a.json"

    write_keypair(path, key)

    assert read_keypair(path) == key
    assert json.loads(path.read_text()) == list(bytes(key))
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    """A name that is taken is refused and the old key stays."""
    path = tmp_path / "a.json"
    key = ensure_keypair(path)

    with pytest.raises(KeypairError) as caught:
        write_keypair(path, Keypair())

    assert caught.value.code == "keypair_exists"
    assert ensure_keypair(path) == key


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o666])
def test_a_readable_key_is_refused(tmp_path: Path, mode: int) -> None:
    """A file that others can read is reported with what to do."""
    path = tmp_path / "a.json"
    write_keypair(path, Keypair())
    path.chmod(mode)

    with pytest.raises(KeypairError) as caught:
        read_keypair(path)

    assert caught.value.code == "keypair_exposed"
    assert "chmod 600" in caught.value.advice


@pytest.mark.parametrize("content", ["", "{}", "[1,2]", "[" + "300," * 63 + "1]", "[" + "0," * 63 + "1]", "é"])
def test_other_files_are_refused(tmp_path: Path, content: str) -> None:
    """Anything but 64 bytes that form a key is named with its file."""
    path = tmp_path / "a.json"
    path.write_text(content)
    path.chmod(0o600)

    with pytest.raises(KeypairError, match=r"a\.json"):
        read_keypair(path)


def test_a_missing_key_says_how_to_make_one(tmp_path: Path) -> None:
    """The advice names the command."""
    with pytest.raises(KeypairError) as caught:
        read_keypair(tmp_path / "none.json")

    assert caught.value.code == "keypair_missing"
    assert "quatrain keys new" in caught.value.advice
