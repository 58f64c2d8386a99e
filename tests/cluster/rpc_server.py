"""A minimal JSON-RPC server on the loopback: the documented wire format in front of an embedded chain."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction

from quatrain.client.accounts import Filter
from quatrain.client.errors import TransactionError
from quatrain.cluster.embedded import EmbeddedChain

PREFLIGHT_FAILURE = -32002
METHOD_NOT_FOUND = -32601
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


class RpcError(Exception):
    """An error member for the answer."""

    def __init__(self, code: int, message: str, data: Any = None):
        super().__init__(message)
        self.body = {"code": code, "message": message} | ({"data": data} if data is not None else {})


class RecordingChain(EmbeddedChain):
    """Keeps the runtime's own error objects, which answers carry in their wire form."""

    last_error: Any = None

    def _explain(self, failed, signature):
        self.last_error = wire_form(failed.err())
        return super()._explain(failed, signature)


class Methods:
    """One method for each RPC method that a client of ours calls."""

    def __init__(self, chain: RecordingChain):
        self.chain = chain
        self.landed: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []
        self.delays: dict[str, int] = {}
        """How many more times a signature's status is reported as unknown."""
        self.lost: set[int] = set()
        """Numbers of sends (from 0) that are accepted and then dropped."""
        self.sends = 0
        self.skip_blocks = 0
        self.busy: set[int] = set()
        """Numbers of requests (from 0) that are answered with status 429."""
        self.requests = 0

    def context(self, value: Any) -> dict[str, Any]:
        return {"context": {"apiVersion": "4.1.0", "slot": self.chain.clock().slot}, "value": value}

    def account(self, address: str) -> dict[str, Any] | None:
        found = self.chain.get_account(Pubkey.from_string(address))
        if found is None:
            return None
        return {
            "data": [base64.b64encode(found.data).decode(), "base64"],
            "executable": found.executable,
            "lamports": found.lamports,
            "owner": str(found.owner),
            "rentEpoch": 18446744073709551615,
            "space": len(found.data),
        }

    def getAccountInfo(self, address, _options=None):  # noqa: N802
        return self.context(self.account(address))

    def getMultipleAccounts(self, addresses, _options=None):  # noqa: N802
        if len(addresses) > 100:
            raise RpcError(-32602, "Too many inputs provided; max 100")
        return self.context([self.account(address) for address in addresses])

    def getProgramAccounts(self, program, options=None):  # noqa: N802
        wanted = [
            Filter(f["memcmp"]["offset"], unbase58(f["memcmp"]["bytes"])) for f in (options or {}).get("filters") or []
        ]
        found = self.chain.get_program_accounts(Pubkey.from_string(program), wanted)
        return [{"pubkey": str(address), "account": self.account(str(address))} for address, _ in found]

    def getLatestBlockhash(self, _options=None):  # noqa: N802
        value = {"blockhash": str(self.chain.latest_blockhash()), "lastValidBlockHeight": self.height() + 150}
        return self.context(value)

    def height(self) -> int:
        return self.chain.clock().slot

    def getBlockHeight(self, _options=None):  # noqa: N802
        if self.skip_blocks:
            self.chain.warp(slot=self.chain.clock().slot + self.skip_blocks)
        return self.height()

    def getMinimumBalanceForRentExemption(self, size, _options=None):  # noqa: N802
        return self.chain.rent_minimum(size)

    def getRecentPrioritizationFees(self, _addresses=None):  # noqa: N802
        return []

    def requestAirdrop(self, address, lamports, _options=None):  # noqa: N802
        self.chain.airdrop(Pubkey.from_string(address), lamports)
        signature = unique_signature(len(self.landed))
        self.landed[signature] = {"slot": self.chain.clock().slot, "err": None}
        return signature

    def simulateTransaction(self, wire, _options=None):  # noqa: N802
        transaction = decode(wire)
        try:
            done = self.chain.simulate(transaction)
        except TransactionError as error:
            value = {"err": self.wire_error(error), "logs": list(error.logs), "unitsConsumed": error.units}
            return self.context(value | {"accounts": None, "returnData": None})
        value = {"err": None, "logs": list(done.logs), "unitsConsumed": done.units}
        value["loadedAccountsDataSize"] = done.loaded_bytes
        returned = None
        if done.return_data:
            data = [base64.b64encode(done.return_data).decode(), "base64"]
            returned = {"programId": str(Pubkey.default()), "data": data}
        return self.context(value | {"accounts": None, "returnData": returned})

    def sendTransaction(self, wire, options=None):  # noqa: N802
        transaction, number = decode(wire), self.sends
        self.sends += 1
        signature = str(transaction.signatures[0])
        if not (options or {}).get("skipPreflight") and signature not in self.landed:
            try:
                self.chain.simulate(transaction)
            except TransactionError as error:
                data = {"err": self.wire_error(error), "logs": list(error.logs), "unitsConsumed": error.units}
                data |= {"accounts": None, "returnData": None}
                raise RpcError(PREFLIGHT_FAILURE, "Transaction simulation failed", data) from error
        if number not in self.lost and signature not in self.landed:
            self.land(transaction, signature, wire)
        return signature

    def land(self, transaction: VersionedTransaction, signature: str, wire: str) -> None:
        slot = self.chain.clock().slot
        record: dict[str, Any] = {"slot": slot, "wire": wire}
        try:
            done = self.chain.send(transaction)
            record |= {"err": None, "logs": list(done.logs), "units": done.units, "fee": done.fee_lamports}
        except TransactionError as error:
            record |= {"err": self.wire_error(error), "logs": list(error.logs), "units": error.units, "fee": 5000}
        self.landed[signature] = record

    def wire_error(self, error: TransactionError) -> Any:
        if error.code == "blockhash_not_found":
            return "BlockhashNotFound"
        if error.code == "already_processed":
            return "AlreadyProcessed"
        return self.chain.last_error

    def getSignatureStatuses(self, signatures, _options=None):  # noqa: N802
        return self.context([self.status(signature) for signature in signatures])

    def status(self, signature: str) -> dict[str, Any] | None:
        if self.delays.get("status", 0) > 0:
            self.delays["status"] -= 1
            return None
        found = self.landed.get(signature)
        if found is None:
            return None
        ok = {"Ok": None} if found["err"] is None else {"Err": found["err"]}
        return {
            "slot": found["slot"], "confirmations": 1, "err": found["err"], "status": ok,
            "confirmationStatus": "confirmed",
        }  # fmt: skip

    def getTransaction(self, signature, _options=None):  # noqa: N802
        found = self.landed.get(signature)
        if found is None or "wire" not in found:
            return None
        meta = {
            "err": found["err"], "status": {"Ok": None} if found["err"] is None else {"Err": found["err"]},
            "fee": found["fee"], "preBalances": [], "postBalances": [], "innerInstructions": [],
            "logMessages": found["logs"], "preTokenBalances": [], "postTokenBalances": [], "rewards": [],
            "loadedAddresses": {"writable": [], "readonly": []}, "computeUnitsConsumed": found["units"],
        }  # fmt: skip
        return {
            "slot": found["slot"], "transaction": [found["wire"], "base64"], "meta": meta, "version": 0,
            "blockTime": None,
        }  # fmt: skip


