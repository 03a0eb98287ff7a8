"""Paths and URIs."""

from __future__ import annotations

import os
from pathlib import Path

from conformance.naive.filesystem import Name


def normalize_path_to_uri(path: Name) -> str:
    """Return the URI of a local path."""
    text = os.fspath(path)
    return text if "://" in text else f"file://{os.path.abspath(text)}"


def uri_to_local_path(uri: str) -> Path:
    """Return the local path of a URI."""
    return Path(uri.removeprefix("file://"))
