"""TARGET on the command line: the program that a module declares."""

from __future__ import annotations

import importlib
import sys
import traceback
from pathlib import Path
from types import ModuleType, TracebackType

from hognose.errors import CodeError, ConfigurationError, Diagnostic, HognoseError, Location
from hognose.front.scope import relative_path
from hognose.lang.declare import Program

HELP = "the program: MODULE or FILE.py, optionally :NAME of the Program in it (default PROGRAM)"
DEFAULT_NAME = "PROGRAM"

_PACKAGE = str(Path(__file__).resolve().parents[1])


def load_program(target: str) -> Program:
    """Import a target's module, looking in the working directory first, and return its program.

    Raises ConfigurationError where there is no such module or program, and CodeError with the place in the source
    where the module itself fails.
    """
    place, _, name = target.partition(":")
    module = _load_module(place)
    found = getattr(module, name or DEFAULT_NAME, None)
    if isinstance(found, Program):
        return found
    others = [key for key, value in vars(module).items() if isinstance(value, Program)]
    hint = f" It has {', '.join(others)}." if others else f" Declare one: {DEFAULT_NAME} = Program(…)."
    raise ConfigurationError(f"{place} has no Program called {name or DEFAULT_NAME}.{hint}")


def _load_module(place: str) -> ModuleType:
    if place.endswith(".py"):
        path = Path(place)
        if not path.is_file():
            raise ConfigurationError(f"there is no file {place}")
        directory, name = str(path.parent.resolve()), path.stem
    else:
        directory, name = str(Path.cwd()), place
    if directory not in sys.path:
        sys.path.insert(0, directory)
    return _import(name)


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except HognoseError:
        raise
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise ConfigurationError(f"there is no module {name}; name it as in an import, or give FILE.py") from None
        raise CodeError([_diagnostic(error)]) from error
    except Exception as error:
        raise CodeError([_diagnostic(error)]) from error


def _diagnostic(error: Exception) -> Diagnostic:
    """What a module's own failure says, at the innermost line that is not hognose's."""
    if isinstance(error, SyntaxError) and error.filename:
        line, column = error.lineno or 1, max(0, (error.offset or 1) - 1)
        end = error.end_offset - 1 if error.end_offset and error.end_lineno == error.lineno else column + 1
        return Diagnostic(Location(relative_path(error.filename), line, column, max(end, column + 1)), error.msg, "")
    message = str(error) or type(error).__name__
    return Diagnostic(_innermost(error.__traceback__), message, f"Python raised {type(error).__name__} here.")


def _innermost(trace: TracebackType | None) -> Location:
    frames = [f for f in traceback.extract_tb(trace) if not f.filename.startswith((_PACKAGE, "<frozen"))]
    if not frames:
        return Location("<import>", 1, 0, 1)
    last = frames[-1]
    column = last.colno or 0
    same_line = last.end_lineno == last.lineno and last.end_colno is not None
    end = last.end_colno if same_line and last.end_colno is not None else column + 1
    return Location(relative_path(last.filename), last.lineno or 1, column, end)
