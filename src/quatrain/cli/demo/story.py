"""The story, section by section. Every figure in it is read from the chain."""

from __future__ import annotations

from typing import Any

from quatrain.cli.demo.ferry import Lent, tell_ferry
from quatrain.cli.demo.narrator import Narrator
from quatrain.cli.demo.people import STARTING_USDC, Person
from quatrain.cli.demo.regatta import tell_regatta
from quatrain.cli.demo.snowfall import tell_snowfall
from quatrain.cli.demo.stage import SUBSIDY, Stage, Step
from quatrain.cli.output import Output, table
from quatrain.cli.samples import SAMPLE_FILE
from quatrain.client.addresses import to_solders
from quatrain.client.amounts import SOL, USDC, show_price
from quatrain.client.quotes import prices
from quatrain.cluster.local import ROOT_VERSE, VAULT_DEPOSIT
from quatrain.keepers.ingest.importer import Funding, Report, import_markets
from quatrain.keepers.ingest.plan import Rules, plan_markets
from quatrain.keepers.ingest.question import Question
from quatrain.keepers.ingest.reading import read_records
from quatrain.program.state import Maker
from quatrain.program.vault import equity_of

WEEK_SECONDS = 7 * 86_400
TITLE = "Does the harbour freeze over this winter?"


def tell(output: Output) -> int:
    """Tell the whole story; the exit code, which is 0 because everything that fails raises."""
    narrator = Narrator(output)
    narrator.section("A chain of our own")
    with Stage.open() as stage:
        _founding(narrator, stage)
        people = _people(narrator, stage)
        market = _creation(narrator, stage)
        _trading(narrator, stage, market, people)
        _ending(narrator, stage, market)
        _payout(narrator, stage, market, people)
        report = _import(narrator, stage, people)
        returned = _pruning(narrator, stage, market)
        back = tell_regatta(narrator, stage, people)
        tell_snowfall(narrator, stage, people)
        lent = tell_ferry(narrator, stage, people)
        results = _leaving(narrator, stage, people)
        _account(narrator, stage)
        output.result(_record(stage, report, returned, back, lent, results))
    return 0


def _founding(narrator: Narrator, stage: Stage) -> None:
    size = len(stage.build.elf)
    narrator.say(
        f"The on-chain program is Python. hognose made {size:,} bytes of Solana bytecode of it in "
        f"{stage.build_seconds:.1f} s, and it runs here on the real Solana virtual machine, in this process."
    )
    cash = stage.session.protocol().lp_cash
    narrator.say(f"A liquidity provider has paid {USDC.show(cash)} test USDC into the vault behind all markets.")


def _people(narrator: Narrator, stage: Stage) -> list[Person]:
    narrator.section("Three people arrive")
    people = [Person.arrive(name, stage) for name in ("Ada", "Ben", "Cleo")]
    narrator.say(f"Ada, Ben and Cleo open trading accounts and deposit {USDC.show(STARTING_USDC)} USDC each.")
    return people


def _creation(narrator: Narrator, stage: Stage) -> int:
    narrator.section("A market opens")
    question = Question(TITLE, ("Yes", "No"), "Yes, if the harbour master records ice from quay to quay before March.")
    id = stage.create(question, Maker.LMSR, [300_000_000, 700_000_000], closes_in=WEEK_SECONDS)
    found = stage.session.market(id)
    narrator.say(f"“{TITLE}” opens at {show_price(prices(found.state)[0])} for Yes and trades for a week.")
    narrator.say(
        f"The vault gives it {USDC.show(found.state.subsidy)} USDC, which is all that it can ever lose here. "
        f"The account has {found.size} bytes; its rent of {SOL.show(found.lamports, places=4)} SOL comes back in the end."
    )
    return id


