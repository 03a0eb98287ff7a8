"""How the HTTP engine connects: credentials, certificates, proxies, redirects, and what it makes of a refusal."""

from __future__ import annotations

import base64
import functools
import os
import re
import ssl
import urllib.parse
from collections.abc import Mapping

import aiohttp
from yarl import URL

from .. import errors
from . import READ_SIZE, NotModified
from .answers import class_of
from .remote import NO_REQUEST

_CODES: dict[str, type[errors.StorageError]] = {
    "407": errors.AccessDeniedError,
    "410": errors.NotFoundError,
    "414": errors.InvalidNameError,
}


_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def authorization(credentials: Mapping[str, str]) -> dict[str, str]:
    """Return the header that carries the credentials; none for none."""
    username, password, token = (credentials.get(name, "") for name in ("username", "password", "token"))
    if token and (username or password):
        raise errors.ConfigurationError("a token and a username are set; unset STORAGE_HTTP_TOKEN or the other two")
    if password and not username:
        raise errors.ConfigurationError("a password is set without a username; set STORAGE_HTTP_USERNAME too")
    if _CONTROL.search(username + password + token):
        raise errors.ConfigurationError(
            "a credential holds a control character, such as the end of a line; leave it out"
        )
    if ":" in username:
        raise errors.ConfigurationError("basic authentication has no place for a colon in STORAGE_HTTP_USERNAME")
    if username:
        token = base64.b64encode(f"{username}:{password}".encode()).decode()
    return {"Authorization": f"{'Basic' if username else 'Bearer'} {token}"} if token else {}


def trusted(ca_file: str) -> ssl.SSLContext | None:
    """Return what trusts a file's certificates beside the system's; None for no file."""
    if not ca_file:
        return None
    try:
        return _context(ca_file, os.stat(ca_file).st_mtime_ns)
    except (OSError, ssl.SSLError) as error:
        told = error.strerror or str(error)
        reason = f"the certificates of STORAGE_HTTP_CA_FILE cannot be read ({told}); it takes the path of a PEM file"
        raise errors.ConfigurationError(reason, ca_file) from error


@functools.lru_cache
def _context(ca_file: str, _changed: int) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.load_verify_locations(ca_file)
    return context


def target_of(at: URL, location: str) -> URL:
    """Return where a redirect leads; refuse what is no file of a server as trusted as this one."""
    spelled = urllib.parse.quote(location, safe="%/:?#[]@!$&'()*+,;=~", errors="surrogateescape")
    target = at.join(URL(spelled, encoded=True))
    if not location or target.scheme not in ("http", "https") or not target.host:
        raise errors.StorageError("the server redirects to no address of HTTP")
    if (at.scheme, target.scheme) == ("https", "http"):
        raise errors.UnsupportedError(f"the server redirects from https to http://{target.host}, which is not followed")
    if target.path.endswith("/"):
        raise errors.NotFoundError("the server redirects to a directory; no object has this name")
    return target.with_user(None)  # nobody but the settings gives a login


async def finish(answer: aiohttp.ClientResponse) -> None:
    """Give a connection back; what little an answer without an object says is taken first, or it would be closed."""
    await answer.content.read(READ_SIZE)
    answer.release()


async def accepted(answer: aiohttp.ClientResponse) -> aiohttp.ClientResponse:
    """Return an answer with an object; raise what the server says otherwise."""
    if answer.status in (200, 206):
        return answer
    await finish(answer)
    if answer.status == 304 and "If-None-Match" in answer.request_info.headers:
        raise NotModified
    raise aiohttp.ClientResponseError(
        NO_REQUEST, (), status=answer.status, message=answer.reason or "", headers=answer.headers
    )


def refusal_of(error: Exception, uri: str) -> Exception:
    """Return the layer's error for the client's."""
    if isinstance(error, aiohttp.ClientResponseError):
        is_answer = error.request_info is NO_REQUEST or isinstance(error, aiohttp.ClientHttpProxyError)
        return _refused(error, uri) if is_answer else _garbled(error, uri)
    if isinstance(error, aiohttp.ClientError | OSError):
        return errors.UnreachableError(f"the connection failed: {error}", uri)
    return errors.StorageError(f"{type(error).__name__}: {error}", uri)


def _refused(error: aiohttp.ClientResponseError, uri: str) -> Exception:
    hint = "; names are literal here: a % stands for itself" if error.status == 404 and "%" in uri else ""
    kind = class_of(str(error.status), error.status, _CODES)
    told = "the range starts past the end" if error.status == 416 else error.message or "refused"
    return kind(f"{told} ({error.status}){hint}", uri)


def _garbled(error: aiohttp.ClientResponseError, uri: str) -> Exception:
    """Return the error for what the client could not read; of its words the first line, for the rest is the answer."""
    return errors.StorageError(f"the answer is no HTTP: {error.message.partition(chr(10))[0]}", uri)
