"""The command line, on memory and on the disk."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from noiz_storage import NoizFileSystem, cli, get_filesystem, reset_filesystem
from noiz_storage.config import Storage, get_storage_config
from noiz_storage.errors import (
    AccessDeniedError,
    ConfigurationError,
    RootNotFoundError,
    StorageError,
    UnreachableError,
)
from noiz_storage.uri import URI

STEPS = ["write", "read back", "list", "create exclusively", "delete"]


def run(*arguments: str) -> Result:
    """Run `noiz-storage` with arguments."""
    return CliRunner().invoke(cli.cli, ["test-storage", *arguments])


def test_every_step_is_printed(storage: NoizFileSystem) -> None:
    """The command tells backend, base and credentials, each step with time and requests, and leaves nothing."""
    result = run()
    assert result.exit_code == 0
    assert (
        f"backend      {storage.protocol}\nbase URI     {storage.base_uri}\ncredentials  none needed" in result.output
    )
    assert re.findall(r"^([a-z ]+?) +ok +[0-9.]+ ms   \w+ \d", result.output, re.MULTILINE) == STEPS
    assert storage.find() == []


def test_other_files_are_left_alone(storage: NoizFileSystem) -> None:
    """What lies in the storage is still there."""
    with storage.open("a/b", "wb") as file:
        file.write(b"x")
    assert run().exit_code == 0
    assert storage.find() == ["a/b"]


def test_a_storage_may_be_named(storage: NoizFileSystem, settings: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """--storage chooses one of several."""
    settings.setenv("STORAGE_ARCHIVE_URI", str(tmp_path / "archive"))
    reset_filesystem()
    assert f"base URI     file://{tmp_path}/archive" in run("--storage", "archive").output


@pytest.mark.parametrize("arguments", [(), ("--storage", "nowhere")])
def test_a_missing_setting_is_named(settings: pytest.MonkeyPatch, arguments: Any) -> None:
    """Without a setting the command names the variable, and fails."""
    result = run(*arguments)
    assert result.exit_code == 1
    assert "reason       ConfigurationError" in result.output
    assert "STORAGE_" in result.output


@pytest.mark.parametrize(
    ("method", "step"),
    [("open", "write"), ("read", "read back"), ("ls", "list"), ("rm", "delete")],
)
def test_a_failed_step_is_told(storage: NoizFileSystem, settings: pytest.MonkeyPatch, method: str, step: str) -> None:
    """The step that fails is marked, the reason and the variable to mend are printed, and nothing is left behind."""
    true = getattr(NoizFileSystem, method)
    # The first open only asks whether the storage is read-only.
    calls = iter({"open": [False, True]}.get(method, [True]))

    def fail_once(self: NoizFileSystem, *arguments: Any, **named: Any) -> Any:
        if next(calls, False):
            raise RootNotFoundError("there is no such bucket", "s3://x")
        return true(self, *arguments, **named)

    settings.setattr(NoizFileSystem, method, fail_once)
    result = run()
    assert result.exit_code == 1
    assert re.findall(r"^([a-z ]+?) +failed", result.output, re.MULTILINE) == [step]
    assert "reason       RootNotFoundError: there is no such bucket (s3://x)" in result.output
    assert "mend         STORAGE_URI" in result.output


def test_nothing_is_left_when_a_step_fails(storage: NoizFileSystem, settings: pytest.MonkeyPatch) -> None:
    """What was written is deleted although the next step failed."""
    settings.setattr(NoizFileSystem, "read", lambda *_: b"something else")
    result = run()
    assert result.exit_code == 1
    assert "CorruptedError: what was read is not what was written" in result.output
    assert storage.find() == []


def test_a_second_create_must_be_refused(storage: NoizFileSystem, settings: pytest.MonkeyPatch) -> None:
    """A storage that overwrites in an exclusive create fails the command."""
    true = NoizFileSystem.open
    settings.setattr(NoizFileSystem, "open", lambda self, path, mode: true(self, path, mode.replace("x", "w")))
    result = run()
    assert result.exit_code == 1
    assert "two workers would overwrite" in result.output
    assert storage.find() == []


@pytest.mark.parametrize(
    ("error", "variable"),
    [
        (AccessDeniedError("no"), "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY"),
        (ConfigurationError("no such profile"), "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY"),
        (UnreachableError("no"), "S3_ENDPOINT_URL"),
        (RootNotFoundError("no"), "STORAGE_URI"),
    ],
)
def test_the_variable_to_mend_fits_the_error(
    storage: NoizFileSystem, settings: pytest.MonkeyPatch, error: StorageError, variable: str
) -> None:
    """Wrong credentials, a server that cannot be reached and a missing bucket name their own variables."""

    def fail(*_: Any) -> None:
        raise error

    variables = {
        "uri": "STORAGE_URI",
        "endpoint_url": "S3_ENDPOINT_URL",
        "credentials": "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY",
    }
    settings.setattr(NoizFileSystem, "open", fail)
    settings.setattr(get_filesystem(), "storage", Storage("default", URI("s3", "b", ""), variables=variables))
    assert f"mend         {variable}\n" in run().output


def test_no_secret_is_shown(storage: NoizFileSystem, settings: pytest.MonkeyPatch) -> None:
    """The endpoint is shown, and no credentials; an endpoint that would hold some is refused."""
    url = "http://127.0.0.1:9000/account"
    settings.setattr(get_filesystem(), "storage", Storage("default", URI("s3", "b", ""), url, {"k": "hunter4"}))
    output = run().output
    assert f"endpoint     {url}\n" in output
    assert "hunter" not in output
    with pytest.raises(ConfigurationError):
        Storage("default", URI("s3", "b", ""), "http://me:hunter2@127.0.0.1:9000/account?sig=hunter3")


def test_the_command_joins_another_group(storage: NoizFileSystem) -> None:
    """The command works inside another program's group, as Flask's entry point adds it."""
    group = click.Group("noiz", {"test-storage": cli.test_storage})
    assert CliRunner().invoke(group, ["test-storage"]).exit_code == 0


def test_a_named_storages_own_variable_is_named(settings: pytest.MonkeyPatch) -> None:
    """Where an error names what all storages of a scheme share, the variable that this one reads is to be mended."""
    settings.setenv("STORAGE_ARCHIVE_URI", "s3://bucket/x")
    settings.setenv("STORAGE_ARCHIVE_ENDPOINT_URL", "http://127.0.0.1:1")
    storage = get_storage_config().named["archive"]
    error = ConfigurationError("redirected; set S3_ENDPOINT_URL or AWS_DEFAULT_REGION")
    assert cli._variable(storage, error) == "STORAGE_ARCHIVE_ENDPOINT_URL, STORAGE_ARCHIVE_REGION"
