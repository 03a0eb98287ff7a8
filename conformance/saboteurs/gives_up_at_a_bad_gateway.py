"""A gateway that finds no server (502, 504) is taken for a refusal, and not asked again."""

from __future__ import annotations

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage.engines import s3_errors
from noiz_storage.errors import StorageError

_true_class = s3_errors.class_of_code


def _class_of_code(code: str, status: int = 0) -> type[StorageError]:
    kind = _true_class(code, status)
    return changed(kind, StorageError if status in (502, 504) else kind)


replace(s3_errors, "class_of_code", _class_of_code)
