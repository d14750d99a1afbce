"""Who may import whom, and who imports TensorFlow: nothing, until a check runs."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import opcheck

PACKAGE = Path(opcheck.__file__).parent

# Units of the package (modules, and subpackages as wholes), each with the units that it may import
# at its top: along the path of a check, from the user's side to TensorFlow's. "" is opcheck itself.
MAY_IMPORT = {
    "errors": "",
    "outcome": "",
    "late": "",
    "garbage": "",
    "memory": "",
    "points": "late",
    "domains": "points late errors",
    "spec": "domains late errors",
    "cases": "spec domains late errors",
    "verdict": "outcome",
    "known": "cases spec verdict memory outcome errors",
    "exclusions": "spec errors",
    "project": "errors",
    "registry": "project exclusions known cases spec domains garbage errors",
    "generate": "known cases spec domains errors",
    "report": "generate cases verdict outcome errors opcheck",
    "opcheck": "verdict outcome errors",
    "backend": "errors",
    "vectors": "backend errors",
    "watching": "backend",
    "primals": "vectors watching backend",
    "loops": "primals vectors backend",
    "draws": "watching",
    "evaluation": "draws loops primals vectors watching precision backend errors",
    "compositions": "gradients backend",
    "old_graphs": "compositions backend",
    "branches": "backend",
    "precision": "",
    "modes": "",
    "transforms": "evaluation primals precision backend errors",
    "gradients": "",
    "surrogates": "evaluation gradients watching backend",
    "casts": "evaluation precision watching spec",
    "jacobian": (
        "precision modes transforms evaluation loops watching primals vectors backend errors"
    ),
    "diagnosis": "",
    "comparison": "jacobian precision evaluation vectors outcome errors",
    "judgement": "comparison diagnosis jacobian evaluation primals vectors verdict outcome errors",
    "ties": "comparison jacobian evaluation primals precision vectors outcome",
    "glance": "comparison jacobian precision evaluation verdict outcome",
    "probing": (
        "comparison surrogates jacobian transforms evaluation primals precision vectors backend "
        "verdict outcome errors"
    ),
    "agreement": "jacobian modes transforms evaluation",
    "obligations": "jacobian evaluation vectors backend",
    "targets": "evaluation primals vectors backend cases spec domains errors",
    "pipeline": (
        "agreement obligations glance probing judgement ties surrogates casts draws comparison "
        "precision jacobian modes transforms targets evaluation primals vectors backend known "
        "cases spec domains verdict outcome errors"
    ),
    "matrix": (
        "agreement pipeline casts jacobian modes precision transforms targets evaluation cases "
        "verdict outcome errors"
    ),
    "models": "evaluation primals vectors backend errors",
    "rays": "primals precision backend",
    "directions": "rays verdict outcome",
    "auditing": (
        "pipeline directions rays models jacobian modes transforms targets draws evaluation "
        "primals vectors watching backend workers generate cases spec domains verdict outcome "
        "errors"
    ),
    "keras": "auditing backend errors",
    "gradient_checker": "models jacobian transforms evaluation vectors backend errors",
    "workers": "",
    "coverage": ("gradients workers matrix precision targets watching backend registry cases spec"),
    "undifferentiated": "backend spec",
    "names": "targets watching backend exclusions cases spec errors",
    "proposing": "generate cases spec domains outcome errors",
    "reproducing": (
        "pipeline precision targets evaluation primals vectors compositions backend workers "
        "registry generate report known cases spec domains verdict outcome errors"
    ),
    "records": "cases verdict",
    "running": "records pipeline known cases spec verdict outcome errors",
    "plugin": "project garbage records matrix pipeline known cases spec verdict outcome errors",
    "faults": (
        "plugin gradients workers pipeline jacobian precision targets evaluation vectors backend "
        "registry known cases spec verdict outcome errors opcheck"
    ),
    "cli": (
        "auditing reproducing faults plugin modes running coverage gradients matrix pipeline "
        "registry project memory "
        "generate report targets proposing undifferentiated names known cases spec domains "
        "verdict outcome errors opcheck"
    ),
    "__main__": "cli",
}

# What a function may import when it is called, beside the above: names that others know it by
# (`Report.explain`, `opcheck.check`), and TensorFlow's door, where importing must stay free of it.
MAY_IMPORT_LATE = {
    "verdict": "report",
    "auditing": "plugin",
    "opcheck": "auditing gradient_checker keras pipeline",
    "plugin": "auditing backend opcheck",
    "cli": "backend",
    # `opcheck new` itself runs no TensorFlow; its other process does.
    "proposing": "matrix pipeline targets known vectors backend",
}

# Inside functions these read what has no public name: TensorFlow's own tables, a debugger.
MAY_READ_TENSORFLOW_LATE = {
    "compositions",
    "coverage",
    "draws",
    "faults",
    "gradients",
    "jacobian",
    "names",
    "proposing",
    "rays",
    "undifferentiated",
    "watching",
}

# These load with `import opcheck` or `opcheck list`, and so must stay without TensorFlow.
LIGHT = ("opcheck", "modes", "plugin", "cli", "registry", "generate", "report", "known", "running")


def unit_of(module):
    """`jacobian` for `opcheck.jacobian.numeric`; `opcheck` for the package itself."""
    return module.split(".")[1] if "." in module else module


def sources():
    """(unit, file, text) of every module."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        unit = "opcheck" if parts == ("__init__",) else parts[0]
        yield unit, str(path.relative_to(PACKAGE)), path.read_text(encoding="utf-8")


