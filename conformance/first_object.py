"""One object, written and read by the layer itself before a run on a server that nobody here knows."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest

from conformance.arrange import Environment, kept_for
from conformance.reasons import last_request, reason
from conformance.subject import Subject
from conformance.suite import Suite
from fixtures.endpoint import Endpoint
from fixtures.site import ANYWHERE

KEY: Final = "first-object"
BODY: Final = b"one object\n" * 100
REMEDIES: Final = {
    r"(?i)checksum|trailer|aws-chunked|x-amz-sdk|NotImplemented|content-sha256|MissingContentLength": (
        "set AWS_REQUEST_CHECKSUM_CALCULATION=when_required and AWS_RESPONSE_CHECKSUM_VALIDATION=when_required"
    ),
    r"(?i)signature|denied|forbidden|credentials": "see whether the credentials and the region are right",
    r"": "see what the server says of this request, and which settings README.md has for it",
}
"""What a failure says → what the user can do about it; the first that fits."""


def require(suite: Suite) -> None:
    """Stop the run unless the layer can write and read one object at each endpoint that the user named.

    Raises:
        UsageError: It cannot; says why, and what to do about it.
    """
    for backend, endpoint in suite.endpoints.items():
        if backend in ANYWHERE and (why := trouble(suite, endpoint)):
            remedy = next(told for words, told in REMEDIES.items() if re.search(words, why))
            raise pytest.UsageError(f"{endpoint.url}: the layer cannot write and read one object: {why}; {remedy}")


def trouble(suite: Suite, endpoint: Endpoint) -> str:
    """Why the layer cannot write and read one object; empty where it can."""
    subject, channel = Subject(suite.settings.subject), suite.channel(endpoint)
    with pytest.MonkeyPatch.context() as patch:
        try:
            url = channel.url if channel else None
            Environment(patch, subject, kept_for(endpoint)).replace(endpoint.environment(KEY, url=url))
            found = _there_and_back(subject.get_filesystem())
        except Exception as error:  # noqa: BLE001 (whatever it is, it is the reason)
            requests, _ = suite.requests(endpoint.backend)
            return "; ".join(filter(None, (reason(error), last_request(requests))))
    subject.reset_filesystem()
    return "" if found == BODY else f"{len(BODY)} bytes were written and {len(found)} others were read"


def _there_and_back(fs: Any) -> bytes:
    """Write an object, read it and remove it; a subject that offers no files has none to show."""
    if not hasattr(fs, "open"):
        return BODY
    with fs.open(KEY, "wb") as stream:
        stream.write(BODY)
    with fs.open(KEY, "rb") as stream:
        found = bytes(stream.read())
    fs.rm(KEY)
    return found
