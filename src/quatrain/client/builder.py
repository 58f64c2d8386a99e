"""What all instruction builders share: from a program's function, named accounts and arguments to an instruction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen
from solders.instruction import Instruction
from solders.pubkey import Pubkey

from quatrain.client.addresses import Address
from quatrain.client.deployment import Deployment, declaration_of
from quatrain.client.resolve import build


@frozen
class Builder:
    """Builds the instructions of one deployment. Accounts that follow from others need not be named."""

    deployment: Deployment

    def _build(
        self,
        function: Any,
        accounts: Mapping[str, Address | None],
        repeated: Sequence[Address] = (),
        **arguments: Any,
    ) -> Instruction:
        return build(
            declaration_of(function),
            program=self.deployment.program,
            accounts={name: address for name, address in accounts.items() if address is not None},
            arguments=arguments,
            states={"protocol": self.deployment.as_protocol()},
            repeated=repeated,
        )

    def _trade(self, authority: Address, market_address: Address, outcome: int) -> dict[str, Address | None]:
        trader_address: Pubkey = self.deployment.trader(authority)
        return {
            "authority": authority,
            "trader": trader_address,
            "market": market_address,
            "position": self.deployment.position(trader_address, market_address, outcome),
        }


__all__ = ["Builder"]
