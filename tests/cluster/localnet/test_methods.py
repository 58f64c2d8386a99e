"""What the methods answer, and how they refuse: as a validator does."""

import base64
import json
import random
from typing import Any

import pytest
from solders.address_lookup_table_account import AddressLookupTableAccount
from solders.instruction import AccountMeta, CompiledInstruction, Instruction
from solders.keypair import Keypair
from solders.message import Message, MessageHeader, MessageV0, to_bytes_versioned
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer
from solders.transaction import VersionedTransaction

from quatrain.client.accounts import RawAccount
from quatrain.client.addresses import TOKEN_PROGRAM, associated_token_address
from quatrain.client.tokens import create_mint, create_token_account, mint_to
from quatrain.client.transactions import build_transaction
from quatrain.cluster import base58
from quatrain.cluster.localnet.accounts_shown import zstd_frame
from tests.cluster.localnet.conftest import Localnet, RpcFailure
from tests.cluster.test_chain import pay

TRANSACTION = "solana_transaction::versioned::VersionedTransaction"
LOADER_V3 = "BPFLoaderUpgradeab1e11111111111111111111111"
CLOCK = "SysvarC1ock11111111111111111111111111111111"


def packed(transaction: VersionedTransaction) -> str:
    """As clients send it."""
    return base64.b64encode(bytes(transaction)).decode()


def send(localnet: Localnet, transaction: VersionedTransaction, **options: Any) -> str:
    """The signature."""
    found: str = localnet.ask("sendTransaction", packed(transaction), {"encoding": "base64", **options})
    return found


def mint(localnet: Localnet, key: Keypair, amount: int) -> tuple[Pubkey, Pubkey]:
    """A new mint and the key's account of it."""
    new, chain = Keypair(), localnet.chain
    made = create_mint(
        payer=key.pubkey(), mint=new.pubkey(), authority=key.pubkey(), decimals=6, rent=chain.rent_minimum(82)
    )
    account = associated_token_address(key.pubkey(), new.pubkey())
    opened = create_token_account(payer=key.pubkey(), owner=key.pubkey(), mint=new.pubkey())
    minted = mint_to(mint=new.pubkey(), destination=account, authority=key.pubkey(), amount=amount)
    blockhash = chain.latest_blockhash()
    send(localnet, build_transaction([*made, opened, minted], key, blockhash, signers=[new]))
    return new.pubkey(), account


def refused(localnet: Localnet, *request: Any) -> tuple[int, str]:
    """Code and message of a failure."""
    with pytest.raises(RpcFailure) as caught:
        localnet.ask(*request)
    return caught.value.code, caught.value.message


ANY = "11111111111111111111111111111112"


