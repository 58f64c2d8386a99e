"""Ending what runs beside: a task that was only asked to end may still hold a socket when its loop is gone."""

from __future__ import annotations

import asyncio
from typing import Any


async def end(*tasks: asyncio.Future[Any]) -> None:
    """Cancel tasks and wait until they have ended; how they ended is nobody's business.

    One that is ending already is not disturbed: a second cancellation would break off its cleaning up.
    """
    for one in tasks:
        if not (isinstance(one, asyncio.Task) and one.cancelling()):
            one.cancel()
    if tasks:
        await asyncio.wait(tasks)
    for one in tasks:
        if not one.cancelled():
            one.exception()


__all__ = ["end"]
