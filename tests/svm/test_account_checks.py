"""Every instruction refuses every wrong account and every wrong byte, with exactly the code that says why; in CPython too."""

from __future__ import annotations

import pytest

from hognose.build import Build
from quatrain.program.entrypoint import PROGRAM
from quatrain.program.errors import QuatrainError
from tests.svm.canonical import SCENES
from tests.svm.mirror import Mirror
from tests.svm.tamper import WRONG_BINDING, WRONG_SEEDS, Tamperer, foreign_signers

NAMES = [declaration.name for declaration in PROGRAM.declarations]
OFFICES = [*NAMES[: NAMES.index("deposit_liquidity")], "create_verse", "create_child_verse", "create_market"]
"""What only the holder of a role may do."""

# What a stranger's own signature meets. Not listed: the stranger acts for himself and may.
STRANGERS: dict[str, int] = {
    "propose_admin": WRONG_BINDING,
    "accept_admin": WRONG_BINDING,
    "set_roles": WRONG_BINDING,
    "set_parameters": WRONG_BINDING,
    "pause": WRONG_BINDING,
    "set_pause": WRONG_BINDING,
    "create_verse": WRONG_BINDING,
    "create_child_verse": WRONG_BINDING,
    "create_market": WRONG_BINDING,
    "resolve_market": QuatrainError.UNAUTHORIZED.code,
    "deposit_liquidity": 2015,
    "attest_congestion": WRONG_BINDING,
    "request_withdrawal": 2015,
    "execute_withdrawal": WRONG_BINDING,
    "cancel_withdrawal": WRONG_BINDING,
    "open_trader": WRONG_SEEDS,
    "deposit": WRONG_BINDING,
    "withdraw": WRONG_BINDING,
    "close_trader": WRONG_BINDING,
    "open_position": WRONG_BINDING,
    "buy": WRONG_BINDING,
    "buy_for": WRONG_BINDING,
    "sell": WRONG_BINDING,
    "sell_for": WRONG_BINDING,
    "batch": WRONG_BINDING,
    "close_position": WRONG_BINDING,
    "create_distribution": WRONG_BINDING,
    "set_distribution_liquidity": WRONG_BINDING,
    "resolve_distribution": QuatrainError.UNAUTHORIZED.code,
    "open_distribution_position": WRONG_BINDING,
    "trade_distribution": WRONG_BINDING,
    "rejoin_distribution": WRONG_BINDING,
    "close_distribution_position": WRONG_BINDING,
    "open_book": WRONG_BINDING,
    "close_book": WRONG_BINDING,
    "close_ladder": WRONG_BINDING,
    "allocate_loans": WRONG_BINDING,
    "recall_loans": WRONG_BINDING,
    "set_calm_end": QuatrainError.UNAUTHORIZED.code,
    "open_feed": QuatrainError.UNAUTHORIZED.code,
    "set_reporters": QuatrainError.UNAUTHORIZED.code,
    "report_price": QuatrainError.NO_REPORTER.code,
    "acknowledge_risk": WRONG_BINDING,
    "open_leverage": WRONG_BINDING,
    "close_leverage": WRONG_BINDING,
    "add_margin": WRONG_BINDING,
    "remove_margin": WRONG_BINDING,
    "extend_loan": WRONG_BINDING,
    "liquidate": WRONG_BINDING,
    "trade_beside_loans": WRONG_BINDING,
    "batch_beside_loans": WRONG_BINDING,
    "merge_sets": WRONG_BINDING,
}
OPEN_TO_ALL = {
    "initialize", "close_market", "sync_market", "prune_market", "open_samples", "sample_market", "close_samples", "quote",
    "settle_position", "close_distribution", "sync_distribution", "prune_distribution", "claim_distribution", "open_ladder",
    "sync_book", "shrink_liquidity",
}  # fmt: skip
"""Instructions that anybody may send: the first admin makes himself, the others are cranks."""


@pytest.mark.parametrize("name", NAMES)
def test_every_wrong_account_is_refused_with_its_code(program: Build, name: str) -> None:
    """Each slot × each way to be wrong, one at a time, in an instruction that would succeed."""
    stage = Mirror(program.elf)
    ticket = SCENES[name](stage)
    assert stage.simulate(ticket)[0] is None, "the scene itself must succeed"
    tried = 0
    wrong: list[str] = []
    for tampering in Tamperer(stage, ticket).all():
        tried += 1
        if (complaint := tampering.try_on(stage)) is not None:
            wrong.append(complaint)
    assert not wrong, "\n".join(wrong)
    assert tried > 6 * len(ticket.metas)
    assert not stage.twin.tally.keys() & {"left out", "trapped"}, "every refusal was the same in CPython"
    assert stage.simulate(ticket)[0] is None, "nothing of the tampering may be left behind"


def test_each_instruction_is_either_bound_to_its_signer_or_open_to_all() -> None:
    """A new instruction must be put into one of the two lists."""
    assert set(STRANGERS) | OPEN_TO_ALL == set(NAMES)
    assert not set(STRANGERS) & OPEN_TO_ALL


@pytest.mark.parametrize("name", STRANGERS)
def test_a_stranger_cannot_sign_for_somebody_else(program: Build, name: str) -> None:
    """Every authority is checked: the stranger's own valid signature does not help."""
    stage = Mirror(program.elf)
    ticket = SCENES[name](stage)
    tamperings = list(foreign_signers(stage, ticket, stage.person("stranger").pubkey()))
    assert tamperings
    for tampering in tamperings:
        code, _ = stage.simulate(tampering.ticket)
        assert code == STRANGERS[name], tampering.label


@pytest.mark.parametrize("role", ["guardian", "oracle", "provider", "payer"])
@pytest.mark.parametrize("name", [n for n in STRANGERS if STRANGERS[n] == WRONG_BINDING and n in OFFICES])
def test_one_role_cannot_act_for_another(program: Build, name: str, role: str) -> None:
    """Guardian and oracle have their own powers and no others."""
    stage = Mirror(program.elf)
    ticket = SCENES[name](stage)
    actor = getattr(stage, role)
    if actor.pubkey() in [meta.pubkey for meta in ticket.metas]:
        assert name in ("pause", "attest_congestion")
        assert role == "guardian"
        return
    for tampering in foreign_signers(stage, ticket, actor.pubkey()):
        assert stage.simulate(tampering.ticket)[0] == WRONG_BINDING
