"""The client of an Azure storage account: how adlfs is made to connect, and what of it is put right."""

from __future__ import annotations

import uuid
from typing import Any

import adlfs
import aiohttp
from azure.core.pipeline.transport import AioHttpTransport
from yarl import URL

from .. import errors
from . import Connection, connection_string
from .loop import wait
from .sessions import proxy_of, send_once, set_switch


class PlainBoundary:
    """A pipeline that separates the parts of a batch by a word without `=`.

    The SDK's asynchronous pipeline takes Python's own boundary, `===============…==`; Azurite (3.35.0) cuts the header
    at its second `=` and answers 400. The synchronous pipeline sends `batch_…`, and so does this one.
    """

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline

    async def run(self, request: Any, **options: Any) -> Any:
        if request.multipart_mixed_info:
            requests, policies, _, more = request.multipart_mixed_info
            request.multipart_mixed_info = (requests, policies, f"batch_{uuid.uuid4()}", more)
        return await self._pipeline.run(request, **options)


class _ToldAccount(adlfs.AzureBlobFileSystem):  # type: ignore[misc]
    """adlfs that goes by what it is told.

    It (2026.8.0) takes what it is not told from `AZURE_STORAGE_*`, and a connection string that it finds there wins:
    a storage with an account of its own would be looked for in another account, with the other's key.
    """

    def do_connect(self) -> None:
        if self.credential is not None:
            self.connection_string = self.account_key = self.sas_token = None
        super().do_connect()


def open_driver(connection: Connection, largest_body: int | None) -> adlfs.AzureBlobFileSystem:
    """Return a connected adlfs filesystem whose client sends a body in one request."""
    try:
        driver = _ToldAccount(skip_instance_cache=True, **_login(connection))
    except ValueError as error:
        raise errors.ConfigurationError(
            f"no account is told by these settings ({error}); set AZURE_STORAGE_CONNECTION_STRING, or "
            "AZURE_STORAGE_ACCOUNT_NAME with AZURE_STORAGE_ACCOUNT_KEY"
        ) from error
    client = driver.service_client
    set_switch(client._config, "max_single_put_size", largest_body)
    wait(_open(client._pipeline._transport, URL(client.url)), connection.timeout)
    return driver


async def _open(transport: Any, account: URL) -> None:
    """Open the transport with a session that sends each request once and reads no `~/.netrc`, as the SDK's own does."""
    session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False, proxy=proxy_of(account))
    transport.session = send_once(session)
    await transport.open()


class _Transport(AioHttpTransport):  # type: ignore[misc]
    """The SDK's transport for tokens, which come from several servers: no `~/.netrc`, and each server's own proxy."""

    def __init__(self) -> None:
        super().__init__(use_env_settings=False)

    async def send(self, request: Any, **options: Any) -> Any:
        return await super().send(request, proxy=proxy_of(URL(request.url)), **options)


def _login(connection: Connection) -> dict[str, Any]:
    """Return what adlfs needs: it reaches other hosts than Azure's by a connection string alone."""
    given, account = connection.credentials, connection.credentials.get("account_name")
    if "connection_string" in given:
        return {"connection_string": _with_endpoint(given["connection_string"], connection.endpoint_url)}
    endpoint = connection.endpoint_url or (f"https://{account}.blob.core.windows.net" if account else "")
    if not endpoint:
        return {}
    if not connection.endpoint_url and not {"account_key", "sas_token"} & set(given):
        from azure.identity.aio import DefaultAzureCredential

        return {"account_name": account, "credential": DefaultAzureCredential(transport=_Transport())}
    names = {"account_name": "AccountName", "account_key": "AccountKey", "sas_token": "SharedAccessSignature"}
    fields = [f"{names[name]}={value.lstrip('?')}" for name, value in given.items() if name in names]
    return {"connection_string": ";".join([f"BlobEndpoint={endpoint}", *fields])}


def _with_endpoint(text: str, endpoint_url: str) -> str:
    fields = connection_string.split(text)
    if endpoint_url:
        kept = [(name, value) for name, value in fields if name.lower() != "blobendpoint"]
        fields = [*kept, ("BlobEndpoint", endpoint_url)]
    return connection_string.join(fields)
