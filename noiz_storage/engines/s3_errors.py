"""What the refusals of S3 servers mean: one class of the layer's errors for each cause, whatever the operation.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and the codes of MinIO and versitygw.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import aiohttp
import botocore.exceptions

from .. import errors
from . import NotModified
from .answers import class_of, redirected

CODES: dict[str, type[errors.StorageError]] = {
    "NoSuchKey": errors.NotFoundError,
    "NoSuchUpload": errors.NotFoundError,
    "NoSuchBucket": errors.RootNotFoundError,
    "InvalidBucketName": errors.ConfigurationError,
    "InvalidRange": errors.RangeError,
    "PreconditionFailed": errors.VersionChangedError,
    "ConditionalRequestConflict": errors.ThrottledError,
    "OperationAborted": errors.ThrottledError,
    "AccessDenied": errors.AccessDeniedError,
    "AllAccessDisabled": errors.AccessDeniedError,
    "AccountProblem": errors.AccessDeniedError,
    "InvalidAccessKeyId": errors.AccessDeniedError,
    "SignatureDoesNotMatch": errors.AccessDeniedError,
    "RequestTimeTooSkewed": errors.AccessDeniedError,
    "RequestExpired": errors.AccessDeniedError,
    "AuthorizationQueryParametersError": errors.AccessDeniedError,
    "ExpiredToken": errors.AccessDeniedError,
    "InvalidToken": errors.AccessDeniedError,
    "InvalidTokenId": errors.AccessDeniedError,
    "TokenRefreshRequired": errors.AccessDeniedError,
    "InternalError": errors.ServerError,
    "ServiceUnavailable": errors.ThrottledError,
    "SlowDown": errors.ThrottledError,
    "SlowDownRead": errors.ThrottledError,
    "SlowDownWrite": errors.ThrottledError,
    "Throttling": errors.ThrottledError,
    "ThrottlingException": errors.ThrottledError,
    "RequestLimitExceeded": errors.ThrottledError,
    "BandwidthLimitExceeded": errors.ThrottledError,
    "RequestTimeout": errors.DeadlineError,
    # The body was damaged or cut short on its way.
    "BadDigest": errors.UnreachableError,
    "XAmzContentChecksumMismatch": errors.UnreachableError,
    "XAmzContentSHA256Mismatch": errors.UnreachableError,
    "IncompleteBody": errors.UnreachableError,
    "KeyTooLongError": errors.InvalidNameError,
    "InvalidURI": errors.InvalidNameError,
    "XMinioInvalidObjectName": errors.InvalidNameError,
    "XMinioInvalidResourceName": errors.InvalidNameError,
    "ExistingObjectIsDirectory": errors.DirectoryError,
    "ObjectParentIsFile": errors.ParentIsObjectError,
    "EntityTooLarge": errors.UnsupportedError,
    "MissingContentMD5": errors.UnsupportedError,
    "MissingContentLength": errors.UnsupportedError,
    "NotImplemented": errors.UnsupportedError,
    "InvalidObjectState": errors.ArchivedError,
    "ObjectNotInActiveTierError": errors.ArchivedError,
    "AuthorizationHeaderMalformed": errors.ConfigurationError,
    "IllegalLocationConstraintException": errors.ConfigurationError,
}
_KEYS_OF_KMS: dict[str, type[errors.StorageError]] = {
    "KMS.KMSInternalException": errors.ServerError,
    "KMS.InternalException": errors.ServerError,
    "KMS.DependencyTimeoutException": errors.ServerError,
    "KMS.KeyUnavailableException": errors.ServerError,
    "KMS.ThrottlingException": errors.ThrottledError,
}
"""What fails for the moment; every other refusal of KMS means that these credentials cannot use the key."""
_WORDLESS = "400"
"""The code that botocore gives a refusal without a body."""
_OTHER_REGION = ("AuthorizationHeaderMalformed", "IllegalLocationConstraintException", _WORDLESS)
_REGION = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_CHECKSUMS = re.compile(
    r"checksum|header you provided|Content-Encoding|aws-chunked|trailer|not implemented", re.IGNORECASE
)
_CUSTOMER_KEY = re.compile(r"server.side encryption|SSE-C", re.IGNORECASE)
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
    botocore.exceptions.TokenRetrievalError,
    botocore.exceptions.NoAuthTokenError,
    botocore.exceptions.SSOError,
    botocore.exceptions.LoginError,
    botocore.exceptions.RefreshWithMFAUnsupportedError,
    botocore.exceptions.UnknownCredentialError,
)
_SETTINGS = tuple(
    getattr(botocore.exceptions, name)
    for name in ("NoRegionError", "InvalidRegionError", "InvalidChecksumConfigError")
    if hasattr(botocore.exceptions, name)
)
"""What botocore says of settings, those of a profile's file too; older ones know fewer."""
STALE = "refreshed credentials are still expired"
"""What botocore says in a RuntimeError where somebody hands out credentials that have expired."""

