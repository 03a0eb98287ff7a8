"""Variables: what each sets, which of several counts, and what one storage takes from those of all."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner

from conformance.behaviour import embedded_backends, source

pytestmark = embedded_backends()

S3, AZURE, GOOGLE, WEB, FTP = "s3://bucket/x", "az://container/x", "gs://bucket/x", "https://host/x", "ftp://host/x"
FILE: Final = "(a file of certificates)"
"""Stands in a table for the path of one that is there."""
VARIABLES: dict[str, list[tuple[str, str, str]]] = {
    S3: [
        ("endpoint_url", "S3_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("endpoint_url", "AWS_ENDPOINT_URL_S3", "http://127.0.0.1:2"),
        ("endpoint_url", "AWS_ENDPOINT_URL", "http://127.0.0.1:3"),
        ("access_key_id", "AWS_ACCESS_KEY_ID", "someone"),
        ("secret_access_key", "AWS_SECRET_ACCESS_KEY", "a secret"),
        ("session_token", "AWS_SESSION_TOKEN", "token"),
        ("region", "AWS_DEFAULT_REGION", "eu-south-2"),
        ("region", "AWS_REGION", "ap-east-1"),
        ("profile", "AWS_PROFILE", "mine"),
        ("profile", "AWS_DEFAULT_PROFILE", "other"),
        ("request_checksum_calculation", "AWS_REQUEST_CHECKSUM_CALCULATION", "when_required"),
        ("response_checksum_validation", "AWS_RESPONSE_CHECKSUM_VALIDATION", "when_supported"),
        ("ca_file", "AWS_CA_BUNDLE", FILE),
    ],
    AZURE: [
        ("endpoint_url", "AZURE_STORAGE_ENDPOINT_URL", "http://127.0.0.1:1/account"),
        ("connection_string", "AZURE_STORAGE_CONNECTION_STRING", "AccountName=account;AccountKey=a2V5"),
        ("account_name", "AZURE_STORAGE_ACCOUNT_NAME", "account"),
        ("account_key", "AZURE_STORAGE_ACCOUNT_KEY", "a2V5"),
        ("sas_token", "AZURE_STORAGE_SAS_TOKEN", "sv=1&sig=a"),
    ],
    GOOGLE: [
        ("endpoint_url", "STORAGE_EMULATOR_HOST", "http://127.0.0.1:1"),
        ("credentials_file", "GOOGLE_APPLICATION_CREDENTIALS", FILE),
        ("project", "GOOGLE_CLOUD_PROJECT", "mine"),
    ],
    WEB: [
        ("endpoint_url", "STORAGE_HTTP_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("username", "STORAGE_HTTP_USERNAME", "someone"),
        ("password", "STORAGE_HTTP_PASSWORD", "a secret"),
        ("token", "STORAGE_HTTP_TOKEN", "token"),
        ("ca_file", "STORAGE_HTTP_CA_FILE", FILE),
    ],
    FTP: [
        ("endpoint_url", "STORAGE_FTP_ENDPOINT_URL", "ftp://127.0.0.1:1"),
        ("username", "STORAGE_FTP_USERNAME", "someone"),
        ("password", "STORAGE_FTP_PASSWORD", "a secret"),
        ("ca_file", "STORAGE_FTP_CA_FILE", FILE),
    ],
}
"""Base of a storage → what may be set for all of its scheme, the variable that does, and a value."""
ALIKE = {
    S3: "s3a://bucket/x",
    AZURE: "abfs://container/x",
    GOOGLE: "gcs://bucket/x",
    WEB: "http://host/x",
    FTP: "ftps://host/x",
}
"""The same with another spelling of the scheme, or with one that shares its variables."""
BESIDE = {
    "AZURE_STORAGE_ACCOUNT_KEY": {"account_name": "account"},
    "AZURE_STORAGE_SAS_TOKEN": {"account_name": "account"},
    "STORAGE_HTTP_PASSWORD": {"username": "someone"},
}
"""What is refused by itself → what it needs."""
PLACE = ("endpoint_url", "region", "project", "ca_file", "request_checksum_calculation", "response_checksum_validation")
"""Settings that say where, not who: a storage with a login of its own shares them."""


@functools.cache
def _certificates() -> bytes:
    import trustme  # at its use: it takes a while

    return trustme.CA().cert_pem.bytes()


@pytest.fixture
def at(tmp_path: Path) -> Any:
    """`at(value)`: a value of a table, which may stand for a file."""
    path = tmp_path / "authority.pem"
    path.write_bytes(_certificates())
    return lambda value: value.replace(FILE, str(path))


def _set(storage: Any) -> dict[str, str]:
    """All that a storage's variables set."""
    endpoint = {"endpoint_url": storage.endpoint_url} if storage.endpoint_url else {}
    return {**endpoint, **storage.credentials}


