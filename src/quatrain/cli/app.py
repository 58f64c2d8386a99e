"""The tree of commands, and how a run ends: every error is one block, every exit code has one meaning.

Exit codes: 0 done · 1 the request cannot be done as asked · 2 a defect of this program · 3 the cluster does not answer
or does not confirm · 4 the cluster refused the transaction · 5 the local chain's files · 130 interrupted.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from cyclopts import App, CycloptsError

if TYPE_CHECKING:
    from quatrain.client.errors import QuatrainError

OK: Final = 0
USAGE: Final = 1
DEFECT: Final = 2
CLUSTER: Final = 3
REFUSED: Final = 4
STORE: Final = 5
INTERRUPTED: Final = 130

_COMMANDS: Final = (
    "demo_command:demo", "trade:quote", "plot:plot", "trade:buy", "trade:sell", "batch:batch", "trader:deposit", "trader:withdraw", "market:resolve", "position:settle", "risk:risk", "liquidate:liquidate",
    "deploy:deploy", "deploy:upgrade", "deploy:rollback",
)  # fmt: skip
_GROUPS: Final = {
    "market": (
        "Create, list, import, close and resolve markets.",
        (
            "market:create", "market:list", "market:show", "market_import:import", "market:close", "market:resolve",
            "market:sync", "market:sample", "market:prune",
        ),
    ),
    "distribution": (
        "Markets of a real number: create, trade, draw, resolve and claim.",
        tuple(
            f"distribution:{name}"
            for name in (
                "create", "list", "show", "quote", "trade", "positions", "drop", "fund", "plot", "close", "resolve", "claim",
                "sync", "prune",
            )
        ),
    ),
    "trade": (
        "Trade with a loan from the vault.",
        ("leverage:open", "leverage:close", "leverage:reduce", "leverage:margin", "leverage:extend"),
    ),
    "loans": (
        "Let a market have loans, fund them, and look after them.",
        (
            "loans:open", "loans:allocate", "loans:recall", "loans:sync", "loans:calm-end", "loans:shrink", "loans:close",
        ),
    ),
    "feed": ("Say what outcomes cost elsewhere.", ("feed:open", "feed:reporters", "feed:report", "feed:show")),
    "position": ("Look at positions.", ("position:list", "position:close")),
    "vault": ("Provide liquidity.", ("vault:show", "vault:deposit", "vault:request", "vault:execute", "vault:cancel")),
    "trader": ("Manage your trading account.", ("trader:show", "trader:open", "trader:close", "disclosure:acknowledge-risk")),
    "keys": ("Manage keys.", ("keys:new", "keys:list", "keys:show", "keys:airdrop")),
    "chain": ("Look after the local chain.", ("chain:show", "chain:check", "chain:warp")),
    "program": (
        "Look after the program on a cluster.",
        ("program:show", "program:verify", "program:initialize", "program:publish", "program:authority", "program:buffers", "program:reclaim"),
    ),
    "localnet": (
        "Serve the local chain as a Solana cluster.",
        ("localnet:start", "localnet:status", "localnet:reset", "localnet:snapshot"),
    ),
}  # fmt: skip


def build_app() -> App:
    """Every command. The modules behind them import little; what is heavy comes when a command runs."""
    from quatrain.cli.version import version

    app = App(
        name="quatrain",
        help="Prediction markets on Solana. Without --url, everything happens on a chain of your own.",
        version=version,
        result_action="return_value",
        suppress_keyboard_interrupt=False,
    )
    for target in _COMMANDS:
        _add(app, target)
    for group, (help_text, targets) in _GROUPS.items():
        sub_app = App(name=group, help=help_text, result_action="return_value")
        for target in targets:
            _add(sub_app, target)
        app.command(sub_app)
    return app


def _add(app: App, target: str) -> None:
    """Add `module:command`; the function of a command whose name Python has taken ends in an underscore."""
    module_name, _, name = target.partition(":")
    module = importlib.import_module(f"quatrain.cli.{module_name}")
    attribute = name.replace("-", "_")
    app.command(getattr(module, attribute, None) or getattr(module, f"{attribute}_"), name=name)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    tokens = list(sys.argv[1:] if arguments is None else arguments)
    try:
        outcome = build_app()(tokens, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        return _report_usage(error, tokens)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has stopped: point it elsewhere, so that the interpreter's last flush is quiet.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except Exception as error:  # noqa: BLE001 (the one place that turns what nobody meant into a report)
        return _report(error, tokens)
    return outcome if isinstance(outcome, int) else OK


def exit_code(error: QuatrainError) -> int:
    """The exit code of an error."""
    from quatrain.client import errors

    match error:
        case errors.StoreError():
            return STORE
        case errors.TransactionError():
            return REFUSED
        case errors.ChainError():
            return CLUSTER
        case _:
            return USAGE


def _report_usage(error: CycloptsError, tokens: Sequence[str]) -> int:
    from quatrain.cli.output import print_failure
    from quatrain.client.errors import UsageError

    path = " ".join(["quatrain", *(token for token in tokens[:2] if token.isalpha())])
    failure = UsageError(str(error), advice=f"See {path} --help.")
    print_failure(failure, as_json=_wants_json(tokens))
    return USAGE


def _report(error: Exception, tokens: Sequence[str]) -> int:
    from quatrain.cli.output import print_failure
    from quatrain.client.errors import QuatrainError

    if isinstance(error, QuatrainError):
        print_failure(error, as_json=_wants_json(tokens))
        return exit_code(error)
    if os.environ.get("QUATRAIN_DEBUG"):
        raise error
    failure = QuatrainError(
        f"{type(error).__name__}: {error}",
        code="internal",
        advice="This is a defect. Run it again with QUATRAIN_DEBUG=1 and report what it prints.",
    )
    print_failure(failure, as_json=_wants_json(tokens))
    return DEFECT


def _wants_json(tokens: Sequence[str]) -> bool:
    """Whether errors go out as JSON, decided without settings, which may be what is wrong."""
    if "--output=json" in tokens:
        return True
    for before, after in pairwise(tokens):
        if before == "--output":
            return after == "json"
    return os.environ.get("QUATRAIN_OUTPUT") == "json"


__all__ = ["build_app", "exit_code", "run"]
