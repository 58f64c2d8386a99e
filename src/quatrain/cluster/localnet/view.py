"""The chain's accounts at a commitment, and what must be remembered for that.

Nothing is ever undone here, so `processed` and `confirmed` are the same. `finalized` may be asked to lag by some slots, as
on a cluster; then the accounts that changed since are kept as they were.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence

from attrs import frozen
from solders.pubkey import Pubkey

from quatrain.client.accounts import Filter, RawAccount
from quatrain.cluster.embedded import EmbeddedChain


@frozen
class View:
    """Accounts as they were when `slot` ended, or as they are where nothing newer is remembered."""

    slot: int
    chain: EmbeddedChain
    later: tuple[dict[Pubkey, RawAccount | None], ...] = ()
    """For each slot after it, oldest first, what that slot replaced."""

    def get_account(self, address: Pubkey) -> RawAccount | None:
        """The account, or None where nothing lay."""
        for replaced in self.later:
            if address in replaced:
                return replaced[address]
        return self.chain.get_account(address)

    def select(
        self,
        program: Pubkey,
        wanted: Callable[[bytes], bool],
        filters: Sequence[Filter] = (),
        size: int | None = None,
    ) -> list[tuple[Pubkey, RawAccount]]:
        """Every account that the program owned and whose data was wanted: that passes the filters and has the size."""
        found = self.chain.select(program, wanted, filters, size)
        touched = {address for replaced in self.later for address in replaced}
        if not touched:
            return found
        kept = [(address, account) for address, account in found if address not in touched]
        then = ((address, self.get_account(address)) for address in touched)
        return kept + [
            (address, account)
            for address, account in then
            if account and account.owner == program and wanted(account.data)
        ]


class Past:
    """What the last slots replaced, as far back as `finalized` lags."""

    def __init__(self, chain: EmbeddedChain, lag: int):
        self._chain = chain
        self._lag = lag
        self._replaced: deque[tuple[int, dict[Pubkey, RawAccount | None]]] = deque()

    def remember(self, addresses: Iterable[Pubkey]) -> None:
        """Keep accounts as they are now, before the open block changes them for the first time."""
        slot = self._chain.head.slot
        if self._lag == 0:
            return
        if not self._replaced or self._replaced[-1][0] != slot:
            self._replaced.append((slot, {}))
        replaced = self._replaced[-1][1]
        for address in addresses:
            if address not in replaced:
                replaced[address] = self._chain.get_account(address)

    @property
    def root(self) -> int:
        """The newest slot that is final."""
        return self._chain.head.slot - self._lag

    def forget(self) -> None:
        """Drop what finality has passed."""
        while self._replaced and self._replaced[0][0] <= self.root:
            self._replaced.popleft()

    def tip(self) -> View:
        """The chain as it is."""
        return View(self._chain.head.slot, self._chain)

    def final(self) -> View:
        """The chain as it was at the root."""
        root = self.root
        return View(root, self._chain, tuple(replaced for slot, replaced in self._replaced if slot > root))


__all__ = ["Past", "View"]