def _of(base: str, setting: str) -> str:
    """The variable that sets a thing for all storages of a scheme."""
    return next(name for each, name, _ in VARIABLES[base] if each == setting)


def _own(setting: str) -> str:
    return f"STORAGE_OTHER_{setting.upper()}"


def _read(subject: Any, environment: Any, variables: Mapping[str, str]) -> Any:
    """The settings where these variables alone are set."""
    environment.replace(variables)
    return subject.get_storage_config()


ROWS = [(base, *row) for base, rows in VARIABLES.items() for row in rows]


@source("contract: Surface", "contract: Addresses")
def test_each_sets_one_thing(subject: Any, environment: Any, at: Any) -> None:
    """Each variable sets what it is for, for every storage of its scheme, and nothing for any other."""
    found, expected = {}, {}
    for base, setting, name, value in ROWS:
        beside = BESIDE.get(name, {})
        expected[name] = [{**beside, setting: at(value)}] * 2 + [{}, name, "STORAGE_URI"]
        given = {name: at(value), **{_of(base, each): text for each, text in beside.items()}}
        default = _read(subject, environment, {"STORAGE_URI": base, **given}).default
        config = _read(subject, environment, {"STORAGE_URI": ALIKE[base], "STORAGE_OTHER_URI": "memory://x", **given})
        alike, other = config.default, config.choose("other")
        found[name] = [*map(_set, (default, alike, other)), default.variables[setting], default.variables["uri"]]
    assert found == expected


@source("contract: Surface", "contract: Addresses")
def test_each_has_one_of_a_storages_own(subject: Any, environment: Any, at: Any) -> None:
    """A storage's own variable sets what that of all sets, for it alone."""
    found, expected = {}, {}
    for base, setting, name, value in ROWS:
        beside = BESIDE.get(name, {})
        expected[name] = [{}, {**beside, setting: at(value)}, _own(setting), "STORAGE_OTHER_URI"]
        own = {_own(setting): at(value), **{_own(each): text for each, text in beside.items()}}
        config = _read(subject, environment, {"STORAGE_URI": base, "STORAGE_OTHER_URI": base, **own})
        other = config.choose("other")
        found[name] = [_set(config.default), _set(other), other.variables[setting], other.variables["uri"]]
    assert found == expected


SEVERAL = {
    ("S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"): "endpoint_url",
    ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"): "endpoint_url",
    ("AWS_DEFAULT_REGION", "AWS_REGION"): "region",
    ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"): "profile",
}
"""Variables that set one thing, the one that counts first."""


@source("contract: Surface")
def test_first_of_several_counts(subject: Any, environment: Any) -> None:
    """Of several variables for one thing the first that is not empty counts, and a storage's own before all."""
    found, expected = {}, {}
    for names, setting in SEVERAL.items():
        values = {name: value for _, name, value in VARIABLES[S3] if name in names}
        own = {"endpoint_url": "http://127.0.0.1:9", "region": "us-west-2", "profile": "own"}[setting]
        expected[names] = [values[names[0]], own, values[names[1]], values[names[1]]]
        storages = {"STORAGE_URI": S3, "STORAGE_OTHER_URI": S3, **values}
        whole = _read(subject, environment, {**storages, _own(setting): own})
        rest = _read(subject, environment, {**storages, names[0]: "", _own(setting): ""})
        storages_in_turn = [whole.default, whole.choose("other"), rest.default, rest.choose("other")]
        found[names] = [_set(each)[setting] for each in storages_in_turn]
    assert found == expected


LOGINS: dict[str, list[dict[str, str]]] = {
    S3: [
        {"access_key_id": "me"},
        {"secret_access_key": "mine"},
        {"session_token": "mine"},
        {"profile": "mine"},
        {"access_key_id": "me", "secret_access_key": "mine"},
    ],
    AZURE: [
        {"connection_string": "AccountName=other;AccountKey=a2V5"},
        {"account_name": "other"},
        {"account_name": "other", "account_key": "bXk="},
    ],
    GOOGLE: [{"credentials_file": FILE}],
    FTP: [{"username": "me"}, {"password": "mine"}],
}
"""Base → logins of a storage's own, whole and half."""


def _of_all(base: str, at: Any) -> dict[str, str]:
    """Every variable of a scheme, each with its value."""
    return {name: at(value) for _, name, value in VARIABLES[base]}


