"""Settings: every environment variable of the layer, read once, at first use.

Blanks, tabs and ends of lines around a value are no part of it: a password that has them is given in code
(`Storage(credentials=…)`). An optional variable that is empty counts as unset. What cannot be used, such as an address in
quotes, with an unexpanded `$NAME` or with a signature (`?…sig=`), is a ConfigurationError that names the variable, before
anything is contacted.
A `.env` file sets each of them too.

| variable | meaning |
|---|---|
| `STORAGE_URI` | base URI of the default storage; wins over `PROCESSED_DATA_DIR` |
| `PROCESSED_DATA_DIR` | Noiz's own variable: the default storage when `STORAGE_URI` is unset, else the legacy base |
| `STORAGE_LEGACY_BASE` | directory whose absolute paths mean the same keys under the present base |
| `STORAGE_<NAME>_URI` | base URI of another storage |
| `STORAGE_<NAME>_…` | its own `ENDPOINT_URL`, `ACCESS_KEY_ID`, `SECRET_ACCESS_KEY`, `SESSION_TOKEN`, `REGION`, `PROFILE`, `REQUEST_CHECKSUM_CALCULATION`, `RESPONSE_CHECKSUM_VALIDATION`, `CONNECTION_STRING`, `ACCOUNT_NAME`, `ACCOUNT_KEY`, `SAS_TOKEN`, `CREDENTIALS_FILE`, `PROJECT`, `USERNAME`, `PASSWORD`, `TOKEN`, `CA_FILE` |
| `S3_ENDPOINT_URL`, `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL` | endpoint of S3 storages; AWS when unset |
| `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_DEFAULT_REGION`, `AWS_PROFILE` | S3 credentials; else the SDK's own chain (`docs/sources.md` says what of it is tried) |
| `AWS_REQUEST_CHECKSUM_CALCULATION`, `AWS_RESPONSE_CHECKSUM_VALIDATION` | `when_supported` (default) or `when_required`: servers that refuse the SDK's checksum headers want the latter |
| `AWS_CA_BUNDLE` | certificates (PEM) that S3 over `https://` trusts in place of the SDK's |
| `AZURE_STORAGE_CONNECTION_STRING`, or `AZURE_STORAGE_ACCOUNT_NAME` with `…_ACCOUNT_KEY` or `…_SAS_TOKEN`, `AZURE_STORAGE_ENDPOINT_URL` | Azure Blob; with the account's name alone the SDK's own chain, at an endpoint nobody's |
| `STORAGE_HTTP_USERNAME`, `STORAGE_HTTP_PASSWORD`, or `STORAGE_HTTP_TOKEN` | credentials (basic, bearer) of a default storage over HTTP |
| `STORAGE_HTTP_ENDPOINT_URL` | where that storage is read instead, such as a mirror; its addresses stay |
| `STORAGE_HTTP_CA_FILE` | certificates (PEM) that `https://` trusts beside the system's |
| `GOOGLE_APPLICATION_CREDENTIALS` | key file for Google Cloud Storage; else the SDK's own chain |
| `GOOGLE_CLOUD_PROJECT`, `STORAGE_EMULATOR_HOST` | project (no request needs it), and an emulator, which is asked without credentials |
| `STORAGE_FTP_USERNAME`, `STORAGE_FTP_PASSWORD`, `STORAGE_FTP_CA_FILE`, `STORAGE_FTP_ENDPOINT_URL` | FTP, with and without TLS: login (anonymous when unset), PEM file of a private authority, where the host is really reached (a tunnel) |
| `STORAGE_BLOCK_SIZE` | bytes read or written in one request, 5 MiB to 4000 MiB (33554432) |
| `STORAGE_TIMEOUT` | seconds of one attempt, at most 1000000 (30) |
| `STORAGE_RETRY_ATTEMPTS`, `STORAGE_RETRY_SECONDS` | budget of one call (5, 60), at most 1000 attempts |
| `STORAGE_CACHE_DIR`, `STORAGE_CACHE_SIZE_MB` | directory and bound of the local cache (not built yet) |
"""  # noqa: E501 - a table

