"""Mark a function of the runtime library as wrapping: compiled without range checks; its source masks by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def wrapping(function: F) -> F:
    """Compile 64-bit arithmetic modulo 2⁶⁴; under CPython the explicit masks do the same."""
    function.__wrapping__ = True  # type: ignore[attr-defined]
    return function