@source("contract: Surface", "contract: Living")
def test_a_login_of_its_own_is_never_mixed(subject: Any, environment: Any, at: Any) -> None:
    """A storage with any part of a login of its own takes no part of the others' login, and still their place."""
    found, expected = {}, {}
    for base, login in [(base, login) for base, logins in LOGINS.items() for login in logins]:
        own = {_own(setting): at(value) for setting, value in login.items()}
        case = f"{base} {' '.join(own)}"
        other = _read(subject, environment, {"STORAGE_OTHER_URI": base, **_of_all(base, at), **own}).choose("other")
        places = {setting: at(value) for setting, _, value in reversed(VARIABLES[base]) if setting in PLACE}
        told = {"account_name": "none: anonymous"}.get("-".join(login), ", ".join(own))
        expected[case] = ({**places, **{setting: at(value) for setting, value in login.items()}}, told)
        found[case] = (_set(other), other.source)
    assert found == expected


@source("contract: Surface", "contract: Living")
def test_a_place_of_its_own_keeps_the_login(subject: Any, environment: Any, at: Any) -> None:
    """A storage that sets only where it lies, or nothing, logs in as all others do; on the web nobody does."""
    found, expected = {}, {}
    for base, rows in VARIABLES.items():
        usual = {setting: at(value) for setting, _, value in reversed(rows)}
        hidden = ("endpoint_url", "username", "password", "token") if base == WEB else ()
        taken = {setting: value for setting, value in usual.items() if setting not in hidden}
        moved = {"endpoint_url": usual["endpoint_url"].replace(":1", ":9")}
        known = {**_of_all(base, at), "STORAGE_OTHER_URI": base, "STORAGE_URI": "memory://x"}
        expected[base] = [taken, {**taken, **moved}, taken]
        found[base] = [
            _set(_read(subject, environment, {**known, **own}).choose("other"))
            for own in ({}, {_own("endpoint_url"): moved["endpoint_url"]})
        ] + [_set(subject.filesystem.NoizFileSystem(base.replace("/x", "/y")).storage)]
    assert found == expected


@source("contract: Living")
@pytest.mark.parametrize("base", [WEB, "http://host/x"])
def test_other_hosts_see_no_login(subject: Any, environment: Any, base: str) -> None:
    """Login and mirror of the default storage over HTTP go to no other host, and a storage's own go to it alone."""
    login = {"STORAGE_HTTP_USERNAME": "me", "STORAGE_HTTP_PASSWORD": "mine", "STORAGE_HTTP_ENDPOINT_URL": "http://m"}
    environment.replace({"STORAGE_URI": base, "STORAGE_OTHER_URI": f"{base}/other", **login})
    config = subject.get_storage_config()
    assert set(_set(config.default)) == {"username", "password", "endpoint_url"}
    assert (_set(config.choose("other")), config.choose("other").source) == ({}, "none: anonymous")
    assert _set(subject.filesystem.NoizFileSystem("https://elsewhere/x").storage) == {}
    environment.change(STORAGE_OTHER_TOKEN="mine")
    config = subject.get_storage_config()
    assert (_set(config.choose("other")), "token" in _set(config.default)) == ({"token": "mine"}, False)


SPELLED: list[tuple[str, str, str, str]] = [
    (AZURE, "SAS_TOKEN", "?sv=1&sig=a%3F", "sv=1&sig=a%3F"),
    (S3, "REQUEST_CHECKSUM_CALCULATION", "When_Required", "when_required"),
    (S3, "RESPONSE_CHECKSUM_VALIDATION", "WHEN_SUPPORTED", "when_supported"),
    (S3, "SECRET_ACCESS_KEY", "?A b", "?A b"),
    (S3, "PROFILE", "My Profile", "My Profile"),
    (GOOGLE, "ENDPOINT_URL", "localhost:4443", "http://localhost:4443"),
    (GOOGLE, "ENDPOINT_URL", "https://gcs.example", "https://gcs.example"),
    (GOOGLE, "CREDENTIALS_FILE", "~/authority.pem", FILE),
    (WEB, "CA_FILE", "~/authority.pem", FILE),
]
"""Base, a setting of its own, how it is written, and what that means."""


@source("contract: Surface")
@pytest.mark.parametrize("ends", ["{}", " {}\r\n"], ids=["plain", "blank-ends"])
def test_spellings_of_a_value(subject: Any, environment: Any, at: Any, tmp_path: Path, ends: str) -> None:
    """A value may be written as people and other tools write it: capitals, a signature's `?`, `~`, HOST:PORT."""
    found = {}
    for base, setting, written, _ in SPELLED:
        given = {"STORAGE_OTHER_ACCOUNT_NAME": "account", f"STORAGE_OTHER_{setting}": ends.format(written)}
        config = _read(subject, environment, {"STORAGE_OTHER_URI": base, "HOME": str(tmp_path), **given})
        found[setting, written] = _set(config.choose("other"))[setting.lower()]
    assert found == {(setting, written): at(meant) for _, setting, written, meant in SPELLED}


