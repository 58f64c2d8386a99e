"""Who tells the story."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.rule import Rule
from rich.text import Text

from quatrain.cli.demo.people import Person
from quatrain.cli.demo.stage import Stage
from quatrain.cli.output import Output
from quatrain.client.amounts import USDC, show_price
from quatrain.client.quotes import Quote, Side


class Narrator:
    """Says a sentence at a time; silent when the answer is JSON."""

    def __init__(self, output: Output):
        self._output = output

    def section(self, title: str) -> None:
        """Begin a chapter."""
        if not self._output.json:
            self._output.console.print()
            self._output.console.print(Rule(Text(title, style="bold"), align="left", style="dim"))

    def say(self, text: str) -> None:
        """One sentence or two."""
        if not self._output.json:
            self._output.console.print(Text(text))

    def show(self, thing: Any) -> None:
        """A table."""
        if not self._output.json:
            self._output.console.print(thing)

    def trade(self, name: str, outcome: str, quote: Quote) -> None:
        """What somebody bought or sold, and how the price moved."""
        verb = "buys" if quote.side is Side.BUY else "sells"
        self.say(
            f"{name} {verb} {USDC.show(quote.shares)} shares of {outcome} for {USDC.show(quote.total)} USDC "
            f"(fee {USDC.show(quote.fee, places=4)}); the price moves from {show_price(quote.price_before)} to "
            f"{show_price(quote.price_after)}."
        )

    def payouts(self, stage: Stage, market: int, people: Sequence[Person], outcomes: Sequence[str]) -> None:
        """Settle, and tell who is paid what: empty positions are settled in silence."""
        names = {person.address: person.name for person in people}
        for owner, event in stage.settle(market):
            if event.shares:
                self.say(
                    f"{names[owner]} held {USDC.show(event.shares)} shares of {outcomes[event.outcome]} "
                    f"and is paid {USDC.show(event.payout)} USDC."
                )


__all__ = ["Narrator"]
