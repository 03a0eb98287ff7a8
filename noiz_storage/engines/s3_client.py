"""The client of S3: how s3fs is made to connect, requests that are sent once to one server, and tokens no log shows."""

from __future__ import annotations

import base64
import copy
import functools
import hashlib
import logging
import os
import re
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

import aiobotocore.hooks
import aiobotocore.httpsession
import aiobotocore.session
import aiohttp
import botocore.httpsession
import botocore.loaders
import s3fs
from aiobotocore.config import AioConfig

from .. import errors
from . import Connection
from .answers import place_of
from .loop import wait
from .s3_errors import not_handed_out
from .sessions import send_once, set_switch

_NAMES = {"access_key_id": "key", "secret_access_key": "secret", "session_token": "token"}
_CHECKSUMS = ("request_checksum_calculation", "response_checksum_validation")
_TOKEN = re.compile(r"(?i)(x-amz-security-token['\"]?: ?(?:b?['\"])?)[^'\"\s]+")


class _OneAttempt(aiobotocore.httpsession.AIOHTTPSession):  # type: ignore[misc]
    """A session that sends no request again, unasked (see `send_once`), and trusts what others of its process trust."""

    _contexts: ClassVar[dict[tuple[object, ...], ssl.SSLContext]] = {}
    """CA file, as it is now → what trusts it. Reading the usual one takes 18 ms, on plain HTTP too."""

    def _build_verify_context(self) -> ssl.SSLContext:
        file = botocore.httpsession.get_cert_path(self._verify)
        if not file or self._cert_file or self._proxy_config.settings:
            own: ssl.SSLContext = super()._build_verify_context()
            return own  # it trusts everybody, or is added to
        now = os.stat(file)
        key = file, now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns
        if key not in self._contexts:
            self._contexts[key] = super()._build_verify_context()
        return self._contexts[key]

    async def _get_session(self, proxy_url: str | None) -> _Direct:
        return await _direct(super()._get_session, proxy_url)


class _Direct:
    """A session that follows no redirect: headers and body are signed for one server, and may hold a session token."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def request(self, method: str, **options: Any) -> aiohttp.ClientResponse:
        return await self._session.request(method, allow_redirects=False, **options)


async def _direct(get_session: Callable[[str | None], Awaitable[aiohttp.ClientSession]], proxy: str | None) -> _Direct:
    return _Direct(send_once(await get_session(proxy)))


_EVERYWHERE: dict[str, Any] = {"http_session_cls": _OneAttempt, "defaults_mode": "legacy"}
"""Settings of every client, those of STS and SSO too: a mode `auto` would ask the machine's service for its region."""


def open_driver(connection: Connection, region: str) -> s3fs.S3FileSystem:
    """Return a connected s3fs filesystem whose client makes one attempt a call, and signs for this region."""
    given = connection.credentials
    handlers = copy.copy(_handlers())
    session = aiobotocore.session.AioSession(
        event_hooks=handlers, include_builtin_handlers=False, profile=given.get("profile")
    )
    session.register_component("data_loader", _loader())
    session.set_default_client_config(AioConfig(**_EVERYWHERE))
    settings = {"region": region, "ca_bundle": given.get("ca_file")} | {name: given.get(name) for name in _CHECKSUMS}
    for name, value in settings.items():
        if value:
            session.set_config_variable(name, value)
    for name in ("profile", *settings):
        if session.get_config_variable(name) == "":  # botocore takes a variable that is set to nothing for a name
            in_files, _, *more = session.session_var_map[name]
            session.session_var_map[name] = (in_files, None, *more)
    _ask_directly(session.get_component("credential_provider"))
    _check_authorities(session.get_config_variable("ca_bundle"), connection)
    driver = s3fs.S3FileSystem(
        endpoint_url=connection.endpoint_url or None,
        session=session,
        config_kwargs=_config(connection),
        skip_instance_cache=True,
        **{_NAMES[name]: value for name, value in given.items() if name in _NAMES},
    )
    wait(driver.set_session(), connection.timeout)
    return driver


