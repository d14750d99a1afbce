"""Lines and branches of TensorFlow's own gradient functions, and those that never ran."""

from __future__ import annotations

import ast
import inspect
import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from coverage import Coverage

from opcheck.gradients import gradient_ops, registered

# Steps from one line to the next that ran, by file.
Arcs = dict[str, set[tuple[int, int]]]


@dataclass(frozen=True)
class OutOfReach:
    """Lines that nothing can run here: another device's, or a condition that cannot be met.

    Attributes:
        module: the last part of the module's name.
        text: part of each of these statements; branches that lead to them are meant too.
        reason: why nothing runs them.
        is_past: meant are only the branches by which these conditions are not met.
        is_whole: `text` is all of each statement.
    """

    module: str
    text: str
    reason: str
    is_past: bool = False
    is_whole: bool = False

    def names(self, statement: str) -> bool:
        """Whether it speaks of this statement."""
        return self.text == statement if self.is_whole else self.text in statement


_FOUR_CASES = "two flags have four cases, and those before are the other three"

_BYTES = "an attribute's value is bytes"
_NO_OTHER_GRADIENT = "a gradient is a tensor or slices, and what is neither is refused before"
_NO_NONE = (
    "each output of a type that has gradients gets zeros, and ops of other types are not asked"
)
_RANK_2 = "the kernel refuses transforms of any rank but 2"
_INFERENCE = "the kernels for the CPU refuse is_training=False in the format NCDHW"