LIMITS: dict[str, tuple[str, Any, list[str], list[str]]] = {
    "STORAGE_BLOCK_SIZE": ("block_size", 33554432, ["5242880", "4194304000"], ["5242879", "4194304001", "0", "-1"]),
    "STORAGE_TIMEOUT": ("timeout", 30.0, ["0.001", "1000000", "7", "1e3"], ["0.0009", "1000001", "0", "-1"]),
    "STORAGE_RETRY_ATTEMPTS": ("retry_attempts", 5, ["1", "1000", "2"], ["0", "1001", "-1"]),
    "STORAGE_RETRY_SECONDS": ("retry_seconds", 60.0, ["0", "0.5", "1e9"], ["-0.001", "-1"]),
    "STORAGE_CACHE_SIZE_MB": ("cache_size_mb", 1000, ["0", "1", "999999"], ["-1"]),
}
"""Variable → its field, the default, values within its bounds, and those beyond."""


@source("contract: Surface")
def test_limits_have_bounds(subject: Any, environment: Any) -> None:
    """Each limit has a default, which an empty one means too, and may be as small and as large as its bounds."""
    environment.change(**dict.fromkeys(LIMITS))
    config = subject.get_storage_config()
    assert {name: getattr(config, row[0]) for name, row in LIMITS.items()} == {n: row[1] for n, row in LIMITS.items()}
    assert config.cache_dir is None
    found, expected = {}, {}
    for name, (field, default, within, _) in LIMITS.items():
        expected[name] = [default, default, *map(float, within)]
        found[name] = [getattr(_read(subject, environment, {name: value}), field) for value in ["", " ", *within]]
    assert found == expected


def _refusal(subject: Any, environment: Any, variables: Mapping[str, str]) -> tuple[str, object]:
    """What is said of variables that cannot be used, and what the error names."""
    try:
        _read(subject, environment, variables)
    except ValueError as error:
        return str(getattr(error, "strerror", error)), getattr(error, "filename", None)
    return "taken", None


@source("contract: Surface", "contract: Refusing")
def test_limits_beyond_their_bounds(subject: Any, environment: Any, costs: Any) -> None:
    """A limit beyond its bounds raises ValueError with its variable and its value, before anything is contacted."""
    with costs():
        told = {
            (name, value): _refusal(subject, environment, {"STORAGE_URI": "memory://x", name: value})
            for name, row in LIMITS.items()
            for value in row[3]
        }
    assert [case for case, (text, _) in told.items() if not text.startswith(f"{case[0]}={case[1]} is too ")] == []
    assert {named for _, named in told.values()} == {None}


SOURCES: dict[str, tuple[str, dict[str, str], str]] = {
    "memory": ("memory://x", {}, "none needed"),
    "disk": ("/data/noiz", {}, "none needed"),
    "s3": (S3, {}, "the SDK's own chain (profile, role, metadata service)"),
    "s3-elsewhere": (S3, {"S3_ENDPOINT_URL": "http://h"}, "the SDK's own chain (profile, role, metadata service)"),
    "s3-region": (S3, {"AWS_DEFAULT_REGION": "eu-south-2"}, "the SDK's own chain (profile, role, metadata service)"),
    "s3-profile": (S3, {"AWS_DEFAULT_PROFILE": "mine"}, "AWS_DEFAULT_PROFILE"),
    "azure": (AZURE, {}, "the SDK's own chain (environment, managed identity, CLI)"),
    "azure-account": (
        AZURE,
        {"AZURE_STORAGE_ACCOUNT_NAME": "account"},
        "the SDK's own chain (environment, managed identity, CLI)",
    ),
    "azure-elsewhere": (
        AZURE,
        {"AZURE_STORAGE_ENDPOINT_URL": "http://h", "AZURE_STORAGE_ACCOUNT_NAME": "account"},
        "none: anonymous",
    ),
    "azure-key": (
        AZURE,
        {"AZURE_STORAGE_ACCOUNT_NAME": "account", "AZURE_STORAGE_ACCOUNT_KEY": "a2V5"},
        "AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_ACCOUNT_KEY",
    ),
    "azure-token": (
        AZURE,
        {"AZURE_STORAGE_ENDPOINT_URL": "http://h", "AZURE_STORAGE_SAS_TOKEN": "sv=1&sig=a"},
        "AZURE_STORAGE_SAS_TOKEN",
    ),
    "azure-string": (
        AZURE,
        {"AZURE_STORAGE_CONNECTION_STRING": "UseDevelopmentStorage=true"},
        "AZURE_STORAGE_CONNECTION_STRING",
    ),
    "google": (GOOGLE, {}, "the SDK's own chain (profile, role, metadata service)"),
    "google-project": (GOOGLE, {"GOOGLE_CLOUD_PROJECT": "p"}, "the SDK's own chain (profile, role, metadata service)"),
    "google-emulator": (
        GOOGLE,
        {"STORAGE_EMULATOR_HOST": "localhost:4443"},
        "none: an endpoint that is named is an emulator",
    ),
    "google-key": (
        GOOGLE,
        {"STORAGE_EMULATOR_HOST": "localhost:4443", "GOOGLE_APPLICATION_CREDENTIALS": FILE},
        "GOOGLE_APPLICATION_CREDENTIALS",
    ),
    "https": (WEB, {}, "none: anonymous"),
    "http": ("http://host/x", {"STORAGE_HTTP_ENDPOINT_URL": "http://h"}, "none: anonymous"),
    "https-login": (
        WEB,
        {"STORAGE_HTTP_USERNAME": "me", "STORAGE_HTTP_PASSWORD": "p"},
        "STORAGE_HTTP_USERNAME, STORAGE_HTTP_PASSWORD",
    ),
    "https-authority": (WEB, {"STORAGE_HTTP_CA_FILE": FILE}, "none: anonymous"),
    "ftp": (FTP, {}, "none: anonymous"),
    "ftps": ("ftps://host/x", {"STORAGE_FTP_ENDPOINT_URL": "ftps://h"}, "none: anonymous"),
    "ftp-password": (FTP, {"STORAGE_FTP_PASSWORD": "me@example.org"}, "STORAGE_FTP_PASSWORD"),
}
"""A base, what is set beside it, and what is said of the login."""


