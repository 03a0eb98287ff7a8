"""Servers that are started here and then treated as ones that nobody knows anything about, with other people's things.

What a run leaves of other people's objects cannot be shown without a server.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest

from fixtures.azure_login import login_of
from fixtures.endpoint import IDENTITIES, MULTIPART, Endpoint
from fixtures.provision import Options
from fixtures.raw_az import RawAzure
from fixtures.raw_gs import RawGoogle
from fixtures.s3 import client
from fixtures.witness import witness

FOREIGN: Final = ("AWS_", "AZURE_", "GOOGLE_", "STORAGE_", "CLOUDSDK_", "READER_", "NOBODY_")
"""What the variables of a user's own accounts begin with."""
OTHERS: Final = {"precious": b"1", "noiz": b"2", "noiz-0/neighbour": b"3", "noiz-": b"4"}
"""What other people keep in the bucket; some of it looks like a run's own."""
KINDS: Final = {"s3": "moto", "gs": "gcs", "az": "azurite"}
"""Kind of endpoint → the backend that plays one."""
NEEDS_NO_PARTS: Final = "not needed: a body is one request, whatever its size"
LACKING: Final[dict[str, dict[str, str]]] = {
    "s3": {IDENTITIES: "no credentials of a reader and a nobody"},
    "gs": {MULTIPART: NEEDS_NO_PARTS, IDENTITIES: "who shows no credentials is served too"},
    "az": {},
}
"""Kind → what its player turns out to lack."""
_AWS_KEYS: Final = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION")


@dataclass(frozen=True)
class Stranger:
    """A server of somebody else's, with a bucket that others use.

    Attributes:
        kind: What `--backend` calls it.
        endpoint: The server as it was started.
        variables: The user's own, by which he may do everything there.
    """

    kind: str
    endpoint: Endpoint
    variables: dict[str, str]

    def options(self, bucket: str = "") -> Options:
        """What names it, with a bucket that is given or none."""
        buckets = {self.kind: bucket} if bucket else {}
        return Options(endpoint_urls={self.kind: self.endpoint.url}, buckets=buckets)

    def begin_upload(self, root: str, key: str) -> None:
        """Leave an upload unfinished, at Azure also a blob leased; at Google's there is neither that could be seen."""
        _BEGINNINGS[self.kind](replace(self.endpoint, root=root), key)

    def roots(self) -> list[str]:
        """Every bucket or container there is."""
        return _ROOTS[self.kind](self.endpoint)

    def everything(self) -> dict[str, Any]:
        """All that the server has: bucket → objects with their versions, and unfinished uploads."""
        seen = {root: witness(replace(self.endpoint, root=root), "") for root in self.roots()}
        return {root: (each.tree(), each.uploads()) for root, each in seen.items()}


def forget_accounts(patch: pytest.MonkeyPatch) -> None:
    """Take what concerns accounts out of the environment."""
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        patch.delenv(name)


def stranger(kind: str, endpoint: Endpoint) -> Stranger:
    """The started server as one of that kind, with other people's things in its bucket."""
    for key, body in OTHERS.items():
        witness(endpoint, "").put(key, body)
    found = Stranger(kind, endpoint, _VARIABLES[kind](endpoint))
    found.begin_upload(endpoint.root, "noiz-0/upload")
    return found


def _s3_variables(endpoint: Endpoint) -> dict[str, str]:
    return {name: endpoint.identities["owner"][name] for name in _AWS_KEYS} | {"AWS_CONFIG_FILE": os.devnull}


def _az_variables(endpoint: Endpoint) -> dict[str, str]:
    account, key, _ = login_of(endpoint.identities["owner"])
    return {"AZURE_STORAGE_ACCOUNT_NAME": account, "AZURE_STORAGE_ACCOUNT_KEY": key}


def _s3_client(endpoint: Endpoint) -> Any:
    return client(endpoint.url, *(endpoint.identities["owner"][name] for name in _AWS_KEYS[:2]))


def _begin_s3(endpoint: Endpoint, key: str) -> None:
    _s3_client(endpoint)._create_multipart_upload(endpoint.root, key, {})


def _begin_gs(endpoint: Endpoint, key: str) -> None:
    """Sessions of uploads cannot be listed, and end by themselves."""


def _begin_az(endpoint: Endpoint, key: str) -> None:
    raw = RawAzure(endpoint, "")
    assert raw._ask("PUT", raw._path(key), {"comp": "block", "blockid": "MQ=="}, body=b"loose").status == 201
    assert raw.put(f"{key}-leased", b"").status == 201
    lease = {"x-ms-lease-action": "acquire", "x-ms-lease-duration": "-1"}
    assert raw._ask("PUT", raw._path(f"{key}-leased"), {"comp": "lease"}, fields=lease).status == 201


def _s3_roots(endpoint: Endpoint) -> list[str]:
    return [bucket.name for bucket in _s3_client(endpoint).list_buckets()]


def _gs_roots(endpoint: Endpoint) -> list[str]:
    answer = RawGoogle(endpoint, "")._ask("GET", "/storage/v1/b", {"project": "noiz"})
    return [item["name"] for item in json.loads(answer.body)["items"]]


def _az_roots(endpoint: Endpoint) -> list[str]:
    from xml.etree import ElementTree

    raw = RawAzure(endpoint, "")
    answer = raw._ask("GET", f"{raw._place.path}/", {"comp": "list"})
    return [each.text or "" for each in ElementTree.fromstring(answer.body).iter("Name")]


_VARIABLES: Final[dict[str, Callable[[Endpoint], dict[str, str]]]] = {
    "s3": _s3_variables,
    "gs": lambda _: {},
    "az": _az_variables,
}
_BEGINNINGS: Final = {"s3": _begin_s3, "gs": _begin_gs, "az": _begin_az}
_ROOTS: Final = {"s3": _s3_roots, "gs": _gs_roots, "az": _az_roots}
