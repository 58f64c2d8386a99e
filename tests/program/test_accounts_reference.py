"""docs/reference/accounts.md is what the declarations say; `--update-golden` rewrites it."""

from __future__ import annotations

from pathlib import Path

from hognose.tools.layout import Table, tables
from quatrain.program.entrypoint import PROGRAM

SEEDS = {account.name: account.seeds for account in PROGRAM.accounts}
INTRODUCTION = """# Accounts and events

Every byte of the program's accounts, structs and events. Written by
`pytest tests/program/test_accounts_reference.py --update-golden` from `src/quatrain/program/state.py` and `events.py`;
`hognose layout quatrain.program.entrypoint` prints the same.

Amounts are µUSDC or µshares (6 decimals), prices and payouts 1e-9, rates 1e-8, `_at` unix seconds, `_slot` slots. All
integers are little-endian and packed. An account begins with the first 8 bytes of SHA-256 of `account:Name`, an event
with those of `event:Name`. Addresses are derived from the seeds given, each field packed as it stands here, and the
stored bump. Two addresses belong to the token program: `vault`, the one USDC token account, and `shares`, the LP share
mint; both obey the Protocol account.

**Life of `Outcome.held`.** While a market lives, the shares that the vault owns outside the pool: the pool's reserve of
outcome i is `sets − sold − held`. From the resolution on, the payout of one share (1,000,000,000 = 1 USDC).

**The event chain.** `Market.event_hash` starts as 32 zero bytes. Each market event, packed as below without its
discriminator, moves it: h ← SHA-256(h ‖ event). Before `MarketCreated` the opening prices, and before `MarketResolved` the
payouts, go in one by one as u64: h ← SHA-256(h ‖ value). The packed sizes of market events all differ, so the hash also
fixes their kinds. `MarketPruned` carries the hash of everything before it, since the account goes with it.
"""


def section(table: Table) -> str:
    """One record as Markdown."""
    lines = [f"### {table.name}", ""]
    about = [f"{table.size:,} bytes"]
    if table.rent_exempt_lamports is not None:
        about.append(f"rent-exempt at {table.rent_exempt_lamports:,} lamports")
    if table.discriminator is not None:
        about.append(f"discriminator `{table.discriminator}`")
    if table.kind == "account":
        about.append("seeds " + ", ".join(f'"{s.decode()}"' if isinstance(s, bytes) else s for s in SEEDS[table.name]))
    lines += ["; ".join(about) + ".", ""]
    if table.tail is not None:
        more = f"{table.tail.element_bytes} bytes and {table.tail.element_lamports:,} lamports"
        lines += [f"`{table.tail.field}` has at least {table.tail.minimum} elements; each further one adds {more}.", ""]
    documented = any(row.documentation for row in table.rows)
    lines.append("| offset | size | type | field |" + (" meaning |" if documented else ""))
    lines.append("|---:|---:|---|---|" + ("---|" if documented else ""))
    for row in table.rows:
        cells = f"| {row.offset} | {row.size} | {row.type} | {row.name} |"
        lines.append(cells + (f" {row.documentation} |".replace("  |", " |") if documented else ""))
    return "\n".join(lines) + "\n"


def reference() -> str:
    """The whole page."""
    parts = [INTRODUCTION]
    found = tables(PROGRAM)
    for kind, title in (("account", "Accounts"), ("struct", "Structs"), ("event", "Events")):
        parts.append(f"## {title}\n")
        parts += [section(table) for table in found if table.kind == kind]
    return "\n".join(parts)


def test_the_reference_is_what_the_declarations_say(root: Path, update_golden: bool) -> None:
    """Byte for byte."""
    page = root / "docs" / "reference" / "accounts.md"
    if update_golden:
        page.write_text(reference(), encoding="utf-8")
    assert page.read_text(encoding="utf-8") == reference()
