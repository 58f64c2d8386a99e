"""Publishes a program's interface and contacts on the chain, through the Program Metadata program."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Final

from attrs import frozen
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer

from hognose.idl import build_idl
from hognose.lang import Program
from quatrain.client import metadata
from quatrain.client.addresses import to_lang
from quatrain.client.errors import NotFoundError
from quatrain.cluster.deployer import Deployer, fetch_program

_PIECE: Final = 900
"""Bytes of a write; the rest of a transaction is signature, accounts and budget."""


@frozen
class Publication:
    """What was done about one of a program's documents."""

    seed: str
    address: Pubkey
    changed: bool


def documents(program: Program, address: Pubkey) -> dict[str, str]:
    """A program's interface (Anchor's format) and contacts as JSON, for a deployment at an address; by their seeds."""
    described = build_idl(replace(program, address=to_lang(address)))
    texts = {"idl": json.dumps(described, ensure_ascii=False, separators=(",", ":"))}
    if program.security is not None:
        contacts = {name: value for name, value in asdict(program.security).items() if value}
        contacts |= {"contacts": program.security.contacts.split(","), "version": program.version}
        texts["security"] = json.dumps(contacts, ensure_ascii=False, separators=(",", ":"))
    return texts


def publish(deployer: Deployer, program: Pubkey, seed: str, text: str) -> Publication:
    """Make a text a program's canonical metadata, in the place of another; interrupted, the next run goes on.

    NotFoundError where the cluster has no Program Metadata program; UsageError where the signer is not the authority.
    """
    chain, me = deployer.chain, deployer.me
    deployer.require_authority(fetch_program(chain, program))
    if chain.get_account(metadata.METADATA_PROGRAM) is None:
        raise NotFoundError(
            f"{chain.name} has no Program Metadata program",
            code="metadata_program_missing",
            advice="Write the documents to files instead: quatrain program publish --out DIRECTORY.",
        )
    address, data = metadata.metadata_address(program, seed), metadata.pack(text)
    account = chain.get_account(address)
    there = metadata.read_metadata(account)
    if there == metadata.Published(program, seed, text):
        return Publication(seed, address, changed=False)
    if there is not None and not (
        isinstance(there, metadata.Draft) and there.authority == me and len(there.data) <= len(data)
    ):
        deployer.send(metadata.close(program=program, authority=me, seed=seed, recipient=me))
        account = there = None
    if there is None:
        held = 0 if account is None else account.lamports
        missing = max(chain.rent_minimum(metadata.HEADER + len(data)) - held, 0)
        pay = transfer(TransferParams(from_pubkey=me, to_pubkey=address, lamports=missing))
        deployer.send(pay, metadata.allocate(program=program, authority=me, seed=seed))
    written = there.data if isinstance(there, metadata.Draft) else b""
    for at in range(0, len(data), _PIECE):
        part = data[at : at + _PIECE]
        if written[at : at + _PIECE] != part:
            deployer.send(metadata.write(program=program, authority=me, seed=seed, offset=at, data=part))
    deployer.send(metadata.initialize(program=program, authority=me, seed=seed))
    return Publication(seed, address, changed=True)


__all__ = ["Publication", "documents", "publish"]
