"""The house rules that a machine can hold: what src may contain, how long its parts may be, what a test must say.

An exception stands in a table here with its reason, and a test fails when the table holds one that is no longer needed.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "src").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))

MODULE_LINES = 650
FUNCTION_LINES = 80

# path → why one module is longer than MODULE_LINES
LONG_MODULES: dict[str, str] = {}
# path:qualified name → why one function is longer than FUNCTION_LINES
LONG_FUNCTIONS: dict[str, str] = {}
# path:module → why src imports it although it serves tests
TEST_LIBRARIES_ALLOWED: dict[str, str] = {}
# path:test → why it does not always run
CONDITIONAL_TESTS: dict[str, str] = {}

TEST_LIBRARIES = {
    "doctest", "faker", "freezegun", "hypothesis", "mock", "pytest", "pytest_mock", "requests_mock", "respx",
    "responses", "tests", "time_machine", "unittest", "vcr",
}  # fmt: skip
STUB_WORDS = re.compile(
    r"\b(TODO|FIXME|XXX|HACK|NotImplementedError|WIP)\b"
    r"|(?i:\b(placeholder|not implemented|unimplemented|not yet supported|coming soon|for now|in a real|simplified)\b)"
)
DOUBLE_NAME = re.compile(r"^_?(Mock|Fake|Stub|Dummy)([A-Z_]|$)|^_?(mock|fake|stub|dummy)(_|$)")
ADDRESS = re.compile(r"[1-9A-HJ-NP-Za-km-z]{43,44}")

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def name_of(path: Path) -> str:
    """A path as the tables and messages write it."""
    return path.relative_to(ROOT).as_posix()


@cache
def text_of(path: Path) -> str:
    """A file's text, read once."""
    return path.read_text(encoding="utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    """A file's syntax tree, parsed once."""
    return ast.parse(text_of(path), filename=str(path))


def definitions(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, Definition]]:
    """Every class and function below `node`, with its qualified name."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Definition):
            name = f"{prefix}{child.name}"
            yield name, child
            yield from definitions(child, f"{name}.")
        else:
            yield from definitions(child, prefix)


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and full name of every module that is imported anywhere in `tree`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def decorator_names(node: Definition) -> set[str]:
    """The last name of each decorator."""
    calls = (item.func if isinstance(item, ast.Call) else item for item in node.decorator_list)
    return {ast.unparse(call).rpartition(".")[2] for call in calls}


def is_protocol(node: Definition) -> bool:
    """Whether a class only states a contract."""
    return isinstance(node, ast.ClassDef) and any("Protocol" in ast.unparse(base) for base in node.bases)


def report(found: list[str], rule: str) -> None:
    """Fail with every finding at once."""
    if found:
        pytest.fail(f"{rule}\n  " + "\n  ".join(found), pytrace=False)


def test_sources_were_found() -> None:
    """The checks below look at both packages, so an empty result means clean and not absent."""
    packages = {path.relative_to(ROOT / "src").parts[0] for path in SOURCES}
    assert packages == {"hognose", "quatrain"}
    assert len(SOURCES) > 20


def test_src_imports_no_test_double() -> None:
    """Nothing that ships imports a library of tests, whatever it is called."""
    found = {
        f"{name_of(path)}:{module.partition('.')[0]}": line
        for path in SOURCES
        for line, module in imports(tree_of(path))
        if module.partition(".")[0] in TEST_LIBRARIES
    }
    report(
        [f"{key} (line {found[key]})" for key in found.keys() - TEST_LIBRARIES_ALLOWED.keys()], "test library in src"
    )
    report(sorted(TEST_LIBRARIES_ALLOWED.keys() - found.keys()), "exceptions that are no longer needed")


def test_quatrain_ships_without_the_test_harness() -> None:
    """The product does not lean on hognose.testing, which is for programs' own tests."""
    found = [
        f"{name_of(path)}:{line} {module}"
        for path in SOURCES
        for line, module in imports(tree_of(path))
        if "quatrain" in path.parts and module.startswith("hognose.testing")
    ]
    report(found, "the product imports the test harness")


def test_src_defines_no_double_and_no_test() -> None:
    """No class or function in src is a mock, a fake or a test."""
    found = [
        f"{name_of(path)}:{node.lineno} {name}"
        for path in SOURCES
        for name, node in definitions(tree_of(path))
        if DOUBLE_NAME.search(node.name)
        or node.name.startswith("test_")
        or (isinstance(node, ast.ClassDef) and re.match(r"Test[A-Z]", node.name))
    ]
    report(found, "named like a double or a test")


def test_src_has_no_stub_words() -> None:
    """No word in src says that something is left to be done."""
    found = [
        f"{name_of(path)}:{number} {line.strip()[:100]}"
        for path in SOURCES
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if STUB_WORDS.search(line)
    ]
    report(found, "words that stubs leave behind")