OUT_OF_REACH = (
    OutOfReach("array_grad", "return array_ops.shape_n(inputs)", "called in graphs alone"),
    OutOfReach("array_grad", "Expected Tensor or IndexedSlices, got", _NO_OTHER_GRADIENT),
    OutOfReach(
        "array_grad",
        "if isinstance(broadcast_shape, tensor.Tensor):",
        "an op's inputs are tensors",
        is_past=True,
    ),
    OutOfReach(
        "array_ops",
        "return _QuantizeAndDequantizeV4Grad(op, grad)",
        "the function takes one cotangent, its op has three outputs: the call raises before",
    ),
    OutOfReach(
        "cond_v2",
        "Could not find external tensor capture",
        "what a gradient needs of a branch is made an output of it, or is one of its inputs",
    ),
    OutOfReach(
        "cond_v2",
        "if tensor_id not in self._wrapped_intermediates:",
        "what is wrapped is captured at once, and found among the captures before",
        is_past=True,
    ),
    OutOfReach(
        "cond_v2", "continue", "a branch without a gradient has got zeros before", is_whole=True
    ),
    OutOfReach("cond_v2", "Cannot reconcile", "a branch without a gradient has got zeros before"),
    OutOfReach("control_flow_grad", "return None, None", _NO_NONE, is_whole=True),
    OutOfReach("control_flow_grad", "if op.inputs[0].dtype == dtypes.resource:", _NO_NONE),
    OutOfReach("control_flow_grad", "cond_resource_grad", _NO_NONE),
    OutOfReach("control_flow_grad", "not supported, must be either", _NO_OTHER_GRADIENT),
    OutOfReach("control_flow_grad", "must be Tensor or Indexed Slices", _NO_OTHER_GRADIENT),
    OutOfReach(
        "fft_ops",
        "elif real_dtype == _dtypes.float64:",
        "the op gives real numbers of these two dtypes alone",
        is_past=True,
    ),
    OutOfReach("image_ops", "transforms = transform_or_transforms[None]", _RANK_2),
    OutOfReach("image_ops", "Transforms should have rank 1 or 2.", _RANK_2),
    OutOfReach("linalg_grad", "if isinstance(equation, bytes):", _BYTES, is_past=True),
    OutOfReach(
        "linalg_grad",
        "return None",
        "asked for are labels that stand in the subscripts",
        is_whole=True,
    ),
    OutOfReach("list_ops", "dlist = empty_tensor_list(", _NO_NONE),
    OutOfReach(
        "math_grad",
        "if gx is not None or gy is not None:",
        "a gradient function is asked for one gradient at least",
        is_past=True,
    ),
    OutOfReach(
        "math_grad",
        "elif 0 in skip_input_indices:",
        "of two inputs that may be skipped one is, or there is None in place of the indices",
        is_past=True,
    ),
    OutOfReach(
        "math_grad", "except ValueError:", "every op that this is asked of has the attribute"
    ),
    OutOfReach(
        "math_grad",
        "return None",
        "every op that this is asked of has the attribute",
        is_whole=True,
    ),
    *(
        OutOfReach("nn_fused_batch_norm_grad", text, _INFERENCE)
        for text in (
            "reduce_axis = [0, 2, 3, 4]",
            "shape = [1, array_ops.size(pop_mean), 1, 1, 1]",
            "pop_mean = array_ops.reshape(pop_mean, shape)",
            "pop_var = array_ops.reshape(pop_var, shape)",
            "scale = array_ops.reshape(scale, shape)",
        )
    ),
    OutOfReach(
        "sparse_csr_matrix_grad",
        "elif rank == 3:",
        "a sparse matrix has rank 2, or 3 with a batch",
        is_past=True,
    ),
    OutOfReach("special_math_ops", "if isinstance(equation, bytes):", _BYTES, is_past=True),
    OutOfReach(
        "while_v2",
        "Inputs and outputs constructed for the forward op of a While",
        "the gradient adds to the loop as many outputs as inputs",
    ),
    OutOfReach(
        "while_v2",
        "for i, output in enumerate(t.graph.outputs):",
        "captured of the body are lists that it fills and what it hands on, which are outputs",
        is_past=True,
    ),
    *(
        OutOfReach(
            "while_v2",
            text,
            "slices for a handle are added to the dense zeros of the handle that the loop leaves",
        )
        for text in ("result.append(indexed_slices.IndexedSlices(", "outputs_idx += 3")
    ),
    OutOfReach(
        "while_v2",
        "if not already_captured:",
        "what was captured before is found among the captures, and returned",
        is_past=True,
    ),
    OutOfReach(
        "array_grad",
        "NCHW_VECT_C requires qint8 data type.",
        "an attribute's value is bytes, which equal no string; and the CPU refuses this format",
    ),
    OutOfReach(
        "array_grad",
        "return grad + [None] if end_value_index <= dim_index",
        "Concat and ConcatV2 are defined for two values or more",
    ),
    OutOfReach("linalg_grad", "return 0, 0", "an ellipsis is added to both operands before"),
    OutOfReach(
        "math_grad",
        "array_ops.gather(grad, op.inputs[2]), op.inputs[1]",
        "for readers of graphs older than 10 June 2021, which is past",
    ),
    *(
        OutOfReach(module, text, _FOUR_CASES, is_past=True)
        for module, text in (
            ("math_grad", "elif t_a and t_b:"),
            ("sparse_csr_matrix_grad", "elif t_a and adj_b:"),
            ("sparse_grad", "elif adj_a and adj_b:"),
        )
    ),
    OutOfReach(
        "nn_grad", "except ValueError:", "every op that this is registered for has the attribute"
    ),
    OutOfReach(
        "nn_grad", "data_format = None", "every op that this is registered for has the attribute"
    ),
    OutOfReach("fft_ops", "elif rank == 2:", "no other rank has a gradient function", is_past=True),
    OutOfReach(
        "sparse_grad",
        "Gradient for SparseSparseM",
        "the function takes one cotangent where its op has two outputs, so the call raises before",
    ),
    OutOfReach(
        "sparse_grad",
        "SparseTensorDenseMatMul op received operands with different types",
        "the op's definition has one type for both operands",
    ),
)


@dataclass(frozen=True)
class Place:
    """A line of a gradient function, or a branch from one line to another.

    Attributes:
        file: its path within TensorFlow.
        line: where the line is, or the branch begins.
        to: where the branch leads, "" for a line, "the end" for the end of the function.
        text: the statement that begins there.
        target: the statement that the branch leads to.
        is_past: whether it leads past the body of its condition.
    """

    file: str
    line: int
    text: str
    to: str = ""
    target: str = ""
    is_past: bool = False

    def __str__(self) -> str:
        leads = f" -> {self.to}" if self.to else ""
        return f"{self.file}:{self.line}{leads}: {self.text}"

    def is_meant_by(self, entry: OutOfReach) -> bool:
        """Whether an entry speaks of this place."""
        if Path(self.file).stem != entry.module:
            return False
        if entry.is_past:
            return self.is_past and entry.names(self.text)
        return entry.names(self.text) or entry.names(self.target)


