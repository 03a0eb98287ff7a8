"""What every saboteur starts from: the true layer's names, and an engine to put wrong in one way.

A saboteur is a module with one import, `from conformance.saboteurs.layer import Honest, __getattr__, sabotage`, which
makes it a subject that is the true layer in all else. It bends the layer for the whole process, and so runs in one of
its own. Where its fault takes place it says so: `acts()`, or `changed(true, wrong)` for a value.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import noiz_storage
from conformance.saboteurs.activity import acts
from noiz_storage import operations
from noiz_storage.engines import Body, Connection, Download, Engine, Page, Stat, Upload, connect
from noiz_storage.errors import StorageError

__all__ = ["Honest", "__getattr__", "acts", "changed", "content", "forget", "replace", "sabotage"]

T = TypeVar("T")


def __getattr__(name: str) -> Any:
    """Offer what noiz_storage offers, its modules included."""
    if name.startswith("__"):
        raise AttributeError(name)
    if hasattr(noiz_storage, name):
        return getattr(noiz_storage, name)
    try:
        return importlib.import_module(f"noiz_storage.{name}")
    except ModuleNotFoundError as error:
        raise AttributeError(name) from error


class Honest(Engine):
    """An engine that hands everything on to the true one; a saboteur overrides one method."""

    def __init__(self, engine: Engine) -> None:
        self.true = engine
        self.traits = engine.traits

    def get(self, key: str, **asked: Any) -> Download:
        return self.true.get(key, **asked)

    def put(self, key: str, body: Body, **asked: Any) -> str:
        return self.true.put(key, body, **asked)

    def stat(self, key: str) -> Stat:
        return self.true.stat(key)

    def list(self, prefix: str, **asked: Any) -> Page:
        return self.true.list(prefix, **asked)

    def delete(self, keys: Sequence[str]) -> Mapping[str, StorageError]:
        return self.true.delete(keys)

    def copy(self, source: str, target: str) -> bool:
        return self.true.copy(source, target)

    def check_root(self) -> None:
        self.true.check_root()

    def make_directory(self, key: str, exist_ok: bool) -> None:
        self.true.make_directory(key, exist_ok)

    def begin(self, key: str, metadata: Mapping[str, str]) -> Upload:
        return self.true.begin(key, metadata)

    def part(self, upload: Upload, number: int, body: bytes) -> str:
        return self.true.part(upload, number, body)

    def complete(self, upload: Upload, tags: Sequence[str]) -> str:
        return self.true.complete(upload, tags)

    def abort(self, upload: Upload) -> None:
        self.true.abort(upload)

    def close(self) -> None:
        self.true.close()


def sabotage(kind: type[Honest]) -> type[Honest]:
    """Put engines of this kind between the layer and every true engine, in the whole process."""

    def connected(connection: Connection) -> Engine:
        return kind(connect(connection))

    replace(operations, "connect", connected)
    return kind


def replace(owner: object, name: str, new: object) -> None:
    """Put something else in the place of one of the true layer's names, in the whole process."""
    getattr(owner, name)
    setattr(owner, name, new)


def forget(owner: object, name: str, *options: str) -> None:
    """Have a function of the true layer heed none of these options, in the whole process."""
    true = getattr(owner, name)

    @functools.wraps(true)
    def forgetful(*arguments: Any, **given: Any) -> Any:
        kept = {option: value for option, value in given.items() if option not in options}
        if len(kept) < len(given):
            acts()
        return true(*arguments, **kept)

    replace(owner, name, forgetful)


def changed(true: T, wrong: T) -> T:
    """Return the wrong one of two values, and tell of it where they differ."""
    if wrong != true:
        acts()
    return wrong


def content(body: Body) -> bytes:
    """Return all bytes of a body."""
    if isinstance(body, bytes):
        return body
    body.seek(0)
    return body.read()
