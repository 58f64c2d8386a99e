"""Docstrings as the `docs` of an IDL: one entry a line."""

from __future__ import annotations

import inspect
from typing import Any

from hognose.lang.layout import field_documentation


def lines_of(text: str | None) -> list[str]:
    """The lines of a docstring without indentation and without blank lines at its ends."""
    return inspect.cleandoc(text).splitlines() if text else []


def class_lines(cls: type[Any]) -> list[str]:
    """The lines of the class's own docstring."""
    return lines_of(vars(cls).get("__doc__"))


def documented_fields(cls: type[Any]) -> dict[str, str]:
    """The text under each field; nothing for a class whose source is not at hand (made by `exec`)."""
    try:
        return field_documentation(cls)
    except (OSError, TypeError):
        return {}
