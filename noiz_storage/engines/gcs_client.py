"""The session of Google Cloud Storage: how gcsfs is made to connect, and requests that are sent once."""

from __future__ import annotations

import asyncio
import json
import warnings
from collections.abc import AsyncIterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urljoin

import aiohttp
import google.auth
import google.auth.exceptions
import requests
import yarl
from gcsfs.core import GCSFileSystem  # the plain class: the package's own asks for a bucket's kind over gRPC, 60 s long
from gcsfs.retry import HttpError
from google.auth.transport.requests import Request

from .. import errors
from . import Connection
from .answers import place_of
from .loop import wait
from .remote import causes
from .sessions import proxy_of, send_once

_SCOPE = "https://www.googleapis.com/auth/devstorage.full_control"
_GOOGLE = "https://storage.googleapis.com"
_load: Any = google.auth.load_credentials_from_file
_NO_LIMIT = aiohttp.ClientTimeout(total=None)
"""The deadline of an attempt is kept where it is waited for."""


def open_driver(connection: Connection) -> GCSFileSystem:
    """Return a connected gcsfs filesystem whose session sends a request once and hands on bytes as they are stored."""
    driver = GCSFileSystem(
        project=connection.credentials.get("project", ""),
        token=_login(connection),
        endpoint_url=connection.endpoint_url or None,
        session_kwargs={"auto_decompress": False, "proxy": proxy_of(yarl.URL(connection.endpoint_url or _GOOGLE))},
        skip_instance_cache=True,
    )
    send_once(wait(driver._set_session(), connection.timeout))
    return driver


def _login(connection: Connection) -> Any:
    """Return the credentials of a file, else those of the SDK's chain; nobody's at an emulator."""
    path = connection.credentials.get("credentials_file")
    if path:
        return wait(asyncio.to_thread(_from_file, path), connection.timeout)
    return "anon" if connection.endpoint_url else wait(asyncio.to_thread(_default), connection.timeout)


def _from_file(path: str) -> Any:
    """Load a file here: gcsfs takes a path where no file is for a token, and sends it to Google to see."""
    try:
        with warnings.catch_warnings():  # of files from strangers; this one was named by its user
            warnings.simplefilter("ignore", DeprecationWarning)
            with _token_session() as session:
                return _load(path, scopes=[_SCOPE], request=Request(session))[0]
    except google.auth.exceptions.TransportError:
        raise
    except (google.auth.exceptions.GoogleAuthError, AttributeError, TypeError, ValueError, OSError) as error:
        raise errors.ConfigurationError(
            f"GOOGLE_APPLICATION_CREDENTIALS (or the storage's own CREDENTIALS_FILE) names {path!r}, which cannot be "
            f"used: {error}; write the path of a service account's key file (JSON)"
        ) from error


def _default() -> Any:
    with _token_session() as session:
        return google.auth.default(scopes=[_SCOPE], request=Request(session))[0]


async def send(
    driver: GCSFileSystem,
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    data: bytes | AsyncIterable[bytes] | None = None,
) -> aiohttp.ClientResponse:
    """Send one request and return its answer, the body still on its way.

    Raises:
        HttpError: the server refused; `_error_response` is what it said, the headers included.
    """
    location = driver.base.removesuffix("/storage/v1/")
    text = f"{location}{path}?{urlencode(query, quote_via=quote)}" if query else f"{location}{path}"
    at, login = yarl.URL(text, encoded=True), await _authorisation(driver)
    answer: aiohttp.ClientResponse = await driver.session.request(
        method,
        at,
        headers={"Accept-Encoding": "identity", **login, **headers},
        data=data,
        allow_redirects=False,
        timeout=_NO_LIMIT,
    )
    if answer.status >= 300:
        async with answer:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            raise HttpError({**_told(answer.status, await answer.read()), "headers": headers})
    return answer


async def _authorisation(driver: GCSFileSystem) -> dict[str, str]:
    """Return the header with the access token; google-auth renews it by blocking calls, so a thread waits for it."""
    headers: dict[str, str] = {}
    if driver.credentials.credentials is not None:
        await asyncio.to_thread(_authorise, driver.credentials, headers)
    return headers


def _authorise(credentials: Any, headers: dict[str, str]) -> None:
    """Put an access token that holds for a while into the headers; one that ends is renewed before, by one thread."""
    held = credentials.credentials
    with credentials.lock:
        if not held.valid:
            with _token_session() as session:
                held.refresh(Request(session))
    held.apply(headers)


def _token_session() -> requests.Session:
    """Return a session for tokens: it follows no redirect, for the body holds secrets, and reads no `~/.netrc`."""
    session = requests.Session()
    session.auth, session.max_redirects = _no_login, 0
    return session


def token_redirected(error: BaseException, uri: str) -> errors.ConfigurationError | None:
    """Return the error for a server of tokens that redirects; None for anything else that became of a request."""
    for each in causes(error):
        if isinstance(each, requests.TooManyRedirects) and each.response is not None:
            asked, location = each.response.url, each.response.headers.get("Location", "")
            return errors.ConfigurationError(
                f"the token's server {place_of(asked)!r} redirects to {place_of(urljoin(asked, location))!r} "
                f"({each.response.status_code}), which is not followed, for the request holds secrets; set "
                "GOOGLE_APPLICATION_CREDENTIALS to a key file that names the right server",
                uri,
            )
    return None


def _no_login(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Leave a request for a token as it is; without a login of its own requests would look for one in `~/.netrc`."""
    return request


def _told(status: int, body: bytes) -> dict[str, Any]:
    """Return code, message and reason of a refusal; that of a download is plain text."""
    try:
        told = json.loads(body)["error"]
        reason = (told.get("errors") or [{}])[0].get("reason", "")
        return {"code": status, "message": told.get("message", ""), "reason": reason}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {"code": status, "message": body[:200].decode(errors="replace").strip(), "reason": ""}