@dataclass(frozen=True)
class Lines:
    """How much of the gradient functions ran.

    Attributes:
        lines, branches: how many there are; those out of reach left out.
        missing: those of them that never ran.
        unreachable: those that nothing can run here, with the reason.
        stale: entries of `OUT_OF_REACH` that speak of nothing that never ran.
    """

    lines: int
    branches: int
    missing: tuple[Place, ...]
    unreachable: tuple[tuple[Place, str], ...] = ()
    stale: tuple[OutOfReach, ...] = ()

    @property
    def lines_run(self) -> int:
        return self.lines - len(self.missing_lines)

    @property
    def branches_run(self) -> int:
        return self.branches - sum(bool(place.to) for place in self.missing)

    @property
    def missing_lines(self) -> tuple[Place, ...]:
        return tuple(place for place in self.missing if not place.to)

    @property
    def missing_branches(self) -> tuple[Place, ...]:
        """The branches that never ran of lines that did."""
        never = {(place.file, place.line) for place in self.missing_lines}
        return tuple(
            place for place in self.missing if place.to and (place.file, place.line) not in never
        )


# ---------------------------------------------------------------------------------------------
# Which functions


def functions_of(able: Iterable[str], unable: Iterable[str], is_whole: bool) -> dict[str, set[str]]:
    """The functions and classes whose lines count, by file: names at the top of the module.

    These are the gradient functions of `able` ops. For the whole, also what serves gradient
    functions alone: all of a module whose name ends in `_grad`, and elsewhere what nothing but
    gradient functions refers to; less what serves only the ops that are `unable` to run here.
    """
    own, others = _homes(able), _homes(unable)
    if not is_whole:
        return own
    found = {}
    for file in sorted(own | others):
        outline = _outline(file)
        roots, foreign = own.get(file, set()), others.get(file, set()) - own.get(file, set())
        is_gradients = Path(file).stem.endswith("_grad")
        every = set(outline.uses) if is_gradients else outline.closed(roots | foreign)
        if names := every - outline.closed(foreign):
            found[file] = names
    return found


def _homes(ops: Iterable[str]) -> dict[str, set[str]]:
    """Where the gradient functions of ops are: by file, the names at its top that hold them."""
    found: dict[str, set[str]] = {}
    for _, function in registered(ops):
        code = inspect.unwrap(function).__code__
        file = code.co_filename
        found.setdefault(file, set()).add(_outline(file).holder(code.co_firstlineno))
    return found


@dataclass(frozen=True)
class _Outline:
    """The functions and classes at the top of a module.

    Attributes:
        spans: the lines of each, its decorators included.
        uses: the names that each refers to.
        outside: the names that the rest of the module refers to.
    """

    spans: dict[str, range]
    uses: dict[str, set[str]]
    outside: set[str]

    def holder(self, line: int) -> str:
        return next(name for name, span in self.spans.items() if line in span)

    def closed(self, roots: set[str]) -> set[str]:
        """The roots, and what is private and used by nothing but them and one another."""
        found = set(roots)
        while True:
            more = {
                name
                for name in set(self.uses) - found - self.outside
                if name.startswith("_")
                and (users := {user for user in self.uses if name in self.uses[user]} - {name})
                and users <= found
            }
            if not more:
                return found
            found |= more


