"""Signatures agree with the examples of the protocols' own references."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from fixtures.faults import disturb, parse_fault
from fixtures.http1 import parse_head
from fixtures.relay import change_head
from fixtures.signing import secrets_of, shared_key, sign_anew, signature_v4

AWS_KEY, AWS_SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
EMPTY_SUM = hashlib.sha256(b"").hexdigest()
AWS_FIELDS = {
    "host": "examplebucket.s3.amazonaws.com",
    "x-amz-content-sha256": EMPTY_SUM,
    "x-amz-date": "20130524T000000Z",
}
AZURE_SECRET = base64.b64encode(b"not a secret").decode()


def authorization(names: str, signature: str) -> str:
    """The Authorization header of the S3 API reference's examples."""
    scope = f"{AWS_KEY}/20130524/us-east-1/s3/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, Signature={signature}"


AWS_EXAMPLES = {
    "/test.txt": (
        {"range": "bytes=0-9"},
        "host;range;x-amz-content-sha256;x-amz-date",
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    ),
    "/?lifecycle": (
        {},
        "host;x-amz-content-sha256;x-amz-date",
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    ),
    "/?max-keys=2&prefix=J": (
        {},
        "host;x-amz-content-sha256;x-amz-date",
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    ),
}


@pytest.mark.parametrize("target", AWS_EXAMPLES)
def test_signature_v4(target: str) -> None:
    """The examples of the S3 API reference come out as printed there."""
    fields, names, signature = AWS_EXAMPLES[target]
    asked = {**AWS_FIELDS, **fields, "authorization": authorization(names, "0")}
    assert signature_v4(AWS_SECRET, "GET", target, asked) == authorization(names, signature)


def test_shared_key() -> None:
    """The text that is signed is the one that the reference prints for its example."""
    text = (
        "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n"
        "/myaccount/mycontainer\ncomp:metadata\nrestype:container\ntimeout:20"
    )
    digest = hmac.new(b"not a secret", text.encode(), hashlib.sha256).digest()
    fields = {"x-ms-version": "2015-02-21", "x-ms-date": "Fri, 26 Jun 2015 23:39:12 GMT", "content-length": "0"}
    target = "/mycontainer?restype=container&comp=metadata&timeout=20"
    expected = f"SharedKey myaccount:{base64.b64encode(digest).decode()}"
    assert shared_key("myaccount", AZURE_SECRET, "GET", target, fields) == expected


def test_dropped_header_leaves_the_signature() -> None:
    """A request that loses a signed header is signed as if it had never had it; all else stays as it was."""
    names = "host;range;x-amz-content-sha256;x-amz-date"
    lines = [f"{name}: {value}" for name, value in AWS_FIELDS.items()]
    raw = "\r\n".join(
        ["GET /?lifecycle HTTP/1.1", *lines, "Range: x", f"aUthorization: {authorization(names, '0')}", "", ""]
    )
    fault = parse_fault("drop-header", {"name": "range", "secrets": {AWS_KEY: AWS_SECRET}})
    reduced = change_head(parse_head(raw.encode()), disturb([fault], "list"))
    _, fewer, signature = AWS_EXAMPLES["/?lifecycle"]
    old, new = authorization(names, "0"), authorization(fewer, signature)
    assert reduced.raw == raw.replace("Range: x\r\n", "").replace(old, new).encode()


@pytest.mark.parametrize("text", ["Bearer x", "SharedKey other:c2ln", authorization("host", "0")])
def test_unknown_signers(text: str) -> None:
    """Whoever's secret is not known keeps the header that he sent."""
    assert sign_anew(text, {}, "GET", "/", AWS_FIELDS) == text


def test_secrets_of_identities() -> None:
    """Every identity that signs is found; a stranger with the owner's name does not replace him."""
    identities = {
        "owner": {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "right"},
        "stranger": {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "wrong"},
        "azure": {"AZURE_STORAGE_CONNECTION_STRING": "AccountName=n;AccountKey=a2V5==;"},
        "nobody": {"AZURE_STORAGE_SAS_TOKEN": "x"},
    }
    assert secrets_of(identities) == {"a": "right", "n": "a2V5=="}
