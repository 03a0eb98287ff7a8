"""Bodies as the JSON API of Google Cloud Storage has them: uploads, batches of requests, and sums."""

from __future__ import annotations

import base64
import email
import json
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

import google_crc32c

from . import READ_SIZE, Body
from .loop import size_of

new_sum: Any = google_crc32c.Checksum
"""A running CRC32C, which the API has of every object."""


def framed(described: Mapping[str, Any], body: Body) -> tuple[dict[str, str], AsyncIterator[bytes]]:
    """Return headers and body of an upload: the object's description, then its bytes."""
    boundary = uuid.uuid4().hex
    kinds = ("application/json; charset=UTF-8", "application/octet-stream")
    about, content = (f"--{boundary}\r\nContent-Type: {kind}\r\n\r\n".encode() for kind in kinds)
    head, end = about + json.dumps(described).encode() + b"\r\n" + content, f"\r\n--{boundary}--\r\n".encode()

    async def pieces() -> AsyncIterator[bytes]:
        yield head
        for piece in _pieces(body):
            yield piece
        yield end

    size = len(head) + size_of(body) + len(end)
    return {"Content-Type": f"multipart/related; boundary={boundary}", "Content-Length": str(size)}, pieces()


def _pieces(body: Body) -> Iterator[bytes]:
    """Yield a body from its beginning."""
    if isinstance(body, bytes):
        yield from (body[start : start + READ_SIZE] for start in range(0, len(body), READ_SIZE))
        return
    body.seek(0)
    while piece := body.read(READ_SIZE):
        yield piece


def sum_of(body: Body) -> str:
    """Return the CRC32C of a body, as the API writes it."""
    found = new_sum()
    for piece in _pieces(body):
        found.update(piece)
    return text_of(found)


def text_of(found: Any) -> str:
    """Return a sum as the API writes it."""
    return base64.b64encode(found.digest()).decode()


def sum_told(headers: Any) -> str | None:
    """Return the sum of the whole object in an answer's headers, where there is one."""
    told = ",".join(headers.getall("X-Goog-Hash", ()))
    return next(
        (part.strip()[len("crc32c=") :] for part in told.split(",") if part.strip().startswith("crc32c=")), None
    )


def batch(paths: Sequence[str]) -> tuple[dict[str, str], bytes]:
    """Return headers and body of a request that holds a DELETE for each path."""
    boundary = uuid.uuid4().hex
    head = f"--{boundary}\r\nContent-Type: application/http\r\nContent-ID: "
    parts = [f"{head}<{number}>\r\n\r\nDELETE {path} HTTP/1.1\r\n\r\n\r\n" for number, path in enumerate(paths)]
    return {"Content-Type": f"multipart/mixed; boundary={boundary}"}, "".join([*parts, f"--{boundary}--\r\n"]).encode()


def statuses(kind: str, body: bytes) -> list[int]:
    """Return the status of each answer in a batch's."""
    answers = email.message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body).get_payload()
    return [int(answer.get_payload().split(" ", 2)[1]) for answer in answers]  # type: ignore[union-attr]
