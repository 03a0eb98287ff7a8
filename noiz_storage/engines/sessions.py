"""aiohttp's sessions: a request is sent once, by the proxy of the environment, and no `~/.netrc` is read."""

from __future__ import annotations

import urllib.request

import aiohttp
from yarl import URL

from .. import errors


def send_once(session: aiohttp.ClientSession) -> aiohttp.ClientSession:
    """Keep a session from retrying on its own.

    aiohttp (3.14.5) sends GET, HEAD, PUT and DELETE a second time when a kept connection breaks: an exclusive create
    would then meet its own first PUT, and the meter would miss a request. There is no public switch.
    """
    set_switch(session, "_retry_connection", False)
    return session


def set_switch(thing: object, name: str, value: object) -> None:
    """Set what a library has for its own use; ConfigurationError where this version of it has no such thing."""
    if not hasattr(thing, name):
        package = type(thing).__module__.partition(".")[0]
        raise errors.ConfigurationError(
            f"this version of {package} has no {type(thing).__name__}.{name}, on which a promise of the layer rests; "
            "install the versions that noiz-storage asks for: pip install --upgrade noiz-storage[s3,azure,gcs,http]"
        )
    setattr(thing, name, value)


def proxy_of(at: URL) -> str | None:
    """Return the proxy that the system's usual settings name for a server.

    aiohttp's own reading of them (`trust_env`) comes with that of `~/.netrc`, which this layer does not use: the
    password of a `default` line there would travel to every server.
    """
    if urllib.request.proxy_bypass(f"{at.host}:{at.port}"):
        return None
    proxy = urllib.request.getproxies().get(at.scheme)
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"
