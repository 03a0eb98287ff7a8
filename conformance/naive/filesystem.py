"""The file system: a base URI in front of an fsspec file system."""

from __future__ import annotations

import os
import posixpath
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import fsspec

from conformance.naive.config import get_storage_config

Name = str | os.PathLike[str]


@dataclass(frozen=True)
class Stat:
    """Size (bytes), version and time of the last change of an object."""

    size: int
    version: str
    modified: Any


class NoizFileSystem:
    """Files below one base URI, through fsspec."""

    def __init__(self, base_uri: Name, cache_storage: str | None = None, cache_size_mb: int = 1000) -> None:
        del cache_storage, cache_size_mb
        self.base_uri = _mirrored(os.fspath(base_uri).rstrip("/"))
        self.protocol = self.base_uri.partition("://")[0] if "://" in self.base_uri else "file"
        self.fs = _driver(self.protocol)

    def open(
        self,
        path: Name,
        mode: str = "rb",
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> Any:
        """Open a file."""
        text = {} if "b" in mode else {"encoding": encoding, "errors": errors, "newline": newline}
        full = self._resolve(path)
        if self.protocol in ("ftp", "ftps") and "r" not in mode:
            self.fs.makedirs(posixpath.dirname(full), exist_ok=True)
        return self.fs.open(full, mode, **text)

    @contextmanager
    def open_context(self, path: Name, mode: str = "rb") -> Iterator[Any]:
        """Open a file as a context."""
        with self.open(path, mode) as file:
            yield file

    def read(self, path: Name, offset: int = 0, length: int | None = None) -> bytes:
        """Return the bytes of a file, or of one range."""
        stop = None if length is None else offset + length
        content: bytes = self.fs.cat_file(self.fs._strip_protocol(self._resolve(path)), start=offset, end=stop)
        return content

    def exists(self, path: Name) -> bool:
        """Say whether there is such a file."""
        return bool(self.fs.exists(self._resolve(path)))

    def isdir(self, path: Name = "") -> bool:
        """Say whether there is such a directory."""
        return bool(self.fs.isdir(self._resolve(path)))

    def stat(self, path: Name) -> Stat:
        """Return what fsspec knows of a file."""
        full = self._resolve(path)
        return Stat(self.fs.size(full), str(self.fs.ukey(full)), self.fs.modified(full))

    def makedirs(self, path: Name, exist_ok: bool = True) -> None:
        """Make a directory."""
        self.fs.makedirs(self._resolve(path), exist_ok=exist_ok)

    def ls(self, path: Name = "") -> list[str]:
        """Return the names in a directory."""
        return self._relative(self.fs.ls(self._resolve(path), detail=False))

    def find(self, path: Name = "") -> list[str]:
        """Return all files below a directory."""
        return self._relative(self.fs.find(self._resolve(path)))

    def glob(self, pattern: str) -> list[str]:
        """Return the files that match a pattern."""
        return self._relative(self.fs.glob(self._resolve(pattern)))

    def rm(self, path: Name, recursive: bool = False, missing_ok: bool = False) -> None:
        """Delete a file, or a directory with all that is in it."""
        full = self._resolve(path)
        if missing_ok and not self.fs.exists(full):
            return
        self.fs.rm(full, recursive=recursive)

    def copy(self, source: Name, target: Name) -> None:
        """Copy a file."""
        self.fs.copy(self._resolve(source), self._resolve(target))

    def move(self, source: Name, target: Name) -> None:
        """Move a file."""
        self.fs.mv(self._resolve(source), self._resolve(target))

    def get_path(self, path: Name = "") -> str:
        """Return the URI of a file."""
        return self._resolve(path)

    @contextmanager
    def local_path(self, path: Name, mode: str = "r") -> Iterator[Path]:
        """Lend a local copy of a file."""
        with tempfile.TemporaryDirectory() as directory:
            local = Path(directory, posixpath.basename(os.fspath(path)))
            if "r" in mode:
                self.fs.get(self._resolve(path), str(local))
            yield local
            if mode != "r":
                self.fs.put(str(local), self._resolve(path))

    def _resolve(self, path: Name) -> str:
        text = os.fspath(path)
        return text if "://" in text else f"{self.base_uri}/{text.lstrip('/')}".rstrip("/")

    def _relative(self, names: list[str]) -> list[str]:
        base = self.fs._strip_protocol(self.base_uri).rstrip("/") + "/"
        return sorted(name.rstrip("/").removeprefix(base) for name in names)


def _driver(protocol: str) -> Any:
    """Return the fsspec file system of a protocol."""
    if protocol in ("gs", "gcs"):
        # The package's own class asks over gRPC what kind of bucket it is; an emulator keeps it waiting for a minute.
        from gcsfs.core import GCSFileSystem

        return GCSFileSystem(**_options(protocol))
    return fsspec.filesystem("ftp" if protocol == "ftps" else protocol, **_options(protocol))


def _options(protocol: str) -> dict[str, Any]:
    """Return the driver's endpoint and credentials, from the usual variables."""
    env = os.environ.get
    if protocol in ("s3", "s3a"):
        keys = {"key": "AWS_ACCESS_KEY_ID", "secret": "AWS_SECRET_ACCESS_KEY", "token": "AWS_SESSION_TOKEN"}
        return {"endpoint_url": env("S3_ENDPOINT_URL"), **{name: env(variable) for name, variable in keys.items()}}
    if protocol == "file":
        return {"auto_mkdir": True}
    if protocol in ("az", "abfs"):
        endpoint, sas = env("AZURE_STORAGE_ENDPOINT_URL"), env("AZURE_STORAGE_SAS_TOKEN")
        shared = f"BlobEndpoint={endpoint};SharedAccessSignature={sas}"
        return {"connection_string": env("AZURE_STORAGE_CONNECTION_STRING") or shared}
    if protocol in ("gs", "gcs") and env("STORAGE_EMULATOR_HOST"):
        return {"endpoint_url": env("STORAGE_EMULATOR_HOST"), "token": "anon"}
    if protocol in ("http", "https"):
        user = aiohttp.BasicAuth(env("STORAGE_HTTP_USERNAME", ""), env("STORAGE_HTTP_PASSWORD", ""))
        return {"client_kwargs": {"auth": user}, "ssl": ssl.create_default_context(cafile=env("STORAGE_HTTP_CA_FILE"))}
    if protocol in ("ftp", "ftps"):
        server = urlsplit(env("STORAGE_FTP_ENDPOINT_URL") or env("STORAGE_URI", ""))
        login = {"username": env("STORAGE_FTP_USERNAME"), "password": env("STORAGE_FTP_PASSWORD")}
        return {"host": server.hostname, "port": server.port, "tls": protocol == "ftps", **login}
    return {}


def _mirrored(uri: str) -> str:
    """Return the address where a website is really read."""
    mirror = os.environ.get("STORAGE_HTTP_ENDPOINT_URL")
    return f"{mirror}{urlsplit(uri).path}" if mirror and uri.startswith("http") else uri


_filesystem: NoizFileSystem | None = None


def get_filesystem() -> NoizFileSystem:
    """Return the file system of the settings."""
    global _filesystem
    if _filesystem is None:
        _filesystem = NoizFileSystem(get_storage_config().storage_uri)
    return _filesystem


def reset_filesystem() -> None:
    """Forget the default file system."""
    global _filesystem
    _filesystem = None