@pytest.mark.parametrize(
    ("request_", "code", "message"),
    [
        (("nope",), -32601, "Method not found"),
        (("accountSubscribe", ANY), -32601, "Method not found"),
        (("getBalance",), -32602, "`params` should have at least 1 argument(s)"),
        (("getBalance", 1), -32602, "Invalid params: invalid type: integer `1`, expected a string."),
        (("getBalance", None), -32602, "Invalid params: invalid type: null, expected a string."),
        (("getBalance", "1" * 45), -32602, "Invalid param: WrongSize"),
        (("getBalance", "abc"), -32602, "Invalid param: WrongSize"),
        (("getBalance", "0OIl"), -32602, "Invalid param: Invalid"),
        (("getBalance", ANY, 5), -32602, "Invalid params: invalid type: integer `5`, expected struct Context."),
        (("getBalance", ANY, {}, {}), -32602, "Expected from 1 to 2 parameters."),
        (
            ("getBalance", ANY, {"commitment": "recent"}),
            -32602,
            "Invalid params: unknown variant `recent`, expected one of `processed`, `confirmed`, `finalized`.",
        ),
        (("getBalance", ANY, {"minContextSlot": 2**60}), -32016, "Minimum context slot has not been reached"),
        (
            ("getBalance", ANY, {"minContextSlot": -1}),
            -32602,
            "Invalid params: invalid value: integer `-1`, expected u64.",
        ),
        (
            ("getBalance", ANY, {"minContextSlot": 1.5}),
            -32602,
            "Invalid params: invalid type: floating point `1.5`, expected u64.",
        ),
        (("getMultipleAccounts", [ANY] * 101), -32602, "Too many inputs provided; max 100"),
        (("getMultipleAccounts", ANY), -32602, f'Invalid params: invalid type: string "{ANY}", expected a sequence.'),
        (("getSignatureStatuses", [base58.encode(bytes(64))] * 257), -32602, "Too many inputs provided; max 256"),
        (("getTransaction", ANY), -32602, "Invalid param: WrongSize"),
        (
            ("getTransaction", base58.encode(bytes(64)), {"commitment": "processed"}),
            -32602,
            "Method does not support commitment below `confirmed`",
        ),
        (("getSignaturesForAddress", ANY, {"limit": 1_001}), -32602, "Invalid limit; max 1000"),
        (("getProgramAccounts", ANY, {"filters": [{"dataSize": 1}] * 5}), -32602, "Too many filters provided; max 4"),
        (
            ("getProgramAccounts", ANY, {"filters": [{"other": 1}]}),
            -32602,
            "Invalid params: unknown variant `other`, expected one of `dataSize`, `memcmp`, `tokenAccountState`.",
        ),
        (("getProgramAccounts", ANY, {"filters": [{"memcmp": {"offset": 0}}]}), -32602, "Invalid params: missing field `bytes`."),
        (("getTokenAccountBalance", ANY), -32602, "Invalid param: could not find account"),
        (("getTokenSupply", CLOCK), -32602, "Invalid param: not a Token mint"),
        (("getTokenAccountsByOwner", ANY, {"mint": ANY}), -32602, "Invalid param: could not find mint"),
        (("getTokenAccountsByOwner", ANY, {"programId": ANY}), -32602, "Invalid param: unrecognized Token program id"),
        (("getBlock", 2**63), -32004, f"Block not available for slot {2**63}"),
        (("getBlocks", 0, 500_002_000), -32602, "Slot range too large; max 500000"),
        (("getBlocksWithLimit", 0, 500_001), -32602, "Limit too large; max 500000"),
        (("getSlotLeaders", 0, 5_001), -32602, "Invalid limit; max 5000"),
        (("getRecentPerformanceSamples", 721), -32602, "Invalid limit; max 720"),
        (("getHighestSnapshotSlot",), -32008, "No snapshot"),
        (
            ("requestAirdrop", ANY, 2 * 10**15),
            -32603,
            "airdrop request failed. This can happen when the rate limit is reached.",
        ),
        (
            ("simulateTransaction", "", {"sigVerify": True, "replaceRecentBlockhash": True}),
            -32602,
            "sigVerify may not be used with replaceRecentBlockhash",
        ),
        (("sendTransaction", "*", {"encoding": "base64"}), -32602, "invalid base64 encoding: InvalidByte(0, 42)"),
        (("sendTransaction", "abc", {"encoding": "base64"}), -32602, "invalid base64 encoding: InvalidPadding"),
        (
            ("sendTransaction", "A" * 1_645, {"encoding": "base64"}),
            -32602,
            f"base64 encoded {TRANSACTION} too large: 1645 bytes (max: encoded/raw 1644/1232)",
        ),
        (
            ("sendTransaction", base64.b64encode(bytes(1_233)).decode(), {"encoding": "base64"}),
            -32602,
            f"decoded {TRANSACTION} too large: 1233 bytes (max: 1232 bytes)",
        ),
        (
            ("sendTransaction", "AAAA", {"encoding": "hex"}),
            -32602,
            "Invalid params: unknown variant `hex`, expected `base58` or `base64`.",
        ),
        (("surfnet_timeTravel", {"absoluteSlot": 5}), -32602, "Cannot travel to past"),
    ],
)  # fmt: skip
def test_bad_requests_are_refused_as_a_validator_does(
    localnet: Localnet, request_: tuple[Any, ...], code: int, message: str
) -> None:
    """The same code, and the same words."""
    if message.startswith("Slot range"):
        localnet.ask("surfnet_timeTravel", {"absoluteSlot": 500_003_000})

    assert refused(localnet, *request_) == (code, message)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", -32700),
        (b"{", -32700),
        (b"\xff\xfe", -32700),
        (b"[" * 40_000, -32700),
        (b"1e400", -32700),
        (b"[]", -32600),
        (b"5", -32600),
        (b"{}", -32600),
        (b'{"jsonrpc":"1.0","id":1,"method":"getSlot"}', -32600),
        (b'{"jsonrpc":"2.0","id":{},"method":"getSlot"}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":5}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"getSlot","params":5}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"getSlot","params":{}}', -32602),
    ],
)
def test_what_is_no_request_is_refused(localnet: Localnet, body: bytes, code: int) -> None:
    """With JSON-RPC's own codes."""
    answer = localnet.raw(body)

    assert answer["error"]["code"] == code
    assert answer["jsonrpc"] == "2.0"


