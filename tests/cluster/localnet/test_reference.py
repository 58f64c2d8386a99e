"""The reference of the RPC methods is what their declarations say."""

from pathlib import Path

from quatrain.cluster.localnet.codes import GENERAL, Failure
from quatrain.cluster.localnet.method import Access, Method, Parameter
from quatrain.cluster.localnet.methods import METHODS

TITLES = {
    Access.EVERYBODY: "Methods",
    Access.SUBSCRIBERS: "Subscriptions",
    Access.TIME_TRAVELLERS: "With `--time-travel`",
}
HEAD = """# JSON-RPC of the local cluster

What `quatrain localnet` answers ([how to run it](../how-to/local-cluster.md)). Names, parameters, answers and errors are a Solana
validator's; where a validator differs, the sentence says what happens here. A parameter in *italics* may be left out or be `null`;
an object's members always may. Unknown members are ignored. Integers have up to 64 bits and are never rounded.
Written by `pytest tests/cluster/localnet/test_reference.py --update-golden` from the declarations in
`src/quatrain/cluster/localnet/methods`.
"""


def shown(parameter: Parameter) -> str:
    """A parameter in a row."""
    text = f"`{parameter.name}`" if parameter.required else f"*`{parameter.name}`*"
    kind = parameter.kind.name.replace("\\|", "or")
    return f"{text}: `{kind}`"


def row(method: Method) -> str:
    """A method's row."""
    parameters = ", ".join(shown(one) for one in method.parameters)
    failures = ", ".join(f"{one.code} {one.name}" for one in method.failures)
    return f"| `{method.name}` | {parameters} | {method.summary} | {failures} |"


def failures() -> list[Failure]:
    """Every failure that a method declares, and the general ones."""
    found = {one.name: one for method in METHODS.values() for one in method.failures}
    return sorted({**found, **{one.name: one for one in GENERAL}}.values(), key=lambda one: (-one.code, one.name))


def render() -> str:
    """The page."""
    parts = [HEAD]
    for access, title in TITLES.items():
        parts.append(f"## {title}\n| method | parameters | what it does | errors |\n|---|---|---|---|")
        parts += [row(METHODS[name]) for name in sorted(METHODS) if METHODS[name].access is access]
        parts.append("")
    parts.append("## Errors\nThe first six may answer any request.\n\n| code | name | message |\n|---:|---|---|")
    others = [one for one in failures() if one not in GENERAL]
    parts += [f"| {one.code} | {one.name} | {one.wording.replace('{message}', '…')} |" for one in (*GENERAL, *others)]
    return "\n".join(parts) + "\n"


def test_the_reference_is_up_to_date(root: Path, update_golden: bool) -> None:
    """Every method with its parameters, its sentence and its errors, and every error with its wording."""
    page = root / "docs" / "reference" / "json-rpc.md"
    if update_golden:
        page.write_text(render(), encoding="utf-8")

    assert page.read_text(encoding="utf-8") == render()


def test_every_method_says_what_it_does() -> None:
    """A docstring that is a sentence, and parameters that say what they may be."""
    for method in METHODS.values():
        assert method.summary.endswith("."), method.name
        assert all(one.kind.name for one in method.parameters), method.name


def test_the_contract_is_covered() -> None:
    """Every method that the recorded clients call, and the rest of what explorers and tools expect."""
    calls = """requestAirdrop getLatestBlockhash sendTransaction simulateTransaction getSignatureStatuses getEpochInfo
        getBalance getAccountInfo getBlockHeight getMinimumBalanceForRentExemption getHealth getMultipleAccounts
        getProgramAccounts getTransaction getSignaturesForAddress getSlot getGenesisHash getVersion getIdentity
        getFeeForMessage isBlockhashValid getRecentPrioritizationFees getTokenAccountsByOwner getTokenAccountBalance
        getTokenSupply getBlock getBlocks getBlockTime getEpochSchedule minimumLedgerSlot getFirstAvailableBlock
        accountSubscribe programSubscribe logsSubscribe signatureSubscribe slotSubscribe rootSubscribe
        getClusterNodes getLeaderSchedule getSlotLeader getSlotLeaders getVoteAccounts getSupply getInflationGovernor
        getInflationRate getInflationReward getRecentPerformanceSamples getTransactionCount getBlockCommitment
        getBlockProduction getBlocksWithLimit getLargestAccounts getTokenLargestAccounts getTokenAccountsByDelegate
        getStakeMinimumDelegation getHighestSnapshotSlot getMaxRetransmitSlot getMaxShredInsertSlot blockSubscribe
        slotsUpdatesSubscribe"""

    assert set(calls.split()) <= METHODS.keys()
