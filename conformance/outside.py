"""What a subject must never reach or show: an address where nobody listens, and the secrets of its credentials."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

from fixtures.endpoint import Endpoint
from fixtures.signing import secrets_of

__all__ = ["nowhere", "secrets_in"]

SHORTEST = 6
"""A secret of fewer characters is found everywhere."""
_SECRET = ("STORAGE_HTTP_PASSWORD", "STORAGE_FTP_PASSWORD", "AWS_SESSION_TOKEN", "AZURE_STORAGE_ACCOUNT_KEY")


@contextmanager
def nowhere(backend: Endpoint) -> Iterator[str]:
    """The address of a server like that of `backend`, at a port that refuses connections and that nobody else gets."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield f"{urlsplit(backend.url).scheme}://127.0.0.1:{holder.getsockname()[1]}{urlsplit(backend.url).path}"


def secrets_in(variables: Mapping[str, str]) -> list[str]:
    """The secrets in an environment: keys, passwords, session tokens and the signatures of others; none on a disk.

    Without those that text holds anyhow: words such as `test`, and a secret that is its own access key.
    """
    token = parse_qs(variables.get("AZURE_STORAGE_SAS_TOKEN", "").lstrip("?"))
    others = [variables.get(name, "") for name in _SECRET]
    found = [*secrets_of({"": variables}).values(), *token.get("sig", []), *others]
    return [each for each in found if len(each) >= SHORTEST and each != variables.get("AWS_ACCESS_KEY_ID")]
