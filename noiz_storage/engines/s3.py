"""S3 (AWS, MinIO, Ceph and others): s3fs makes the client, the calls go to the client itself.

Below s3fs's calls, because they retry on their own (25 requests and 40 s on SlowDown, measured with 2026.9.0), read
with a HEAD first, drop the condition of an empty exclusive create and cannot be given a deadline.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import botocore
import botocore.exceptions

from .. import errors
from . import READ_SIZE, Body, Connection, Download, Page, Span, Stat, Traits, Upload, started
from . import TOKEN as TOKEN_KEY
from .answers import check_listing, check_range, is_marker, range_header, version_told, whole_size
from .loop import later, patience, read_block, size_of, wait
from .remote import RemoteEngine, closed_after_errors
from .s3_client import open_driver
from .s3_errors import class_of_code, explains, headers_of, is_wordless, refusal_elsewhere, refusal_of, region_of

_TOO_LARGE = re.compile("copy source is larger|EntityTooLarge")
"""What servers say of an object that is too large for one CopyObject; AWS has no code of its own for it."""
_KINDS = {
    "get_object": "read",
    "head_object": "head",
    "head_bucket": "head",
    "list_objects_v2": "list",
    "put_object": "write",
    "copy_object": "copy",
    "delete_object": "delete",
    "delete_objects": "delete",
    "abort_multipart_upload": "delete",
    "create_multipart_upload": "part",
    "upload_part": "part",
    "complete_multipart_upload": "complete",
}
"""Operation of the storage → how the meter counts it where it is sent once more."""
_WORDED: dict[str, tuple[str, dict[str, Any]]] = {
    "head_object": ("get_object", {"Range": "bytes=0-0"}),
    "head_bucket": ("list_objects_v2", {"MaxKeys": 1}),
}
"""Operation whose refusal has no body → the one that tells why."""


class S3Engine(RemoteEngine):
    """One bucket of one S3 endpoint."""

    authorities = "AWS_CA_BUNDLE"
    traits = Traits(
        hides_root=("head",),
        has_parts=True,
        single_put_limit=5 * 1024**3,
        directories_linger=True,  # versitygw (1.8.0)
        # versitygw (1.8.0) takes it for a version, though it is escaped; the rule is the same on every server.
        not_copied=("?versionId=",),
    )

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._region = connection.credentials.get("region", "")
        self._has_moved = False

    def get(
        self,
        key: str,
        *,
        span: Span | None = None,
        if_version: str | None = None,
        unless_version: str | None = None,
    ) -> Download:
        """GetObject; the first block arrives with the answer, the rest as it is asked for."""
        asked = _given(Range=range_header(span), IfMatch=if_version, IfNoneMatch=unless_version)
        answer, stream, first = self._request("get_object", key, **asked)
        length, body = int(answer["ContentLength"]), answer["Body"]
        with self._translated(key), closed_after_errors(body.close):
            stat = _described(answer)
            check_range(span, stat.size, length)
        chunks = self._chunks(key, first, length, lambda: read_block(stream), body.close)
        return Download(stat, length, started(chunks))

    def put(
        self,
        key: str,
        body: Body,
        *,
        if_absent: bool = False,
        if_version: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """PutObject."""
        asked = _given(IfNoneMatch="*" if if_absent else None, IfMatch=if_version, Metadata=metadata)
        try:
            answer = self._request("put_object", key, Body=body, **asked)
        except errors.VersionChangedError as error:
            if not if_absent:
                raise
            raise errors.AlreadyExistsError("the name is taken", error.filename) from error.__cause__
        with self._translated(key):
            return version_told(answer.get("ETag"))

    def stat(self, key: str) -> Stat:
        """HeadObject."""
        answer = self._request("head_object", key)
        with self._translated(key):
            return _described(answer)

    def list(
        self,
        prefix: str,
        *,
        after: str | None = None,
        one_level: bool = False,
        limit: int | None = None,
        follow: bool = True,
    ) -> Page:
        """ListObjectsV2."""
        asked = _given(ContinuationToken=after, Delimiter="/" if one_level else None, MaxKeys=limit)
        answer = self._call(prefix, "list_objects_v2", Prefix=prefix, **asked)
        check_listing(answer, "IsTruncated", self._uri(prefix))
        # gofakes3 (1.2.0) sends a token with the last page too.
        last = not answer["IsTruncated"]
        if not last:
            check_listing(answer, "NextContinuationToken", self._uri(prefix))
        entries = [(entry["Key"], entry.get("Size", 0)) for entry in answer.get("Contents", ())]
        return Page(
            [key for key, size in entries if not is_marker(key, size)],
            [entry["Prefix"][:-1] for entry in answer.get("CommonPrefixes", ())],
            None if last else answer["NextContinuationToken"],
            [key for key, size in entries if is_marker(key, size)],
        )

    def delete(self, keys: Sequence[str]) -> Mapping[str, errors.StorageError]:
        """DeleteObject for one key, DeleteObjects for more; what another client deletes first is gone as well."""
        if len(keys) == 1:
            try:
                self._request("delete_object", keys[0])
            except errors.RootNotFoundError:
                raise
            except errors.NotFoundError:
                pass
            return {}
        objects = {"Objects": [{"Key": key} for key in keys], "Quiet": True}
        answer = self._call(keys[0], "delete_objects", Delete=objects)
        return {told["Key"]: self._kept(told) for told in answer.get("Errors", ()) if told["Code"] != "NoSuchKey"}

    def _kept(self, told: Mapping[str, str]) -> errors.StorageError:
        """Return the error for a name that DeleteObjects has not deleted."""
        kind = class_of_code(told["Code"])
        return kind(f"{told.get('Message') or 'refused'} ({told['Code']})", self._uri(told["Key"]))

    def copy(self, source: str, target: str) -> bool:
        """CopyObject: up to 5 GiB, metadata included."""
        origin = {"Bucket": self._root, "Key": source}
        try:
            self._call(source, "copy_object", Key=target, CopySource=origin)
        except errors.StorageError as error:
            if not _TOO_LARGE.search(str(error)):
                raise
            reason = "S3 copies objects of up to 5 GiB; read this one and write it under the new name"
            raise errors.UnsupportedError(reason, error.filename) from error.__cause__
        return True

    def check_root(self) -> None:
        """HeadBucket."""
        try:
            self._call("", "head_bucket")
        except errors.RootNotFoundError:
            raise
        except errors.NotFoundError as error:
            raise errors.RootNotFoundError(f"there is no bucket {self._root!r}", self._uri("")) from error.__cause__

    def begin(self, key: str, metadata: Mapping[str, str]) -> Upload:
        """CreateMultipartUpload."""
        answer = self._request("create_multipart_upload", key, Metadata=dict(metadata))
        with self._translated(key):
            return Upload(key, answer["UploadId"], metadata.get(TOKEN_KEY, ""))

    def part(self, upload: Upload, number: int, body: bytes) -> str:
        """UploadPart."""
        answer = self._request("upload_part", upload.key, UploadId=upload.ident, PartNumber=number, Body=body)
        with self._translated(upload.key):
            return version_told(answer.get("ETag"))

    def complete(self, upload: Upload, tags: Sequence[str]) -> str:
        """CompleteMultipartUpload."""
        parts = {"Parts": [{"PartNumber": n, "ETag": tag} for n, tag in enumerate(tags, 1)]}
        asked = {"UploadId": upload.ident, "MultipartUpload": parts}
        answer = self._request("complete_multipart_upload", upload.key, **asked)
        return str(answer.get("ETag", ""))

    def abort(self, upload: Upload) -> None:
        """AbortMultipartUpload."""
        self._request("abort_multipart_upload", upload.key, UploadId=upload.ident)

    def _request(self, operation: str, key: str, **asked: Any) -> Any:
        return self._call(key, operation, Key=key, **asked)

    def _call(self, key: str, operation: str, **asked: Any) -> Any:
        """Send a request, and once more where the bucket lies in another region of the same provider."""
        with self._translated(key):
            driver = self._connected()
            try:
                return self._send(driver, operation, **asked)
            except botocore.exceptions.ClientError as error:
                refusal = self._explained(driver, operation, error, asked)
            if not self._move(driver, region_of(refusal)):
                raise refusal
            self.also_sent(_KINDS[operation], sent=size_of(asked.get("Body", b"")))
            driver = self._connected()
            try:
                return self._send(driver, operation, **asked)
            except botocore.exceptions.ClientError as error:
                raise self._explained(driver, operation, error, asked) from error

    def _send(self, driver: Any, operation: str, **asked: Any) -> Any:
        send = _open if operation == "get_object" else _ask
        deadline = patience(self._timeout, asked.get("Body", b""))
        try:
            return wait(send(driver.s3, operation, Bucket=self._root, **asked), deadline)
        except botocore.exceptions.ClientError as error:
            if botocore.xform_name(error.operation_name) in _KINDS:
                raise
            raise refusal_elsewhere(error) from error

    def _explained(
        self, driver: Any, operation: str, error: botocore.exceptions.ClientError, asked: Mapping[str, Any]
    ) -> botocore.exceptions.ClientError:
        """Return a refusal in words: the 400 of a HEAD has no body, so a method that has one is refused again."""
        is_elsewhere = region_of(error) not in ("", driver.s3.meta.region_name)
        if operation not in _WORDED or not is_wordless(error) or is_elsewhere:
            return error
        other, more = _WORDED[operation]
        self.also_sent(_KINDS[other])
        try:
            answer = self._send(driver, other, **asked, **more)
        except botocore.exceptions.ClientError as worded:
            return worded if explains(worded) else error
        if other == "get_object":
            later(answer[0]["Body"].close)
        return error

    def _move(self, driver: Any, region: str) -> bool:
        """Connect to the region that a server told in place of the one that a driver asks; False where that is no news.

        What other threads still read through that driver goes on: it is closed with the engine. So this is done once,
        or a server that never tells the region that it takes would leave one more open client with every request.
        """
        if region in ("", driver.s3.meta.region_name):
            return False
        with self._lock:
            if self._driver is driver:
                if self._has_moved:
                    return False
                self._driver, self._region, self._has_moved = None, region, True
        return True

    def _connect(self) -> Any:
        return open_driver(self._connection, self._region)

    @staticmethod
    async def _disconnect(driver: Any) -> None:
        await driver.s3.close()

    def _refusal(self, error: Exception, uri: str) -> Exception:
        return refusal_of(error, uri)

    def _headers(self, error: Exception) -> Mapping[str, str]:
        return headers_of(error)


async def _ask(client: Any, operation: str, **asked: Any) -> Any:
    return await getattr(client, operation)(**asked)


async def _open(client: Any, operation: str, **asked: Any) -> tuple[Mapping[str, Any], AsyncIterator[bytes], bytes]:
    """Return an answer, its body, and the first block of that."""
    answer = await _ask(client, operation, **asked)
    stream = _stream(answer["Body"], int(answer["ContentLength"]))
    return answer, stream, await read_block(stream)


def _described(answer: Mapping[str, Any]) -> Stat:
    size = whole_size(answer.get("ContentRange", ""), answer["ContentLength"])
    return Stat(size, version_told(answer.get("ETag")), answer.get("LastModified"), answer.get("Metadata", {}))


def _given(**asked: Any) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if value is not None}


async def _stream(body: Any, length: int) -> AsyncIterator[bytes]:
    """Yield a body; the client compares its checksum at the end alone, which comes before the last chunk goes on."""
    while chunk := await body.read(READ_SIZE):
        length -= len(chunk)
        if length <= 0:
            await body.read(READ_SIZE)
        yield chunk