def _trading(narrator: Narrator, stage: Stage, market: int, people: list[Person]) -> None:
    narrator.section("Trading")
    ada, ben, cleo = people
    quote = stage.session.quoter(stage.session.market(market).state).buy(0, 200 * USDC.one)
    narrator.say(
        f"Ada asks first: 200 shares of Yes would cost {USDC.show(quote.total)} USDC, "
        f"{show_price(quote.average_price)} a share, and move the price to {show_price(quote.price_after)}."
    )
    narrator.trade("Ada", "Yes", ada.buy(market, 0, 150 * USDC.one))
    narrator.trade("Ben", "No", ben.buy(market, 1, 400 * USDC.one))
    narrator.trade("Cleo", "Yes", cleo.buy(market, 0, 250 * USDC.one))
    narrator.trade("Ada", "Yes", ada.sell(market, 0, ada.shares(market, 0) // 2))
    state = stage.session.market(market).state
    yes, no = prices(state)
    narrator.say(
        f"The market now says {show_price(yes)} Yes, {show_price(no)} No, after {USDC.show(state.volume)} USDC of volume."
    )


def _ending(narrator: Narrator, stage: Stage, market: int) -> None:
    narrator.section("The market closes and is resolved")
    subsidy = stage.session.market(market).state.subsidy
    returned = stage.resolve(market, winner=0)
    narrator.say(
        "A week passes and trading ends. The harbour froze: a share of Yes pays 1 USDC, a share of No nothing."
    )
    narrator.say(
        f"Every share was backed from the first moment, so {USDC.show(stage.session.market(market).state.sets)} USDC stay "
        f"for the winners and {USDC.show(returned)} USDC of the vault's {USDC.show(subsidy)} go back to it."
    )


def _payout(narrator: Narrator, stage: Stage, market: int, people: list[Person]) -> None:
    narrator.section("Everybody is paid")
    narrator.payouts(stage, market, people, ("Yes", "No"))
    synced = stage.sync(market)
    narrator.say(
        f"The fees of {USDC.show(synced.fees, places=4)} USDC are shared out: {USDC.show(synced.vaults_part, places=4)} to the vault, "
        f"the rest to stakers, treasury and insurance."
    )


def _import(narrator: Narrator, stage: Stage, people: list[Person]) -> Report:
    narrator.section("Questions from another venue")
    plan = plan_markets(read_records(SAMPLE_FILE), Rules(stage.chain.clock().unix_timestamp))
    report = import_markets(
        stage.session, stage.catalogue, stage.keys.admin, plan.markets,
        funding=Funding(subsidy=SUBSIDY), verse_id=ROOT_VERSE,
    )  # fmt: skip
    stage.check("import")
    left_out = ", ".join(f"{count} {reason}" for reason, count in plan.skipped.most_common())
    narrator.say(
        f"A dump in the shape of Polymarket's Gamma API holds {plan.records} records. {len(report.created)} markets come of "
        f"it at the quoted prices; left out are: {left_out}."
    )
    rows = [_imported_row(stage, id) for id in report.created]
    narrator.show(table("", ("no.", "question", "outcomes", "leading"), rows, right=(0, 2)))
    narrator.say(
        f"Their rent is {SOL.show(report.rent_lamports, places=4)} SOL; 21,000 markets of 520 bytes would hold 94.71 SOL, "
        "and give it back when they are pruned."
    )
    narrator.trade("Ben", "the first of them", people[1].buy(report.created[0], 0, 100 * USDC.one))
    return report


def _imported_row(stage: Stage, id: int) -> list[str]:
    market = stage.session.market(id).state
    question = stage.catalogue.find(market.question)
    assert question is not None
    best, title = max(zip(prices(market), question.outcomes, strict=True), key=lambda pair: pair[0])
    return [str(id), question.title, str(market.outcome_count), f"{title} {show_price(best)}"]


def _pruning(narrator: Narrator, stage: Stage, market: int) -> int:
    narrator.section("The market's account goes")
    session, admin = stage.session, stage.keys.admin
    found = session.market(market)
    delay = session.protocol().parameters.prune_delay_slots
    stage.chain.warp(slot=found.state.slot + delay)
    prune = session.instructions.prune_market(
        market_address=found.address, verse_id=ROOT_VERSE, creator=to_solders(found.state.creator)
    )
    stage.send("prune", admin, prune)
    narrator.say(
        f"{delay:,} slots after its resolution, anybody may prune the market. {SOL.show(found.lamports, places=4)} SOL of "
        "rent go back to who paid them, and the hash of its whole history stays in the log."
    )
    return found.lamports


def _leaving(narrator: Narrator, stage: Stage, people: list[Person]) -> dict[str, int]:
    narrator.section("Who won, who lost")
    session, ben = stage.session, people[1]
    held = next(one for one in session.markets() if ben.shares(one.state.id, 0))
    ben.sell(held.state.id, 0, ben.shares(held.state.id, 0))
    close = session.instructions.close_position(authority=ben.address, market_address=held.address, outcome=0)
    stage.send("close a position", ben.key, close)
    stage.sync(held.state.id)
    results = {person.name: person.leave() - STARTING_USDC for person in people}
    protocol, books = session.protocol(), stage.check("the end")
    results["the vault"] = equity_of(protocol) - VAULT_DEPOSIT
    results["stakers, treasury, insurance"] = books.insurance + books.staker_pool + books.treasury
    results["still in open markets"] = books.escrow + books.fees_due - protocol.subsidies_out
    came = dict.fromkeys((person.name for person in people), STARTING_USDC) | {"the vault": VAULT_DEPOSIT}
    rows = [[name, USDC.show(came.get(name, 0)), _signed(result)] for name, result in results.items()]
    narrator.show(table("", ("", "came with, USDC", "gained or lost, USDC"), rows, right=(1, 2)))
    total = sum(results.values())
    narrator.say(f"Together: {_signed(total)} USDC. What one gains, others lose; nothing appears, nothing vanishes.")
    return results


def _signed(amount: int) -> str:
    return f"{'+' if amount > 0 else ''}{USDC.show(amount, places=4)}"


def _account(narrator: Narrator, stage: Stage) -> None:
    narrator.section("What it cost")
    rows = [[name, f"{count:,}", f"{units:,}"] for name, count, units in _by_name(stage.steps)]
    narrator.show(table("", ("transaction", "times", "compute units, at most *"), rows, right=(1, 2)))
    narrator.say("* of the whole transaction, 300 of them for the two instructions that state its budget.")
    fees = sum(step.fee_lamports for step in stage.steps)
    narrator.say(
        f"{len(stage.steps)} transactions, {SOL.show(fees, places=6)} SOL of network fees. After each of them the books were "
        f"added up: {stage.checks} times balanced to the last µUSDC."
    )


def _by_name(steps: list[Step]) -> list[tuple[str, int, int]]:
    """Each kind of step with its count and its dearest run."""
    found: dict[str, tuple[int, int]] = {}
    for step in steps:
        count, units = found.get(step.name, (0, 0))
        found[step.name] = (count + 1, max(units, step.units))
    return [(name, count, units) for name, (count, units) in found.items()]


def _record(
    stage: Stage, report: Report, returned: int, back: int, lent: Lent, results: dict[str, int]
) -> dict[str, Any]:
    return {
        "program_bytes": len(stage.build.elf),
        "build_sha256": stage.build.digest,
        "transactions": len(stage.steps),
        "balanced_checks": stage.checks,
        "imported": len(report.created),
        "rent_returned_lamports": returned,
        "liquidity_returned_usdc": USDC.plain(back),
        "loans": lent.record(),
        "gains_usdc": {name: USDC.plain(result) for name, result in results.items()},
        "compute_units": {name: units for name, _, units in _by_name(stage.steps)},
    }


__all__ = ["tell"]
