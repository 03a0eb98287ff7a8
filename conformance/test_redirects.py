"""Redirects: what is signed for one server goes to no other, and a bucket of another region is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.behaviour import needs, only, source
from conformance.writing import read, write
from fixtures.endpoint import NETWORK

pytestmark = needs(NETWORK)

ELSEWHERE = "http://127.0.0.1:1/elsewhere"
ACTS = {
    "read": lambda fs: read(fs, "object"),
    "head": lambda fs: fs.exists("object"),
    "write": lambda fs: write(fs, "object", b"mine"),
    "list": lambda fs: fs.ls(),
    "delete": lambda fs: fs.rm("object", missing_ok=True),
    "copy": lambda fs: fs.copy("object", "copy"),
}
BEFORE = {("az", "copy"): {"head": 1}}
"""What an operation sends before the request that it is called for."""
OPERATIONS = pytest.mark.parametrize(("kind", "act"), [pytest.param(kind, act, id=kind) for kind, act in ACTS.items()])
CLOUDS = pytest.mark.parametrize("scheme", [pytest.param(scheme, marks=only(scheme)) for scheme in ("s3", "az", "gs")])
S3 = pytest.mark.parametrize("scheme", [pytest.param("s3", marks=only("s3"))])


@source("contract: Refusing", "aiobotocore#1061", "Azure: no service answers by a redirect")
@CLOUDS
@OPERATIONS
@pytest.mark.parametrize("code", [301, 307])
def test_is_followed_nowhere(
    fs: Any,
    witness: Any,
    wire: Any,
    costs: Any,
    scheme: str,
    kind: str,
    act: Callable[[Any], object],
    code: int,
    refused: Any,
) -> None:
    """A redirect is one request and one ValueError, which names where it leads without what may be a signature."""
    witness.put("object", b"theirs")
    wire.fault("status", kind=kind, code=code, headers={"Location": f"{ELSEWHERE}?sig=secret"})
    with costs(**BEFORE.get((scheme, kind), {}), **{kind: 1}), refused(ValueError, match=ELSEWHERE) as caught:
        act(fs)
    assert "secret" not in str(caught.value)


@pytest.fixture
def misplaced(subject: Any, environment: Any, witness: Any, wire: Any) -> Any:
    """The default file system, which looks for its bucket in a region where it is not; two objects are there."""
    witness.put("object", b"theirs")
    witness.put("other", b"theirs")
    environment.change(AWS_DEFAULT_REGION="eu-west-3")
    wire.clear()
    return subject.get_filesystem()


@source("contract: Cost", "boto3#3522")
@S3
@OPERATIONS
@pytest.mark.parametrize("code", [301, 307, 400])
def test_another_region_is_asked_once(
    misplaced: Any,
    wire: Any,
    backend: Any,
    costs: Any,
    scheme: str,
    kind: str,
    act: Callable[[Any], object],
    code: int,
) -> None:
    """A bucket that lies in another region is reached by one request more; from then on it is asked there."""
    del scheme
    region = backend.environment("").get("AWS_DEFAULT_REGION", "us-east-1")
    body = "<Error><Code>AuthorizationHeaderMalformed</Code><Message>wrong region</Message></Error>"
    wire.fault("status", code=code, headers={"x-amz-bucket-region": region}, body=body, times=1)
    with costs(of=misplaced, **{kind: 2}):
        act(misplaced)
    with costs(of=misplaced, read=1):
        read(misplaced, "other")


@source("contract: Surface", "boto3#3522")
@S3
@OPERATIONS
def test_wrong_region_does_not_matter(misplaced: Any, scheme: str, kind: str, act: Callable[[Any], object]) -> None:
    """Whatever region is set, a server that says where its bucket lies is used, and so is one that does not care."""
    del scheme, kind
    act(misplaced)
    assert read(misplaced, "other") == b"theirs"


@source("contract: Refusing")
@S3
@OPERATIONS
def test_region_that_does_not_help_is_named(
    misplaced: Any, wire: Any, scheme: str, kind: str, act: Callable[[Any], object], refused: Any
) -> None:
    """A bucket that is refused in its own region too raises ValueError that names region and variable."""
    del scheme, kind
    wire.fault("status", code=301, headers={"x-amz-bucket-region": "eu-north-1"})
    with refused(ValueError, match="AWS_DEFAULT_REGION=eu-north-1"):
        act(misplaced)
    assert [request.status for request in wire.requests()] == [301, 301]
