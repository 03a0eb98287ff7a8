"""What the refusals of Azure Blob Storage mean: one class of the layer's errors for each cause, and what to do.

Source: https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp
from azure.core import exceptions as azure

from .. import errors
from . import NotModified, PartsDropped
from .answers import class_of, redirected

CODES: dict[str, type[errors.StorageError]] = {
    "BlobNotFound": errors.NotFoundError,
    "ContainerNotFound": errors.RootNotFoundError,
    "ContainerBeingDeleted": errors.RootNotFoundError,
    "ContainerDisabled": errors.AccessDeniedError,
    "AccountIsDisabled": errors.AccessDeniedError,
    "PublicAccessNotPermitted": errors.AccessDeniedError,
    "BlobAlreadyExists": errors.AlreadyExistsError,
    "ConditionNotMet": errors.VersionChangedError,
    # Of two uploads the first to be completed drops the other's blocks; Azurite (3.35.0) has another code than Azure.
    "InvalidBlockList": PartsDropped,
    "InvalidBlobOrBlock": PartsDropped,
    "LeaseIdMissing": errors.AccessDeniedError,
    "BlobImmutableDueToPolicy": errors.AccessDeniedError,
    "BlobImmutableDueToLegalHold": errors.AccessDeniedError,
    "BlobArchived": errors.ArchivedError,
    "BlobBeingRehydrated": errors.ArchivedError,
    "PendingCopyOperation": errors.ThrottledError,
    "InvalidRange": errors.RangeError,
    "ServerBusy": errors.ThrottledError,
    "OperationTimedOut": errors.DeadlineError,
    # The body was damaged on its way.
    "Md5Mismatch": errors.UnreachableError,
    "Crc64Mismatch": errors.UnreachableError,
    "InvalidResourceName": errors.InvalidNameError,
    "InvalidUri": errors.InvalidNameError,
    "ResourceTypeMismatch": errors.DirectoryError,
    "PathConflict": errors.DirectoryError,
    "RequestBodyTooLarge": errors.UnsupportedError,
}
_REMEDIES = {
    "BlobArchived": errors.ArchivedError.remedy("`az storage blob set-tier`"),
    "BlobBeingRehydrated": "it is on its way out of an archive tier, which takes hours; try again then",
    "BlobImmutableDueToPolicy": "a policy of the container keeps it as it is",
    "BlobImmutableDueToLegalHold": "a legal hold keeps it as it is",
    "InvalidBlobType": "the name holds an append or page blob, which is not changed in this way; delete it first",
    "LeaseIdMissing": "another client holds a lease on it; wait, or break it: `az storage blob lease break`",
    "PendingCopyOperation": "a copy to this name is still under way",
    "SnapshotsPresent": "it has snapshots, which would go with it; delete those first: "
    "`az storage blob delete --delete-snapshots only`",
}
"""What to do, for the codes whose words do not say it."""


def refusal_of(error: Exception, uri: str) -> Exception:
    """Return the layer's error for the SDK's."""
    if isinstance(error, azure.HttpResponseError) and error.status_code:
        return _refused(error, uri)
    if isinstance(error, azure.ServiceRequestTimeoutError | azure.ServiceResponseTimeoutError):
        return errors.DeadlineError("the server did not answer in time", uri)
    if isinstance(error, azure.ClientAuthenticationError):
        return errors.AccessDeniedError(f"no usable credentials: {error.message}", uri)
    if isinstance(error, azure.AzureError) and isinstance(error.inner_exception, aiohttp.ClientResponseError):
        # Its words hold the address that was asked for, which a SAS signs.
        error.message = error.exc_msg = f"the answer is no HTTP ({type(error.inner_exception).__name__})"
        error.args = (error.message,)
    if isinstance(error, azure.AzureError | OSError):
        return errors.UnreachableError(f"the connection failed: {error}", uri)
    return errors.StorageError(f"{type(error).__name__}: {error}", uri)


def kept(code: str, status: int, reason: str, uri: str) -> errors.StorageError:
    """Return the error for a refusal of this code, in an answer with this HTTP status and reason."""
    remedy = f"; {_REMEDIES[code]}" if code in _REMEDIES else ""
    return class_of(code, status, CODES)(f"{reason or 'refused'} ({code or status}){remedy}", uri)


def headers_of(error: BaseException | None) -> Mapping[str, str]:
    """Return the headers of the answer that an error of the SDK stands for; none where it stands for no answer."""
    return getattr(getattr(error, "response", None), "headers", None) or {}


def _refused(error: azure.HttpResponseError, uri: str) -> Exception:
    """Return the layer's error, or the answer NotModified, for a server's refusal."""
    status = error.status_code or 0
    if status == 304:
        return NotModified()
    if 300 <= status < 400:
        return redirected(status, headers_of(error).get("location", ""), "AZURE_STORAGE_ENDPOINT_URL", uri)
    told: Any = getattr(error, "error_code", None) or headers_of(error).get("x-ms-error-code")
    return kept(str(getattr(told, "value", told) or ""), status, error.reason or "", uri)