@source("contract: Living", "contract: Surface")
def test_source_of_the_login_is_told(subject: Any, environment: Any, at: Any) -> None:
    """Where a login comes from is told, by the variables that are used or by the chain that is asked."""
    found = {}
    for case, (base, variables, _) in SOURCES.items():
        given = {name: at(value) for name, value in variables.items()}
        found[case] = _read(subject, environment, {"STORAGE_URI": base, **given}).default.source
    assert found == {case: told for case, (_, _, told) in SOURCES.items()}


MENDS: dict[str, tuple[str, dict[str, str], str]] = {
    "s3-nothing": (S3, {}, "ACCESS_KEY_ID SECRET_ACCESS_KEY"),
    "s3-place": (S3, {"region": "eu-south-2"}, "ACCESS_KEY_ID SECRET_ACCESS_KEY"),
    "s3-first-half": (S3, {"access_key_id": "me"}, "ACCESS_KEY_ID SECRET_ACCESS_KEY"),
    "s3-second-half": (S3, {"secret_access_key": "mine"}, "ACCESS_KEY_ID SECRET_ACCESS_KEY"),
    "s3-session": (S3, {"access_key_id": "me", "session_token": "t"}, "ACCESS_KEY_ID SECRET_ACCESS_KEY SESSION_TOKEN"),
    "s3-profile": (S3, {"profile": "mine"}, "PROFILE"),
    "azure-nothing": (AZURE, {}, "CONNECTION_STRING ACCOUNT_NAME"),
    "azure-name": (AZURE, {"account_name": "account"}, "ACCOUNT_NAME"),
    "azure-key": (AZURE, {"account_name": "account", "account_key": "a2V5"}, "ACCOUNT_NAME ACCOUNT_KEY"),
    "google-nothing": (GOOGLE, {}, "CREDENTIALS_FILE"),
    "google-file": (GOOGLE, {"credentials_file": FILE}, "CREDENTIALS_FILE"),
    "web-nothing": (WEB, {}, "USERNAME PASSWORD"),
    "web-name": (WEB, {"username": "me"}, "USERNAME PASSWORD"),
    "web-token": (WEB, {"token": "mine"}, "TOKEN"),
    "ftp-nothing": (FTP, {}, "USERNAME PASSWORD"),
    "ftp-password": (FTP, {"password": "mine"}, "USERNAME PASSWORD"),
}
"""A base, what is set of its own, and the ends of the names of the variables that a refused login is mended by."""


@source("contract: Refusing")
def test_what_to_mend_is_known(subject: Any, environment: Any, at: Any) -> None:
    """For a login that is refused the variables to mend are those in use, with the missing half, or the first two."""
    found, expected = {}, {}
    for case, (base, own, ends) in MENDS.items():
        given = {_own(name): at(value) for name, value in own.items()}
        found[case] = dict(_read(subject, environment, {"STORAGE_OTHER_URI": base, **given}).choose("other").variables)
        names = {name: _own(name) for name, _, _ in VARIABLES[base]}
        expected[case] = {
            "uri": "STORAGE_OTHER_URI",
            **names,
            "credentials": ", ".join(map(_own, ends.lower().split())),
        }
    assert found == expected


