"""Puts the processor's x87 registers in order after the virtual machine's native code.

Something beneath LiteSVM (seen when the associated token program searches for an address) uses these registers the MMX way
and leaves all of them marked as taken. Python's own floats live elsewhere, but C's long double, NumPy's remainders and
the norms of its linear algebra do not: they would be NaN. The instruction that ends MMX code is `emms`, which Python
cannot say, so it stands here as three bytes in a page of their own.
"""

from __future__ import annotations

import ctypes
import mmap
import platform
from collections.abc import Callable
from functools import cache
from typing import Final

_EMMS_RET: Final = b"\x0f\x77\xc3"


@cache
def _page() -> mmap.mmap:
    """The code, in memory that may run; kept as long as the process."""
    page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(_EMMS_RET)
    return page


@cache
def _routine() -> Callable[[], object]:
    """`emms; ret` where there are such registers, nothing elsewhere."""
    if platform.machine().lower() not in {"x86_64", "amd64"}:
        return int
    try:
        page = _page()
    except OSError:
        return int  # a hardened system lets no page be written and run; only long doubles suffer
    return ctypes.CFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(page)))


def free_registers() -> None:
    """Mark all of them as free."""
    _routine()()


__all__ = ["free_registers"]
