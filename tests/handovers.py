"""Lists the kinds of working files, who writes and who reads them: `python -m tests.handovers`.

Nothing is run: writers and readers are found in the source, by the imported classes.
"""

import ast
import importlib
import inspect
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from idweave.transforms.exchange.working_file import WorkingFile

ROOT = Path(__file__).parents[1] / "transforms"
MODULES = (
    "unit_file",
    "duplicate_and_hub_files",
    "component_files",
    "profile_files",
    "lasting_files",
    "audience_files",
    "group_files",
    "change_files",
    "decision_files",
    "privacy_files",
)


def kinds() -> list[type[WorkingFile]]:
    """Every kind of working file, in the order of the dataflow."""
    found: list[type[WorkingFile]] = []
    for name in MODULES:
        module = importlib.import_module(f"idweave.transforms.exchange.{name}")
        found += [
            value
            for value in vars(module).values()
            if isinstance(value, type) and value.__module__ == module.__name__
        ]
    return found


class Uses:
    """Which modules write a kind of file, and which of them read which of its fields."""

    def __init__(self) -> None:
        self.writers: dict[str, set[str]] = defaultdict(set)
        self.readers: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._imports: dict[str, set[str]] = {}
        self._names = {kind.__name__ for kind in kinds()}
        for path in sorted(ROOT.rglob("*.py")):
            module = path.relative_to(ROOT).with_suffix("").as_posix()
            tree = ast.parse(path.read_text())
            self._imports[module] = _imported(tree)
            for function in _functions(tree):
                self._look_at(module, function)

    def _look_at(self, module: str, function: ast.FunctionDef) -> None:
        opened = dict(self._opened(function))
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                if node.func.id in self._names:
                    self.writers[node.func.id].add(module)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                if node.value.id in opened:
                    self.readers[opened[node.value.id], node.attr].add(module)

    def _opened(self, function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
        """The variables of a function that are opened files, and their kinds."""
        for argument in function.args.args:
            if isinstance(argument.annotation, ast.Name) and argument.annotation.id in self._names:
                yield argument.arg, argument.annotation.id
        for node in ast.walk(function):
            if not isinstance(node, ast.With):
                continue
            for item in node.items:
                named = [n.id for n in ast.walk(item.context_expr) if isinstance(n, ast.Name)]
                kind = [name for name in named if name in self._names]
                if kind and isinstance(item.optional_vars, ast.Name):
                    yield item.optional_vars.id, kind[0]

    def readers_of(self, kind: type[WorkingFile]) -> list[str]:
        """The modules that read any field of a kind."""
        found = (self.readers[kind.__name__, field.name] for field in kind.fields)
        return sorted(set().union(*found))

    def stages_that_read(self, kind: type[WorkingFile]) -> set[str]:
        """The stages that read a kind, or import a function of a module that does, however far."""
        found, new = set[str](), set(self.readers_of(kind))
        while new:
            found |= new
            new = {name for name, imported in self._imports.items() if imported & new} - found
        return {name for name in found if "/" not in name}


def _imported(tree: ast.Module) -> set[str]:
    """The modules of transforms of which one imports functions."""
    prefix = "idweave.transforms."
    return {
        node.module.removeprefix(prefix).replace(".", "/")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(prefix)
        if any(name.name.islower() for name in node.names)
    }


def read_once() -> list[tuple[str, type[WorkingFile]]]:
    """The stages that remove what they alone read, each with the kinds."""
    known = {kind.__name__: kind for kind in kinds()}
    found = []
    for path in sorted(ROOT.glob("*.py")):
        for function in _functions(ast.parse(path.read_text())):
            names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
            if "ReadOnce" in names:
                found += [(path.stem, known[name]) for name in sorted(names & known.keys())]
    return found


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def paths_of(kind: type[WorkingFile]) -> list[str]:
    """Where files of a kind are, with the names of the parts in capitals; mostly one place."""
    names = [name for name, value in vars(kind).items() if isinstance(value, classmethod)]
    addresses = [getattr(kind, name) for name in names]
    return [
        str(address(**{part: part.upper() for part in inspect.signature(address).parameters}).path)
        for address in addresses
    ]


def table() -> str:
    """All kinds as a table in Markdown."""
    uses = Uses()
    lines = ["| kind | path | what it holds | written by | read by |", "|---|---|---|---|---|"]
    for kind in kinds():
        meaning = (kind.__doc__ or "").splitlines()[0]
        writers = sorted(uses.writers[kind.__name__])
        places = ", ".join(f"`{path}`" for path in paths_of(kind))
        cells = [f"`{kind.__name__}`", places, meaning]
        cells += [", ".join(f"`{name}`" for name in m) for m in (writers, uses.readers_of(kind))]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