def test_a_batch_is_answered_in_order(localnet: Localnet) -> None:
    """Each with its own id or error; notifications are not answered, and a batch of them not at all."""
    batch = [
        {"jsonrpc": "2.0", "id": "a", "method": "getHealth"},
        {"jsonrpc": "2.0", "method": "getHealth"},
        {"jsonrpc": "2.0", "id": 7, "method": "nope"},
        5,
        {"jsonrpc": "2.0", "id": None, "method": "getHealth", "params": None},
    ]

    answers = localnet.raw(json.dumps(batch).encode())

    assert [one["id"] for one in answers] == ["a", 7, None, None]
    assert [one.get("result") or one["error"]["code"] for one in answers] == ["ok", -32601, -32600, "ok"]
    assert localnet.raw(json.dumps([batch[1]]).encode()) is None


def test_integers_of_64_bits_are_exact(localnet: Localnet) -> None:
    """The rent epoch is the largest, and lamports beyond 2^53 come back as they are."""
    localnet.ask("surfnet_setAccount", ANY, {"lamports": 2**61 + 1})

    account = localnet.value("getAccountInfo", ANY, {"encoding": "base64"})

    assert (account["lamports"], account["rentEpoch"]) == (2**61 + 1, 2**64 - 1)


def test_accounts_in_every_encoding(localnet: Localnet) -> None:
    """Base64, base58 where it is short, Zstandard, a slice, parsed, and an error where base58 would be long."""
    data = bytes(range(200))
    localnet.ask("surfnet_setAccount", ANY, {"lamports": 10**9, "data": data.hex(), "owner": str(TOKEN_PROGRAM)})

    def shown(**options: Any) -> Any:
        return localnet.value("getAccountInfo", ANY, options)["data"]

    assert shown(encoding="base64") == [base64.b64encode(data).decode(), "base64"]
    assert shown(encoding="jsonParsed") == [base64.b64encode(data).decode(), "base64"]
    part = {"offset": 3, "length": 5}
    assert shown(encoding="base58", dataSlice=part) == [base58.encode(data[3:8]), "base58"]
    assert shown(dataSlice=part) == base58.encode(data[3:8])
    assert shown(encoding="base64+zstd") == [base64.b64encode(zstd_frame(data)).decode(), "base64+zstd"]
    code, message = refused(localnet, "getAccountInfo", ANY)
    assert (code, message.split(" data")[0]) == (-32600, "Encoded binary (base 58)")
    clock = localnet.value("getAccountInfo", CLOCK, {"encoding": "jsonParsed"})["data"]
    assert clock["parsed"]["info"]["slot"] == localnet.chain.head.slot


def test_a_raw_zstandard_frame_is_one() -> None:
    """Magic number, size, then stored blocks of at most 128 KiB, the last one marked."""
    data = bytes(300_000)
    frame = zstd_frame(data)

    assert frame[:4] == b"\x28\xb5\x2f\xfd"
    assert int.from_bytes(frame[5:13], "little") == len(data)
    at, stored, last = 13, 0, False
    while not last:
        header = int.from_bytes(frame[at : at + 3], "little")
        last, kind, size = bool(header & 1), header >> 1 & 3, header >> 3
        assert kind == 0
        assert size <= 128 * 1024
        at, stored = at + 3 + size, stored + size
    assert (at, stored) == (len(frame), len(data))


