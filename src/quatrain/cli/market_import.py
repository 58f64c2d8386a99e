"""`quatrain market import`: another venue's questions become markets here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from quatrain.cli.options import DEFAULTS, Common

if TYPE_CHECKING:
    from quatrain.cli.workspace import Workspace
    from quatrain.keepers.ingest.importer import Funding, Report
    from quatrain.keepers.ingest.plan import Plan, Planned


def import_(
    file: Path | None = None,
    /,
    *,
    sample: bool = False,
    limit: int | None = None,
    subsidy: str | None = None,
    liquidity: str | None = None,
    minimum_price: str = "0.001",
    closes_after: str | None = None,
    maker: Literal["auto", "lmsr"] = "auto",
    verse: int = 1,
    dry_run: bool = False,
    common: Common = DEFAULTS,
) -> None:
    """Create markets from a Polymarket Gamma dump: /markets or /events, JSON or JSON lines, gzipped or not (admin).

    Open binary questions become markets of two outcomes, neg-risk groups one market of all their open legs, each at
    its quoted price. Alternatives with an end date, in a group or not, get a pm-AMM, whose liquidity falls with the time
    that is left; yes/no questions an LMSR. What has a market already is left alone, so an import can be repeated.

    Parameters
    ----------
    file
        The dump.
    sample
        Import the small dump that comes with Quatrain instead.
    limit
        At most so many new markets.
    subsidy
        What the vault may lose at most in each market, in USDC; 100 when neither this nor --liquidity is given.
    liquidity
        Depth of each market in USDC, b of an LMSR and L of a pm-AMM, instead of --subsidy.
    minimum_price
        No outcome opens below this.
    closes_after
        Also take questions without an end date or with one that has passed, and close them after this span (30d).
    maker
        `lmsr` makes every market an LMSR.
    verse
        Number of the verse that the markets belong to.
    dry_run
        Only say what would be done.
    """
    from quatrain.cli.workspace import open_workspace

    with open_workspace(common) as workspace:
        from quatrain.cli.markets_make import funding_of
        from quatrain.cli.samples import SAMPLE_FILE

        path = _the_file(file, SAMPLE_FILE if sample else None)
        plan = _plan(workspace, path, minimum_price, closes_after, lmsr_only=maker == "lmsr")
        funding = funding_of(liquidity, subsidy)
        if dry_run:
            _preview(workspace, plan, funding, limit)
        else:
            _import(workspace, plan, funding, limit, verse)


def _the_file(file: Path | None, sample: Path | None) -> Path:
    from quatrain.client.errors import UsageError

    if (file is None) == (sample is None):
        raise UsageError("give the dump to import, or --sample for the one that comes with Quatrain")
    chosen = file or sample
    assert chosen is not None
    return chosen


def _plan(workspace: Workspace, path: Path, minimum_price: str, closes_after: str | None, *, lmsr_only: bool) -> Plan:
    from quatrain.cli.moments import parse_span
    from quatrain.client.amounts import PRICE
    from quatrain.client.errors import UsageError
    from quatrain.keepers.ingest.plan import OUTCOMES_MAXIMUM, Rules, plan_markets
    from quatrain.keepers.ingest.priors import PRICE_ONE
    from quatrain.keepers.ingest.reading import read_records

    minimum = PRICE.parse(minimum_price)
    if not 1 <= minimum <= PRICE_ONE // OUTCOMES_MAXIMUM:
        highest = PRICE.plain(PRICE_ONE // OUTCOMES_MAXIMUM)
        raise UsageError(f"--minimum-price is {minimum_price}; it must be above 0 and at most {highest}")
    now = workspace.session.chain.clock().unix_timestamp
    span = None if closes_after is None else parse_span(closes_after)
    return plan_markets(read_records(path), Rules(now, minimum, span, lmsr_only))


def _fresh(workspace: Workspace, plan: Plan, limit: int | None) -> tuple[list[Planned], int]:
    """What to create, and how many have a market already."""
    from quatrain.keepers.ingest.importer import without_existing

    fresh = without_existing(workspace.session, workspace.catalogue, plan.markets)
    return fresh[: max(limit, 0)] if limit is not None else fresh, len(plan.markets) - len(fresh)


def _preview(workspace: Workspace, plan: Plan, funding: Funding, limit: int | None) -> None:
    from quatrain.keepers.ingest.importer import Report, market_rent, opened

    fresh, existing = _fresh(workspace, plan, limit)
    report = Report(existing=existing)
    for _, one, opening in opened(enumerate(fresh), funding, report):
        report.count(opening, market_rent(workspace.session, len(one.prices)))
    _summarise(workspace, plan, report, dry_run=True)


def _import(workspace: Workspace, plan: Plan, funding: Funding, limit: int | None, verse: int) -> None:
    from rich.progress import Progress

    from quatrain.keepers.ingest.importer import import_markets

    fresh, existing = _fresh(workspace, plan, limit)
    with Progress(console=workspace.output.notes, transient=True, disable=workspace.output.json) as progress:
        task = progress.add_task("Creating markets", total=len(fresh))
        report = import_markets(
            workspace.session,
            workspace.catalogue,
            workspace.signer,
            fresh,
            funding=funding,
            verse_id=verse,
            progress=lambda done: progress.advance(task, done),
        )
    report.existing += existing
    _summarise(workspace, plan, report, dry_run=False)


def _summarise(workspace: Workspace, plan: Plan, report: Report, *, dry_run: bool) -> None:
    from quatrain.cli.output import table
    from quatrain.cli.terms import MAKERS
    from quatrain.client.amounts import SOL, USDC

    created = report.makers.total()
    record: dict[str, Any] = {
        "dry_run": dry_run,
        "records": plan.records,
        "created": created,
        "makers": {name: report.makers[maker] for maker, (name, _) in MAKERS.items()},
        "existing": report.existing,
        "failed": [{"question": title, "code": error.code, "message": error.message} for title, error in report.failed],
        "skipped": {reason.name.lower(): count for reason, count in plan.skipped.items()},
        "subsidy_usdc": USDC.plain(report.subsidy),
        "rent_lamports": report.rent_lamports,
    }
    rows = [["records in the dump", f"{plan.records:,}"]]
    rows.append(["markets to create" if dry_run else "markets created", f"{created:,}"])
    rows += [[f"  with {name}", f"{report.makers[maker]:,}"] for maker, (name, _) in MAKERS.items()]
    if report.existing:
        rows.append(["have a market already", f"{report.existing:,}"])
    rows += [[f"left out: {reason}", f"{count:,}"] for reason, count in plan.skipped.most_common()]
    rows += [[f"refused: {code}", f"{count:,}"] for code, count in _failures(report)]
    rows.append(["subsidy from the vault, USDC", USDC.show(report.subsidy)])
    rows.append(["rent, SOL (returned when pruned)", SOL.show(report.rent_lamports, places=4)])
    workspace.output.result(record, table("", ("", ""), rows, right=(1,)))
    for title, count in plan.refused_groups[:5]:
        workspace.output.note(f"{title}: {count} outcomes, a market has at most 64.")
    for name, reason in plan.unreadable[:5]:
        workspace.output.note(f"{name}: {reason}")
    for title, error in report.failed[:5]:
        workspace.output.note(f"{title}: {error.message}. {error.advice}")


def _failures(report: Report) -> list[tuple[str, int]]:
    from collections import Counter

    return Counter(error.code for _, error in report.failed).most_common()


__all__ = ["import_"]
