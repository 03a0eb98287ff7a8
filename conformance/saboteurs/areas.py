"""What no saboteur puts to the test: areas of the suite that catch none, modules of the layer that none puts wrong."""

from __future__ import annotations

import ast
import pkgutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import noiz_storage
from conformance.saboteurs import SABOTEURS, Saboteur

UNTRIED: Final[Mapping[str, str]] = {}
"""Area that needs no saboteur → why."""
_HERE: Final = Path(__file__).parent
_BENDS: Final = ("replace", "forget")


def areas() -> set[str]:
    """Return the areas of the suite: `read` of `conformance/test_read.py`."""
    return {path.stem.removeprefix("test_") for path in _HERE.parent.glob("test_*.py")}


def complaints(
    saboteurs: Sequence[Saboteur] = SABOTEURS, known: Iterable[str] = (), untried: Mapping[str, str] = UNTRIED
) -> list[str]:
    """Say which areas catch no saboteur and give no reason, and which reasons are needed no more."""
    known = {*known} or areas()
    tried = {each.partition(".")[0].replace("-", "_") for saboteur in saboteurs for each in saboteur.caught_by}
    told = [f"no saboteur is caught by conformance/test_{each}.py" for each in sorted(known - tried - {*untried})]
    told += [f"{each} catches a saboteur: it is no area without" for each in sorted(tried & {*untried})]
    return told + [f"{each} is no area" for each in sorted({*untried} - known)]


def modules_left_alone() -> list[str]:
    """Return the modules of the layer that no saboteur puts wrong, in any of their names."""
    every = {module.name for module in pkgutil.walk_packages(noiz_storage.__path__, "noiz_storage.")}
    bent = {module for saboteur in SABOTEURS for module in put_wrong(_HERE / f"{saboteur.name}.py")}
    return sorted(module.removeprefix("noiz_storage.") for module in every - bent)


def put_wrong(path: Path) -> set[str]:
    """Return the modules of the layer in which the names stand that a saboteur replaces."""
    tree = ast.parse(path.read_text())
    imported = {
        alias.name: node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    found = {_module_of(imported[owner], owner, name) for owner, name in _bent(tree) if owner in imported}
    wraps = any(isinstance(each, ast.Name) and each.id == "sabotage" for each in ast.walk(tree))
    return found | ({"noiz_storage.engines"} if wraps else set())


def _bent(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield owner and name of everything that a saboteur replaces."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _BENDS:
            match node.args:
                case [ast.Name(id=owner), ast.Constant(value=str(name)), *_]:
                    yield owner, name


def _module_of(module: str, owner: str, name: str) -> str:
    """Return the module in which a name of a module or a class is written down."""
    holder: Any = pkgutil.resolve_name(f"{module}.{owner}")
    home = getattr(getattr(holder, name), "__module__", None) or ""
    return home if home.startswith("noiz_storage") else getattr(holder, "__module__", None) or holder.__name__
