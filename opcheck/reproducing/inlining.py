"""A function or class with all that it needs of its module, as source that stands alone."""

from __future__ import annotations

import ast
import importlib
import inspect
from dataclasses import dataclass, field
from enum import Enum
from types import ModuleType
from typing import Any

from opcheck.compositions import graphs
from opcheck.errors import OpcheckError

# What each script imports by itself.
_GIVEN = {"np", "tf"}


class CannotInlineError(OpcheckError):
    """A definition that has no source, or clashes with another of its name."""

    exit_code = 1


class Runs(Enum):
    """How a function runs and is differentiated."""

    EAGERLY = "by itself"
    IN_SESSION = "in a session of TensorFlow 1"
    TAPED_WITHIN = "in a graph, as does the tape around it"


# What opcheck's own compositions are wrapped in carries graphs in and out of any check. A script
# looks at one call, so it asks for the graph itself: how it is compiled, and how it runs.
_WRAPPERS: dict[Any, tuple[str, Runs]] = {
    graphs.in_graph: ("autograph=False", Runs.EAGERLY),
    graphs.in_session: ("", Runs.IN_SESSION),
    graphs.compiled: ("autograph=False, jit_compile=True", Runs.IN_SESSION),
    graphs.taped_within: ("", Runs.TAPED_WITHIN),
}


@dataclass
class Inliner:
    """Collects definitions, each after what it needs.

    Attributes:
        imports: lines that import what is not inlined.
        sources: the definitions by name.
        runs: how the function runs that was asked for last.
    """

    imports: list[str] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    runs: Runs = Runs.EAGERLY
    _homes: dict[str, str] = field(default_factory=dict)

    def add(self, module: str, name: str, is_used: bool = False) -> str:
        """The name by which a definition of a module is known in the script.

        Args:
            is_used: by another definition, and not called by the script itself.

        Raises:
            CannotInlineError: it has no source there.
        """
        home = importlib.import_module(module)
        node = _definitions(home).get(name)
        if node is None:
            raise CannotInlineError(f"{module} does not define {name} in Python that can be copied")
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            return self._imported(home, node, name, is_used)
        if self._homes.setdefault(name, module) != module:
            raise CannotInlineError(f"{name} is a name in both {module} and {self._homes[name]}")
        if name not in self.sources:
            node = _Bare().visit(node)
            if isinstance(node, ast.FunctionDef):
                self._unwrap(home, node, is_used)
            node = ast.fix_missing_locations(node)
            self.sources[name] = ""  # for one that needs itself
            for used in _names(node):
                if used in _definitions(home) and used != name:
                    self.add(module, used, is_used=True)
            del self.sources[name]
            self.sources[name] = ast.unparse(node)
        return name

    def _unwrap(self, home: ModuleType, node: ast.FunctionDef, is_used: bool) -> None:
        """Leave of a function's wrapper how it is compiled, and note how it runs."""
        for place, decorator in enumerate(node.decorator_list):
            wrapper = getattr(home, decorator.id, None) if isinstance(decorator, ast.Name) else None
            if wrapper not in _WRAPPERS:
                continue
            options, runs = _WRAPPERS[wrapper]
            if is_used and runs is not Runs.EAGERLY:
                continue
            source = f"tf.function({options})"
            compiled = [ast.parse(source, mode="eval").body] if options else []
            node.decorator_list[place : place + 1] = compiled
            self.runs = self.runs if is_used else runs
            break

    def _imported(
        self, home: ModuleType, node: ast.Import | ast.ImportFrom, name: str, is_used: bool
    ) -> str:
        if name in _GIVEN and _brings(home, name):
            return name
        if isinstance(node, ast.ImportFrom):
            package = (home.__package__ or "").split(".")
            above = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*above, *filter(None, [node.module])])
            alias = next(alias for alias in node.names if (alias.asname or alias.name) == name)
            if source.partition(".")[0] == home.__name__.partition(".")[0]:
                if alias.asname:
                    raise CannotInlineError(f"{home.__name__} imports {alias.name} as {name}")
                return self.add(source, name, is_used)
            line = ast.unparse(ast.ImportFrom(source, [alias], 0))
        else:
            chosen = [a for a in node.names if (a.asname or a.name.partition(".")[0]) == name]
            line = ast.unparse(ast.Import(chosen))
        if line not in self.imports and "__future__" not in line:
            self.imports.append(line)
        return name


def _brings(home: ModuleType, name: str) -> bool:
    wanted = {"np": "numpy", "tf": "tensorflow"}[name]
    return getattr(getattr(home, name, None), "__name__", "") == wanted


def _definitions(module: ModuleType) -> dict[str, ast.stmt]:
    """What a module defines or imports at its top, by name."""
    try:
        tree = ast.parse(inspect.getsource(module))
    except (OSError, TypeError) as error:
        raise CannotInlineError(f"{module.__name__} has no Python source") from error
    found: dict[str, ast.stmt] = {}
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found[node.name] = node
        elif isinstance(node, ast.Assign):
            found |= {target.id: node for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            found[node.target.id] = node
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                found[alias.asname or alias.name.partition(".")[0]] = node
    return found


def _names(node: ast.AST) -> list[str]:
    """The names that a definition uses, in order."""
    return [n.id for n in ast.walk(node) if isinstance(n, ast.Name)]


class _Bare(ast.NodeTransformer):
    """Takes out what a short script does without: annotations and docstrings."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.returns = None
        node.body = _undocumented(node.body)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        node.body = _undocumented(node.body)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        return ast.Assign(targets=[node.target], value=node.value)


def _undocumented(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        body = body[1:]
    return body or [ast.Pass()]