def test_a_transaction_is_sent_and_found(localnet: Localnet) -> None:
    """Its status, its record in every encoding, its block, and the list of its address agree."""
    key, to = localnet.funded(), Keypair().pubkey()
    transaction = pay(localnet.chain, key, to, 10**9)
    slot = localnet.chain.head.slot

    signature = send(localnet, transaction)
    localnet.node.end_block()

    assert signature == str(transaction.signatures[0])
    (status,) = localnet.value("getSignatureStatuses", [signature])
    assert status == {
        "slot": slot, "confirmations": None, "err": None, "status": {"Ok": None}, "confirmationStatus": "finalized",
    }  # fmt: skip
    options = {"maxSupportedTransactionVersion": 0}
    found = localnet.ask("getTransaction", signature, options)
    keys = found["transaction"]["message"]["accountKeys"]
    at = keys.index(str(to))
    assert (found["slot"], found["version"], found["meta"]["fee"]) == (slot, 0, 5_000)
    assert found["meta"]["postBalances"][at] - found["meta"]["preBalances"][at] == 10**9
    assert found["meta"]["preBalances"][0] - found["meta"]["postBalances"][0] == 10**9 + 5_000
    wire = localnet.ask("getTransaction", signature, {**options, "encoding": "base64"})["transaction"]
    assert wire == [packed(transaction), "base64"]
    parsed = localnet.ask("getTransaction", signature, {**options, "encoding": "jsonParsed"})
    moved = parsed["transaction"]["message"]["instructions"][-1]["parsed"]
    assert moved == {
        "type": "transfer",
        "info": {"source": str(key.pubkey()), "destination": str(to), "lamports": 10**9},
    }
    block = localnet.ask("getBlock", slot, options)
    assert signature in [one["transaction"]["signatures"][0] for one in block["transactions"]]
    assert block["parentSlot"] < slot
    signatures = localnet.ask("getBlock", slot, {**options, "transactionDetails": "signatures"})["signatures"]
    assert signature in signatures
    listed = localnet.ask("getSignaturesForAddress", str(to))
    assert [(one["signature"], one["slot"], one["err"]) for one in listed] == [(signature, slot, None)]


def test_versions_are_told_apart(localnet: Localnet) -> None:
    """A client that does not know version 0 is refused one, and sees legacy transactions as ever."""
    key, chain = localnet.funded(), localnet.chain
    modern = send(localnet, pay(chain, key, Keypair().pubkey(), 10**8))
    gift = transfer(TransferParams(from_pubkey=key.pubkey(), to_pubkey=Keypair().pubkey(), lamports=10**8))
    message = Message.new_with_blockhash([gift], key.pubkey(), chain.latest_blockhash())
    legacy = send(localnet, VersionedTransaction(message, [key]))

    code, text = refused(localnet, "getTransaction", modern)
    assert code == -32015
    assert '"maxSupportedTransactionVersion": 0' in text
    assert "version" not in localnet.ask("getTransaction", legacy)
    assert localnet.ask("getTransaction", legacy, {"maxSupportedTransactionVersion": 0})["version"] == "legacy"
    parsed = localnet.ask("getTransaction", legacy, "jsonParsed")["transaction"]["message"]["accountKeys"]
    assert [(one["signer"], one["writable"]) for one in parsed] == [(True, True), (False, True), (False, False)]


def test_preflight_refuses_what_would_fail(localnet: Localnet) -> None:
    """With the runtime's sentence, its error, the logs and the units, and nothing is charged."""
    key = localnet.funded(10**9)
    with pytest.raises(RpcFailure) as caught:
        send(localnet, pay(localnet.chain, key, Keypair().pubkey(), 10**15))

    failure: Any = caught.value
    assert failure.code == -32002
    assert failure.message == "Transaction simulation failed: Error processing Instruction 2: custom program error: 0x1"
    assert failure.data["err"] == {"InstructionError": [2, {"Custom": 1}]}
    assert any("insufficient lamports" in line for line in failure.data["logs"])
    assert failure.data["unitsConsumed"] > 0
    assert localnet.value("getBalance", str(key.pubkey())) == 10**9