@source("contract: Refusing")
def test_what_to_mend_of_all(subject: Any, environment: Any) -> None:
    """Where nothing is set, the variable to mend is the first of those that set a thing for all of a scheme."""
    found, expected = {}, {}
    for base, rows in VARIABLES.items():
        found[base] = dict(_read(subject, environment, {"STORAGE_URI": base}).default.variables)
        first = {setting: name for setting, name, _ in reversed(rows)}
        login = [name for setting, name in reversed(first.items()) if setting not in PLACE]
        expected[base] = {"uri": "STORAGE_URI", **first, "credentials": ", ".join(login[:2])}
    assert found == expected


BASES: dict[str, tuple[dict[str, str], str | None, str | None]] = {
    "uri": ({"STORAGE_URI": "memory://x"}, "memory://x", None),
    "directory": ({"PROCESSED_DATA_DIR": "/old"}, "file:///old", None),
    "both": ({"STORAGE_URI": "memory://x", "PROCESSED_DATA_DIR": "/old"}, "memory://x", "file:///old"),
    "legacy": ({"STORAGE_URI": "memory://x", "STORAGE_LEGACY_BASE": "/older"}, "memory://x", "file:///older"),
    "legacy-of-a-directory": (
        {"PROCESSED_DATA_DIR": "/old", "STORAGE_LEGACY_BASE": "/older"},
        "file:///old",
        "file:///older",
    ),
    "all": (
        {"STORAGE_URI": "memory://x", "PROCESSED_DATA_DIR": "/old", "STORAGE_LEGACY_BASE": "/older"},
        "memory://x",
        "file:///older",
    ),
    "empty": ({"STORAGE_URI": "memory://x", "PROCESSED_DATA_DIR": "", "STORAGE_LEGACY_BASE": ""}, "memory://x", None),
    "empty-legacy": ({"PROCESSED_DATA_DIR": "/old", "STORAGE_LEGACY_BASE": ""}, "file:///old", None),
    "home": ({"STORAGE_URI": "~/x", "STORAGE_LEGACY_BASE": "~/y"}, "file:///home/me/x", "file:///home/me/y"),
    "blank-ends": (
        {"STORAGE_URI": " s3://b/x\n", "PROCESSED_DATA_DIR": "\t/old ", "STORAGE_LEGACY_BASE": ""},
        "s3://b/x",
        "file:///old",
    ),
    "uri-of-a-directory": ({"PROCESSED_DATA_DIR": "s3://b/x"}, "s3://b/x", None),
    "slash": ({"STORAGE_URI": "/"}, "file:///", None),
    "capitals": ({"STORAGE_URI": "s3://b/X"}, "s3://b/X", None),
}
"""Variables, the default base that they set, and the legacy base."""


@source("contract: Addresses", "Noiz 0.7.1: S29")
def test_bases_of_the_default_storage(subject: Any, environment: Any) -> None:
    """STORAGE_URI wins over PROCESSED_DATA_DIR, which then is the legacy base, unless STORAGE_LEGACY_BASE names one."""
    found, expected = {}, {}
    for case, (variables, base, legacy) in BASES.items():
        config = _read(subject, environment, {"HOME": "/home/me", **variables})
        named = config.default.name, config.default.variables["uri"]
        found[case] = (str(config.default.base), config.legacy_base and str(config.legacy_base), *named)
        expected[case] = base, legacy, "default", next(iter(variables))
    assert found == expected


@source("contract: Surface")
def test_names_of_storages(subject: Any, environment: Any, refused: Any) -> None:
    """A storage is called as its variable says, in any case of letters; what is no name, or not its form, is none."""
    named = {"A_URI": "a", "OTHER_2_URI": "other_2", "X__URI": "x_", "URI_URI": "uri"}
    none = ["STORAGE_1_URI", "STORAGE__URI", "STORAGE_a_URI", "XSTORAGE_B_URI", "STORAGE_B_URIS", "STORAGE_B_URI_X"]
    given = {f"STORAGE_{name}": f"memory://{called}" for name, called in named.items()}
    config = _read(subject, environment, {**given, **dict.fromkeys(none, "memory://none")})
    assert {name: (each.name, str(each.base)) for name, each in config.named.items()} == {
        called: (called, f"memory://{called}") for called in named.values()
    }
    assert config.choose("OTHER_2").name == "other_2"
    environment.change(STORAGE_DEFAULT_URI="memory://x", **dict.fromkeys(none))
    with refused(ValueError, match="STORAGE_DEFAULT_URI .*STORAGE_URI"):
        subject.get_storage_config()


