"""What the commands about programs share: the file or the build to deploy, who acts, and how it is told."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen
from solders.pubkey import Pubkey

from quatrain.cli.options import Common
from quatrain.cli.output import Output
from quatrain.cli.settings import Settings
from quatrain.cli.workspace import open_chain, program_addresses
from quatrain.client.errors import InputError
from quatrain.client.keypairs import read_keypair
from quatrain.client.loader import program_data_address
from quatrain.cluster.archive import Archive
from quatrain.cluster.chain import Chain
from quatrain.cluster.deployer import Deployer, Report, find_program
from quatrain.cluster.lock import FileLock

_LOCK = "programs.lock"


@frozen
class Desk:
    """Open while a command about programs runs."""

    settings: Settings
    chain: Chain
    output: Output
    program: Pubkey
    archive: Archive


@contextmanager
def open_desk(options: Common) -> Generator[Desk]:
    """The cluster, and the program on it that the options mean: the first of the possible ones that is there."""
    with open_chain(options) as (settings, chain, output):
        possible = program_addresses(settings)
        program = next((one for one in possible[:-1] if find_program(chain, one) is not None), possible[-1])
        yield Desk(settings, chain, output, program, Archive(settings.home / "programs"))


@contextmanager
def deploying(desk: Desk, program: Pubkey, priority_fee: int | None) -> Generator[Deployer]:
    """Who deploys, one at a time in a home directory, with a bar that shows how far an upload is."""
    from rich.progress import Progress

    signer = read_keypair(desk.settings.keypair)
    touched = [signer.pubkey(), program_data_address(program)]
    price = desk.chain.unit_price(touched) if priority_fee is None else priority_fee
    desk.settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (
        FileLock(desk.settings.home / _LOCK),
        Progress(console=desk.output.notes, transient=True, disable=desk.output.json) as progress,
    ):
        task = progress.add_task("Writing the program", total=None)
        yield Deployer(
            desk.chain,
            signer,
            desk.archive,
            price,
            lambda done, total: progress.update(task, completed=done, total=total),
        )


def executable(file: Path | None) -> bytes:
    """The file's bytes, or this version's build; InputError where they do not load with mainnet's features."""
    from quatrain.cluster.builds import compile_program
    from quatrain.cluster.embedded import loads

    if file is None:
        return compile_program().elf
    try:
        elf = file.read_bytes()
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error}", code="input_unreadable") from error
    if not loads(elf):
        raise InputError(
            f"{file} is no program that the virtual machine loads", advice="Give what hognose build wrote, NAME.so."
        )
    return elf


def tell(desk: Desk, program: Pubkey, report: Report, verb: str) -> None:
    """What a deployment did."""
    receipt = report.receipt
    value: dict[str, Any] = {
        "program": str(program),
        "build": report.build,
        "replaced": report.replaced,
        "pieces": report.pieces,
        "written": report.written,
        "extended_bytes": report.extended,
        "signature": receipt.signature if receipt else None,
        "slot": receipt.slot if receipt else None,
    }
    if receipt is None:
        desk.output.result(value, f"{program} runs build {report.build[:12]} already; nothing was sent.")
        return
    grown = f", and {report.extended:,} bytes of room" if report.extended else ""
    replaced = f" in the place of {report.replaced[:12]}" if report.replaced else ""
    desk.output.result(
        value,
        f"{verb} {program}, build {report.build[:12]}{replaced}.",
        f"  {report.written} of {report.pieces} pieces written{grown}; it runs from slot {receipt.slot + 1:,} on.",
    )


__all__ = ["Desk", "deploying", "executable", "open_desk", "tell"]
