"""S3 (AWS, MinIO, Ceph and others): s3fs makes the client, the calls go to the client itself.

Below s3fs's calls, because they retry on their own (25 requests and 40 s on SlowDown, measured with 2026.9.0), read
with a HEAD first, drop the condition of an empty exclusive create and cannot be given a deadline.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import aiohttp
import botocore.exceptions

from .. import errors
from . import READ_SIZE, Body, Download, NotModified, Page, Span, Stat, Traits, Upload, started
from . import TOKEN as TOKEN_KEY
from .loop import patience, read_block, wait
from .remote import (
    RemoteEngine,
    Send,
    check_listing,
    check_range,
    class_of,
    closed_after_errors,
    range_header,
    version_told,
    whole_size,
)
from .s3_client import STALE, open_driver

_CODES: dict[str, type[errors.StorageError]] = {
    "NoSuchKey": errors.NotFoundError,
    "NoSuchUpload": errors.NotFoundError,
    "NoSuchBucket": errors.RootNotFoundError,
    "InvalidRange": errors.RangeError,
    "PreconditionFailed": errors.VersionChangedError,
    "ConditionalRequestConflict": errors.ThrottledError,
    "OperationAborted": errors.ThrottledError,
    "AccessDenied": errors.AccessDeniedError,
    "InternalError": errors.ServerError,
    "ServiceUnavailable": errors.ThrottledError,
    "SlowDown": errors.ThrottledError,
    "SlowDownRead": errors.ThrottledError,
    "SlowDownWrite": errors.ThrottledError,
    "RequestTimeout": errors.DeadlineError,
    "ExpiredToken": errors.AccessDeniedError,
    "InvalidToken": errors.AccessDeniedError,
    "InvalidTokenId": errors.AccessDeniedError,
    "TokenRefreshRequired": errors.AccessDeniedError,
    "KeyTooLongError": errors.InvalidNameError,
    "XMinioInvalidObjectName": errors.InvalidNameError,
    "ExistingObjectIsDirectory": errors.DirectoryError,
    "ObjectParentIsFile": errors.ParentIsObjectError,
    "NotImplemented": errors.UnsupportedError,
}
_TOO_LARGE = re.compile("copy source is larger|EntityTooLarge")
"""What servers say of an object that is too large for one CopyObject; AWS has no code of its own for it."""
_BROKEN = (
    botocore.exceptions.ConnectionError,
    botocore.exceptions.HTTPClientError,
    aiohttp.ClientError,
    OSError,
)
_NO_CREDENTIALS = (
    botocore.exceptions.CredentialRetrievalError,
    botocore.exceptions.MetadataRetrievalError,
    botocore.exceptions.InvalidConfigError,
)


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
        answer, first = self._call(key, self._timeout, self._get, Key=key, **asked)
        length, body = int(answer["ContentLength"]), answer["Body"]
        with self._translated(key), closed_after_errors(body.close):
            stat = _described(answer)
            check_range(span, stat.size, length)
        chunks = self._chunks(key, first, length, lambda: read_block(_stream(body)), body.close)
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
            answer = self._request("put_object", key, patience(self._timeout, body), Body=body, **asked)
        except errors.VersionChangedError as error:
            if not if_absent:
                raise
            raise errors.AlreadyExistsError("the name is taken", error.filename) from error.__cause__
        with self._translated(key):
            return version_told(answer.get("ETag"))

    def stat(self, key: str) -> Stat:
        """HeadObject."""
        answer = self._request("head_object", key, self._timeout)
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
        answer = self._call(prefix, self._timeout, self._plain("list_objects_v2"), Prefix=prefix, **asked)
        check_listing(answer, "IsTruncated", self._uri(prefix))
        return Page(
            [entry["Key"] for entry in answer.get("Contents", ())],
            [entry["Prefix"][:-1] for entry in answer.get("CommonPrefixes", ())],
            answer.get("NextContinuationToken"),
        )

    def delete(self, keys: Sequence[str]) -> Mapping[str, errors.StorageError]:
        """DeleteObject for one key, DeleteObjects for more; what another client deletes first is gone as well."""
        if len(keys) == 1:
            try:
                self._request("delete_object", keys[0], self._timeout)
            except errors.RootNotFoundError:
                raise
            except errors.NotFoundError:
                pass
            return {}
        objects = {"Objects": [{"Key": key} for key in keys], "Quiet": True}
        answer = self._call(keys[0], self._timeout, self._plain("delete_objects"), Delete=objects)
        return {told["Key"]: self._kept(told) for told in answer.get("Errors", ()) if told["Code"] != "NoSuchKey"}

    def _kept(self, told: Mapping[str, str]) -> errors.StorageError:
        """Return the error for a name that DeleteObjects has not deleted."""
        kind = class_of(told["Code"], 0, _CODES)
        return kind(f"{told.get('Message') or 'refused'} ({told['Code']})", self._uri(told["Key"]))

    def copy(self, source: str, target: str) -> bool:
        """CopyObject: up to 5 GiB, metadata included."""
        origin = {"Bucket": self._root, "Key": source}
        try:
            self._call(source, self._timeout, self._plain("copy_object"), Key=target, CopySource=origin)
        except errors.StorageError as error:
            if not _TOO_LARGE.search(str(error)):
                raise
            reason = "S3 copies objects of up to 5 GiB; read this one and write it under the new name"
            raise errors.UnsupportedError(reason, error.filename) from error.__cause__
        return True

    def check_root(self) -> None:
        """HeadBucket."""
        try:
            self._call("", self._timeout, self._plain("head_bucket"))
        except errors.RootNotFoundError:
            raise
        except errors.NotFoundError as error:
            raise errors.RootNotFoundError(f"there is no bucket {self._root!r}", self._uri("")) from error.__cause__

    def begin(self, key: str, metadata: Mapping[str, str]) -> Upload:
        """CreateMultipartUpload."""
        answer = self._request("create_multipart_upload", key, self._timeout, Metadata=dict(metadata))
        with self._translated(key):
            return Upload(key, answer["UploadId"], metadata.get(TOKEN_KEY, ""))

    def part(self, upload: Upload, number: int, body: bytes) -> str:
        """UploadPart."""
        deadline = patience(self._timeout, body)
        answer = self._request("upload_part", upload.key, deadline, UploadId=upload.ident, PartNumber=number, Body=body)
        with self._translated(upload.key):
            return version_told(answer.get("ETag"))

    def complete(self, upload: Upload, tags: Sequence[str]) -> str:
        """CompleteMultipartUpload."""
        parts = {"Parts": [{"PartNumber": n, "ETag": tag} for n, tag in enumerate(tags, 1)]}
        answer = self._request(
            "complete_multipart_upload",
            upload.key,
            self._timeout,
            UploadId=upload.ident,
            MultipartUpload=parts,
        )
        return str(answer.get("ETag", ""))

    def abort(self, upload: Upload) -> None:
        """AbortMultipartUpload."""
        self._request("abort_multipart_upload", upload.key, self._timeout, UploadId=upload.ident)

    async def _get(self, client: Any, **asked: Any) -> tuple[Mapping[str, Any], bytes]:
        answer = await client.get_object(**asked)
        return answer, await read_block(_stream(answer["Body"]))

    def _request(self, operation: str, key: str, deadline: float, **asked: Any) -> Any:
        return self._call(key, deadline, self._plain(operation), Key=key, **asked)

    def _plain(self, operation: str) -> Send:
        return lambda client, **asked: getattr(client, operation)(**asked)

    def _call(self, key: str, deadline: float, send: Send, **asked: Any) -> Any:
        with self._translated(key):
            return wait(send(self._connected().s3, Bucket=self._root, **asked), deadline)

    def _connect(self) -> Any:
        return open_driver(self._connection)

    @staticmethod
    async def _disconnect(driver: Any) -> None:
        await driver.s3.close()

    def _refusal(self, error: Exception, uri: str) -> Exception:
        return _refusal(error, uri)

    def _headers(self, error: Exception) -> Mapping[str, str]:
        # The errors of botocore that stand for no answer have a `response` too, which is None.
        answer = (getattr(error, "response", None) or {}).get("ResponseMetadata", {})
        headers: Mapping[str, str] = answer.get("HTTPHeaders", {})
        # MinIO (RELEASE.2025-09-07) asks for the same minute whatever the cause, and is ready long before.
        return {} if headers.get("server") == "MinIO" else headers


def _refusal(error: Exception, uri: str) -> Exception:
    """Return the layer's error for a driver's."""
    if isinstance(error, botocore.exceptions.ClientError):
        return _refused(error, uri)
    if isinstance(error, botocore.exceptions.NoCredentialsError | botocore.exceptions.PartialCredentialsError):
        return errors.AccessDeniedError(
            "no complete credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE", uri
        )
    if isinstance(error, _NO_CREDENTIALS) or STALE in str(error):
        return errors.AccessDeniedError(f"no credentials were handed out: {error}", uri)
    if isinstance(error, botocore.exceptions.ProfileNotFound):
        return errors.ConfigurationError(
            f"AWS_PROFILE (or the storage's own PROFILE) names none that is there: {error}", uri
        )
    if isinstance(error, botocore.exceptions.NoRegionError):
        return errors.ConfigurationError(str(error), uri)
    if isinstance(error, botocore.exceptions.ReadTimeoutError | botocore.exceptions.ConnectTimeoutError):
        return errors.DeadlineError("the server did not answer in time", uri)
    if isinstance(error, _BROKEN):
        return errors.UnreachableError(f"the connection failed: {error}", uri)
    return errors.StorageError(f"{type(error).__name__}: {error}", uri)


def _refused(error: botocore.exceptions.ClientError, uri: str) -> Exception:
    """Return the layer's error, or the answer NotModified, for a server's refusal."""
    told = error.response.get("Error", {})
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status == 304:
        return NotModified()
    code = str(told.get("Code", status))
    if code == "400":
        reason = "refused without a word (400), as an expired or false session token or a wrong region is"
        return errors.AccessDeniedError(reason, uri)
    kind = class_of(code, status, _CODES)
    # Ceph (16.2.15) says no more than a code.
    words = told.get("Message") or (kind.__doc__ or "refused").rstrip(".")
    return kind(f"{words} ({code})", uri)


def _described(answer: Mapping[str, Any]) -> Stat:
    size = whole_size(answer.get("ContentRange", ""), answer["ContentLength"])
    return Stat(size, version_told(answer.get("ETag")), answer.get("LastModified"), answer.get("Metadata", {}))


def _given(**asked: Any) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if value is not None}


async def _stream(body: Any) -> AsyncIterator[bytes]:
    while chunk := await body.read(READ_SIZE):
        yield chunk