from __future__ import annotations

import os
import re
import threading
import warnings
from collections.abc import Mapping

from .credential_values import check_pair
from .environment import Environment
from .errors import ConfigurationError, StorageError
from .setting_values import at_home, check_path, check_whole, refuse
from .storage_config import Storage, StorageConfig
from .uri import URI, normalize_path_to_uri

__all__ = ["Storage", "StorageConfig", "find_storage", "get_storage_config"]

MIN_BLOCK_SIZE = 5 * 1024**2
"""Smallest block (bytes): S3 takes no smaller parts."""
MAX_BLOCK_SIZE = 4000 * 1024**2
"""Largest block (bytes): Azure takes no larger ones; S3's largest part has 5 GiB."""
_LONGEST_ATTEMPT = 1_000_000
"""Seconds, eleven days: the timers of Python and its event loop overflow somewhat later."""
_MOST_ATTEMPTS = 1000
"""More would let the pauses between attempts, which double, overflow."""

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
        "profile": ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"),
        "request_checksum_calculation": ("AWS_REQUEST_CHECKSUM_CALCULATION",),
        "response_checksum_validation": ("AWS_RESPONSE_CHECKSUM_VALIDATION",),
        "ca_file": ("AWS_CA_BUNDLE",),
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
_CHECKSUMS = ("request_checksum_calculation", "response_checksum_validation")
_PLACE = ("endpoint_url", "region", "project", "ca_file", *_CHECKSUMS)
_PATHS = ("ca_file", "credentials_file")
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


def check_block_size(size: object) -> int:
    """Return a size of blocks (bytes) that every backend takes."""
    return check_whole("block_size", size, MIN_BLOCK_SIZE, MAX_BLOCK_SIZE)


def own_variable(storage: Storage, variable: str) -> str:
    """Return the variable by which a storage takes what this one sets for all storages of its scheme."""
    known = _GLOBAL.get(storage.base.scheme, {})
    settings = [setting for setting, variables in known.items() if variable in variables]
    return storage.variables.get(settings[0], variable) if settings else variable


def forget_storage_config() -> None:
    """Read the environment again at the next call of `get_storage_config`."""
    global _config
    with _lock:
        _config = None


def find_storage(base: URI, name: str | None = None) -> Storage:
    """Return the storage of a name, or the one that a base lies in; else what the environment sets for its scheme."""
    config = get_storage_config()
    found = config.choose(name) if name is not None else config.find(base)
    found = found or _storage(Environment(os.environ), str(base), base, "base_uri")
    check_pair(found.credentials, found.variables)
    return found


def _read() -> StorageConfig:
    env = Environment(os.environ)
    given = _default(env)
    bases = {variable: env.address(variable) for variable in ("STORAGE_LEGACY_BASE", "PROCESSED_DATA_DIR")}
    if given and given.variables["uri"] == "PROCESSED_DATA_DIR":
        del bases["PROCESSED_DATA_DIR"]
    legacy = [_base(variable, text) for variable, text in bases.items() if text]
    return StorageConfig(
        given=given,
        named=_named(env),
        legacy_base=legacy[0] if legacy else None,
        block_size=env.whole("STORAGE_BLOCK_SIZE", 32 * 1024**2, MIN_BLOCK_SIZE, MAX_BLOCK_SIZE),
        timeout=env.seconds("STORAGE_TIMEOUT", 30.0, 0.001, _LONGEST_ATTEMPT),
        retry_attempts=env.whole("STORAGE_RETRY_ATTEMPTS", 5, 1, _MOST_ATTEMPTS),
        retry_seconds=env.seconds("STORAGE_RETRY_SECONDS", 60.0, 0),
        cache_dir=_cache_dir(env),
        cache_size_mb=env.whole("STORAGE_CACHE_SIZE_MB", 1000, 0),
    )