def _ask_directly(providers: Any) -> None:
    """Have a container's or a machine's service asked for credentials as a storage is: no redirect is followed."""
    machine, container = (providers.get_provider(name) for name in ("iam-role", "container-role"))
    for session in (machine._role_fetcher._session, container._fetcher._session):
        set_switch(session, "_get_session", functools.partial(_direct, session._get_session))


def _config(connection: Connection) -> dict[str, Any]:
    """Return the client's settings: no request is sent again, and none that the layer did not ask for."""
    style = {"addressing_style": "path"} if connection.endpoint_url else {}
    return {
        **_EVERYWHERE,
        "retries": {"total_max_attempts": 1},
        "connect_timeout": connection.timeout,
        "read_timeout": connection.timeout,
        "s3": {**style, "disable_s3_express_session_auth": True},
    }


def _check_authorities(file: str | None, connection: Connection) -> None:
    """Raise ConfigurationError where a CA file that was named cannot be used: botocore would say "no connection"."""
    try:
        if file:
            ssl.create_default_context(cafile=file)
    except (OSError, ssl.SSLError) as error:
        reason = f"the CA file {file!r} cannot be used ({error}); set AWS_CA_BUNDLE to a PEM file"
        raise errors.ConfigurationError(reason, str(connection.base)) from error


@functools.cache
def _loader() -> Any:
    """One loader of botocore's service descriptions a process: it keeps what it has read."""
    return botocore.loaders.create_loader()


@functools.cache
def _handlers() -> Any:
    """botocore's own event handlers, registered once a process: each session starts with a copy, which costs less."""
    handlers = aiobotocore.hooks.AioHierarchicalEmitter()
    aiobotocore.session.AioSession(event_hooks=handlers)
    handlers.register("before-call.s3", _not_redirected)
    handlers.register("before-call.s3.DeleteObjects", _summed)
    handlers.register("before-parse", _handed_out)
    return handlers


def _not_redirected(context: dict[str, Any], **_: Any) -> None:
    """Keep botocore's region redirector (1.43) from sending requests of its own: it passes over what was redirected.

    It asks for the bucket's region by a HEAD that is redirected in turn, without an end where no region is told.
    """
    context.setdefault("s3_redirect", {})["redirected"] = True


def _handed_out(event_name: str, response_dict: dict[str, Any], **_: Any) -> None:
    """Raise AccessDeniedError where what should hand out credentials (STS, SSO) redirects or is no such service.

    botocore (1.43) would call it a body that cannot be parsed, or hide it behind a token that has expired.
    """
    service, operation = event_name.split(".")[1:]
    status = response_dict["status_code"]
    if service == "s3":
        return
    if 300 < status < 400:
        place = place_of(response_dict["headers"].get("location", ""))
        variable = f"AWS_ENDPOINT_URL_{service.upper().replace('-', '_')}"
        raise not_handed_out(
            f"{service} redirects {operation} to {place!r} ({status}), which is not followed; "
            f"set {variable} to the server that hands them out"
        )
    if status < 500 and response_dict["body"].lstrip()[:1] not in (b"<", b"{"):
        raise not_handed_out(f"{service} answers {operation} by what is neither XML nor JSON ({status})")


def _summed(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    """Give DeleteObjects its Content-MD5, which JuiceFS's gateway (1.4.2) demands and botocore (1.36 on) has given up.

    Where checksums are sent only as far as they are required, this one is all that is.
    """
    digest = hashlib.md5(params["body"], usedforsecurity=False).digest()
    params["headers"]["Content-MD5"] = base64.b64encode(digest).decode()
    if context["client_config"].request_checksum_calculation == "when_required":
        context.get("checksum", {}).pop("request_algorithm", None)


def _without_token(record: logging.LogRecord) -> bool:
    """Take session tokens out of what botocore (1.43) logs of a request; it masks them nowhere."""
    text = record.getMessage()
    if _TOKEN.search(text):
        record.msg, record.args = _TOKEN.sub(r"\1(hidden)", text), ()
    return True


for _name in ("botocore.auth", "botocore.endpoint"):
    logging.getLogger(_name).addFilter(_without_token)