def units():
    """The units that the package consists of; each may be named behind `from opcheck import`."""
    return {unit for unit, _, _ in sources()}


def imports_of(text, known_units):
    """The modules that a source imports: at its top, and later."""
    top, late = set(), set()
    _collect(ast.parse(text), top, late, known_units, is_top=True)
    return top, late - top


def _collect(node, top, late, known_units, *, is_top):
    for child in ast.iter_child_nodes(node):
        found = top if is_top else late
        if isinstance(child, ast.Import):
            found |= {name.name for name in child.names}
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "imports are absolute here"
            names = {f"opcheck.{name.name}" for name in child.names if name.name in known_units}
            is_root = child.module == "opcheck" and names
            found |= names if is_root else {child.module}
        # Functions run later, and what only a type checker sees never runs.
        is_late = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) or (
            isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
        )
        _collect(child, top, late, known_units, is_top=is_top and not is_late)


def violations(unit, text, known_units):
    """What a source of this unit imports and must not, in words."""
    top, late = imports_of(text, known_units)
    allowed = set(MAY_IMPORT[unit].split()) | {unit}
    allowed_late = allowed | set(MAY_IMPORT_LATE.get(unit, "").split())
    found = []
    for modules, permitted, when in ((top, allowed, "at its top"), (late, allowed_late, "late")):
        for module in sorted(modules):
            first = module.partition(".")[0]
            if first == "opcheck" and unit_of(module) not in permitted:
                found.append(f"{unit} imports {module} {when}")
            if first in ("tensorflow", "keras") and unit != "backend":
                is_late = when == "late" and unit in MAY_READ_TENSORFLOW_LATE
                if not (is_late and module.startswith("tensorflow.python")):
                    found.append(f"{unit} imports {module} {when}")
    return found


# -- The rule ---------------------------------------------------------------------------------


def test_every_module_has_its_place_in_the_table():
    assert units() <= set(MAY_IMPORT), "a new module: say in MAY_IMPORT whom it may import"


@pytest.mark.parametrize("unit", sorted(MAY_IMPORT))
def test_a_module_imports_only_what_lies_below_it(unit):
    known_units = units()
    found = [
        f"{file}: {violation}"
        for owner, file, text in sources()
        if owner == unit
        for violation in violations(unit, text, known_units)
    ]
    assert found == []


def reached_from(unit):
    """All units that importing one may load at once."""
    seen, todo = set(), [unit]
    while todo:
        below = set(MAY_IMPORT[todo.pop()].split()) - seen
        seen |= below
        todo += below
    return seen


@pytest.mark.parametrize("unit", sorted(MAY_IMPORT))
def test_the_table_has_no_circles(unit):
    assert unit not in reached_from(unit)


def test_the_table_names_no_strangers():
    named = {name for names in MAY_IMPORT.values() for name in names.split()}
    late = {name for names in MAY_IMPORT_LATE.values() for name in names.split()}
    assert named | late | set(MAY_IMPORT_LATE) <= set(MAY_IMPORT)