SET_REGION = "set AWS_DEFAULT_REGION (STORAGE_<NAME>_REGION)"
SET_CHECKSUMS = (
    "where the server is older than these, set AWS_REQUEST_CHECKSUM_CALCULATION=when_required and "
    "AWS_RESPONSE_CHECKSUM_VALIDATION=when_required"
)


def class_of_code(code: str, status: int = 0) -> type[errors.StorageError]:
    """Return the class of a refusal with this code, in an answer with this HTTP status."""
    if code.startswith("KMS"):
        return _KEYS_OF_KMS.get(code, errors.AccessDeniedError)
    return class_of(code, status, CODES)


def is_wordless(error: botocore.exceptions.ClientError) -> bool:
    """Say whether a refusal has no body that tells why, as the one of a HEAD."""
    return _told(error).get("Code") == _WORDLESS


def explains(error: botocore.exceptions.ClientError) -> bool:
    """Say whether a refusal can be the words for another one that had none: of the request, or for the moment."""
    return _status(error) == 400 or bool(region_of(error)) or class_of_code(*_code(error)).retriable


def region_of(error: botocore.exceptions.ClientError) -> str:
    """Return the region in which a refusal says that the bucket lies; an empty string where it does not tell."""
    status, told = _status(error), _told(error)
    if not 300 < status < 400 and told.get("Code") not in _OTHER_REGION:
        return ""
    region = str(_headers(error).get("x-amz-bucket-region") or told.get("Region") or "")
    return region if _REGION.fullmatch(region) else ""


def refusal_of(error: Exception, uri: str) -> Exception:
    """Return the layer's error for a driver's."""
    if isinstance(error, botocore.exceptions.ClientError):
        return _refused(error, uri)
    if isinstance(error, botocore.exceptions.NoCredentialsError | botocore.exceptions.PartialCredentialsError):
        return errors.AccessDeniedError(
            "no complete credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE", uri
        )
    if isinstance(error, _NO_CREDENTIALS) or STALE in str(error):
        refusal = not_handed_out(error)
        refusal.filename = uri
        return refusal
    if isinstance(error, botocore.exceptions.ProfileNotFound):
        return errors.ConfigurationError(
            f"AWS_PROFILE (or the storage's own PROFILE) names none that is there: {error}", uri
        )
    if isinstance(error, _SETTINGS):
        return errors.ConfigurationError(f"{error}; see AWS_DEFAULT_REGION, AWS_REQUEST_CHECKSUM_CALCULATION", uri)
    if isinstance(error, botocore.exceptions.FlexibleChecksumError):
        return errors.CorruptedError(
            f"the bytes that arrived do not have the checksum that came with them ({error}); a server that sends the "
            "whole object's checksum with a range needs AWS_RESPONSE_CHECKSUM_VALIDATION=when_required",
            uri,
        )
    if isinstance(error, botocore.exceptions.ReadTimeoutError | botocore.exceptions.ConnectTimeoutError):
        return errors.DeadlineError("the server did not answer in time", uri)
    if isinstance(error, _BROKEN):
        return errors.UnreachableError(f"the connection failed: {error}", uri)
    return errors.StorageError(f"{type(error).__name__}: {error}", uri)