def _default(env: Environment) -> Storage | None:
    """Return the default storage: `STORAGE_URI` wins over `PROCESSED_DATA_DIR`."""
    if "STORAGE_URI" in env.values:
        return _storage(env, "default", _base_of(env, "STORAGE_URI"), "STORAGE_URI")
    text = env.address("PROCESSED_DATA_DIR")
    base = _base("PROCESSED_DATA_DIR", text) if text else None
    return _storage(env, "default", base, "PROCESSED_DATA_DIR") if base else None


def _base_of(env: Environment, variable: str) -> URI:
    """Read a base that may not be empty."""
    if not env.text(variable):
        reason = f"is empty ({env.values[variable]!r}); unset it, or write e.g. s3://bucket/prefix or /data/noiz"
        raise ConfigurationError(f"{variable} {reason}")
    return _base(variable, env.address(variable))


def _base(variable: str, text: str) -> URI:
    """Read a base; a relative directory is taken against the working directory, once."""
    try:
        return URI.parse(normalize_path_to_uri(at_home(variable, text)))
    except StorageError as error:
        if str(error.strerror).startswith(f"{variable}="):
            raise
        refuse(variable, text, str(error.strerror))


def _named(env: Environment) -> dict[str, Storage]:
    found = {}
    for variable in sorted(env.values):
        match = _NAMED.fullmatch(variable)
        if match:
            name, prefix = match[1].lower(), f"STORAGE_{match[1]}_"
            if name == "default":
                raise ConfigurationError(f"{variable} is not read: the default storage is set by STORAGE_URI")
            found[name] = _storage(env, name, _base_of(env, variable), variable, prefix)
    return found


def _storage(env: Environment, name: str, base: URI, variable: str, prefix: str = "") -> Storage:
    """Collect what a storage's own variables set, and what those of its scheme set for all."""
    known = _GLOBAL.get(base.scheme, {})
    own = {s: f"{prefix}{s.upper()}" for s in known if prefix and _given(env, s, f"{prefix}{s.upper()}")}
    has_login = any(setting not in _PLACE for setting in own)
    used: dict[str, str] = {}
    for setting, variables in known.items():
        is_foreign = base.scheme in ("http", "https") and setting in _OF_ONE_HOST and name != "default"
        inherited = () if is_foreign or (has_login and setting not in _PLACE) else variables
        candidates = [own[setting]] if setting in own else [v for v in inherited if _given(env, setting, v)]
        if candidates:
            used[setting] = candidates[0]
    values = {setting: _value(env, setting, each) for setting, each in used.items()}
    endpoint = values.pop("endpoint_url", "")
    if base.scheme == "gs" and endpoint and "://" not in endpoint:
        endpoint = f"http://{endpoint}"  # Google's own tools take HOST:PORT
    login = [used[setting] for setting in values if setting not in _PLACE]
    source, variables_to_mend = _source(base, login, endpoint), {"uri": variable, **_mend(known, used, prefix)}
    return Storage(name, base, endpoint, values, source, variables_to_mend)


def _given(env: Environment, setting: str, variable: str) -> bool:
    """Say whether a variable is set; one that should hold an address and is blank is, and is refused later."""
    is_address = setting == "endpoint_url" or setting in _PATHS
    return bool(env.values.get(variable) if is_address else env.text(variable))


def _value(env: Environment, setting: str, variable: str) -> str:
    """Return a setting's value as engines take it."""
    if setting == "endpoint_url":
        return env.address(variable)
    if setting in _PATHS:
        return check_path(variable, env.values[variable])
    text = env.text(variable)
    if setting == "sas_token":
        return text.removeprefix("?")
    return text.lower() if setting in _CHECKSUMS else text


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
    return {**names, "credentials": ", ".join(names[s] for s in given)}


def _cache_dir(env: Environment) -> str | None:
    given = env.values.get("STORAGE_CACHE_DIR")
    if given:
        warnings.warn("STORAGE_CACHE_DIR is set, but there is no cache yet: every read is sent", stacklevel=4)
    return check_path("STORAGE_CACHE_DIR", given) if given else None
