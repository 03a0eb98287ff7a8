"""The arrays of an npz come back in the order of their names."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.saboteurs.layer import __getattr__, changed, replace  # noqa: F401
from noiz_storage.io import npz


class _Sorted(npz.Arrays):
    @property
    def files(self) -> list[str]:
        return changed(super().files, sorted(super().files))

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)


replace(npz, "Arrays", _Sorted)
