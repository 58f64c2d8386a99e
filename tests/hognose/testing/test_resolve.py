"""Addresses that follow from an instruction's declarations are found; the others are asked for."""

from typing import Any

import pytest
from solders.pubkey import Pubkey as Address

from hognose.lang import SYSTEM_PROGRAM, TOKEN_PROGRAM, Pubkey
from hognose.testing.resolve import resolve
from tests.hognose.samples.escrow import PROGRAM, Desk, cancel_offer, make_offer, open_counter

PROGRAM_ID = bytes(PROGRAM.address)
MAKER, SOURCE, VAULT = (bytes([tag]) * 32 for tag in (1, 2, 3))
MAKE: Any = make_offer
CANCEL: Any = cancel_offer
OPEN: Any = open_counter
DESK: Any = Desk


def derived(*seeds: bytes) -> bytes:
    """A program-derived address of the sample."""
    return bytes(Address.find_program_address(list(seeds), Address(PROGRAM_ID))[0])


def desk_at(cls: type[Any], address: bytes) -> Any:
    """A chain that holds the desk and nothing else."""
    return DESK(vault=Pubkey(VAULT)) if cls is Desk and address == derived(b"desk") else None


def test_everything_that_follows_is_found() -> None:
    """Fixed programs, constant, account and argument seeds, and an address that another account holds."""
    given = {"maker": MAKER, "source": SOURCE}
    found = resolve(MAKE.__instruction__, PROGRAM_ID, given, {"number": 9, "terms": None}, desk_at)
    assert found == {
        "maker": MAKER,
        "desk": derived(b"desk"),
        "offer": derived(b"offer", MAKER, (9).to_bytes(8, "little")),
        "source": SOURCE,
        "vault": VAULT,
        "token_program": bytes(TOKEN_PROGRAM),
        "system_program": bytes(SYSTEM_PROGRAM),
    }


def test_given_address_is_kept() -> None:
    """What is given is not derived, also when it is wrong: tests want that."""
    found = resolve(OPEN.__instruction__, PROGRAM_ID, {"authority": MAKER, "counter": SOURCE}, {}, desk_at)
    assert found["counter"] == SOURCE


def test_missing_address_is_named() -> None:
    """An offer whose number nobody knows, and a token account, must be given."""
    with pytest.raises(TypeError, match="cancel_offer: give the account offer, destination"):
        resolve(CANCEL.__instruction__, PROGRAM_ID, {"maker": MAKER}, {}, desk_at)


def test_unknown_account_is_refused() -> None:
    """A name that the instruction does not have is a mistake of the caller."""
    with pytest.raises(TypeError, match="open_counter has no account payer"):
        resolve(OPEN.__instruction__, PROGRAM_ID, {"payer": MAKER}, {}, desk_at)
