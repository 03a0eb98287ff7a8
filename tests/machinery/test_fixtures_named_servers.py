"""What a run leaves at a server that the user named, and how it says that the server is of no use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import cast

import pytest
from minio import Minio
from minio.deleteobjects import DeleteObject
from minio.error import MinioAdminException

from fixtures import azurite, hosting, minio, s3, versitygw
from fixtures.site import CannotStartError


class HidingServer:
    """A bucket that lists, as MinIO does, nothing below a name that is an object too."""

    def __init__(self, *names: str) -> None:
        self.names: set[str] | None = set(names)

    def bucket_exists(self, _bucket: str) -> bool:
        return self.names is not None

    def list_objects(self, _bucket: str, **_options: bool) -> Iterator[SimpleNamespace]:
        names = self.names or set()
        for name in sorted(names):
            if not any(name.startswith(f"{each}/") for each in names):
                yield SimpleNamespace(object_name=name, version_id=None)

    def remove_object(self, _bucket: str, name: str, _version: str | None) -> None:
        assert self.names is not None
        self.names.remove(name)

    def remove_objects(self, _bucket: str, doomed: Iterable[DeleteObject]) -> list[object]:
        for each in doomed:
            assert each.name.isprintable(), "no XML can name it"
            self.remove_object("", each.name, None)
        return []

    def remove_bucket(self, _bucket: str) -> None:
        assert not self.names
        self.names = None


@pytest.mark.parametrize("names", [(), ("day",), ("day", "day/hour", "day/hour/file"), ("a\x01", "a\x01/b\x02", "c")])
def test_a_bucket_goes_with_everything_in_it(names: tuple[str, ...]) -> None:
    """What a listing shows only once another object is gone goes too, and what no XML can name."""
    server = HidingServer(*names)
    s3.remove_bucket(cast(Minio, server), "bucket")
    assert server.names is None


def test_a_bucket_that_is_not_there_is_no_error() -> None:
    """A run that was killed before it made its bucket leaves nothing to remove."""
    server = HidingServer()
    server.names = None
    s3.remove_bucket(cast(Minio, server), "bucket")


def test_a_refusal_of_minio_is_told_in_two_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason is short enough that the remedy after it is not cut off."""

    def refuse() -> None:
        raise MinioAdminException("403", '{"Code":"InvalidAccessKeyId","Message":"The Access Key Id you provided …"}')

    monkeypatch.setattr(minio, "probe", lambda _url: "")
    monkeypatch.setattr(minio, "_admin", lambda *_: SimpleNamespace(user_list=refuse))
    with pytest.raises(CannotStartError) as caught:
        minio._refuse_unusable("http://host:9000", "boss", "secret")
    assert caught.value.reason == "http://host:9000 does not let boss make users: 403 InvalidAccessKeyId"


def test_a_refusal_of_versitygw_is_told_with_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's answer is an XML document; its code is what people need of it."""
    body = (
        b"<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated of it</Message></Error>"
    )
    pool = SimpleNamespace(request=lambda *_, **__: SimpleNamespace(status=403, reason="Forbidden", data=body))
    monkeypatch.setattr(versitygw, "probe", lambda _url: "")
    monkeypatch.setattr(s3, "patience", lambda: pool)
    with pytest.raises(CannotStartError) as caught:
        versitygw._refuse_unusable("http://host:7070", "boss", "secret")
    assert caught.value.reason.endswith("does not let boss make users: list-users: 403 SignatureDoesNotMatch")
    assert "AWS_SECRET_ACCESS_KEY" in caught.value.remedy


def test_an_address_without_the_account_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address of an Azurite ends with the name of the account; the remedy says so."""

    def refuse(*_: object) -> None:
        raise OSError("GET /noiz-1: 400 ")

    monkeypatch.setattr(azurite, "probe", lambda _url: "")
    monkeypatch.setattr(azurite, "_request", refuse)
    with pytest.raises(CannotStartError) as caught:
        azurite._refuse_unusable("http://host:10000", "http://host:10000/noiz-1?sig=secret")
    assert "http://HOST:PORT/ACCOUNT" in caught.value.remedy
    assert hosting.name_an_endpoint("azurite").endswith("http://HOST:PORT/ACCOUNT")