def test_preflight_can_be_skipped(localnet: Localnet) -> None:
    """What then fails is charged and recorded with its error; what cannot even begin leaves no trace."""
    key = localnet.funded(10**9)
    failing = pay(localnet.chain, key, Keypair().pubkey(), 10**15)
    stranger = pay(localnet.chain, Keypair(), Keypair().pubkey(), 1)

    failed = send(localnet, failing, skipPreflight=True)
    lost = send(localnet, stranger, skipPreflight=True)

    first, second = localnet.value("getSignatureStatuses", [failed, lost])
    assert first["err"] == {"InstructionError": [2, {"Custom": 1}]}
    assert second is None
    assert localnet.value("getBalance", str(key.pubkey())) == 10**9 - 5_000


@pytest.mark.parametrize(
    ("case", "code", "message"),
    [
        ("repeated", -32002, "Transaction simulation failed: This transaction has already been processed"),
        ("stale", -32002, "Transaction simulation failed: Blockhash not found"),
        (
            "poor",
            -32002,
            "Transaction simulation failed: Attempt to debit an account but found no record of a prior credit.",
        ),
        ("forged", -32003, "Transaction signature verification failure"),
        ("torn", -32602, "invalid transaction: Transaction failed to sanitize accounts offsets correctly"),
    ],
)
def test_transactions_that_cannot_begin(localnet: Localnet, case: str, code: int, message: str) -> None:
    """Repeated, with an old blockhash, without money, with a wrong signature, or contradicting themselves."""
    key = localnet.funded()
    transaction = pay(localnet.chain, key if case != "poor" else Keypair(), Keypair().pubkey(), 10**8)
    if case == "repeated":
        send(localnet, transaction)
    if case == "stale":
        for _ in range(151):
            localnet.node.end_block()
    wire = bytearray(bytes(transaction))
    if case == "forged":
        wire[5] ^= 1
    if case == "torn":
        wire[66] = 99
    encoded = base64.b64encode(wire).decode()

    assert refused(localnet, "sendTransaction", encoded, {"encoding": "base64"}) == (code, message)


def test_simulations_show_what_would_be(localnet: Localnet) -> None:
    """Unsigned and with any blockhash if wished, with accounts as they would be, and without effect."""
    key, to = localnet.funded(), Keypair().pubkey()
    signed = pay(localnet.chain, key, to, 10**9)
    unsigned = base64.b64encode(b"\1" + bytes(64) + bytes(signed)[65:]).decode()
    options = {
        "encoding": "base64",
        "replaceRecentBlockhash": True,
        "innerInstructions": True,
        "accounts": {"encoding": "base64", "addresses": [str(to)]},
    }

    value = localnet.value("simulateTransaction", unsigned, options)

    assert value["err"] is None
    assert value["accounts"][0]["lamports"] == 10**9
    assert value["replacementBlockhash"]["blockhash"] == str(localnet.chain.latest_blockhash())
    assert value["loadedAccountsDataSize"] > 0
    assert (value["innerInstructions"], value["returnData"]) == ([], None)
    assert localnet.value("getBalance", str(to)) == 0
    assert refused(localnet, "simulateTransaction", unsigned, {"encoding": "base64", "sigVerify": True})[0] == -32003


def test_fees_are_told_before_and_after(localnet: Localnet) -> None:
    """5,000 lamports for a signature, and the price times the limit; null where the blockhash is no good."""
    from quatrain.client.transactions import Budget

    key, chain = localnet.funded(), localnet.chain
    gift = transfer(TransferParams(from_pubkey=key.pubkey(), to_pubkey=Keypair().pubkey(), lamports=10**8))
    budget = Budget(compute_units=100_000, micro_lamports_per_unit=30_000)
    transaction = build_transaction([gift], key, chain.latest_blockhash(), budget=budget)
    message = base64.b64encode(bytes([128]) + bytes(transaction.message)).decode()
    told = localnet.value("getFeeForMessage", message)

    signature = send(localnet, transaction)

    charged = localnet.ask("getTransaction", signature, {"maxSupportedTransactionVersion": 0})["meta"]["fee"]
    assert told == charged == 8_000
    (recent,) = [
        one
        for one in localnet.ask("getRecentPrioritizationFees", [str(key.pubkey())])
        if one["slot"] == chain.head.slot
    ]
    assert recent["prioritizationFee"] == 0  # the faucet wrote the same account for nothing
    for _ in range(151):
        localnet.node.end_block()
    assert localnet.value("getFeeForMessage", message) is None