@cache
def _outline(file: str) -> _Outline:
    spans: dict[str, range] = {}
    uses: dict[str, set[str]] = {}
    outside: set[str] = set()
    for node in ast.parse(Path(file).read_text(encoding="utf-8")).body:
        names = {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            spans[node.name] = range(first, (node.end_lineno or node.lineno) + 1)
            uses[node.name] = names
        elif not _registers(node):
            outside |= names
    return _Outline(spans, uses, outside)


def _registers(node: ast.stmt) -> bool:
    """Whether a statement is `ops.RegisterGradient(name)(function)`."""
    return isinstance(node, ast.Expr) and "RegisterGradient" in ast.dump(node)


# ---------------------------------------------------------------------------------------------
# What ran


@contextmanager
def traced(files: Iterable[str], arcs: Arcs) -> Iterator[None]:
    """Add the steps from line to line that the code of these files takes meanwhile."""
    files = list(files)
    measured = Coverage(data_file=None, branch=True, include=files, config_file=False)
    measured.start()
    try:
        yield
    finally:
        measured.stop()
        data = measured.get_data()
        for file in data.measured_files():
            arcs.setdefault(file, set()).update(data.arcs(file) or ())


def _makers() -> set[tuple[str, str]]:
    """The functions that made a gradient function when their module was imported, by file."""
    found = set()
    for _, function in registered(gradient_ops()):
        right = inspect.unwrap(function)
        outer, is_closure, _ = right.__qualname__.rpartition(".<locals>.")
        if is_closure:
            found.add((right.__code__.co_filename, outer))
    return found


def lines_of(
    arcs: Arcs, functions: dict[str, set[str]], unreachable: Iterable[OutOfReach] = OUT_OF_REACH
) -> Lines:
    """Hold what ran against the bodies of the functions."""
    lines = branches = 0
    missing: list[Place] = []
    makers = _makers()
    for file, regions in _analysed(arcs, functions).items():
        for name, region in regions.items():
            if name.partition(".")[0] in functions[file] and (file, name) not in makers:
                summary = region["summary"]
                lines += summary["num_statements"]
                branches += summary["num_branches"]
                missing += _missing(file, region)
    missing.sort(key=lambda place: (place.file, place.line))
    entries = tuple(unreachable)
    excused = [(place, e) for place in missing for e in entries if place.is_meant_by(e)]
    kept = tuple(place for place in missing if not any(place == other for other, _ in excused))
    places = {place: entry.reason for place, entry in excused}
    return Lines(
        lines - sum(not place.to for place in places),
        branches - sum(bool(place.to) for place in places),
        kept,
        tuple(places.items()),
        tuple(e for e in entries if all(e is not other for _, other in excused)),
    )


def _analysed(arcs: Arcs, functions: dict[str, set[str]]) -> dict[str, dict[str, Any]]:
    """The report on each function of each file."""
    measured = Coverage(data_file=None, branch=True, config_file=False)
    data = measured.get_data()
    data.add_arcs({file: arcs.get(file, set()) for file in functions})
    data.touch_files(list(functions))
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "lines.json"
        measured.json_report(morfs=list(functions), outfile=str(report))
        found = json.loads(report.read_text(encoding="utf-8"))["files"]
    by_file = {str(Path(file).resolve()): entry["functions"] for file, entry in found.items()}
    return {file: by_file[str(Path(file).resolve())] for file in functions}


def _missing(file: str, region: dict[str, Any]) -> Iterator[Place]:
    statements = _statements(file)
    short = file.rpartition("/tensorflow/")[2]
    for line in region["missing_lines"]:
        yield Place(short, line, statements[line].text)
    for line, to in region["missing_branches"]:
        own = statements[line]
        # A negative number stands for leaving the function.
        leads = str(to) if to > 0 else "the end"
        target = statements[to].text if to in statements else ""
        yield Place(short, line, own.text, leads, target, is_past=to != own.body)


@dataclass(frozen=True)
class _Statement:
    """A statement on one line, or the head of one that has a body, and where its body begins."""

    text: str
    body: int | None


@cache
def _statements(file: str) -> dict[int, _Statement]:
    """The statements of a module by their first lines."""
    source = Path(file).read_text(encoding="utf-8")
    lines = source.splitlines()
    found: dict[int, _Statement] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.stmt, ast.ExceptHandler)):
            body: list[ast.stmt] = getattr(node, "body", [])
            last = max(node.lineno, body[0].lineno - 1) if body else node.end_lineno
            own = (line.strip() for line in lines[node.lineno - 1 : last])
            text = " ".join(line for line in own if line and not line.startswith("#"))
            found.setdefault(node.lineno, _Statement(text, body[0].lineno if body else None))
    return found