def wire_form(error: Any) -> Any:
    """A runtime error as servers write it: a name, or a name with its fields."""
    name = str(error).rpartition(".")[2] if type(error).__name__.endswith("Fieldless") else ""
    if name:
        return name
    if hasattr(error, "err"):
        return {"InstructionError": [error.index, wire_form(error.err)]}
    if hasattr(error, "code"):
        return {"Custom": error.code}
    return {type(error).__name__.removeprefix("TransactionError"): {"account_index": error.account_index}}


def decode(wire: str) -> VersionedTransaction:
    """A transaction as clients send it."""
    return VersionedTransaction.from_bytes(base64.b64decode(wire))


def unbase58(text: str) -> bytes:
    """Bytes out of a filter."""
    number = 0
    for digit in text:
        number = number * 58 + ALPHABET.index(digit)
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def unique_signature(number: int) -> str:
    """A signature that nobody made."""
    from solders.signature import Signature

    return str(Signature.from_bytes(b"\xaa" * 56 + number.to_bytes(8, "big")))


class _HttpServer(ThreadingHTTPServer):
    """Takes many connections at once; with the few that are the default, the kernel has clients wait for seconds."""

    daemon_threads = True
    request_queue_size = 256


class RpcServer:
    """Serves `Methods` at `url` until it is closed."""

    def __init__(self, chain: RecordingChain):
        self.methods = methods = Methods(chain)
        lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                number, methods.requests = methods.requests, methods.requests + 1
                if number in methods.busy:
                    self.send_response(429)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                answer: dict[str, Any] = {"jsonrpc": "2.0", "id": request["id"]}
                with lock:
                    try:
                        answer["result"] = call(methods, request)
                    except RpcError as error:
                        answer["error"] = error.body
                body = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Keep the test's output clean."""

        self._server = _HttpServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def call(methods: Methods, request: dict[str, Any]) -> Any:
    """Dispatch a request."""
    name = request["method"]
    methods.calls.append(name)
    method = getattr(methods, name, None) if name[0].islower() and not name.startswith("_") else None
    if method is None:
        raise RpcError(METHOD_NOT_FOUND, f"Method not found: {name}")
    return method(*request.get("params", []))