def test_a_message_with_a_program_it_lacks_has_no_fee(localnet: Localnet) -> None:
    """An index beyond the message's accounts is the client's mistake, and is told so."""
    blockhash = localnet.chain.latest_blockhash()
    call = CompiledInstruction(program_id_index=77, data=b"\x01", accounts=b"")
    wire = to_bytes_versioned(MessageV0(MessageHeader(1, 0, 0), [Keypair().pubkey()], blockhash, [call], []))

    code, message = refused(localnet, "getFeeForMessage", base64.b64encode(wire).decode())

    assert (code, message) == (-32602, "invalid transaction: Transaction failed to sanitize accounts offsets correctly")


def test_tokens_are_shown(localnet: Localnet) -> None:
    """Balances, supply, accounts by owner and by size, parsed accounts, and balances in transactions."""
    key = localnet.funded()
    new, account = mint(localnet, key, 1_234_500)

    amount = {"amount": "1234500", "decimals": 6, "uiAmount": 1.2345, "uiAmountString": "1.2345"}
    assert localnet.value("getTokenAccountBalance", str(account)) == amount
    assert localnet.value("getTokenSupply", str(new)) == amount
    owned = localnet.value("getTokenAccountsByOwner", str(key.pubkey()), {"mint": str(new)}, {"encoding": "jsonParsed"})
    by_program = localnet.value(
        "getTokenAccountsByOwner", str(key.pubkey()), {"programId": str(TOKEN_PROGRAM)}, {"encoding": "jsonParsed"}
    )
    assert owned == by_program
    (one,) = owned
    assert one["pubkey"] == str(account)
    info = one["account"]["data"]["parsed"]["info"]
    assert info == {
        "isNative": False, "mint": str(new), "owner": str(key.pubkey()), "state": "initialized", "tokenAmount": amount,
    }  # fmt: skip
    largest = localnet.value("getTokenLargestAccounts", str(new))
    assert largest == [{"address": str(account), **amount}]
    shown = localnet.value("getAccountInfo", str(new), {"encoding": "jsonParsed"})["data"]["parsed"]
    assert (shown["type"], shown["info"]["supply"]) == ("mint", "1234500")
    (listed, *_) = localnet.ask("getSignaturesForAddress", str(new))
    options = {"maxSupportedTransactionVersion": 0, "encoding": "jsonParsed"}
    meta = localnet.ask("getTransaction", listed["signature"], options)["meta"]
    assert meta["preTokenBalances"] == []
    assert meta["postTokenBalances"][0]["uiTokenAmount"] == amount
    kinds = {one["parsed"]["type"] for group in meta["innerInstructions"] for one in group["instructions"]}
    assert {"createAccount", "initializeAccount3"} <= kinds


def test_program_accounts_are_filtered(localnet: Localnet) -> None:
    """By bytes in either encoding, by size and by state, in a frame if wished, in the order of addresses."""
    key = localnet.funded()
    new, account = mint(localnet, key, 5)
    other, _ = mint(localnet, key, 5)
    program = str(TOKEN_PROGRAM)

    def found(*filters: Any) -> list[str]:
        rows = localnet.ask("getProgramAccounts", program, {"encoding": "base64", "filters": list(filters)})
        return [one["pubkey"] for one in rows]

    by_mint = {"memcmp": {"offset": 0, "bytes": str(new)}}
    in_base64 = {"memcmp": {"offset": 0, "bytes": base64.b64encode(bytes(new)).decode(), "encoding": "base64"}}
    assert found(by_mint) == found(in_base64) == found(by_mint, {"tokenAccountState": None}) == [str(account)]
    assert set(found({"dataSize": 82})) == {str(new), str(other)}
    everything = found()
    assert everything == sorted(everything, key=lambda one: bytes(Pubkey.from_string(one)))
    framed = localnet.ask("getProgramAccounts", program, {"encoding": "base64", "withContext": True})
    assert len(framed["value"]) == len(everything) == 4


