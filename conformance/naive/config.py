"""The settings."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class StorageConfig:
    """Where the files live."""

    storage_uri: str
    cache_dir: str | None = None
    cache_size_mb: int = 1000

    @property
    def is_remote(self) -> bool:
        """Whether the files live elsewhere."""
        return not self.storage_uri.startswith("file://")


def get_storage_config() -> StorageConfig:
    """Read the settings."""
    uri = os.environ.get("STORAGE_URI") or f"file://{os.environ['PROCESSED_DATA_DIR']}"
    return StorageConfig(uri, os.environ.get("STORAGE_CACHE_DIR"), int(os.environ.get("STORAGE_CACHE_SIZE_MB", 1000)))
