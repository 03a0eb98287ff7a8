"""What the settings say: the storages and the limits, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .credential_values import check_credentials
from .errors import ConfigurationError
from .setting_values import check_endpoint, check_root
from .uri import URI, hide_login, is_uri


@dataclass(frozen=True)
class Storage:
    """One place of files: a base URI with its endpoint and credentials.

    Raises:
        ConfigurationError: the endpoint, a credential or the bucket's name cannot be used.
    """

    name: str
    base: URI
    endpoint_url: str = ""
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    source: str = "none needed"
    """Where the credentials come from; never the credentials themselves."""
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Environment variable to mend, by what it sets: `uri`, `credentials` as a whole, `endpoint_url` and the others."""

    def __post_init__(self) -> None:
        if self.endpoint_url:
            variable = self.variables.get("endpoint_url", "endpoint_url")
            check_endpoint(self.base.scheme, variable, self.endpoint_url)
        check_credentials(self.base.scheme, self.endpoint_url, self.credentials, self.variables)
        check_root(self.variables.get("uri", "base"), self.base, self.endpoint_url)


@dataclass(frozen=True)
class StorageConfig:
    """All settings, as they were when they were first needed."""

    given: Storage | None = None
    """The default storage, where the environment sets one."""
    named: Mapping[str, Storage] = field(default_factory=dict)
    legacy_base: URI | None = None
    block_size: int = 32 * 1024**2
    timeout: float = 30.0
    retry_attempts: int = 5
    retry_seconds: float = 60.0
    cache_dir: str | None = None
    cache_size_mb: int = 1000

    @property
    def default(self) -> Storage:
        """The default storage; ConfigurationError where neither variable sets one."""
        if self.given is None:
            raise ConfigurationError(
                "neither STORAGE_URI nor PROCESSED_DATA_DIR is set; write e.g. STORAGE_URI=s3://bucket/prefix"
            )
        return self.given

    @property
    def storage_uri(self) -> str:
        """The base URI of the default storage."""
        return str(self.default.base)

    @property
    def is_remote(self) -> bool:
        """Whether the default storage is reached over a network."""
        return self.default.base.scheme not in ("file", "memory")

    def find(self, uri: URI) -> Storage | None:
        """Return the storage that an address lies below, the innermost one.

        Raises:
            ConfigurationError: two endpoints hold the same base, so that the address alone does not tell.
        """
        every = (*([self.given] if self.given else []), *self.named.values())
        fitting = [storage for storage in every if storage.base.key_below(uri) is not None]
        if not fitting:
            return None
        inner = max(fitting, key=lambda storage: len(storage.base.key))
        rivals = {s.endpoint_url for s in fitting if s.base == inner.base}
        if len(rivals) > 1:
            names = ", ".join(sorted(s.name for s in fitting if s.base == inner.base))
            raise ConfigurationError(f"{uri} lies below several storages: {names}; name the one you mean", str(uri))
        return inner

    def choose(self, uri_or_name: str | None) -> Storage:
        """Return the storage of a name or of an address below its base; the default one for None.

        Raises:
            ConfigurationError: there is none; names those that are configured.
        """
        if uri_or_name in (None, "default"):
            return self.default
        text = str(uri_or_name)
        if text.lower() in self.named:
            return self.named[text.lower()]
        found = self.find(URI.parse(text)) if is_uri(text) or text.startswith("/") else None
        if found is None:
            known, shown = ", ".join(["default", *self.named]), hide_login(text)
            raise ConfigurationError(
                f"no storage is configured for {shown!r} (there are: {known}); set STORAGE_<NAME>_URI", shown
            )
        return found