def test_src_has_no_empty_functions() -> None:
    """Every function in src does something, except where a contract is stated (Protocol, overload, abstract, typing)."""

    def empty(body: list[ast.stmt]) -> bool:
        return all(
            isinstance(item, ast.Pass) or (isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant))
            for item in body
        )

    def walk(path: Path, node: ast.AST) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                continue
            if isinstance(child, Definition):
                if is_protocol(child) or decorator_names(child) & {"overload", "abstractmethod"}:
                    continue
                if not isinstance(child, ast.ClassDef) and empty(child.body):
                    yield f"{name_of(path)}:{child.lineno} {child.name}"
            yield from walk(path, child)

    report([item for path in SOURCES for item in walk(path, tree_of(path))], "functions without a body")


def test_addresses_in_src_have_names() -> None:
    """A base58 address in src is the value of a module constant in capitals, never buried in an expression."""
    found: list[str] = []
    for path in SOURCES:
        named = {
            id(part)
            for node in tree_of(path).body
            if isinstance(node, ast.Assign | ast.AnnAssign)
            and all(
                isinstance(target, ast.Name) and target.id.isupper()
                for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            )
            for part in ast.walk(node)
        }
        found += [
            f"{name_of(path)}:{node.lineno} {node.value}"
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and ADDRESS.fullmatch(node.value)
            and id(node) not in named
        ]
    report(found, "addresses without a name")


def test_src_has_no_built_in_keys() -> None:
    """No private key in src comes from a literal seed or literal bytes."""
    constructors = {"from_seed", "from_bytes", "from_base58_string", "from_json", "from_seed_phrase_and_passphrase"}
    found = [
        f"{name_of(path)}:{node.lineno} {ast.unparse(node)[:80]}"
        for path in SOURCES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in constructors
        and ast.unparse(node.func.value).endswith("Keypair")
        and not any(isinstance(part, ast.Name) for argument in node.args for part in ast.walk(argument))
    ]
    report(found, "keys written into the source")


def test_modules_are_short() -> None:
    """A module has at most 650 lines, or a reason."""
    lengths = {name_of(path): text_of(path).count("\n") for path in SOURCES}
    long = {name for name, length in lengths.items() if length > MODULE_LINES}
    report([f"{name}: {lengths[name]} lines" for name in sorted(long - LONG_MODULES.keys())], "long modules")
    report(sorted(LONG_MODULES.keys() - long), "exceptions that are no longer needed")


def test_functions_are_short() -> None:
    """A function has at most 80 lines, or a reason."""
    lengths = {
        f"{name_of(path)}:{name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in SOURCES
        for name, node in definitions(tree_of(path))
        if not isinstance(node, ast.ClassDef)
    }
    long = {name for name, length in lengths.items() if length > FUNCTION_LINES}
    report([f"{name}: {lengths[name]} lines" for name in sorted(long - LONG_FUNCTIONS.keys())], "long functions")
    report(sorted(LONG_FUNCTIONS.keys() - long), "exceptions that are no longer needed")


def test_public_names_in_src_are_documented() -> None:
    """Every module of src, and every public class and function at its top, has a docstring."""
    found: list[str] = []
    for path in SOURCES:
        tree = tree_of(path)
        if not ast.get_docstring(tree):
            found.append(name_of(path))
        found += [
            f"{name_of(path)}:{node.lineno} {node.name}"
            for node in tree.body
            if isinstance(node, Definition)
            and not node.name.startswith("_")
            and "overload" not in decorator_names(node)
            and not ast.get_docstring(node)
        ]
    report(found, "without a docstring")


def test_every_test_says_what_it_shows() -> None:
    """Every test function has a docstring of one sentence that states the behaviour."""
    found = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in TESTS
        for _, node in definitions(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not re.fullmatch(r"[^\n]\S*\s(?:(?!\n\n).)+[.?!]", ast.get_docstring(node) or "", re.DOTALL)
    ]
    report(found, "without a sentence")


def test_tests_do_not_sleep() -> None:
    """No test waits for time to pass: it waits for an event, or moves the clock."""
    found = [
        f"{name_of(path)}:{node.lineno} {ast.unparse(node)}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"time.sleep", "sleep", "asyncio.sleep", "anyio.sleep"}
        and ast.unparse(node.args[0]) != "0"
    ]
    report(found, "a test sleeps")


def test_no_test_is_set_aside() -> None:
    """No test is skipped or expected to fail, unless it is listed with its reason."""
    found: set[str] = set()
    for path in TESTS:
        for name, node in definitions(tree_of(path)):
            calls = {ast.unparse(part.func) for part in ast.walk(node) if isinstance(part, ast.Call)}
            set_aside = calls & {"pytest.skip", "pytest.xfail", "pytest.importorskip"}
            if decorator_names(node) & {"skip", "skipif", "xfail"} or set_aside:
                found.add(f"{name_of(path)}:{name}")
    report(sorted(found - CONDITIONAL_TESTS.keys()), "tests that may not run")
    report(sorted(CONDITIONAL_TESTS.keys() - found), "exceptions that are no longer needed")
