"""What a person does at the command line, from nothing to the money back."""

import ast
import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from quatrain.cli import app
from quatrain.cli.moments import parse_moment, parse_span
from quatrain.client import errors
from quatrain.cluster.store import Store
from tests.cli.conftest import Shell


def commands() -> list[list[str]]:
    """Every command as it is typed."""
    grouped = [[group, target.partition(":")[2]] for group, (_, targets) in app._GROUPS.items() for target in targets]
    return [[target.partition(":")[2]] for target in app._COMMANDS] + grouped


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_command_explains_itself(shell: Shell, command: list[str]) -> None:
    """Help needs no chain, and says what every argument and option is."""
    text = shell(*command, "--help")

    assert f"quatrain {' '.join(command)}" in text
    assert "Everywhere" in text


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_command_is_documented(command: list[str], root: Path) -> None:
    """The reference has a heading for each."""
    assert f"`quatrain {' '.join(command)}" in (root / "docs/reference/cli.md").read_text()


def test_every_exit_code_and_error_is_documented(root: Path) -> None:
    """The reference names each exit code and each code of the error tree."""
    text = (root / "docs/reference/cli.md").read_text()
    for code in (app.OK, app.USAGE, app.DEFECT, app.CLUSTER, app.REFUSED, app.STORE, app.INTERRUPTED):
        assert f"| {code} |" in text
    for path in sorted((root / "src/quatrain").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "code" and isinstance(node.value, ast.Constant):
                assert f"`{node.value.value}`" in text, f"{path.name}: {node.value.value}"
    for one in vars(errors).values():
        if isinstance(one, type) and issubclass(one, errors.UsageError | errors.StoreError):
            assert f"`{one.default_code}`" in text


def test_a_life_at_the_command_line(shell: Shell) -> None:
    """Create, fund, quote, buy, sell, close, resolve, settle, withdraw, prune: each answers for people."""
    assert "There are no markets" in shell("market", "list")
    assert "Created market 1" in shell("market", "create", "Rain?", "--closes", "+7d", "--subsidy", "200")
    shell("keys", "new", "bob")
    assert "1,000.00 test USDC" in shell("keys", "airdrop", "bob", "--usdc", "1000")
    assert "Deposited 900.00 USDC" in shell("deposit", "900", "-k", "bob")
    assert "costs" in shell("quote", "1", "yes", "--shares", "50")
    assert "Bought 50.00 × Yes" in shell("buy", "1", "Yes", "--shares", "50", "-k", "bob")
    assert "Bought" in shell("buy", "1", "n", "--usdc", "20", "-k", "bob")
    assert "Sold 25.00 × Yes" in shell("sell", "1", "0", "--shares", "25", "-k", "bob")
    assert "Rain?" in shell("position", "list", "bob")
    assert "worth now" in shell("position", "list", "-k", "bob", "--market", "1")
    assert "equal to all claims" in shell("vault", "show")
    assert "Rain?" in shell("market", "show", "1")
    assert "is closed" in shell("market", "close", "1")
    assert "is resolved" in shell("market", "resolve", "1", "--winner", "yes")
    assert "Settled 2 positions of market 1: 25.00 USDC" in shell("settle", "1")
    assert "shared out" in shell("market", "sync", "1")
    assert shell.json("trader", "show", "bob")["positions"] == 0
    assert "Withdrew" in shell("withdraw", "--all", "-k", "bob")
    assert "is closed" in shell("trader", "close", "-k", "bob")
    assert "is now" in shell("chain", "warp", "432000slots")
    assert "is pruned" in shell("market", "prune", "1")
    assert "have an owner" in shell("chain", "check")
    assert "There are no markets" in shell("market", "list")


def test_scripts_get_exact_values(shell: Shell, alice) -> None:
    """Amounts are decimal text, and a trade is on the terms that were quoted."""
    shell("market", "create", "Who?", "--outcome", "A", "--outcome", "B", "--outcome", "C", "--price", "0.5",
          "--price", "0.3", "--price", "0.2", "--closes", "2040-01-01", "--liquidity", "500")  # fmt: skip
    quote = alice("quote", "1", "b", "--usdc", "100")

    bought = alice("buy", "1", "b", "--usdc", "100", "--slippage", "0%")

    terms = [key for key in quote if key in bought]
    assert len(terms) == 12
    assert {key: bought[key] for key in terms} == {key: quote[key] for key in terms}
    assert (bought["side"], bought["total_usdc"], bought["outcome"]) == ("buy", "100", 1)
    (position,) = alice("position", "list")
    assert (position["shares"], position["cost_usdc"]) == (bought["shares"], "100")
    sold = alice("sell", "1", "b", "--all", "--slippage", "50bp")
    assert sold["shares"] == bought["shares"]
    assert float(sold["total_usdc"]) < 100
    record = alice("market", "show", "1")
    assert [round(float(one["price"]), 6) for one in record["outcomes"]] == [0.5, 0.3, 0.2]
    assert record["rent_lamports"] == 4_510_080
    assert Decimal(alice("trader", "show")["free_usdc"]) == 800 - 100 + Decimal(sold["total_usdc"])
    assert alice("position", "close", "1", "b")["outcome"] == 1


def test_first_steps_work(shell: Shell) -> None:
    """The owner of a new chain can trade at once; another key is told where test USDC comes from."""
    shell("market", "import", "--sample")
    assert "Deposited 500.00 USDC" in shell("deposit", "500")
    assert "Bought" in shell("buy", "2", "yes", "--usdc", "10")
    assert "A concerto" in shell("quote", "6", "concerto", "--usdc", "5")

    shell("keys", "new", "bob")
    assert shell.failure("deposit", "5", "-k", "bob", code=1)["advice"].endswith("quatrain keys airdrop bob")
    assert shell.failure("vault", "deposit", "50000", code=1)["advice"].endswith("quatrain keys airdrop")


def test_a_quote_explains_itself(shell: Shell) -> None:
    """Reserves, cost, fee, average and marginal price, impact and room: for people, and exactly for scripts."""
    shell("market", "create", "Rain?", "--closes", "+7d", "--liquidity", "1000")

    text = shell("quote", "1", "yes", "--shares", "100")
    record = shell.json("quote", "1", "yes", "--shares", "100")

    for part in (
        "51.249480 USDC",
        "LMSR, b = 1,000.00 USDC",
        "3 bp",
        "50.00% → 52.50% (+2.50%)",
        "100.00 points are free",
    ):
        assert part in text
    assert record["amount_usdc"] == "51.24948"
    assert Decimal(record["reserve_after"]) == Decimal(record["reserve_before"]) + Decimal("51.24948") - 100
    assert record["wait_slots"] == 0


def test_a_price_that_would_move_too_fast_says_what_can_be_done(shell: Shell) -> None:
    """How long to wait, or how much fits now; and both work."""
    shell("market", "create", "Rain?", "--closes", "+7d", "--subsidy", "100")
    shell("deposit", "5000")
    shell("buy", "1", "yes", "--shares", "300")
    shell("buy", "1", "no", "--shares", "250")
    assert "wait" in shell("quote", "1", "no", "--shares", "250")

    failure = shell.failure("buy", "1", "no", "--shares", "250", code=1)

    assert failure["code"] == "price_moves_too_fast"
    match = re.search(r"Wait (\d+) slots .* at most ([\d.]+) shares", failure["advice"])
    assert match
    assert "Bought" in shell("buy", "1", "no", "--shares", match[2])
    shell("chain", "warp", "50slots")
    assert "Bought" in shell("buy", "1", "no", "--shares", "50")


def test_selling_for_an_amount_of_money(shell: Shell, alice) -> None:
    """Exactly what was asked for becomes free."""
    shell("market", "create", "Rain?", "--closes", "+7d")
    alice("buy", "1", "yes", "--usdc", "50")

    assert alice("sell", "1", "yes", "--usdc", "20")["total_usdc"] == "20"


def test_markets_are_sampled_for_the_correlation_of_their_verse(shell: Shell) -> None:
    """The first call begins, later ones take a sample an epoch; what is not known counts as 1."""
    for question in ("Rain?", "Wind?"):
        shell("market", "create", question, "--closes", "+7d")
    assert "from the next 6 hours" in shell("market", "sample", "1")
    assert shell.failure("market", "sample", "1", code=4)["code"] == "sample_not_due"
    now = shell.json("chain", "show")["unix_timestamp"]
    shell("chain", "warp", f"{21_600 - now % 21_600 + 60}s")
    shell("chain", "warp", "10slots")
    assert shell.json("market", "sample", "1")["correlation"] == 1
    (verse,) = shell.json("vault", "show")["verses"]
    assert (verse["markets"], verse["correlation"]) == (2, "1")


def test_liquidity_comes_and_goes(shell: Shell) -> None:
    """Shares are bought and given back at the vault's equity."""
    shell("keys", "new", "lp")
    shell("keys", "airdrop", "lp", "--usdc", "500")

    assert shell.json("vault", "deposit", "500", "-k", "lp")["shares"] == "500"
    assert shell.json("vault", "show", "-k", "lp")["my_shares"] == "500"
    assert shell.json("vault", "request", "200", "-k", "lp")["at_most_usdc"] == "200"
    assert shell.failure("vault", "execute", "-k", "lp", code=4)["code"] == "withdrawal_too_early"
    assert shell.json("vault", "cancel", "-k", "lp")["shares"] == "200"
    assert shell.json("vault", "request", "200", "-k", "lp")["shares"] == "200"
    shell("chain", "warp", "3000slots")
    assert shell.json("vault", "execute", "-k", "lp")["amount_usdc"] == "200"
    assert "not asked" in shell.failure("vault", "execute", "-k", "lp", code=1)["message"]
    assert shell.json("vault", "show", "-k", "nobody")["my_shares"] == "0"


def test_payouts_can_be_shared(shell: Shell, alice) -> None:
    """A market can pay several outcomes, in parts that make 1."""
    shell("market", "create", "Rain?", "--closes", "+7d")
    alice("buy", "1", "yes", "--shares", "10")
    shell("market", "close", "1")
    assert (
        "make 0.9 together"
        in shell.failure("market", "resolve", "1", "--payout", "0.5", "--payout", "0.4", code=1)["message"]
    )
    shell("market", "resolve", "1", "--payout", "0.25", "--payout", "0.75")

    assert shell.json("settle", "1", "--trader", "alice")["payout_usdc"] == "2.5"
    assert shell.json("market", "list", "--status", "resolved")[0]["outcomes"][0]["price"] == "0.25"
    assert shell.json("market", "list", "--status", "open") == []


@pytest.mark.parametrize(
    ("arguments", "code", "name"),
    [
        (("quote", "1", "yes"), 1, "usage"),
        (("quote", "1", "yes", "--shares", "1", "--usdc", "1"), 1, "usage"),
        (("quote", "1", "yes", "--shares", "-5"), 1, "amount_invalid"),
        (("quote", "1", "yes", "--shares", "0"), 1, "amount_zero"),
        (("quote", "1", "maybe", "--shares", "1"), 1, "outcome_unknown"),
        (("quote", "1", "7", "--shares", "1"), 1, "outcome_unknown"),
        (("quote", "9", "yes", "--shares", "1"), 1, "not_found"),
        (("quote", "1", "yes", "--shares", "2000"), 1, "price_too_high"),
        (("quote", "1", "yes", "--shares", "10000000000"), 1, "trade_too_large"),
        (("quote", "1", "yes", "--shares", "1", "--side", "sell"), 1, "insufficient_shares"),
        (("quote", "1", "yes", "--shares", "0.001"), 1, "trade_too_small"),
        (("plot", "1", "maybe"), 1, "outcome_unknown"),
        (("plot", "1", "yes", "--png", "/nowhere/a.png"), 1, "output_unwritable"),
        (("batch", "1"), 1, "usage"),
        (("batch", "1", "buy yes"), 1, "usage"),
        (("batch", "1", "hold yes 5 shares"), 1, "usage"),
        (("batch", "1", "buy yes 5 shares", "buy yes 6 shares"), 1, "usage"),
        (("batch", "1", "buy yes 5 shares"), 1, "trader_missing"),
        (("batch", "1", "--file", "nowhere.txt"), 1, "input_unreadable"),
        (("deposit", "20000"), 1, "wallet_short"),
        (("buy", "1", "yes", "--shares", "1"), 1, "trader_missing"),
        (("buy", "1", "yes", "--shares", "1", "-k", "carol"), 1, "keypair_missing"),
        (("sell", "1", "yes", "--all"), 1, "position_missing"),
        (("sell", "1", "yes", "--all", "--shares", "many"), 1, "usage"),
        (("withdraw", "--all"), 1, "trader_missing"),
        (("withdraw",), 1, "usage"),
        (("trader", "show"), 1, "trader_missing"),
        (("market", "create", "Q", "--closes", "later"), 1, "usage"),
        (("market", "create", "Q", "--closes", "2020-01-01"), 4, "schedule_invalid"),
        (("market", "create", "Q", "--closes", "+1d", "--outcome", "A"), 1, "usage"),
        (("market", "create", "Q", "--closes", "+1d", "--outcome", "A", "--outcome", "A"), 1, "usage"),
        (("market", "create", "Q", "--closes", "+1d", "--liquidity", "1", "--subsidy", "1"), 1, "usage"),
        (("market", "create", "Q", "--closes", "+1d", "--price", "0", "--price", "1"), 1, "usage"),
        (("market", "create", "Q", "--closes", "+1d", "--expires", "+2d", "--maker", "lmsr"), 1, "usage"),
        (("market", "create", "Q", "--closes", "+1d", "--maker", "pm-amm"), 1, "expiry_invalid"),
        (("market", "create", "Q", "--closes", "+1d", *(word for n in range(65) for word in ("--outcome", str(n)))), 1, "usage"),
        (("market", "resolve", "1", "--winner", "yes"), 4, "market_not_closed"),
        (("market", "resolve", "1"), 1, "usage"),
        (("market", "list", "--status", "gone"), 1, "usage"),
        (("market", "import"), 1, "usage"),
        (("market", "import", "nowhere.json"), 1, "input_unreadable"),
        (("market", "import", "--sample", "--minimum-price", "0.5"), 1, "usage"),
        (("keys", "new", "id"), 1, "keypair_exists"),
        (("keys", "show", "xyz"), 1, "keypair_missing"),
        (("keys", "airdrop", "not-an-address"), 1, "usage"),
        (("chain", "warp", "yesterday"), 1, "usage"),
        (("buy", "1", "yes", "--shares", "1", "--slippage", "a lot"), 1, "usage"),
        (("no-such-command",), 1, "usage"),
        (("market", "show", "one"), 1, "usage"),
        (("--url", "nonsense", "market", "list"), 1, "usage"),
        (("market", "list", "--url", "nonsense"), 1, "configuration_invalid"),
        (("market", "list", "--url", "http://127.0.0.1:9"), 3, "cluster_unreachable"),
    ],
)  # fmt: skip
def test_errors_have_codes(market_home: Path, shell: Shell, arguments: tuple[str, ...], code: int, name: str) -> None:
    """Each error has its exit code, its own code and a message, and nothing on standard output."""
    failure = shell.failure(*arguments, code=code)

    assert failure["code"] == name
    assert failure["message"]
    assert shell.out == ""


@pytest.fixture
def market_home(home: Path, prepared_home: Path) -> Path:
    """A home with one market."""
    import shutil

    shutil.copytree(prepared_home, home)
    return home


@pytest.fixture(scope="module")
def prepared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once: a chain with one market."""
    from quatrain.cli import main

    path = tmp_path_factory.mktemp("prepared") / "home"
    assert main(["market", "create", "Rain?", "--closes", "+7d", "--home", str(path), "--output", "json"]) == 0
    return path


def test_errors_are_one_block(market_home: Path, shell: Shell) -> None:
    """What happened, its code, what to do, on standard error."""
    shell("buy", "1", "yes", "--shares", "1", code=1)

    assert shell.error.startswith("error: ")
    assert "code: trader_missing" in shell.error
    assert "quatrain deposit 100" in shell.error
    assert "Traceback" not in shell.error


def test_a_defect_is_reported_as_one(market_home: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception that nobody meant has its own exit code, and is shown whole when that is asked for."""
    from quatrain.cli import markets_show

    monkeypatch.setattr(markets_show, "list_markets", lambda *_: 1 // 0)
    failure = shell.failure("market", "list", code=2)
    assert failure["code"] == "internal"
    assert "QUATRAIN_DEBUG" in failure["advice"]

    monkeypatch.setenv("QUATRAIN_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        shell("market", "list")


def test_an_interrupt_has_its_code(market_home: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """130, as shells have it."""
    from quatrain.cli import markets_show

    def interrupt(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(markets_show, "list_markets", interrupt)

    shell("market", "list", code=130)


def test_a_busy_chain_says_so(market_home: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another command has it, the wait ends with a clear error."""
    from quatrain.cli import workspace
    from quatrain.cluster.local import open_local

    monkeypatch.setattr(workspace, "open_local", lambda *a, **k: open_local(*a, **k, patience_seconds=0))
    holder = Store(market_home)

    failure = shell.failure("market", "list", code=5)

    holder.close()
    assert failure["code"] == "store_locked"


def test_keys_are_kept_by_name(shell: Shell, home: Path) -> None:
    """Made, listed without the service keys, shown."""
    assert "no keys yet" in shell("keys", "list")
    made = shell.json("keys", "new", "dora")
    shell("market", "list")

    listed = {one["name"]: one["address"] for one in shell.json("keys", "list")}

    assert set(listed) == {"dora", "id"}
    assert listed["dora"] == made["address"] == shell.json("keys", "show", "dora")["address"]
    assert shell.json("keys", "show", "-k", "dora")["path"] == str(home / "keys" / "dora.json")


def test_the_chain_describes_itself(market_home: Path, shell: Shell) -> None:
    """Time, program, build and mint."""
    shown = shell.json("chain", "show")

    assert len(shown["build"]) == 64
    assert shown["home"] == str(market_home)
    later = shell.json("chain", "warp", "2h")
    assert later["unix_timestamp"] >= shown["unix_timestamp"] + 7_200


def test_it_runs_as_a_process(market_home: Path) -> None:
    """As `python -m quatrain`, with output for scripts, an exit code, and a reader that stops early."""
    command = [sys.executable, "-m", "quatrain"]

    listed = subprocess.run([*command, "market", "list", "--output", "json"], capture_output=True, check=True)
    failed = subprocess.run([*command, "market", "show", "99"], capture_output=True, check=False, text=True)
    piped = subprocess.run(
        f"{' '.join(command)} market list | head -c 1", shell=True, capture_output=True, check=True, text=True
    )

    assert [one["market"] for one in json.loads(listed.stdout)] == [1]
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "not_found" in failed.stderr
    assert "Traceback" not in piped.stderr


def test_help_is_quick(home: Path) -> None:
    """It imports neither the virtual machine nor the RPC client nor the compiler."""
    code = (
        "import sys; from quatrain.cli import main; main(['--help']);"
        "print([m for m in ('solders', 'solana', 'apsw', 'llvmlite', 'hognose') if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True, env=dict(os.environ)
    )

    assert done.stderr.strip() == "[]"
    assert "Provide liquidity" in done.stdout


@pytest.mark.parametrize(
    ("text", "seconds"), [("90m", 5_400), ("12h", 43_200), ("30d", 2_592_000), ("2w", 1_209_600), ("5s", 5)]
)
def test_spans_are_read(text: str, seconds: int) -> None:
    """Seconds, minutes, hours, days, weeks; also from now."""
    assert parse_span(text) == seconds
    assert parse_moment(f"+{text}", 1_000) == 1_000 + seconds


@pytest.mark.parametrize(
    ("text", "second"),
    [("2030-01-01", 1_893_456_000), ("2030-01-01T12:00", 1_893_499_200), ("2030-01-01T12:00+02:00", 1_893_492_000)],
)
def test_moments_are_read(text: str, second: int) -> None:
    """Dates with or without time, in UTC unless they say otherwise."""
    assert parse_moment(text, 0) == second
