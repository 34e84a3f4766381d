"""The plan of the house: rooms, the direction of imports, sizes. Nothing is run."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "rnnfv"
FLOORS = [
    {"command", "public", "errors", "progress"},
    {"devices"},
    {"arrays"},
    {"data"},
    {"features"},
    {"reduction"},
    {"pooling", "rnn"},
    {"evaluation"},
    {"experiments", "planning", "reporting"},
    {"models"},
    {"demo"},
    {"cli"},
]
ROOMS = set().union(*FLOORS[2:])
CONVENTIONS = {("numpy", "np"), ("pandas", "pd")}
HEAVY = {"torch"}
MODULES = sorted(PACKAGE.rglob("*.py"))


def floor(room):
    """The floor of a room; rooms of one floor do not know each other."""
    [number] = [i for i, rooms in enumerate(FLOORS) if room in rooms]
    return number


def room_of(module):
    """``arrays`` of ``rnnfv.arrays.hdf5``; empty for ``rnnfv`` itself."""
    return module.removeprefix("rnnfv").lstrip(".").split(".")[0]


def name_of(path):
    """The module in a file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def parse(path):
    return ast.parse(path.read_text(), str(path))


def imports(nodes):
    """Pairs of an imported name and the name it gets; of ``from a import b``, ``a.b``."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((alias.name, alias.asname) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from ((f"{node.module}.{alias.name}", alias.asname) for alias in node.names)


def at_module_level(body):
    """Statements that run on import: not those in functions, or for type checkers alone."""
    for node in body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from at_module_level(node.orelse)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
            for part in ("body", "orelse", "handlers"):
                yield from at_module_level(getattr(node, part, []))


def is_module(name):
    path = ROOT.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_down(path):
    room = room_of(name_of(path))
    if not room:
        return  # the package itself names what users import
    for name, _ in imports(ast.walk(parse(path))):
        other = room_of(name)
        if name.startswith("rnnfv.") and other != room and is_module(f"rnnfv.{other}"):
            assert floor(other) < floor(room), f"{path.relative_to(ROOT)} imports {name}"


def test_planning_never_imports_torch():
    """Directly or through what it imports when it is imported itself."""
    files = {name_of(path): path for path in MODULES}
    chains = [[name] for name in files if room_of(name) == "planning"]
    seen = set()
    while chains:
        chain = chains.pop()
        module = chain[-1]
        if module in seen or module not in files:
            continue
        seen.add(module)
        wanted = {name for name, _ in imports(at_module_level(parse(files[module]).body))}
        assert not {name.split(".")[0] for name in wanted} & HEAVY, " -> ".join(chain)
        packages = {name.rpartition(".")[0] for name in [module, *wanted]}
        chains += [[*chain, name] for name in wanted | packages]
    assert {"rnnfv.planning", "rnnfv.errors"} <= seen


def test_no_module_has_a_second_name():
    renamed = set()
    for path in [*MODULES, *(ROOT / "scripts").glob("*.py")]:
        renamed |= {(path.name, *names) for names in imports(ast.walk(parse(path))) if names[1]}
    for path in [ROOT / "Snakefile", *(ROOT / "rules").glob("*.smk")]:
        lines = re.findall(r"^ *(?:from (\S+) )?import (\S+) as (\w+)$", path.read_text(), re.M)
        renamed |= {(path.name, f"{a}.{b}".strip("."), second) for a, b, second in lines}
    modules = {names for names in renamed if is_module(names[1]) or "." not in names[1]}
    assert not {names for names in modules if names[1:] not in CONVENTIONS}


def is_public_with_three_parameters(node):
    """Not counted: ``self`` and ``cls``."""
    if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
        return False
    named = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    named += filter(None, [node.args.vararg, node.args.kwarg])
    return len([argument for argument in named if argument.arg not in ("self", "cls")]) >= 3


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_parameters_are_listed(path):
    for scope in ast.walk(parse(path)):
        if isinstance(scope, ast.Module | ast.ClassDef):
            for function in filter(is_public_with_three_parameters, scope.body):
                text = ast.get_docstring(function) or ""
                # The options of a command say themselves what they are; its text is its help.
                is_command = room_of(name_of(path)) == "cli" and "Example: `rnnfv" in text
                assert is_command or "Args:" in text, function.name


def test_docstrings_begin_with_the_thing():
    folders = ("rnnfv", "scripts", "benchmarks", "tests")
    for path in sorted(path for name in folders for path in (ROOT / name).rglob("*.py")):
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                first = (ast.get_docstring(node) or "").split(maxsplit=1)[:1]
                assert not {*first} & {"What", "Which", "Of", "How", "Whose"}, (path, first, node)


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_every_room_says_what_it_is_for(room):
    text = ast.get_docstring(parse(PACKAGE / room / "__init__.py"))
    assert text and text.strip().endswith(".")


def test_there_are_no_other_rooms():
    found = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}
    files = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    assert found == ROOMS and files == FLOORS[0] | FLOORS[1]


def test_no_test_is_imported_by_another():
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for name, _ in imports(ast.walk(parse(path))):
            assert not any(part.startswith("test_") for part in name.split(".")), path


def test_scripts_are_glue():
    lengths = {p.name: len(p.read_text().splitlines()) for p in (ROOT / "scripts").glob("*.py")}
    assert {name: length for name, length in lengths.items() if length > 60} == {}


def test_rules_are_short():
    files = (ROOT / "rules").glob("*.smk")
    assert sum(len(path.read_text().splitlines()) for path in files) <= 1500
