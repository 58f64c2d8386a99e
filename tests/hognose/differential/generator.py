"""Random well-typed programs: source text that a strict reader of the language accepts, and inputs at the edges.

Everything is drawn from one `random.Random`, so a seed names a program, and hypothesis can supply (and shrink) the draws.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Generator as Block
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

from hognose.lang import types

INTEGERS = {name: getattr(types, name) for name in ("u8", "u16", "u32", "u64", "u128", "i64", "i128")}
UNSIGNED = ("u8", "u16", "u32", "u64")
FUSED_DIV = ("u64", "u128")
FUSED_SHIFT = ("u64", "i64", "u128", "i128")
HEAD = """\"\"\"Generated.\"\"\"

from hognose.lang import *
from hognose.lang import Array, ErrorCode, Pubkey, array, copy_into, require, struct, table
from hognose.lang import u8, u16, u32, u64, u128, i64, i128


class Error(ErrorCode):
    E0 = 6000, "Zero."
    E1 = 6001, "One."
    E2 = 7002, "Two."

"""
MAX_COST = 3_000
INDENT = "    "


def widens(source: str, target: str) -> bool:
    """Whether every value of one integer type is one of the other."""
    a, b = INTEGERS[source], INTEGERS[target]
    return b.minimum <= a.minimum and a.maximum <= b.maximum


def sources_of(target: str) -> list[str]:
    """The integer types that widen to `target`, itself among them."""
    return [name for name in INTEGERS if widens(name, target)]


@dataclass(frozen=True)
class Kind:
    """A type as the generator sees it: an integer, `bool`, `Pubkey`, a struct, or an array of `element`."""

    name: str
    element: Kind | None = None
    length: int | None = None

    @property
    def integer(self) -> bool:
        return self.name in INTEGERS

    @property
    def scalar(self) -> bool:
        return self.element is None and (self.integer or self.name in ("bool", "Pubkey"))

    @property
    def annotation(self) -> str:
        return f"Array[{self.element.name}]" if self.element else self.name


@dataclass(frozen=True)
class Item:
    """Something a function can name: its text, its type, whether it may be assigned or written through."""

    text: str
    kind: Kind
    assignable: bool = True


@dataclass
class Struct:
    name: str
    fields: list[tuple[str, Kind]]


@dataclass
class Routine:
    """A generated function: its parameters (and whether each is written through), its results, what a call costs."""

    name: str
    parameters: list[tuple[str, Kind, bool]]
    results: list[Kind]
    cost: int = 0


@dataclass
class Source:
    """A generated module: its text, and what its exported functions take."""

    text: str
    structs: dict[str, Struct]
    exported: list[Routine] = field(default_factory=list[Routine])


BOOL = Kind("bool")
PUBKEY = Kind("Pubkey")
KINDS = {name: Kind(name) for name in INTEGERS}


def edges(name: str) -> list[int]:
    """Values at which arithmetic of a type goes wrong."""
    kind = INTEGERS[name]
    near = {b + d for e in (0, 1, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128) for b in (1 << e,) for d in (-1, 0, 1)}
    near |= {-v for v in near} | {0, kind.minimum, kind.maximum, kind.minimum + 1, kind.maximum - 1, kind.maximum // 2}
    return sorted(v for v in near if kind.holds(v))


def value_of(r: Random, name: str) -> int:
    """A value of an integer type: small, at an edge, or anything, of any magnitude."""
    kind = INTEGERS[name]
    roll = r.random()
    if roll < 0.4:
        return r.randint(-20 if kind.signed else 0, 40)
    if roll < 0.7:
        return r.choice(edges(name))
    size = r.randint(1, kind.bits - kind.signed)
    value = r.getrandbits(size)
    return -value if kind.signed and r.random() < 0.5 else value


class Generator:
    """Writes one module."""

    def __init__(self, random: Random):
        self.r = random
        self.structs: dict[str, Struct] = {}
        self.constants: list[tuple[str, int]] = []
        self.globals: list[Item] = []
        self.routines: list[Routine] = []
        self.lines: list[str] = []

    def module(self, exported: int = 6) -> Source:
        """A whole module with that many exported functions."""
        for index in range(self.r.randint(1, 3)):
            self._constant(index)
            self._table(index)
        for index in range(self.r.randint(1, 3)):
            self._struct(f"S{index}")
        for index in range(self.r.randint(1, 3)):
            self._routine(f"h{index}", exported=False)
        found = [self._routine(f"f{index}", exported=True) for index in range(exported)]
        return Source(HEAD + "\n".join(self.lines) + "\n", self.structs, found)

    # -- module level -------------------------------------------------------------------------------------------------

    def _constant(self, index: int) -> None:
        value = value_of(self.r, self.r.choice(list(INTEGERS)))
        self.constants.append((f"K{index}", value))
        self.lines.append(f"K{index} = {value}")

    def _table(self, index: int) -> None:
        name = self.r.choice([*INTEGERS, "bool"])
        length = self.r.randint(1, 7)
        values = [value_of(self.r, name) if name != "bool" else self.r.random() < 0.5 for _ in range(length)]
        self.globals.append(Item(f"T{index}", Kind("array", Kind(name), length), assignable=False))
        self.lines.append(f"T{index} = table({name}, {values})")

    def _struct(self, name: str) -> None:
        made: list[tuple[str, Kind]] = []
        lines = [f"\n\n@struct\nclass {name}:"]
        for index in range(self.r.randint(2, 5)):
            kind = self._field_kind()
            made.append((f"m{index}", kind))
            default = f" = array({kind.element.name}, {kind.length})" if kind.element else ""
            lines.append(f"    m{index}: {kind.annotation}{default}")
        self.structs[name] = Struct(name, made)
        self.lines.append("\n".join(lines))

    def _field_kind(self) -> Kind:
        roll = self.r.random()
        if roll < 0.15 and self.structs:
            return Kind(self.r.choice(list(self.structs)))
        if roll < 0.35:
            return Kind("array", self._element_kind(), self.r.randint(1, 4))
        return self._scalar_kind()

    def _element_kind(self) -> Kind:
        if self.structs and self.r.random() < 0.3:
            return Kind(self.r.choice(list(self.structs)))
        return self._scalar_kind()

    def _scalar_kind(self) -> Kind:
        roll = self.r.random()
        return BOOL if roll < 0.1 else PUBKEY if roll < 0.2 else KINDS[self.r.choice(list(INTEGERS))]

    def _routine(self, name: str, exported: bool) -> Routine:
        parameters = [self._parameter(index, exported) for index in range(self.r.randint(1, 8))]
        if exported:
            # One view, at the end: that is where an instruction's arguments may have one.
            views = [p for p in parameters if p[1].element]
            parameters = [p for p in parameters if not p[1].element] + views[:1]
        results = [self._scalar_kind()] if self.r.random() < 0.6 else self._several()
        routine = Routine(name, parameters, results)
        body = Body(self, routine)
        head = ", ".join(f"{p}: {kind.annotation}" for p, kind, _ in parameters)
        result = results[0].name if len(results) == 1 else f"tuple[{', '.join(k.name for k in results)}]"
        text = body.write()
        routine.cost = body.cost
        self.lines.append(f"\n\ndef {name}({head}) -> {result}:\n{text}")
        self.routines.append(routine)
        return routine

    def _several(self) -> list[Kind]:
        return [self.r.choice([*KINDS.values(), BOOL]) for _ in range(self.r.randint(2, 4))]

    def _parameter(self, index: int, exported: bool) -> tuple[str, Kind, bool]:
        roll = self.r.random()
        if roll < 0.12 and self.structs:
            return f"p{index}", Kind(self.r.choice(list(self.structs))), True
        if roll < 0.25:
            return f"p{index}", Kind("array", self._element_kind()), exported or self.r.random() < 0.6
        return f"p{index}", self._scalar_kind(), True


class Body:
    """Writes the body of one function."""

    def __init__(self, generator: Generator, routine: Routine):
        self.g = generator
        self.r = generator.r
        self.routine = routine
        self.items = list(generator.globals)
        self.items += [Item(name, kind, writable) for name, kind, writable in routine.parameters]
        self.counter = 0
        self.loops = 0
        self.multiplier = 1
        self.cost = 1
        self.level = 1

    def write(self) -> str:
        """The whole body."""
        lines = [line for _ in range(self.r.randint(3, 9)) for line in self.statement(2)]
        return "\n".join([*lines, self.line(self._return())])

    def line(self, text: str) -> str:
        return INDENT * self.level + text

    def fresh(self, prefix: str = "v") -> str:
        self.counter += 1
        return f"{prefix}{self.counter}"

    def pick(self, weighted: dict[str, float]) -> str:
        possible = [name for name, weight in weighted.items() if weight > 0]
        return self.r.choices(possible, [weighted[name] for name in possible])[0]

    def chance(self, probability: float) -> bool:
        return self.r.random() < probability

    @contextmanager
    def block(self, times: int = 1) -> Block[None]:
        """What is named inside is gone afterwards."""
        kept = len(self.items)
        self.level += 1
        self.multiplier *= times
        yield
        self.multiplier //= times
        self.level -= 1
        del self.items[kept:]

    # -- what can be named --------------------------------------------------------------------------------------------

    def reachable(self) -> list[Item]:
        """The items, and the fields of structs among them."""
        found: list[Item] = []
        pending = list(self.items)
        while pending:
            item = pending.pop()
            found.append(item)
            if item.kind.name in self.g.structs:
                fields = self.g.structs[item.kind.name].fields
                pending += [Item(f"{item.text}.{name}", kind, item.assignable) for name, kind in fields]
        return found

    def places(self, wanted: Callable[[Kind], bool], depth: int, writable: bool = False) -> list[Item]:
        """Items, fields and elements of a wanted type; one random index for each array."""
        found = [i for i in self.reachable() if wanted(i.kind) and (i.assignable or not writable)]
        for array in self.reachable():
            if array.kind.element and (array.assignable or not writable) and self.chance(0.5):
                element = Item(f"{array.text}[{self.index(array, depth - 1)}]", array.kind.element, array.assignable)
                found += self._within(element, wanted)
        return found

    def _within(self, item: Item, wanted: Callable[[Kind], bool]) -> list[Item]:
        if wanted(item.kind):
            return [item]
        if item.kind.name not in self.g.structs:
            return []
        fields = self.g.structs[item.kind.name].fields
        return [Item(f"{item.text}.{name}", kind, item.assignable) for name, kind in fields if wanted(kind)]

    def index(self, array: Item, depth: int) -> str:
        length = array.kind.length
        if self.chance(0.3):
            return str(self.r.randint(0, (length or 3) - 1) if self.chance(0.98) else (length or 4))
        name = self.r.choice(["u8", "u32", "u64", "u64", "i64"] if self.chance(0.2) else ["u8", "u32", "u64"])
        inner = self.integer(name, min(depth, 1))
        return f"({inner}) % len({array.text})" if name != "i64" and self.chance(0.95) else inner

    # -- integers -----------------------------------------------------------------------------------------------------

    def literal(self, name: str) -> str:
        """A literal, or a constant of the module, that fits a type."""
        named = [constant for constant, value in self.g.constants if INTEGERS[name].holds(value)]
        if named and self.chance(0.2):
            return self.r.choice(named)
        value = value_of(self.r, name)
        return f"({value})" if value < 0 else str(value)

    def leaf(self, name: str) -> str:
        found = [i.text for i in self.reachable() if i.kind.name == name]
        if found and self.chance(0.85):
            return self.r.choice(found)
        return f"{name}({self.literal(name)})"

    def operand(self, name: str, depth: int) -> str:
        """Text that takes or widens to a type."""
        roll = self.r.random()
        if roll < 0.25:
            return self.literal(name)
        if roll < 0.45:
            return self.integer(self.r.choice(sources_of(name)), depth)
        return self.integer(name, depth)

    def integer(self, name: str, depth: int) -> str:
        """Text of exactly this integer type."""
        if depth <= 0:
            return self.leaf(name)
        signed = INTEGERS[name].signed
        how = self.pick({
            "binary": 6, "shift": 1.5, "convert": 2, "negate": 1.5 * signed, "extreme": 1, "fused": 1.5,
            "conditional": 1, "place": 2, "call": 1.5, "measure": 1 * (name == "u64"), "leaf": 1,
        })  # fmt: skip
        return {
            "binary": self._binary, "shift": self._shift, "convert": self._convert, "negate": self._negate,
            "extreme": self._extreme, "fused": self._fused, "conditional": self._conditional, "place": self._place,
            "call": self._call, "measure": self._measure, "leaf": lambda n, _d: self.leaf(n),
        }[how](name, depth)  # fmt: skip

    def pair(self, name: str, depth: int) -> tuple[str, str]:
        """Two operands that meet in a type."""
        a, b = self.integer(name, depth - 1), self.operand(name, depth - 1)
        return (a, b) if self.chance(0.7) else (b, a)

    def _binary(self, name: str, depth: int) -> str:
        operator = self.r.choice(["+", "-", "*", "//", "%", "&", "|", "^"])
        if self.chance(0.12):
            a, b = self.pair(name, depth)
            return f"({a} {operator} {b})"
        return self._tame(operator, name, depth)

    def _tame(self, operator: str, name: str, depth: int) -> str:
        """A binary operation that seldom aborts."""
        a, b = self.integer(name, depth - 1), self.integer(name, depth - 1)
        half = INTEGERS[name].bits // 2
        match operator:
            case "+":
                return f"(({a} >> 1) + ({b} >> 1))"
            case "-" if INTEGERS[name].signed:
                return f"(({a} >> 1) - ({b} >> 1))"
            case "-":
                return f"(max({a}, {b}) - ({b} >> 64))" if self.chance(0.3) else f"({a} - min({self.leaf(name)}, {a}))"
            case "*":
                return (
                    f"(({a} >> {half}) * ({b} >> {half + 1}))"
                    if self.chance(0.5)
                    else f"(({a} >> {half}) * {self.r.randint(0, 9)})"
                )
            case "//" | "%":
                return f"({a} {operator} ({b} | 1))"
            case _:
                return f"({a} {operator} {b})"

    def _shift(self, name: str, depth: int) -> str:
        bits = INTEGERS[name].bits
        value = self.integer(name, depth - 1)
        operator = self.r.choice(["<<", ">>"])
        if self.chance(0.4):
            count = str(self.r.choice([0, 1, 7, 8, 31, 32, 63, 64, 65, 127, 128, bits - 1, bits]))
        else:
            kind = self.r.choice(UNSIGNED)
            count = f"({self.integer(kind, depth - 1)} % {min(2 * bits, INTEGERS[kind].maximum)})"
            if self.chance(0.07):
                count = self.integer(kind, depth - 1)
        if operator == "<<" and self.chance(0.85):
            return (
                f"(({value} & 15) << {count} % {max(1, min(bits - 5, 100))})"
                if not count.isdigit()
                else f"(({value} & 3) << {min(int(count), bits - 3)})"
            )
        return f"({value} {operator} {count})"

    def _convert(self, name: str, depth: int) -> str:
        other = self.r.choice([*INTEGERS, "bool"])
        if other == "bool":
            return f"{name}({self.condition(depth - 1)})"
        inner = self.integer(other, depth - 1)
        if widens(other, name) or self.chance(0.1):
            return f"{name}({inner})"
        mask = min(INTEGERS[name].maximum, INTEGERS[other].maximum)
        return f"{name}({inner} & {mask})"

    def _negate(self, name: str, depth: int) -> str:
        return f"({self.r.choice('-~+')}{self.integer(name, depth - 1)})"

    def _extreme(self, name: str, depth: int) -> str:
        if self.chance(0.25):
            return f"abs({self.integer(name, depth - 1)})"
        parts = [*self.pair(name, depth), *(self.operand(name, depth - 1) for _ in range(self.r.randint(0, 1)))]
        return f"{self.r.choice(['min', 'max'])}({', '.join(parts)})"

    def _fused(self, name: str, depth: int) -> str:
        if name in FUSED_DIV and self.chance(0.5):
            a, b = self.pair(name, depth)
            c = self.operand(name, depth - 1)
            if self.chance(0.8):
                c = f"max({self.integer(name, depth - 1)}, {b}, 1)"
            return f"{self.r.choice(['mul_div_floor', 'mul_div_ceil'])}({a}, {b}, {c})"
        if name not in FUSED_SHIFT:
            return self.leaf(name)
        a, b = self.pair(name, depth)
        bits = INTEGERS[name].bits
        count = str(self.r.choice([bits, bits, bits + 1, 2 * bits - 1, 2 * bits, 300, self.r.randint(0, bits)]))
        if self.chance(0.4):
            count = f"{self.integer('u64', depth - 1)} % {2 * bits}" if self.chance(0.8) else self.integer("u64", 0)
        return f"{self.r.choice(['mul_shift', 'mul_shift_ceil'])}({a}, {b}, {count})"

    def _conditional(self, name: str, depth: int) -> str:
        a, b = self.pair(name, depth)
        return f"({a} if {self.condition(depth - 1)} else {b})"

    def _place(self, name: str, depth: int) -> str:
        found = self.places(lambda kind: kind.name == name, depth)
        return self.r.choice(found).text if found else self.leaf(name)

    def _measure(self, _name: str, depth: int) -> str:
        arrays = [i for i in self.reachable() if i.kind.element]
        if arrays and self.chance(0.4):
            return f"len({self.r.choice(arrays).text})"
        return f"({self.integer(self.r.choice([*UNSIGNED, 'u128']), depth - 1)}).bit_length()"

    def _call(self, name: str, depth: int) -> str:
        return self.call_of([KINDS[name]], depth) or self.leaf(name)

    # -- calls --------------------------------------------------------------------------------------------------------

    def call_of(self, results: list[Kind] | None, depth: int) -> str | None:
        """A call of an earlier function with these results (None: any), if there is one and it costs little."""
        fitting = [
            f for f in self.g.routines
            if (results is None or f.results == results) and f.cost * self.multiplier < MAX_COST
        ]  # fmt: skip
        self.r.shuffle(fitting)
        for routine in fitting[:2]:
            arguments = [self._argument(kind, writes, depth) for _, kind, writes in routine.parameters]
            if all(a is not None for a in arguments):
                self.cost += routine.cost * self.multiplier
                return f"{routine.name}({self._passed(routine, [a or '' for a in arguments])})"
        return None

    def _passed(self, routine: Routine, arguments: list[str]) -> str:
        """Positional, or with the last ones by keyword in any order."""
        if self.chance(0.8):
            return ", ".join(arguments)
        split = self.r.randint(0, len(arguments))
        named = [f"{p[0]}={a}" for p, a in zip(routine.parameters[split:], arguments[split:], strict=True)]
        self.r.shuffle(named)
        return ", ".join([*arguments[:split], *named])

    def _argument(self, kind: Kind, writes: bool, depth: int) -> str | None:
        if kind.scalar:
            return self.scalar(kind, depth - 1)

        def wanted(other: Kind) -> bool:
            return other.element == kind.element if kind.element else other.name == kind.name

        found = self.places(wanted, depth, writable=writes)
        if not found:
            return None
        item = self.r.choice(found)
        same = [other for other in found if other.kind == item.kind]
        if len(same) > 1 and self.chance(0.2):
            return f"({item.text} if {self.condition(1)} else {self.r.choice(same).text})"
        return item.text

    # -- other values -------------------------------------------------------------------------------------------------

    def scalar(self, kind: Kind, depth: int) -> str:
        """Text that a place of a scalar type takes."""
        if kind.integer:
            return self.operand(kind.name, depth)
        return self.condition(depth) if kind == BOOL else self.key(depth)

    def key(self, depth: int) -> str:
        found = self.places(lambda kind: kind == PUBKEY, depth)
        if not found:
            return "SYSTEM_PROGRAM"
        text = self.r.choice(found).text
        if self.chance(0.2):
            return f"({text} if {self.condition(depth - 1)} else {self.r.choice(['SYSTEM_PROGRAM', 'TOKEN_PROGRAM', text])})"
        if self.chance(0.15):
            return self.call_of([PUBKEY], depth) or text
        return text

    def condition(self, depth: int) -> str:
        """Text of type bool."""
        if depth <= 0:
            found = [i.text for i in self.reachable() if i.kind == BOOL]
            return self.r.choice(found) if found and self.chance(0.5) else self._comparison(0)
        how = self.pick(
            {"compare": 5, "chain": 1.5, "logic": 3, "not": 1, "keys": 0.7, "bools": 0.7, "place": 1, "call": 0.5}
        )
        match how:
            case "chain":
                return self._chain(depth)
            case "logic":
                operator = self.r.choice([" and ", " or "])
                return "(" + operator.join(self.condition(depth - 1) for _ in range(self.r.randint(2, 3))) + ")"
            case "not":
                return f"(not {self.condition(depth - 1)})"
            case "keys":
                return f"({self.key(depth - 1)} {self.r.choice(['==', '!='])} {self.key(depth - 1)})"
            case "bools":
                return f"({self.condition(depth - 1)} {self.r.choice(['==', '!='])} {self.condition(depth - 1)})"
            case "place":
                found = self.places(lambda kind: kind == BOOL, depth)
                return self.r.choice(found).text if found else self._comparison(depth)
            case "call":
                return self.call_of([BOOL], depth) or self._comparison(depth)
            case _:
                return self._comparison(depth)

    def _comparison(self, depth: int) -> str:
        a, b = self.pair(self.r.choice(list(INTEGERS)), depth)
        return f"({a} {self.r.choice(['<', '<=', '>', '>=', '==', '!='])} {b})"

    def _chain(self, depth: int) -> str:
        name = self.r.choice(list(INTEGERS))
        middle = [self.integer(name, depth - 1) for _ in range(self.r.randint(1, 2))]
        parts = [self.operand(name, depth - 1), *middle, self.operand(name, depth - 1)]
        operators = [self.r.choice(["<", "<=", ">", ">=", "==", "!="]) for _ in parts[1:]]
        return "(" + parts[0] + "".join(f" {o} {p}" for o, p in zip(operators, parts[1:], strict=True)) + ")"

    # -- statements ---------------------------------------------------------------------------------------------------

    def statement(self, depth: int) -> list[str]:
        """One statement and what belongs to it."""
        nested = depth > 0
        how = self.pick({
            "let": 4, "assign": 3, "augment": 3, "store": 3, "augment_store": 2.5, "if_": 2.5 * nested,
            "for_": 1.5 * nested, "while_": 1 * nested, "unpack": 1, "effect": 1, "require": 0.5, "copy": 0.7,
            "make": 1.5 * (self.loops == 0), "alias": 1, "key_copy": 0.8, "jump": 1.5 * (self.loops > 0), "leave": 0.4,
        })  # fmt: skip
        self.cost += self.multiplier
        return getattr(self, f"_{how}")(depth) or self._let(depth)

    def _let(self, _depth: int) -> list[str]:
        kind, name = self.g._scalar_kind(), self.fresh()
        if kind.integer and self.chance(0.5):
            text = f"{name} = {self.integer(kind.name, 3)}"
        else:
            text = f"{name}: {kind.name} = {self.scalar(kind, 3)}"
        self.items.append(Item(name, kind))
        return [self.line(text)]

    def _locals(self) -> list[Item]:
        return [i for i in self.items if i.assignable and i.kind.scalar]

    def _assign(self, _depth: int) -> list[str]:
        found = self._locals()
        if not found:
            return []
        item = self.r.choice(found)
        return [self.line(f"{item.text} = {self.scalar(item.kind, 3)}")]

    def _augmented(self, target: Item) -> str:
        name = target.kind.name
        operator = self.r.choice(["+", "-", "*", "//", "%", "&", "|", "^", "<<", ">>"])
        if operator in ("<<", ">>"):
            return f"{target.text} {operator}= {self.r.randint(0, 3) if self.chance(0.7) else self.integer('u8', 1)}"
        if self.chance(0.6):
            operator = self.r.choice(["//", "%", "&", "|", "^"])
        value = str(self.r.randint(1, 3)) if self.chance(0.6) or operator in ("//", "%") else self.operand(name, 2)
        return f"{target.text} {operator}= {value}"

    def _augment(self, _depth: int) -> list[str]:
        found = [i for i in self._locals() if i.kind.integer]
        return [self.line(self._augmented(self.r.choice(found)))] if found else []

    def _stored(self, wanted: Callable[[Kind], bool]) -> Item | None:
        names = {i.text for i in self.items}
        found = [i for i in self.places(wanted, 2, writable=True) if i.text not in names]
        return self.r.choice(found) if found else None

    def _store(self, _depth: int) -> list[str]:
        target = self._stored(lambda kind: kind.scalar)
        return [self.line(f"{target.text} = {self.scalar(target.kind, 3)}")] if target else []

    def _augment_store(self, _depth: int) -> list[str]:
        target = self._stored(lambda kind: kind.integer)
        return [self.line(self._augmented(target))] if target else []

    def _nested(self, depth: int, times: int = 1) -> list[str]:
        with self.block(times):
            return [line for _ in range(self.r.randint(1, 3)) for line in self.statement(depth - 1)]

    def _if(self, depth: int) -> list[str]:
        return self._if_(depth)

    def _if_(self, depth: int) -> list[str]:
        lines = [self.line(f"if {self.condition(2)}:"), *self._nested(depth)]
        while self.chance(0.2):
            lines += [self.line(f"elif {self.condition(2)}:"), *self._nested(depth)]
        if self.chance(0.5):
            lines += [self.line("else:"), *self._nested(depth)]
        return lines

    def _for_(self, depth: int) -> list[str]:
        name = self.fresh("i")
        kind, bounds = self._bounds()
        lines = [self.line(f"for {name} in range({bounds}):")]
        with self.block(4):
            self.loops += 1
            self.items.append(Item(name, KINDS[kind]))
            lines += [line for _ in range(self.r.randint(1, 3)) for line in self.statement(depth - 1)]
            self.loops -= 1
        return lines

    def _bounds(self) -> tuple[str, str]:
        """The counter's type, and the arguments of a range of a few steps."""
        roll = self.r.random()
        small = f"{self.integer(self.r.choice(UNSIGNED), 1)} % {self.r.randint(1, 5)}"
        if roll < 0.35:
            return "u64", small if self.chance(0.6) else str(self.r.randint(0, 4))
        if roll < 0.55:
            start = self.r.choice([0, 1, 3, (1 << 64) - 7, (1 << 63) - 2])
            return "u64", f"{start}, {start + self.r.randint(0, 6)}, {self.r.choice([1, 2, 3, 1 << 40])}"
        start = self.r.choice([0, -3, 5, (1 << 63) - 4, -(1 << 63) + 2])
        if roll < 0.8:
            stop = max(start - self.r.randint(0, 6), -(1 << 63))
            return "i64", f"i64({start}), {stop}, {self.r.choice([-1, -2, -5, -(1 << 62)])}"
        return "i64", f"i64({self.leaf('u8')}) % 4, {self.r.randint(-2, 6)}, {self.r.choice([1, 2])}"

    def _while_(self, depth: int) -> list[str]:
        name, limit = self.fresh("n"), self.r.randint(1, 5)
        extra = f" and {self.condition(1)}" if self.chance(0.4) else ""
        lines = [self.line(f"{name}: {self.r.choice(UNSIGNED)} = 0"), self.line(f"while {name} < {limit}{extra}:")]
        with self.block(4):
            self.loops += 1
            lines.append(self.line(f"{name} += 1"))
            self.items.append(Item(name, Kind("counter")))
            lines += [line for _ in range(self.r.randint(1, 3)) for line in self.statement(depth - 1)]
            self.loops -= 1
        return lines

    def _jump(self, _depth: int) -> list[str]:
        condition = self.condition(1)
        with self.block():
            jump = self.line(self.r.choice(["break", "continue"]))
        return [self.line(f"if {condition}:"), jump]

    def _leave(self, _depth: int) -> list[str]:
        condition = self.condition(2)
        with self.block():
            leave = self.line(self._return())
        return [self.line(f"if {condition}:"), leave]

    def _return(self) -> str:
        return "return " + ", ".join(self.scalar(kind, 3) for kind in self.routine.results)

    def _unpack(self, _depth: int) -> list[str]:
        several = [f for f in self.g.routines if len(f.results) > 1]
        if not several:
            return []
        results = self.r.choice(several).results
        call = self.call_of(results, 2)
        if call is None:
            return []
        names = [self.fresh() for _ in results]
        self.items += [Item(name, kind) for name, kind in zip(names, results, strict=True)]
        return [self.line(f"{', '.join(names)} = {call}")]

    def _effect(self, _depth: int) -> list[str]:
        call = self.call_of(None, 2)
        return [self.line(call)] if call else []

    def _require(self, _depth: int) -> list[str]:
        return [
            self.line(
                f"require({self.condition(2)}{self.r.choice(['', ' or True', ' or True', ' or True'])}, Error.{self.r.choice(['E0', 'E1', 'E2'])})"
            )
        ]

    def _copy(self, _depth: int) -> list[str]:
        found = [i for i in self.reachable() if i.kind.name in self.g.structs or (i.kind.element and i.kind.length)]
        pairs = [(a, b) for a in found for b in found if a.kind == b.kind and a.assignable]
        if not pairs:
            return []
        a, b = self.r.choice(pairs)
        return [self.line(f"copy_into({a.text}, {b.text})")] if b.assignable else []

    def _make(self, _depth: int) -> list[str]:
        if self.level > 1:
            return []
        name = self.fresh("o")
        if self.chance(0.5):
            element, length = self.g._element_kind(), self.r.randint(1, 5)
            self.items.append(Item(name, Kind("array", element, length)))
            return [self.line(f"{name} = array({element.name}, {length})")]
        made = self.g.structs[self.r.choice(list(self.g.structs))]
        given = [(field, kind) for field, kind in made.fields if kind.scalar and self.chance(0.7)]
        self.r.shuffle(given)
        values = ", ".join(f"{field}={self.scalar(kind, 2)}" for field, kind in given)
        self.items.append(Item(name, Kind(made.name)))
        return [self.line(f"{name} = {made.name}({values})")]

    def _alias(self, _depth: int) -> list[str]:
        found = self.places(lambda kind: not kind.scalar and kind.name != "counter", 2)
        if not found:
            return []
        item, name = self.r.choice(found), self.fresh("w")
        text, writable = item.text, item.assignable
        others = [other for other in found if other.kind == item.kind]
        if len(others) > 1 and self.chance(0.4):
            other = self.r.choice(others)
            text, writable = f"{text} if {self.condition(1)} else {other.text}", writable and other.assignable
        self.items.append(Item(name, item.kind, writable))
        return [self.line(f"{name} = {text}")]

    def _key_copy(self, _depth: int) -> list[str]:
        name = self.fresh("k")
        text = self.key(2)
        self.items.append(Item(name, PUBKEY))
        return [self.line(f"{name} = {text}")]
