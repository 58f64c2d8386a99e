"""`python -m tests.proofs.page` writes docs/reference/proofs.md from the statements."""

from importlib import import_module
from pathlib import Path

from quatrain.program.entrypoint import PROGRAM
from tests.proofs import survey
from tests.proofs.statement import MODULES, Statement, all_statements
from tests.proofs.steps import STEPS, watched_writes

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "proofs.md"

HEAD = """# What is proved of the code that ships

z3 proves these statements of the functions that are deployed. Its terms are made from the *typed tree* that LLVM lowering and the
checked interpreter read ([ADR 13](../adr/0013-proofs-from-the-typed-tree.md)): there is no second copy of a formula that could
differ from the first. A statement is proved for **all** inputs within its bounds, not for samples.

**How to read a row.** A call that aborts changes nothing on chain, so "after X" means: if X returns, whatever it was given. Many
statements say more, that the call *never aborts* within the bounds. *Given* is what the proof takes for granted: the contract of
a call that is not entered (another row proves it, or the page that it names), or an invariant of the state before. † marks the invariants
that the protocol's design asks a formal proof for. *Broken by* is a variant of the typed tree (a rounding turned round, a check left
out, an operator or a number changed) of which z3 finds inputs that break the statement: the proof can fail.

`bin/test --fast tests/proofs` proves all of it, catches the broken variant of each, and holds this page to the declarations in
`tests/proofs`, from which `python -m tests.proofs.page` writes it. z3's resources are counted in its own steps, so that a slow
machine gets the same answers; what it does not decide fails.
"""

STEPS_HEAD = """
## Every step

What lines, levels and debts are made of is written by these {count} of the {all} instructions only, and accounts of that kind are removed by
no others (−). That is read off the typed trees; `tests/svm/test_written_fields.py` holds what the trees say against what
instructions do on the chain, and a test fails when one is missing here. New accounts are zero: no debt, no loan, no line. So every
sequence of instructions keeps what its steps keep: a market with loans is open, has its lines in its book, and every level at its line or above.

| instruction | writes | statements, by their names in `tests/proofs` |
|---|---|---|
"""

TAIL = """
## What is not proved

- **The frame of the induction**: that steps add up to sequences is the argument above and in [the water line](../concepts/water-line.md), not
  a theorem of z3. That positions stand on the ladder with their debts is proved of each act that moves them, for one position beside any others.
- **The logarithmic maker's margin of rounding.** Costs of purchases up to the reserve are proved; larger ones, proceeds, and the shares of
  an amount of money rest on the error bounds in [numerics](numerics.md) and their tests, and so do Σ p = 1 within 10⁻⁹ and that the
  escrow covers the *other* outcomes of a sale. That the s/64 of margin outlasts all roundings of liquidations is the argument of
  [the water line](../concepts/water-line.md), and searched.
- **pm-AMMs of three and more outcomes**, markets of a real number, the search for shares by money, batches that are priced together: tests only.
- **Transcendental functions.** z3 knows no e^x. Error bounds of `exp_neg`, `ln1p` and of the normal distribution are taken as given where a row
  says so; those of the normal distribution are proved cell by cell with interval arithmetic in `tests/core/test_normal_proof.py`.
- **More outcomes, more loans.** Ledgers are proved for 2 to 4 outcomes, instructions for 2 and 3. The ladder has all 256 rungs, each with any shares.
- **What surrounds the functions**: account checks, signers and addresses, the token program, the runtime, z3, the translation into
  z3's terms and the compiler. The translation is compared with CPython (`tests/proofs/test_translation.py`), the compiler with the
  checked interpreter.
- **Rewards, governance, order books**: they are not in the program.

## The survey of variants

Of every function that a row names, every variant is made: {variants} of {functions} functions. A statement refutes {caught}; the other
{survivors} are listed in `tests/proofs/survivors.json`, and a test fails when the list is too long or too short. They change only what no
statement speaks of: numbers that were chosen and not derived, refusals that another check makes as well (a subtraction aborts anyway),
and roundings within what a bound leaves. Functions whose variants take longer than a moment are surveyed by `pytest -m nightly`.
"""


def page() -> str:
    """The whole page."""
    statements = list(all_statements().values())
    marked = sum(statement.claim.startswith("†") for statement in statements)
    counted = f"\n{len(statements)} statements, {marked} of them marked †.\n"
    parts = [HEAD, counted, *(_topic(module, statements) for module in MODULES), _steps(), _tail()]
    return "".join(parts)


def _topic(module: str, statements: list[Statement]) -> str:
    title = (import_module(f"tests.proofs.{module}").__doc__ or "").strip()
    rows = [_row(statement) for statement in statements if statement.topic == module]
    head = "| statement | bounds | given | of | broken by |\n|---|---|---|---|---|\n"
    return f"\n## {title.rstrip('.')}\n\n{head}" + "".join(rows)


def _row(statement: Statement) -> str:
    functions = ", ".join(f"`{function.__name__}`" for function in statement.functions)
    broken, variant = statement.broken
    cells = (statement.claim, statement.bounds, statement.given, functions, f"`{broken.__name__}`: {variant}")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _steps() -> str:
    head = STEPS_HEAD.format(count=len(STEPS), all=len(PROGRAM.declarations))
    return head + "".join(
        f"| `{name}` | {', '.join(f'`{one}`' for one in watched_writes(name))} | {'; '.join(found)} |\n"
        for name, found in STEPS.items()
    )


def _tail() -> str:
    counts = [survey.variant_count(function) for function in survey.FUNCTIONS]
    survivors = sum(len(survey.listed(function)) for function in survey.FUNCTIONS)
    return TAIL.format(variants=sum(counts), functions=len(counts), caught=sum(counts) - survivors, survivors=survivors)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