def not_handed_out(reason: object, kind: type[errors.StorageError] = errors.AccessDeniedError) -> errors.StorageError:
    """Return the error for a service that hands out credentials (STS, SSO, a container's) and has handed out none."""
    return kind(f"no credentials were handed out: {reason}")


def refusal_elsewhere(error: botocore.exceptions.ClientError) -> errors.StorageError:
    """Return the error for a refusal of such a service: of the storage itself nothing was asked yet."""
    kind = class_of_code(*_code(error))
    return not_handed_out(error, kind if kind.retriable else errors.AccessDeniedError)


def headers_of(error: Exception) -> Mapping[str, str]:
    """Return the headers of the answer that a driver's error stands for; none where it stands for no answer."""
    headers = _headers(error)
    # MinIO (RELEASE.2025-09-07) asks for the same minute whatever the cause, and is ready long before.
    return {} if headers.get("server") == "MinIO" else headers


def _refused(error: botocore.exceptions.ClientError, uri: str) -> Exception:
    """Return the layer's error, or the answer NotModified, for a server's refusal."""
    told, status = _told(error), _status(error)
    if status == 304:
        return NotModified()
    if not is_wordless(error) and (region := region_of(error)):
        reason = f"the bucket lies in the region {region!r}; set AWS_DEFAULT_REGION={region} (STORAGE_<NAME>_REGION)"
        return errors.ConfigurationError(reason, uri)
    if 300 < status < 400:
        location = _headers(error).get("location") or str(told.get("Endpoint", ""))
        return redirected(status, location, "S3_ENDPOINT_URL", uri)
    if is_wordless(error):
        reason = "refused without a word (400), as an expired or false session token or a wrong region is"
        return errors.AccessDeniedError(reason, uri)
    (code, _), message = _code(error), str(told.get("Message") or "")
    kind = errors.UnsupportedError if _asks_for_key(code, message) else class_of_code(code, status)
    # Ceph (16.2.15) says no more than a code.
    words = message or (kind.__doc__ or "refused").rstrip(".")
    remedy = _remedy(code, status, message)
    return kind(f"{words} ({code})" + (f"; {remedy}" if remedy else ""), uri)


def _asks_for_key(code: str, message: str) -> bool:
    """Say whether an object is encrypted with a key that its writer alone has; the code stands for many things."""
    return code == "InvalidRequest" and bool(_CUSTOMER_KEY.search(message))


def _remedy(code: str, status: int, message: str) -> str:
    """Return what to do about a refusal whose words do not say it."""
    if _asks_for_key(code, message):
        return "objects that are encrypted with a customer's own key cannot be read here"
    if CODES.get(code) is errors.ArchivedError:
        return errors.ArchivedError.remedy("`aws s3api restore-object`")
    if code in _OTHER_REGION:
        return f"the region may be wrong: {SET_REGION}"
    if status == 501 and (not message or _CHECKSUMS.search(message)):
        return f"today's clients send checksums; {SET_CHECKSUMS}"
    return "set this machine's clock" if code == "RequestTimeTooSkewed" else ""


def _code(error: Exception) -> tuple[str, int]:
    return str(_told(error).get("Code", _status(error))), _status(error)


def _told(error: Exception) -> Mapping[str, Any]:
    return _response(error).get("Error", {})  # type: ignore[no-any-return]


def _status(error: Exception) -> int:
    return int(_response(error).get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _headers(error: Exception) -> Mapping[str, str]:
    return _response(error).get("ResponseMetadata", {}).get("HTTPHeaders", {})  # type: ignore[no-any-return]


def _response(error: Exception) -> Mapping[str, Any]:
    # The errors of botocore that stand for no answer have a `response` too, which is None.
    return getattr(error, "response", None) or {}