@source("contract: Refusing", "Noiz 0.7.1: S22")
@pytest.mark.parametrize("variable", ["STORAGE_URI", "STORAGE_OTHER_URI"])
def test_blank_base_is_shown(subject: Any, environment: Any, refused: Any, variable: str) -> None:
    """A base that is empty or blank raises ValueError that names its variable, and shows the blanks."""
    environment.replace({"PROCESSED_DATA_DIR": "/old", variable: " \t"})
    with refused(ValueError, match=rf"{variable} is empty \(' \\t'\); unset it"):
        subject.get_storage_config()
    environment.change(**{variable: ""})
    with refused(ValueError, match=rf"{variable} is empty \(''\); unset it"):
        subject.get_storage_config()


@source("contract: Surface")
@pytest.mark.parametrize("given", ["/cache", "~/cache", ""])
def test_cache_directory_only_warns(subject: Any, environment: Any, tmp_path: Path, given: str) -> None:
    """STORAGE_CACHE_DIR is read, and told to be of no use yet; an empty one is unset."""
    environment.replace({"STORAGE_URI": "memory://x", "HOME": str(tmp_path), "STORAGE_CACHE_DIR": given})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = subject.get_storage_config().cache_dir
    assert found == (given.replace("~", str(tmp_path)) or None)
    told = [("STORAGE_CACHE_DIR" in str(each.message), each.filename) for each in caught]
    assert told == [(True, __file__)] * bool(given)


@source("contract: Refusing")
def test_cache_directory_that_nobody_meant(subject: Any, environment: Any) -> None:
    """A STORAGE_CACHE_DIR in quotes, blank or with an unexpanded variable raises ValueError that names it."""
    told = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for value in (" ", '"/cache"', "$CACHE", "None"):
            given = {"STORAGE_URI": "memory://x", "STORAGE_CACHE_DIR": value}
            told[value] = _refusal(subject, environment, given)[0].startswith("STORAGE_CACHE_DIR=")
    assert set(told.values()) == {True}, told


HALVES = [("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"), ("SECRET_ACCESS_KEY", "ACCESS_KEY_ID")]


@source("contract: Refusing")
@pytest.mark.parametrize(("present", "missing"), HALVES, ids=["first", "second"])
@pytest.mark.parametrize("storage", ["other", None], ids=["named", "address"])
def test_half_a_login_is_refused_where_it_is_used(
    subject: Any, environment: Any, refused: Any, storage: str | None, present: str, missing: str
) -> None:
    """Half of a pair of keys raises ValueError with the missing half's variable once its storage is asked for."""
    prefix = "STORAGE_OTHER_" if storage else "AWS_"
    environment.replace({"STORAGE_URI": "memory://x", f"{prefix}{present}": "half"})
    environment.change(**({"STORAGE_OTHER_URI": S3} if storage else {}))
    assert subject.get_filesystem().base_uri == "memory://x"
    with refused(ValueError, match=f"{prefix}{missing} is missing beside {prefix}{present}"):
        subject.filesystem.NoizFileSystem(S3, storage=storage)