def test_lookup_tables_work(localnet: Localnet) -> None:
    """A table is created and filled by its program, and a transaction through it shows what it loaded."""
    from solders.address_lookup_table_account import ID as TABLES

    key, chain, to = localnet.funded(), localnet.chain, Keypair().pubkey()
    localnet.node.end_block()
    slot = chain.parent
    table, bump = Pubkey.find_program_address([bytes(key.pubkey()), slot.to_bytes(8, "little")], TABLES)
    system = Pubkey.from_string("11111111111111111111111111111111")
    owner, payer = AccountMeta(key.pubkey(), True, False), AccountMeta(key.pubkey(), True, True)
    metas = [AccountMeta(table, False, True), owner, payer, AccountMeta(system, False, False)]
    create = bytes(4) + slot.to_bytes(8, "little") + bytes([bump])
    extend = (2).to_bytes(4, "little") + (1).to_bytes(8, "little") + bytes(to)
    made = [Instruction(TABLES, create, metas), Instruction(TABLES, extend, metas)]
    send(localnet, build_transaction(made, key, chain.latest_blockhash()))
    localnet.node.end_block()
    gift = transfer(TransferParams(from_pubkey=key.pubkey(), to_pubkey=to, lamports=10**8))
    known = AddressLookupTableAccount(table, [to])
    message = MessageV0.try_compile(key.pubkey(), [gift], [known], chain.latest_blockhash())

    signature = send(localnet, VersionedTransaction(message, [key]))

    options = {"maxSupportedTransactionVersion": 0}
    found = localnet.ask("getTransaction", signature, options)
    assert found["meta"]["loadedAddresses"] == {"writable": [str(to)], "readonly": []}
    assert found["meta"]["postBalances"][-1] == 10**8
    parsed = localnet.ask("getTransaction", signature, {**options, "encoding": "jsonParsed"})
    (last,) = [one for one in parsed["transaction"]["message"]["accountKeys"] if one["source"] == "lookupTable"]
    assert last == {"pubkey": str(to), "signer": False, "source": "lookupTable", "writable": True}
    assert localnet.ask("getSignaturesForAddress", str(to))[0]["signature"] == signature


def test_pages_of_signatures(localnet: Localnet) -> None:
    """`before` and `until` cut the list, `limit` shortens it, and memos are shown."""
    key, chain = localnet.funded(), localnet.chain
    memo = Instruction(Pubkey.from_string("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr"), b"hello", [])
    sent = [
        send(localnet, build_transaction([memo] * (i + 1), key, chain.latest_blockhash()), skipPreflight=True)
        for i in range(4)
    ]
    address = str(key.pubkey())

    def listed(**options: Any) -> list[str]:
        return [one["signature"] for one in localnet.ask("getSignaturesForAddress", address, options)]

    assert listed()[:4] == sent[::-1]
    assert listed(before=sent[2], until=sent[0]) == [sent[1]]
    assert listed(limit=2) == [sent[3], sent[2]]
    assert listed(before=base58.encode(bytes(64))) == []


def test_time_travel(localnet: Localnet) -> None:
    """To a slot, a second or an epoch: the clock that programs read follows, and the past is closed."""
    info = localnet.ask("surfnet_timeTravel", {"absoluteTimestamp": 2_000_000_000_000})
    assert info["absoluteSlot"] == localnet.chain.head.slot
    assert localnet.chain.clock().unix_timestamp == 2_000_000_000

    later = localnet.ask("surfnet_timeTravel", {"absoluteEpoch": info["epoch"] + 1})
    assert (later["epoch"], later["slotIndex"]) == (info["epoch"] + 1, 1)

    assert refused(localnet, "surfnet_timeTravel", {"absoluteEpoch": 1})[1] == "Cannot travel to past"
    assert refused(localnet, "surfnet_timeTravel", {})[0] == -32602
    skipped = later["absoluteSlot"] - 1_000
    assert refused(localnet, "getBlock", skipped) == (
        -32007,
        f"Slot {skipped} was skipped, or missing due to ledger jump to recent snapshot",
    )


