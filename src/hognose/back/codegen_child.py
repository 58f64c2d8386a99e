"""The child process of `codegen`: requests on stdin, a result for each on stdout, all as frames.

A frame is a four-byte tag, a little-endian u32 length and that many bytes; an empty END frame closes a request and a
result. Nothing but llvmlite is imported, so that the process starts quickly; and LLVM may kill it, which is why it is a
process.
"""

from __future__ import annotations

import struct
import sys
from typing import BinaryIO

import llvmlite.binding as llvm

from hognose.back.legalise import legalise, needs_legalising
from hognose.back.pipeline import Machine, Module, Tuning, optimise

TRIPLE = "bpfel"
CPU = "v2"
FEATURES = "+allows-misaligned-mem-access"  # the VM allows it; without, an unaligned u64 is eight byte loads
LLVM_OPTIONS = (
    "-bpf-stack-size=4096",  # the VM's frame; LLVM assumes 512 bytes
    "-disable-machine-licm",  # would move a division above the check of its divisor: to eBPF x / 0 is 0, here it stops
    "-disable-postra-machine-licm",
    "-indvars-predicate-loops=0",  # would divide 128-bit numbers, which BPF cannot, to know when a loop aborts
    "-disable-loop-idiom-all",  # would call memcpy and memset, which the VM does not have
)

CAREFUL = "--careful"
CAREFUL_OPTIONS = ("-disable-lsr",)
"""For what the back end refuses otherwise: this pass, good for loops over arrays, may divide 128-bit counters too."""

MAIN = b"MAIN"
HELPERS = b"HELP"
OPTIONS = b"OPTS"
OBJECT = b"OBJ "
ASSEMBLY = b"ASM "
OPTIMISED = b"IR  "
FAILURE = b"FAIL"
END = b"END "

_HEADER = struct.Struct("<4sI")
_SETTINGS = struct.Struct("<BBBBI")  # speed level, unrolling, want assembly, want IR, inlining threshold


def write(stream: BinaryIO, frames: dict[bytes, bytes]) -> None:
    """Send one message."""
    stream.writelines(_HEADER.pack(tag, len(body)) + body for tag, body in frames.items())
    stream.write(_HEADER.pack(END, 0))
    stream.flush()


def read(stream: BinaryIO) -> dict[bytes, bytes] | None:
    """Receive one message; None at the end of the stream. Raises ValueError where it is cut short."""
    frames: dict[bytes, bytes] = {}
    while True:
        header = stream.read(_HEADER.size)
        if not header and not frames:
            return None
        if len(header) < _HEADER.size:
            raise ValueError("frame header cut short")
        tag, length = _HEADER.unpack(header)
        if tag == END:
            return frames
        body = stream.read(length)
        if len(body) < length:
            raise ValueError("frame body cut short")
        frames[tag] = body


def pack_settings(tuning: Tuning, *, assembly: bool, optimised: bool) -> bytes:
    """The options frame of a request."""
    return _SETTINGS.pack(tuning.speed_level, tuning.loop_unrolling, assembly, optimised, tuning.inlining_threshold)


def generate(request: dict[bytes, bytes]) -> dict[bytes, bytes]:
    """Optimise and compile one request. LLVM ends the process at IR that the back end cannot select."""
    speed, unrolling, assembly, optimised, threshold = _SETTINGS.unpack(request[OPTIONS])
    machine = _machine(speed)
    module = _parse(request[MAIN], machine)
    helpers = _parse(request[HELPERS], machine) if HELPERS in request else None
    optimise(module, helpers, machine, Tuning(speed, threshold, bool(unrolling)))
    if needs_legalising(text := str(module)):
        module = _parse(legalise(text).encode(), machine)
    result: dict[bytes, bytes] = {}
    if optimised:
        result[OPTIMISED] = str(module).encode()
    if assembly:
        result[ASSEMBLY] = machine.emit_assembly(module.clone()).encode()
    result[OBJECT] = machine.emit_object(module)
    return result


def _machine(speed: int) -> Machine:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    return llvm.Target.from_triple(TRIPLE).create_target_machine(cpu=CPU, features=FEATURES, opt=speed)


def _parse(text: bytes, machine: Machine) -> Module:
    module = llvm.parse_assembly(text.decode())
    module.triple = TRIPLE
    module.data_layout = str(machine.target_data)
    return module


def main() -> None:
    """Serve requests until there are no more."""
    for option in (*LLVM_OPTIONS, *(CAREFUL_OPTIONS if CAREFUL in sys.argv else ())):
        llvm.set_option("hognose", option)
    while (request := read(sys.stdin.buffer)) is not None:
        try:
            result = generate(request)
        except (RuntimeError, ValueError) as error:
            result = {FAILURE: str(error).encode()}
        write(sys.stdout.buffer, result)


if __name__ == "__main__":
    main()
