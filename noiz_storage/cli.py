"""The command line: `noiz-storage test-storage`, and `noiz test-storage` where Noiz is installed."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

import click

from .config import Storage, own_variable
from .errors import (
    AccessDeniedError,
    AlreadyExistsError,
    ConfigurationError,
    CorruptedError,
    StorageError,
    TransientError,
    UnsupportedError,
    UntrustedError,
)
from .filesystem import NoizFileSystem, get_filesystem
from .streams import Writer

BODY = bytes(range(256)) * 16
"""What is written and compared: every byte value, 4,096 bytes."""

_VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
_OWN = ("AWS_", "AZURE_", "GOOGLE_", "S3_", "SSL_", "STORAGE_")
"""How the names of the variables begin that the layer reads."""


@click.group()
def cli() -> None:
    """Look after the storages of Noiz."""


@cli.command("test-storage")
@click.option(
    "--storage", metavar="NAME", default=None, help="Name or base URI of a storage; the default one if left out."
)
def test_storage(storage: str | None) -> None:
    """Try a storage: write, read back, list, create exclusively, delete; one that is read-only is asked for a name.

    Prints each step with its time and requests. Exit status 1 tells that a step failed; the variable to mend is named.
    Leaves nothing behind.
    """
    with _reported(None):
        filesystem = get_filesystem(storage)
    _describe(filesystem)
    with _reported(filesystem):
        told = Trial(filesystem).run()
    click.echo(told)


class Trial:
    """The steps, on two names below a prefix that nobody else uses."""

    def __init__(self, filesystem: NoizFileSystem) -> None:
        self._filesystem = filesystem
        self._place = f"noiz-test-storage-{uuid.uuid4().hex}"
        self._name = f"{self._place}/written"
        self._other = f"{self._place}/created"
        self._made: list[str] = []

    def run(self) -> str:
        """Take every step, delete what they leave even when one fails, and return what that proved."""
        if refusal := self._refusal():
            self._step("ask for a name", self._ask)
            return f"the storage answers; nothing was written, listed or deleted, for {refusal}"
        try:
            self._step("write", self._write)
            self._step("read back", self._read_back)
            self._step("list", self._list)
            if self._filesystem.creates_exclusively:
                self._step("create exclusively", self._create)
            else:
                click.echo("create exclusively  not offered by this backend: no mode 'x', no next free names")
        except BaseException:
            self._clean_up()
            raise
        self._step("delete", self._delete)
        return "the storage keeps what Noiz needs"

    def _refusal(self) -> str:
        """Return why nothing can be written at all, or nothing; an open alone sends nothing."""
        try:
            cast(Writer, self._filesystem.open(self._name, "wb")).discard()
        except UnsupportedError as error:
            return str(error.strerror)
        return ""

    def _ask(self) -> None:
        """Ask for an object that nobody can have: a storage that is reached, and lets this user in, says no."""
        if self._filesystem.exists(self._name):
            raise CorruptedError("the server says yes to a name that was made up", self._name)

    def _step(self, title: str, action: Callable[[], None]) -> None:
        before, start = self._filesystem.meter.requests.copy(), time.perf_counter()
        outcome = "failed"
        try:
            action()
            outcome = "ok"
        finally:
            requests = self._filesystem.meter.requests - before
            counts = ", ".join(f"{kind} {count}" for kind, count in sorted(requests.items())) or "no requests"
            click.echo(f"{title:<20}{outcome:<8}{1000 * (time.perf_counter() - start):>9.1f} ms   {counts}")

    def _write(self) -> None:
        self._send(self._name, "wb")

    def _send(self, name: str, mode: str) -> None:
        """Write the body, and remember the name unless the storage refused."""
        self._made.append(name)
        try:
            with self._filesystem.open(name, mode) as file:
                file.write(BODY)
        except TransientError:
            raise
        except StorageError:
            self._made.remove(name)
            raise

    def _read_back(self) -> None:
        if self._filesystem.read(self._name) != BODY:
            raise CorruptedError("what was read is not what was written", self._name)

    def _list(self) -> None:
        found = self._filesystem.ls(self._place)
        if found != [self._name]:
            raise CorruptedError(f"the listing shows {found}, not the one name that was written", self._place)

    def _create(self) -> None:
        """Create a name twice; the second time must be refused."""
        self._send(self._other, "xb")
        try:
            self._send(self._other, "xb")
        except AlreadyExistsError:
            return
        raise UnsupportedError("a second exclusive create was not refused: two workers would overwrite", self._other)

    def _delete(self) -> None:
        for name in self._made:
            self._filesystem.rm(name, missing_ok=True)
        left = self._filesystem.ls(self._place)
        if left:
            raise CorruptedError(f"the listing still shows {left} after the deletion", self._place)

    def _clean_up(self) -> None:
        """Delete what there may be; where even that fails, the error under way is the one to report."""
        try:
            for name in set(self._made):
                self._filesystem.rm(name, missing_ok=True)
        except StorageError as error:
            click.echo(f"left perhaps {self._filesystem.get_path(self._place)}: {error.strerror}", err=True)


def _describe(filesystem: NoizFileSystem) -> None:
    storage = filesystem.storage
    click.echo(f"backend      {filesystem.protocol}")
    click.echo(f"base URI     {filesystem.base_uri}")
    if storage.endpoint_url:
        click.echo(f"endpoint     {storage.endpoint_url}")
    click.echo(f"credentials  {storage.source}")


@contextmanager
def _reported(filesystem: NoizFileSystem | None) -> Iterator[None]:
    """End with status 1, the reason and the variable to mend when the layer refuses."""
    try:
        yield
    except StorageError as error:
        place = f" ({error.filename})" if error.filename else ""
        click.echo(f"reason       {type(error).__name__}: {error.strerror}{place}", err=True)
        if filesystem is not None:
            click.echo(f"mend         {_variable(filesystem.storage, error)}", err=True)
        raise click.exceptions.Exit(1) from error


def _variable(storage: Storage, error: StorageError) -> str:
    """Return the environment variable that most likely is wrong: the one that the error names, if it does."""
    variables = storage.variables
    told = [name for name in _VARIABLE.findall(error.strerror or "") if name.startswith(_OWN)]
    if told:
        return ", ".join(dict.fromkeys(own_variable(storage, name) for name in told))
    if isinstance(error, (AccessDeniedError, ConfigurationError)):
        return variables.get("credentials") or variables["uri"]
    if isinstance(error, UntrustedError):
        return variables.get("ca_file") or variables.get("endpoint_url") or variables["uri"]
    if isinstance(error, (TransientError, UnsupportedError)):
        return variables.get("endpoint_url") or variables["uri"]
    return variables["uri"]
