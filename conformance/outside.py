"""What a subject must never reach or show: an address where nobody listens, and the secrets of its credentials."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

from fixtures.endpoint import Endpoint
from fixtures.signing import secrets_of

__all__ = ["nowhere", "secrets_in"]


@contextmanager
def nowhere(backend: Endpoint) -> Iterator[str]:
    """The address of a server like that of `backend`, at a port that refuses connections and that nobody else gets."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield f"{urlsplit(backend.url).scheme}://127.0.0.1:{holder.getsockname()[1]}{urlsplit(backend.url).path}"


def secrets_in(variables: Mapping[str, str]) -> list[str]:
    """The secrets in an environment: secret keys, passwords and the signatures of tokens; none on a disk."""
    token = parse_qs(variables.get("AZURE_STORAGE_SAS_TOKEN", "").lstrip("?"))
    passwords = [variables.get(f"STORAGE_{scheme}_PASSWORD", "") for scheme in ("HTTP", "FTP")]
    return [*secrets_of({"": variables}).values(), *token.get("sig", []), *filter(None, passwords)]
