"""Functions on the real Solana machine: one program with an instruction per function, which returns its results.

chain = Svm([cost_ceil])
chain.call(cost_ceil, b, r, shares)         # an int, or Trap / ErrorReturned as `Native` raises them
"""

from __future__ import annotations

import itertools
import shutil
import sys
import tempfile
import weakref
from collections.abc import Callable, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from solders.compute_budget import ComputeBudget
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.litesvm import FeatureSet, LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey as Address
from solders.signature import Signature
from solders.transaction import VersionedTransaction
from solders.transaction_metadata import FailedTransactionMetadata

from hognose.back.context import result_elements
from hognose.back.native import ErrorReturned
from hognose.build import Build, build
from hognose.errors import HognoseError
from hognose.front.main import Front
from hognose.ir.nodes import Function
from hognose.lang.declare import Program
from hognose.lang.layout import decode
from hognose.lang.traps import Trap, split_trap_code, trap_code
from hognose.lang.types import BOOL, PUBKEY, Pubkey, StructType

COMPUTE_UNITS = 1_400_000
_ADDRESS = Pubkey(bytes(range(32)))
_LAMPORTS = 10**18
_numbers = itertools.count()


class ChainFailureError(HognoseError):
    """The machine stopped the program by itself: no code of ours says why."""


class Svm:
    """The functions and all that they call, deployed. CodeError lists what is wrong with their sources.

    `all_features` runs with every feature of the machine active, otherwise with those of mainnet.
    """

    def __init__(self, functions: Sequence[Callable[..., Any]], *, all_features: bool = False):
        front = Front()
        self._typed = {f: front.instantiate(f, []) for f in functions}
        front.finish()
        module = _wrapper(list(self._typed.values()))
        self._declarations = {f: getattr(module, f"run_{i}").__instruction__ for i, f in enumerate(functions)}
        self._results = {f: _result(module, i) for i, f in enumerate(functions)}
        self.built: Build = build(cast(Program, module.PROGRAM), cache=False)
        self._svm = _machine(all_features)
        self._address = Address(bytes(_ADDRESS))
        self._svm.add_program(self._address, self.built.elf)
        self._payer = Keypair.from_seed(bytes(_ADDRESS))
        self._svm.airdrop(self._payer.pubkey(), _LAMPORTS)
        self._blockhash = self._svm.latest_blockhash()

    def place(self, trap: Trap) -> str:
        """Where a trap happened, as the build's map says: `path:line:column`."""
        found = self.built.map["traps"].get(str(trap_code(trap.kind, cast(int, trap.site))))
        return f"{found['path']}:{found['line']}:{found['column']}" if found else f"site {trap.site}, not in the map"

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Run one instruction. Raises Trap, ErrorReturned, or ChainFailureError when the machine stopped it."""
        declaration = self._declarations[function]
        names = [name for name, _ in declaration.arguments]
        data = declaration.encode_arguments(**dict(zip(names, arguments, strict=True)))
        message = Message.new_with_blockhash(
            [Instruction(self._address, data, [])], self._payer.pubkey(), self._blockhash
        )
        outcome = self._svm.send_transaction(VersionedTransaction.populate(message, [Signature.default()]))
        if isinstance(outcome, FailedTransactionMetadata):
            raise _failure(outcome)
        layout = self._results[function]
        if layout is None:
            return None
        returned = decode(layout, _padded(bytes(outcome.return_data().data), layout.size))
        values = tuple(getattr(returned, field.name) for field in layout.fields)
        return values[0] if len(values) == 1 else values


def _machine(all_features: bool) -> LiteSVM:
    svm = LiteSVM()
    svm = svm.with_feature_set(FeatureSet.all_enabled()) if all_features else svm.with_mainnet_features()
    budget = ComputeBudget(simd_0268_active=True)
    budget.compute_unit_limit = COMPUTE_UNITS
    svm = svm.with_builtins().with_sysvars().with_compute_budget(budget).with_lamports(2 * _LAMPORTS)
    return svm.with_sigverify(False).with_blockhash_check(False).with_transaction_history(0)


def _failure(outcome: FailedTransactionMetadata) -> Exception:
    code = getattr(getattr(outcome.err(), "err", None), "code", None)
    if code is None:
        logs = "\n".join(outcome.meta().logs()[-4:])
        return ChainFailureError(f"{outcome.err()}\n{logs}")
    split = split_trap_code(code)
    return ErrorReturned(code) if split is None else Trap(split[0], site=split[1])


def _padded(data: bytes, size: int) -> bytes:
    """Return data loses its trailing zeros on the way out of the transaction."""
    return data.ljust(size, b"\0")


# -- the wrapper program ---------------------------------------------------------------------------------------------

_HEAD = '''"""One instruction per function, for tests."""

from hognose.lang import ErrorCode, Program, accounts, instruction, set_return_data, struct

@accounts
class Nobody:
    pass

class Error(ErrorCode):
    NONE = 6000, "Not used by the wrapper."

'''


def _wrapper(functions: list[Function]) -> ModuleType:
    """Write, import and return the module; it refers to functions and types by names put into it beforehand."""
    name = f"hognose_wrapper_{next(_numbers)}"
    folder = Path(tempfile.mkdtemp(prefix="hognose-"))
    path = folder / f"{name}.py"
    names: dict[str, Any] = {}
    parts = [_wrap(index, function, names) for index, function in enumerate(functions)]
    runs = ", ".join(f"run_{index}" for index in range(len(functions)))
    names["ADDRESS"] = _ADDRESS
    tail = f'PROGRAM = Program(name="wrapper", version="0", address=ADDRESS, instructions=({runs},), errors=Error)\n'
    path.write_text(_HEAD + "\n".join(parts) + "\n" + tail)
    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    vars(module).update(names)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    weakref.finalize(module, shutil.rmtree, folder, ignore_errors=True)
    return module


def _wrap(index: int, function: Function, names: dict[str, Any]) -> str:
    names[f"f{index}"] = function.python_function
    parameters: list[str] = []
    for position, (_, kind) in enumerate(function.parameters):
        names[f"K{index}_{position}"] = _annotation(kind)
        parameters.append(f"a{position}: K{index}_{position}")
    arguments = ", ".join(f"a{position}" for position in range(len(function.parameters)))
    call = f"f{index}({arguments})"
    elements = result_elements(function)
    head = f"@instruction\ndef run_{index}({', '.join(['accounts: Nobody', *parameters])}) -> None:\n"
    if not elements:
        return f"{head}    {call}\n"
    for position, kind in enumerate(elements):
        names[f"R{index}_{position}"] = _annotation(kind)
    fields = "".join(f"    r{position}: R{index}_{position}\n" for position in range(len(elements)))
    results = [f"r{position}" for position in range(len(elements))]
    record = f"Result{index}({', '.join(f'{r}={r}' for r in results)})"
    body = f"    {', '.join(results)} = {call}\n    set_return_data({record})\n"
    return f"@struct\nclass Result{index}:\n{fields}\n{head}{body}"


def _annotation(kind: Any) -> Any:
    """The object that stands for a type in an annotation."""
    if isinstance(kind, StructType):
        return kind.python_class
    return {BOOL: bool, PUBKEY: Pubkey}.get(kind, kind)


def _result(module: ModuleType, index: int) -> StructType | None:
    return getattr(getattr(module, f"Result{index}", None), "__layout__", None)