def test_tokens_out_of_nothing(localnet: Localnet) -> None:
    """A developer gives a wallet any amount of a mint."""
    key = localnet.funded()
    new, _ = mint(localnet, key, 5)
    owner = Keypair().pubkey()

    localnet.ask("surfnet_setTokenAccount", str(owner), str(new), {"amount": 77, "state": "frozen"})

    (one,) = localnet.value("getTokenAccountsByOwner", str(owner), {"mint": str(new)}, {"encoding": "jsonParsed"})
    info = one["account"]["data"]["parsed"]["info"]
    assert (info["tokenAmount"]["amount"], info["state"]) == ("77", "frozen")


def test_a_programs_accounts_are_parsed(localnet: Localnet) -> None:
    """A program of the upgradeable loader names its data, and that its slot and authority."""
    program = localnet.value("getAccountInfo", str(TOKEN_PROGRAM), {"encoding": "jsonParsed"})
    assert program["owner"] == LOADER_V3
    data = program["data"]["parsed"]["info"]["programData"]

    shown = localnet.value("getAccountInfo", data, {"encoding": "jsonParsed"})["data"]["parsed"]

    assert shown["type"] == "programData"
    assert shown["info"]["data"][1] == "base64"


def test_what_the_cluster_says_of_itself(localnet: Localnet) -> None:
    """Slots, epochs, leaders, production and samples agree with the blocks there are."""
    key = localnet.funded()
    for i in range(200):
        if i % 50 == 0:
            send(localnet, pay(localnet.chain, key, Keypair().pubkey(), 10**8 + i))
        localnet.node.end_block()
    identity = localnet.ask("getIdentity")["identity"]
    slot = localnet.ask("getSlot", {"commitment": "confirmed"})

    assert localnet.ask("getBlocks", slot - 2, slot) == [slot - 2, slot - 1, slot]
    assert localnet.ask("getBlocks", slot - 2, {"commitment": "confirmed"}) == [slot - 2, slot - 1, slot]
    assert localnet.ask("getBlocksWithLimit", slot - 2, 2) == [slot - 2, slot - 1]
    assert localnet.ask("getBlockTime", slot) == localnet.ask("getBlock", slot)["blockTime"]
    assert localnet.ask("getSlotLeaders", slot, 3) == [identity] * 3
    production = localnet.value("getBlockProduction", {"identity": identity})
    assert production["byIdentity"][identity][0] == production["byIdentity"][identity][1]
    sample = localnet.ask("getRecentPerformanceSamples", 1)[0]
    assert sample["samplePeriodSecs"] == 60
    assert sample["numSlots"] <= 150
    assert localnet.ask("getTransactionCount") == 5
    assert localnet.ask("getEpochInfo")["slotsInEpoch"] == localnet.ask("getEpochSchedule")["slotsPerEpoch"]
    blockhash = localnet.value("getLatestBlockhash")
    assert localnet.value("isBlockhashValid", blockhash["blockhash"]) is True
    assert blockhash["lastValidBlockHeight"] == localnet.chain.head.slot + 150


def test_the_file_finds_what_the_machine_holds(localnet: Localnet) -> None:
    """Any bytes at any place, sizes, nothing at all: by the file the same accounts as by going through the machine's."""
    program, noise = Keypair().pubkey(), random.Random(1)
    for _ in range(60):
        data = noise.randbytes(noise.choice([0, 1, 8, 40])).replace(b"\x01", b"\x00")
        localnet.chain.set_account(Keypair().pubkey(), RawAccount(10**7, data, program))
    held = [(address, bytes(account.data)) for address, account in localnet.chain._svm.get_program_accounts(program)]
    assert len(held) == 60
    wanted = [one[1][offset : offset + size] for one in held[:20] for offset in (0, 3) for size in (0, 1, 5)]

    for size in (None, 0, 8, 2**64 - 1):
        for offset, data in [(at, part) for part in wanted for at in (0, 3, 39, 2**63, 2**64 - 1)]:
            filters: list[Any] = [{"memcmp": {"offset": offset, "bytes": base58.encode(data)}}]
            filters += [] if size is None else [{"dataSize": size}]
            found = localnet.ask("getProgramAccounts", str(program), {"encoding": "base64", "filters": filters})
            expected = {
                str(address) for address, one in held
                if one[offset : offset + len(data)] == data and size in {None, len(one)}
            }  # fmt: skip
            assert {one["pubkey"] for one in found} == expected
