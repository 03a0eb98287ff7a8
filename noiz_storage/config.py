"""Settings: every environment variable of the layer, read once, at first use.

| variable | meaning |
|---|---|
| `STORAGE_URI` | base URI of the default storage; wins over `PROCESSED_DATA_DIR` |
| `PROCESSED_DATA_DIR` | Noiz's own variable: the default storage when `STORAGE_URI` is unset, else the legacy base |
| `STORAGE_LEGACY_BASE` | directory whose absolute paths mean the same keys under the present base |
| `STORAGE_<NAME>_URI` | base URI of another storage |
| `STORAGE_<NAME>_…` | its own `ENDPOINT_URL`, `ACCESS_KEY_ID`, `SECRET_ACCESS_KEY`, `SESSION_TOKEN`, `REGION`, `PROFILE`, `CONNECTION_STRING`, `ACCOUNT_NAME`, `ACCOUNT_KEY`, `SAS_TOKEN`, `CREDENTIALS_FILE`, `PROJECT`, `USERNAME`, `PASSWORD`, `TOKEN`, `CA_FILE` |
| `S3_ENDPOINT_URL`, `AWS_ENDPOINT_URL` | endpoint of S3 storages; AWS when unset |
| `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_DEFAULT_REGION`, `AWS_PROFILE` | S3 credentials; else the SDK's own chain (`docs/sources.md` says what of it is tried) |
| `AZURE_STORAGE_CONNECTION_STRING`, or `AZURE_STORAGE_ACCOUNT_NAME` with `…_ACCOUNT_KEY` or `…_SAS_TOKEN`, `AZURE_STORAGE_ENDPOINT_URL` | Azure Blob; with the account's name alone the SDK's own chain, at an endpoint nobody's |
| `STORAGE_HTTP_USERNAME`, `STORAGE_HTTP_PASSWORD`, or `STORAGE_HTTP_TOKEN` | credentials (basic, bearer) of a default storage over HTTP |
| `STORAGE_HTTP_ENDPOINT_URL` | where that storage is read instead, such as a mirror; its addresses stay |
| `STORAGE_HTTP_CA_FILE` | certificates (PEM) that `https://` trusts beside the system's |
| `GOOGLE_APPLICATION_CREDENTIALS` | key file for Google Cloud Storage; else the SDK's own chain |
| `GOOGLE_CLOUD_PROJECT`, `STORAGE_EMULATOR_HOST` | project (no request needs it), and an emulator, which is asked without credentials |
| `STORAGE_FTP_USERNAME`, `STORAGE_FTP_PASSWORD`, `STORAGE_FTP_CA_FILE`, `STORAGE_FTP_ENDPOINT_URL` | FTP, with and without TLS: login (anonymous when unset), PEM file of a private authority, where the host is really reached (a tunnel) |
| `STORAGE_BLOCK_SIZE` | bytes read or written in one request, at least 5 MiB (33554432) |
| `STORAGE_TIMEOUT` | seconds of one attempt (30) |
| `STORAGE_RETRY_ATTEMPTS`, `STORAGE_RETRY_SECONDS` | budget of one call (5, 60) |
| `STORAGE_CACHE_DIR`, `STORAGE_CACHE_SIZE_MB` | directory and bound of the local cache (not built yet) |
"""  # noqa: E501 - a table

from __future__ import annotations

import os
import re
import threading
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from environs import Env, EnvError

from .errors import ConfigurationError, StorageError
from .storage_config import Storage, StorageConfig
from .uri import URI, hide_login, is_uri, normalize_path_to_uri

__all__ = ["Storage", "StorageConfig", "find_storage", "get_storage_config"]

MIN_BLOCK_SIZE = 5 * 1024**2
"""Smallest block (bytes): S3 takes no smaller parts."""