# -- The rule finds what breaks it ------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "text", "expected"),
    [
        ("errors", "from opcheck.domains import normal", "opcheck.domains at its top"),
        ("spec", "import opcheck.cases", "opcheck.cases at its top"),
        ("domains", "from opcheck import spec", "opcheck.spec at its top"),
        ("registry", "from opcheck.backend import tf", "opcheck.backend at its top"),
        ("vectors", "from opcheck.evaluation import Primal", "opcheck.evaluation at its top"),
        ("jacobian", "from opcheck.comparison import compare", "opcheck.comparison at its top"),
        ("plugin", "from opcheck.backend import tf", "opcheck.backend at its top"),
        ("domains", "def f():\n    import opcheck.pipeline", "opcheck.pipeline late"),
        ("domains", "class A:\n    import opcheck.spec", "opcheck.spec at its top"),
        ("domains", "try:\n    import opcheck.spec\nfinally:\n    1", "opcheck.spec at its top"),
        ("outcome", "if TYPE_CHECKING:\n    from opcheck.verdict import A", "opcheck.verdict late"),
        ("evaluation", "import tensorflow as tf", "tensorflow at its top"),
        ("targets", "def f():\n    import tensorflow", "tensorflow late"),
        ("coverage", "def f():\n    import tensorflow", "tensorflow late"),
        ("coverage", "import tensorflow.python", "tensorflow.python at its top"),
        ("cli", "def f():\n    from keras import layers", "keras late"),
    ],
)
def test_an_import_against_the_rule_is_found(unit, text, expected):
    assert violations(unit, text, units()) == [f"{unit} imports {expected}"]


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("domains", "import numpy as np\nfrom opcheck.errors import UsageError"),
        ("jacobian", "from opcheck.jacobian.stencils import extrapolate"),
        ("cli", "from opcheck import registry\nimport opcheck"),
        ("verdict", "def f():\n    from opcheck.report.text import explain"),
        ("plugin", "def f():\n    from opcheck.backend import tf"),
        ("backend", "import tensorflow as tf"),
        ("coverage", "def f():\n    from tensorflow.python.framework import ops"),
    ],
)
def test_an_import_within_the_rule_is_not(unit, text):
    assert violations(unit, text, units()) == []


# -- What really gets loaded ------------------------------------------------------------------

HEAVY = """
import json, sys
{program}
sys.stderr.write(json.dumps(sorted(
    name for name in sys.modules if name.partition(".")[0] in ("tensorflow", "keras")
    or name in ("opcheck.backend", "opcheck.pipeline")
)))
"""


def loaded_by(program):
    """The heavy modules that a fresh interpreter holds after running a program."""
    found = subprocess.run(
        [sys.executable, "-c", HEAVY.format(program=program)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    return json.loads(found.stderr.splitlines()[-1])


@pytest.mark.parametrize("unit", LIGHT)
def test_importing_loads_no_tensorflow(unit):
    module = unit if unit == "opcheck" else f"opcheck.{unit}"
    assert loaded_by(f"import {module}") == []


@pytest.mark.parametrize("unneeded", ["numpy", "rich", "opcheck.cli.run", "opcheck.generate.plan"])
def test_rows_are_listed_without(unneeded):
    # NumPy takes as long to load as all else that this needs.
    program = (
        "import sys, opcheck.cli; assert opcheck.cli.main(['list']) == 0; "
        f"sys.exit({unneeded!r} in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True).returncode == 0


@pytest.mark.parametrize("arguments", [["list"], ["list", "--json"], ["generate", "--check"]])
def test_commands_that_judge_nothing_load_no_tensorflow(tmp_path, arguments):
    if arguments[0] == "generate":
        arguments = [*arguments, "--out", str(tmp_path)]
    expected = 1 if arguments[0] == "generate" else 0
    program = f"import opcheck.cli; assert opcheck.cli.main({arguments!r}) == {expected}"
    assert loaded_by(program) == []


def test_a_program_that_loads_heavy_modules_is_seen():
    fake = "import types; sys.modules['tensorflow'] = types.ModuleType('tensorflow')"
    assert loaded_by(f"{fake}; import opcheck.backend") == ["opcheck.backend", "tensorflow"]


def test_reading_the_registry_in_full_loads_no_tensorflow():
    program = "from opcheck import registry; assert registry.rows(); registry.known_defects()"
    assert loaded_by(program) == []
