"""Azure's engine: which account it logs in to."""

from __future__ import annotations

from typing import Any

import pytest

from noiz_storage.engines import Connection
from noiz_storage.engines.azure_client import open_driver
from noiz_storage.uri import URI

OTHERS = "AccountName=others;AccountKey=b3RoZXJz;BlobEndpoint=http://127.0.0.1:1/others"


@pytest.mark.parametrize(
    "own", [{"account_key": "b3du"}, {"sas_token": "?sv=1&sig=b3du"}, {}], ids=["key", "token", "the-sdks-chain"]
)
def test_the_own_account(monkeypatch: pytest.MonkeyPatch, own: dict[str, str]) -> None:
    """A storage's own account is used even where the environment knows another one."""
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", OTHERS)
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "b3RoZXJz")
    driver: Any = open_driver(Connection(URI.parse("az://c"), credentials={"account_name": "own", **own}), None)
    assert driver.service_client.url.startswith("https://own.blob.core.windows.net/")
    credential = driver.service_client.credential
    assert getattr(credential, "account_key", None) == own.get("account_key")
