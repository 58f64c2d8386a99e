"""What a home directory remembers of deployments: the programs by their hash, what replaced what, and keys of buffers.

    programs/builds/HASH.so                     every program that was deployed from here or found in the place of one
    programs/CLUSTER/PROGRAM/history.jsonl      a line for each deployment: what is to be there, and what was before
    programs/CLUSTER/PROGRAM/buffer.json        the key of the buffer that is being filled, as long as it is

A cluster is named by its genesis, for the same program may lie at the same address of several. A line is written before its
transaction is sent: one that never came about names a program that is not there, and so misleads nobody.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from attrs import asdict, frozen
from solders.hash import Hash
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from quatrain.client.errors import NotFoundError, StoreDamagedError, UsageError
from quatrain.client.keypairs import ensure_keypair
from quatrain.client.loader import program_digest

_SHORTEST_PREFIX = 6


@frozen
class Step:
    """A deployment: the hashes of what came and of what went, and when, in unix seconds."""

    build: str
    replaced: str | None
    unix_timestamp: int


@frozen
class Archive:
    """The `programs` folder of a home directory."""

    folder: Path

    def keep(self, elf: bytes) -> str:
        """Store a program; its hash. Zeros at its end stay: some may be the program's own, and headers count them."""
        digest, path = program_digest(elf), self._build(program_digest(elf))
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = path.with_suffix(f".{os.getpid()}")
            draft.write_bytes(elf)
            draft.replace(path)
        return digest

    def read(self, name: str) -> bytes:
        """The program of a hash, or of its first characters; NotFoundError, or StoreDamagedError where it has changed."""
        known = [one for one in self.builds() if one.startswith(name)] if len(name) >= _SHORTEST_PREFIX else []
        if len(known) > 1:
            raise UsageError(f"several programs begin with {name}", code="build_ambiguous", advice="Give more of it.")
        if not known:
            raise NotFoundError(
                f"no program {name} is kept in {self.folder}", code="build_missing", advice="See quatrain program show."
            )
        elf = self._build(known[0]).read_bytes()
        if program_digest(elf) != known[0]:
            raise StoreDamagedError(
                f"{self._build(known[0])} is not the program that its name says", code="build_damaged"
            )
        return elf

    def builds(self) -> list[str]:
        """The hashes of the programs that are kept."""
        return sorted(path.stem for path in (self.folder / "builds").glob("*.so"))

    def note(self, cluster: Hash, program: Pubkey, build: str, replaced: str | None) -> None:
        """Write down that a program is about to be replaced."""
        path = self._place(cluster, program) / "history.jsonl"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(Step(build, replaced, int(time.time())))) + "\n")

    def history(self, cluster: Hash, program: Pubkey) -> list[Step]:
        """Every deployment from here, oldest first."""
        path = self._place(cluster, program) / "history.jsonl"
        if not path.exists():
            return []
        return [Step(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]

    def previous(self, cluster: Hash, program: Pubkey, current: str) -> str:
        """What was there before the program that is there now; NotFoundError where that is not known here."""
        for step in reversed(self.history(cluster, program)):
            if step.build == current and step.replaced is not None:
                return step.replaced
        raise NotFoundError(
            f"it is not known here what was deployed before {current[:12]}",
            code="previous_unknown",
            advice="Name a program that is kept: quatrain rollback --to HASH. See quatrain program show.",
        )

    def buffer_key(self, cluster: Hash, program: Pubkey) -> Keypair:
        """The key of the buffer that is being filled, made when there is none; readable by its owner alone."""
        return ensure_keypair(self._place(cluster, program) / "buffer.json")

    def forget_buffer(self, cluster: Hash, program: Pubkey) -> None:
        """The buffer is gone, or somebody else's: the next one gets a new key."""
        (self._place(cluster, program) / "buffer.json").unlink(missing_ok=True)

    def _build(self, digest: str) -> Path:
        return self.folder / "builds" / f"{digest}.so"

    def _place(self, cluster: Hash, program: Pubkey) -> Path:
        return self.folder / str(cluster) / str(program)


__all__ = ["Archive", "Step"]
