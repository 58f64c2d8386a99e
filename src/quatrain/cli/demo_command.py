"""`quatrain demo`."""

from __future__ import annotations

from quatrain.cli.options import DEFAULTS, Common


def demo(*, common: Common = DEFAULTS) -> int:
    """Tell the whole life of a market, on a chain in memory that ends with it: nothing of yours is touched."""
    from quatrain.cli.demo.story import tell
    from quatrain.cli.output import Output
    from quatrain.cli.settings import resolve

    return tell(Output(json=resolve(common).json))


__all__ = ["demo"]
