"""The layers, models and custom gradients in a module, a package or a file."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from opcheck.auditing.records import Unaudited
from opcheck.backend import tf
from opcheck.errors import OpcheckError, UsageError
from opcheck.targets import is_custom_gradient, resolve, unwrapped

Found = str | Unaudited


def find_targets(target: str) -> list[Found]:
    """The names of all that can be audited in a target, or why there is none.

    Args:
        target: `package.module:name`, a dotted module or package, or the path of a Python file or
            a directory.
    """
    if ":" in target:
        return [target]
    try:
        modules = list(_modules(target))
    except OpcheckError as error:
        return [Unaudited(target, str(error))]
    found: list[Found] = []
    for module in modules:
        found += [module] if isinstance(module, Unaudited) else _names_in(module)
    return found or [
        Unaudited(target, "there is no Keras layer, model or tf.custom_gradient function in it")
    ]


def _modules(target: str) -> Iterator[ModuleType | Unaudited]:
    """The module, and the ones inside of a package; those that raise by their reason."""
    name = _name_of_path(Path(target)) if _is_path(target) else target
    module = _imported(name)
    if isinstance(module, Unaudited):
        dotted, _, last = name.rpartition(".")
        # A dotted name of a class is a module's no more than its last part is.
        if dotted and not _is_path(target) and _has(dotted, last):
            raise UsageError(f"it is no module; write {dotted}:{last}")
        yield module
        return
    yield module
    for inner in pkgutil.iter_modules(getattr(module, "__path__", ()), f"{name}."):
        if inner.name.rpartition(".")[2] != "__main__":
            yield from _modules(inner.name)


def _has(module: str, name: str) -> bool:
    found = _imported(module)
    return not isinstance(found, Unaudited) and hasattr(found, name)


def _is_path(target: str) -> bool:
    is_file = "/" in target or "\\" in target or target.endswith(".py")
    return is_file or target in (".", "..")


def _name_of_path(path: Path) -> str:
    """The module's name of a file or directory, whose root becomes importable.

    Raises:
        UsageError: there is nothing at the path, or no Python module.
    """
    if not path.exists():
        raise UsageError(f"the path {path} does not exist")
    if path.is_file() and path.suffix != ".py":
        raise UsageError(f"{path} is no Python file")
    whole = path.resolve()
    parts = [whole.stem] if whole.name != "__init__.py" else []
    root = whole.parent
    while (root / "__init__.py").is_file():
        parts.insert(0, root.name)
        root = root.parent
    if whole.is_dir() and not (whole / "__init__.py").is_file():
        raise UsageError(f"{path} is a directory without __init__.py, so it is no package")
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    return ".".join(parts)


def _imported(name: str) -> ModuleType | Unaudited:
    """A module; whatever its own code does on import is its own failure alone."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            return Unaudited(name, f"there is no module {error.name!r}")
        return Unaudited(name, f"it cannot be imported: {error}")
    except (Exception, SystemExit) as error:
        line = str(error).strip().splitlines()
        words = f"{type(error).__name__}: {line[0] if line else ''}".rstrip(": ")
        return Unaudited(name, f"it raises on import: {words}")


def _names_in(module: ModuleType) -> list[Found]:
    """What a module defines itself, in the order in which it does."""
    return [
        f"{module.__name__}:{name}"
        for name, value in vars(module).items()
        if not name.startswith("_") and _is_own(module, value) and is_auditable(value)
    ]


def _is_own(module: ModuleType, value: Any) -> bool:
    # An instance has its class's module, wherever it was made.
    return is_layer(value) or getattr(value, "__module__", None) == module.__name__


def is_auditable(value: Any) -> bool:
    """Whether it is a layer, a model, a class of these, or a function with a custom gradient."""
    if inspect.isclass(value):
        bases = (tf.keras.layers.Layer, tf.keras.Model)
        if not issubclass(value, bases) or inspect.isabstract(value):
            return False
        # A base for others has no call of its own.
        call = getattr(value, "call", None)
        return not any(call is base.call for base in bases)
    return is_layer(value) or has_custom_gradient(value)


def is_layer(value: Any) -> bool:
    return isinstance(value, tf.keras.layers.Layer)


def has_custom_gradient(value: Any) -> bool:
    """Whether a function is wrapped by `tf.custom_gradient`, or wraps one inside of itself."""
    if is_custom_gradient(value):
        return True
    *_, innermost = unwrapped(value)
    code = getattr(innermost, "__code__", None)
    return inspect.isfunction(innermost) and code is not None and "custom_gradient" in code.co_names


def found_object(name: str) -> Any:
    """The object of `package.module:name`.

    Raises:
        UsageError: the module raises on import, or holds no such name.
    """
    module = name.partition(":")[0]
    imported = _imported(module)
    if isinstance(imported, Unaudited):
        raise UsageError(imported.reason)
    return resolve(name)