NO_LOGIN = ["ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "PROFILE"]


@source("contract: Refusing")
def test_command_names_what_the_storage_reads(subject: Any, environment: Any) -> None:
    """`test-storage` names the variables to mend as the storage that was asked reads them, its own or those of all."""
    nowhere = "http://127.0.0.1:1"
    environment.replace({"STORAGE_URI": S3, "S3_ENDPOINT_URL": nowhere, "STORAGE_RETRY_ATTEMPTS": "1"})
    environment.change(STORAGE_OTHER_URI=S3, STORAGE_OTHER_ENDPOINT_URL=nowhere)
    cases = {"default": {}, "other": {}, "default-login": _login("AWS_"), "other-login": _login("STORAGE_OTHER_")}
    found = {}
    for case, login in cases.items():
        environment.change(**login)
        told = CliRunner().invoke(subject.cli.cli, ["test-storage", "--storage", case.partition("-")[0]]).output
        found[case] = [line.split(maxsplit=1)[1] for line in told.splitlines() if line.startswith("mend")]
    assert found == {
        "default": [", ".join(f"AWS_{name}" for name in NO_LOGIN)],
        "other": [", ".join(f"STORAGE_OTHER_{name}" for name in NO_LOGIN)],
        "default-login": ["S3_ENDPOINT_URL"],
        "other-login": ["STORAGE_OTHER_ENDPOINT_URL"],
    }


def _login(prefix: str) -> dict[str, str]:
    return {f"{prefix}ACCESS_KEY_ID": "me", f"{prefix}SECRET_ACCESS_KEY": "mine"}


@source("contract: Refusing", "contract: Surface")
def test_blank_is_refused_where_an_address_is_meant(subject: Any, environment: Any) -> None:
    """A blank address or path raises ValueError with its variable, of all and a storage's own; else it is unset."""
    told = {}
    for base, setting, name, _ in ROWS:
        for variable in (name, _own(setting)):
            bases = {"STORAGE_URI": base, "STORAGE_OTHER_URI": base}
            told[variable] = _refusal(subject, environment, {**bases, variable: " \t"})[0]
    ending = " \\t': it is blank; unset it, or write an address"
    blank = {name for name, text in told.items() if text == f"{name}='{ending}"}
    meant = ("endpoint_url", "ca_file", "credentials_file")
    assert blank == {each for _, setting, name, _ in ROWS if setting in meant for each in (name, _own(setting))}
    assert {text for name, text in told.items() if name not in blank} == {"taken"}


WRONG: dict[str, str] = {
    "~nobody-of-this-name/x": "that home directory is not known; write the whole path",
    "nope://x": "scheme 'nope' is not known; use one of ",
    "s3://": "'s3://' names no bucket or container; write s3://NAME/prefix",
    "s3:bucket/x": "'s3:bucket/x' has lost a slash, as pathlib does to URIs; write s3://NAME",
    "/a\\b": "the name '/a\\\\b' is refused: control characters, backslashes, ",
    "file://host/x": "'file://host/x' names a host; write ",
    "$HOME/x": "'$HOME' was not expanded by whoever set it; ",
    "None": "a program had no value when it wrote this; ",
}
"""A base, and how what is said of it begins."""


@source("contract: Refusing", "contract: Addresses")
def test_wrong_bases_are_told_once(subject: Any, environment: Any) -> None:
    """A base that cannot be used is told with its variable, its value and what is wrong, each once."""
    bases = ("STORAGE_URI", "PROCESSED_DATA_DIR", "STORAGE_LEGACY_BASE", "STORAGE_OTHER_URI")
    cases = [(name, value) for name in bases for value in WRONG]
    told = {case: _refusal(subject, environment, dict([case])) for case in cases}
    expected = {(name, value): f"{name}={value!r}: {WRONG[value]}" for name, value in cases}
    assert {case: text[: len(expected[case])] for case, (text, _) in told.items()} == expected
    assert {case: named for case, (_, named) in told.items()} == {case: case[1] for case in cases}


@source("contract: Refusing")
def test_wrong_addresses_are_shown_as_given(subject: Any, environment: Any) -> None:
    """An endpoint or a file that cannot be used is told with its variable, and its value as it was given."""
    wrong = {"endpoint_url": "None", "ca_file": "$HOME/x", "credentials_file": "'x'"}
    rows = [(base, wrong[setting], name) for base, setting, name, _ in ROWS if setting in wrong]
    told = {name: _refusal(subject, environment, {"STORAGE_URI": base, name: value}) for base, value, name in rows}
    assert {name: text.startswith(f"{name}={value!r}: ") for _, value, name in rows for text in [told[name][0]]} == {
        name: True for _, _, name in rows
    }


NO_HOSTS = ["[X::1]", "[::g]", "[127.0.0.1]", "999.0.0.1", "a..b", ".a", "h" * 64, ""]


@source("contract: Refusing")
def test_endpoints_without_a_host(subject: Any, environment: Any) -> None:
    """An endpoint whose host none can be raises ValueError that names its variable and says so."""
    told = {
        host: _refusal(subject, environment, {"STORAGE_URI": S3, "S3_ENDPOINT_URL": f"http://{host}:9000"})[0]
        for host in NO_HOSTS
    }
    assert told == dict.fromkeys(NO_HOSTS, "S3_ENDPOINT_URL names no host; write e.g. http://127.0.0.1:9000")


@source("contract: Surface")
def test_storage_of_an_address_that_none_has(subject: Any, environment: Any) -> None:
    """An address that no storage has may be used by its own: it takes the variables of all, and is called by itself."""
    environment.replace({"AWS_DEFAULT_REGION": "eu-south-2"})
    storage = subject.filesystem.NoizFileSystem("s3://elsewhere/x").storage
    assert (storage.name, str(storage.base), _set(storage)) == (*["s3://elsewhere/x"] * 2, {"region": "eu-south-2"})
    assert (storage.variables["uri"], storage.variables["region"]) == ("base_uri", "AWS_DEFAULT_REGION")
    assert storage.variables["credentials"] == "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY"