_FTP: dict[str, tuple[str, ...]] = {
    "endpoint_url": ("STORAGE_FTP_ENDPOINT_URL",),
    "username": ("STORAGE_FTP_USERNAME",),
    "password": ("STORAGE_FTP_PASSWORD",),
    "ca_file": ("STORAGE_FTP_CA_FILE",),
}
_HTTP: dict[str, tuple[str, ...]] = {
    "endpoint_url": ("STORAGE_HTTP_ENDPOINT_URL",),
    "username": ("STORAGE_HTTP_USERNAME",),
    "password": ("STORAGE_HTTP_PASSWORD",),
    "token": ("STORAGE_HTTP_TOKEN",),
    "ca_file": ("STORAGE_HTTP_CA_FILE",),
}
_GLOBAL: dict[str, dict[str, tuple[str, ...]]] = {
    "s3": {
        "endpoint_url": ("S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
        "access_key_id": ("AWS_ACCESS_KEY_ID",),
        "secret_access_key": ("AWS_SECRET_ACCESS_KEY",),
        "session_token": ("AWS_SESSION_TOKEN",),
        "region": ("AWS_DEFAULT_REGION", "AWS_REGION"),
        "profile": ("AWS_PROFILE",),
    },
    "az": {
        "endpoint_url": ("AZURE_STORAGE_ENDPOINT_URL",),
        "connection_string": ("AZURE_STORAGE_CONNECTION_STRING",),
        "account_name": ("AZURE_STORAGE_ACCOUNT_NAME",),
        "account_key": ("AZURE_STORAGE_ACCOUNT_KEY",),
        "sas_token": ("AZURE_STORAGE_SAS_TOKEN",),
    },
    "gs": {
        "endpoint_url": ("STORAGE_EMULATOR_HOST",),
        "credentials_file": ("GOOGLE_APPLICATION_CREDENTIALS",),
        "project": ("GOOGLE_CLOUD_PROJECT",),
    },
    "ftp": _FTP,
    "ftps": _FTP,
    "http": _HTTP,
    "https": _HTTP,
}
_NAMED = re.compile(r"STORAGE_([A-Z][A-Z0-9_]*)_URI")
_PLACE = ("endpoint_url", "region", "project", "ca_file")
_PAIRS = (("access_key_id", "secret_access_key"), ("username", "password"))
"""Neither is of use without the other."""
_AZURE_SECRETS = ("CONNECTION_STRING", "ACCOUNT_KEY", "SAS_TOKEN")
"""What the variables of Azure's secrets end with: an account's name alone is no login."""
_OF_ONE_HOST = ("endpoint_url", "username", "password", "token")
"""Settings of HTTP that only the default storage takes from variables without a name: other hosts must not see them."""


_lock = threading.Lock()
_config: StorageConfig | None = None


def get_storage_config() -> StorageConfig:
    """Return the settings, reading the environment and a `.env` file of the working directory at the first call.

    Raises:
        ConfigurationError: names the variable, what is wrong with it and what to write.
    """
    global _config
    with _lock:
        if _config is None:
            _config = _read()
        return _config


def check_block_size(size: int) -> int:
    """Return a size of blocks (bytes) that every backend takes."""
    if size < MIN_BLOCK_SIZE:
        raise ConfigurationError(f"block_size={size} is too small: S3 takes no parts under {MIN_BLOCK_SIZE} bytes")
    return size


def forget_storage_config() -> None:
    """Read the environment again at the next call of `get_storage_config`."""
    global _config
    with _lock:
        _config = None


def find_storage(base: URI, name: str | None = None) -> Storage:
    """Return the storage of a name, or the one that a base lies in; else what the environment sets for its scheme."""
    config = get_storage_config()
    if name is not None:
        return config.choose(name)
    return config.find(base) or _storage(_environment(), str(base), base, "")


def _read() -> StorageConfig:
    env = _environment()
    processed, legacy = env.str("PROCESSED_DATA_DIR", ""), env.str("STORAGE_LEGACY_BASE", "")
    given = _default(env)
    if given and given.variables["uri"] == "STORAGE_URI":
        legacy = legacy or processed
    return StorageConfig(
        given=given,
        named=_named(env),
        legacy_base=_base(legacy, "STORAGE_LEGACY_BASE") if legacy else None,
        block_size=_number(env.int, "STORAGE_BLOCK_SIZE", 32 * 1024**2, MIN_BLOCK_SIZE),
        timeout=_number(env.float, "STORAGE_TIMEOUT", 30.0, 0.001),
        retry_attempts=_number(env.int, "STORAGE_RETRY_ATTEMPTS", 5, 1),
        retry_seconds=_number(env.float, "STORAGE_RETRY_SECONDS", 60.0, 0),
        cache_dir=_cache_dir(env),
        cache_size_mb=_number(env.int, "STORAGE_CACHE_SIZE_MB", 1000, 0),
    )


def _environment() -> Env:
    env, found = Env(), _dotenv()
    if found:
        env.read_env(str(found), recurse=False)
    return env


def _dotenv() -> Path | None:
    return next((d / ".env" for d in (Path.cwd(), *Path.cwd().parents) if (d / ".env").is_file()), None)


def _variables() -> list[str]:
    """Return the names of all variables; environs keeps those of a `.env` file to itself since its version 15."""
    return sorted({*os.environ, *dotenv_values(_dotenv() or os.devnull)})


def _default(env: Env) -> Storage | None:
    """Return the default storage: `STORAGE_URI` wins over `PROCESSED_DATA_DIR`."""
    given = env.str("STORAGE_URI", None)
    if given is not None:
        return _storage(env, "default", _base(given.strip(), "STORAGE_URI"), "", "STORAGE_URI")
    text = env.str("PROCESSED_DATA_DIR", "").strip()
    return _storage(env, "default", _base(text, "PROCESSED_DATA_DIR"), "", "PROCESSED_DATA_DIR") if text else None


def _base(text: str, variable: str) -> URI:
    """Read a base; a relative directory is taken against the working directory, once."""
    if not text:
        raise ConfigurationError(f"{variable} is empty; unset it, or write e.g. s3://bucket/prefix or /data/noiz")
    try:
        return URI.parse(text if is_uri(text) else normalize_path_to_uri(_at_home(text, variable)))
    except StorageError as error:
        shown = hide_login(text)
        raise ConfigurationError(f"{variable}={shown!r}: {error.strerror}", shown) from error


def _at_home(path: str, variable: str) -> str:
    """Return a path with the home directory in place of a leading `~`, which shells leave alone inside quotes."""
    expanded = os.path.expanduser(path)
    if path.startswith("~") and expanded == path:
        raise ConfigurationError(f"{variable}={path!r}: that home directory is not known; write the whole path", path)
    return expanded


def _named(env: Env) -> dict[str, Storage]:
    found = {}
    for variable in _variables():
        match = _NAMED.fullmatch(variable)
        if match:
            name, prefix = match[1].lower(), f"STORAGE_{match[1]}_"
            if name == "default":
                raise ConfigurationError(f"{variable} is not read: the default storage is set by STORAGE_URI")
            base = _base(env.str(variable, "").strip(), variable)
            found[name] = _storage(env, name, base, prefix, variable)
    return found


def _storage(env: Env, name: str, base: URI, prefix: str, variable: str = "STORAGE_URI") -> Storage:
    """Collect what a storage's own variables set, and what those of its scheme set for all."""
    known = _GLOBAL.get(base.scheme, {})
    own = {s: f"{prefix}{s.upper()}" for s in known if prefix and env.str(f"{prefix}{s.upper()}", "")}
    has_login = any(setting not in _PLACE for setting in own)
    used: dict[str, str] = {}
    for setting, variables in known.items():
        is_foreign = base.scheme in ("http", "https") and setting in _OF_ONE_HOST and name != "default"
        inherited = () if is_foreign or (has_login and setting not in _PLACE) else variables
        candidates = [own[setting]] if setting in own else [v for v in inherited if env.str(v, "")]
        if candidates:
            used[setting] = candidates[0]
    values = {setting: env.str(variable) for setting, variable in used.items()}
    endpoint = values.pop("endpoint_url", "")
    if base.scheme == "gs" and endpoint and "://" not in endpoint:
        endpoint = f"http://{endpoint}"  # Google's own tools take HOST:PORT
    _refuse_unusable(base.scheme, used, endpoint, values.get("credentials_file"))
    login = [used[setting] for setting in values if setting not in _PLACE]
    return Storage(
        name,
        base,
        endpoint,
        values,
        _source(base, login, endpoint),
        {"uri": variable, **_mend(known, used, prefix)},
    )


def _refuse_unusable(scheme: str, used: Mapping[str, str], endpoint: str, file: str | None) -> None:
    spellings = ("ftp://", "ftps://") if scheme in ("ftp", "ftps") else ("http://", "https://")
    if endpoint and not endpoint.lower().startswith(spellings):
        raise ConfigurationError(f"{used['endpoint_url']} is no URL; write e.g. {spellings[0]}127.0.0.1:9000")
    if file is not None and not os.path.isfile(file):
        variable, remedy = used["credentials_file"], "write the path of a service account's key file (JSON)"
        raise ConfigurationError(f"{variable} names {file!r}, where there is no file; {remedy}")


def _source(base: URI, login: list[str], endpoint: str) -> str:
    if base.scheme not in _GLOBAL:
        return "none needed"
    if not login and base.scheme in ("http", "https", "ftp", "ftps"):
        return "none: anonymous"
    if base.scheme == "gs" and endpoint and not login:
        return "none: an endpoint that is named is an emulator"
    if base.scheme == "az" and not any(variable.endswith(_AZURE_SECRETS) for variable in login):
        return "none: anonymous" if endpoint else "the SDK's own chain (environment, managed identity, CLI)"
    return ", ".join(login) if login else "the SDK's own chain (profile, role, metadata service)"


def _mend(known: Mapping[str, tuple[str, ...]], used: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Say which variables to mend for each kind of trouble."""
    names = {s: used.get(s) or (f"{prefix}{s.upper()}" if prefix else variables[0]) for s, variables in known.items()}
    login = [s for s in known if s not in _PLACE]
    given = [s for s in login if s in used]
    if not given:
        given = login[:2]
    else:
        halves = {half for pair in _PAIRS if set(given) & set(pair) for half in pair}
        given = [s for s in login if s in given or s in halves]
    mend = {"endpoint_url": names.get("endpoint_url", ""), "credentials": ", ".join(names[s] for s in given)}
    return {**mend, **{s: names[s] for s in ("ca_file",) if s in names}}


def _number(read: Any, variable: str, default: float, least: float) -> Any:
    try:
        value = read(variable, default)
    except (EnvError, ValueError) as error:
        raise ConfigurationError(f"{variable}={os.environ.get(variable)!r} is not a number") from error
    if value < least:
        raise ConfigurationError(f"{variable}={value} is too small; write at least {least}")
    return value


def _cache_dir(env: Env) -> str | None:
    directory: str = env.str("STORAGE_CACHE_DIR", "")
    if directory:
        warnings.warn("STORAGE_CACHE_DIR is set, but there is no cache yet: every read is sent", stacklevel=2)
    return directory or None
