"""Values of settings: addresses, endpoints, files and numbers that cannot be what was meant are refused here."""

from __future__ import annotations

import math
import os
import re
from typing import NoReturn, TypeVar

from . import arguments
from .errors import ConfigurationError
from .uri import QUOTES, URI, hide_login, is_host

_Number = TypeVar("_Number", int, float)
_NAME = "[A-Za-z_][A-Za-z0-9_]*"
_CAPITALS = "[A-Z][A-Z0-9_]*"
_SEGMENT = rf"\${_NAME}|%{_NAME}%|#?\{{{_CAPITALS}\}}|<[A-Z][A-Z0-9_ -]*>|@{_CAPITALS}@|!{_CAPITALS}!"
_UNEXPANDED = re.compile(rf"\$\{{[^/]*|\$\(.*|\{{\{{.*|(?:^|(?<=/))(?:{_SEGMENT})(?=[/:]|$)")
"""What a shell, a template, its reader or Windows would have put a value in place of."""
_AZURES_OWN = re.compile(r"(?i)^(?:az|abfs)://\$(?:root|web|logs|blobchangefeed)(?=/|$)")
_NOTHING = re.compile(
    r"(?i)^(?:none|null|nil|nan|undefined)(?=/|$)|^[a-z0-9+]+://(?:none|null|nil|undefined)(?=[/:]|$)"
    r"|<(?:no value|nil|none|null)>|\((?:nil|none|null)\)|\[object object\]"
)
"""What programs write where they have no value."""
_CONNECTION = re.compile(
    r"(?i)(?:^|[;/])\s*(?:AccountName|AccountKey|SharedAccessSignature|DefaultEndpointsProtocol|BlobEndpoint"
    r"|EndpointSuffix|UseDevelopmentStorage)\s*="
)
"""A field of Azure's connection strings."""
_SIGNED = re.compile(r"(?i)[?&](?:x-[a-z]+-)?sig(?:nature)?=")
_ON_DISK = re.compile(r"(?i)(?:file:|local:|[~.]{0,2}/)")
"""What an address of a disk begins with, where a quote may end a name."""
_UNSAFE = re.compile(r"[\s\x00-\x20\x7f\\]")
_PLACE = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::(.*))?")
_LETTERS = re.compile(r"\[.+\]|[\w.-]+")
_LABEL = r"(?!-)[A-Za-z0-9-]+(?<!-)"
_LABELS = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_ASCII_HOSTS = ("s3", "http", "https")
"""Schemes whose client (botocore 1.43, the Host header of ours) takes no host with other letters than ASCII's."""
_CONTAINER = re.compile(r"(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*|\$[a-z]+")
_GOOGLE = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?")


def refuse(variable: str, value: str, reason: str) -> NoReturn:
    """Raise ConfigurationError with a variable, its value (what may be a login in it is hidden) and what is wrong."""
    shown = hide_login(value)
    raise ConfigurationError(f"{variable}={shown!r}: {reason}", shown)


def check_address(variable: str, text: str, *, secret: bool = False) -> str:
    """Return an address or a path without blank ends.

    Raises:
        ConfigurationError: it is blank or in quotes, holds a variable that nobody expanded, or is no value; or it holds
            a signature or is a connection string, and is no `secret` itself.
    """
    address = text.strip()
    if reason := _no_address(address) or (not secret and _secret_in(address)):
        refuse(variable, "(hidden)" if secret else address or text, reason)
    return address


def _no_address(address: str) -> str:
    if not address:
        return "it is blank; unset it, or write an address"
    if _is_quoted(address):
        return "its quotes are part of it, as docker's --env-file and YAML hand them on; leave them out"
    if found := _UNEXPANDED.search(_AZURES_OWN.sub("", address)):
        what = repr(found[0]) if found[0] in hide_login(address) else "a variable in it"
        return f"{what} was not expanded by whoever set it; write what it stands for"
    if _NOTHING.search(address):
        return "a program had no value when it wrote this; unset it, or write an address"
    return ""


def _secret_in(address: str) -> str:
    """Say what secret an address holds: it would be part of a name, and shown with that."""
    if _CONNECTION.search(address):
        return "it is a connection string; set AZURE_STORAGE_CONNECTION_STRING, and az://CONTAINER/prefix as address"
    if _SIGNED.search(address):
        return "it holds a signature; leave out what begins with '?', and set it apart where it is a SAS token"
    return ""


def _is_quoted(address: str) -> bool:
    """Say whether an address has quotes at its ends; at one alone it may be a name's on a disk: `/data/it'`."""
    ends = [end in QUOTES for end in (address[0], address[-1])]
    return all(ends) or (any(ends) and not _ON_DISK.match(address))


def check_endpoint(scheme: str, variable: str, text: str, *, secret: bool = False) -> None:
    """Refuse an endpoint that the client of a scheme cannot use.

    Raises:
        ConfigurationError: names the variable, never what may be a login in the endpoint.
    """
    example = "ftp://127.0.0.1:2121" if scheme in ("ftp", "ftps") else "http://127.0.0.1:9000"
    if set("@?#") & set(text) or "%40" in text:
        reason = "it holds a login, a query or a fragment; write http://HOST[:PORT] and set the login apart"
        raise ConfigurationError(f"{variable} is refused: {reason}")
    check_address(variable, text, secret=secret)
    if reason := _no_endpoint(scheme, text):
        raise ConfigurationError(f"{variable} {reason}; write e.g. {example}")


def _no_endpoint(scheme: str, text: str) -> str:
    spellings = ("ftp://", "ftps://") if scheme in ("ftp", "ftps") else ("http://", "https://")
    if not text.lower().startswith(spellings):
        return "is no URL"
    if _UNSAFE.search(text):
        return "is no URL: it holds a blank, a control character or a backslash"
    place, _, path = text.partition("://")[2].partition("/")
    if path and "ftp://" in spellings:
        return "has a path, which this protocol has no place for"
    match = _PLACE.fullmatch(place)
    if match is None:
        return "names no host: an IPv6 address belongs in brackets, [::1]:9000"
    if match[2] is not None and not is_port(match[2]):
        return "has a port that is no number from 1 to 65535; an IPv6 address belongs in brackets, [::1]:9000"
    return _no_host(scheme, match[1])


def _no_host(scheme: str, host: str) -> str:
    if not _LETTERS.fullmatch(host) or not is_host(host):
        return "names no host"
    if scheme in _ASCII_HOSTS and not host.isascii():
        return "has a host with letters that its client does not take; write it as xn--…"
    if scheme == "s3" and not host.startswith("[") and not _LABELS.fullmatch(host):
        return "has a host that S3's client refuses, for '_' or a '-' at an end; use an alias or the IP address"
    return ""


def is_port(text: str) -> bool:
    """Say whether a text is the number of a port."""
    return text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536


def check_root(variable: str, base: URI, endpoint: str = "") -> None:
    """Refuse a container or bucket whose name Azure or Google give to none; other servers of Google's have any length.

    Source: https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata,
    https://cloud.google.com/storage/docs/buckets#naming
    """
    if base.scheme == "az" and not _CONTAINER.fullmatch(base.root):
        reason = "no container has this name: 3 to 63 of a-z, 0-9 and single hyphens"
        refuse(variable, str(base), reason)
    if base.scheme == "gs" and not (_GOOGLE.fullmatch(base.root) and (endpoint or 2 < len(base.root) < 223)):
        reason = "no bucket has this name: 3 to 222 of a-z, 0-9, '.', '_' and '-', with a letter or digit at both ends"
        refuse(variable, str(base), reason)


def check_path(variable: str, text: str) -> str:
    """Return the path of a file or directory, the home directory in place of a leading `~`."""
    return at_home(variable, check_address(variable, text))


def at_home(variable: str, path: str) -> str:
    """Return a path with the home directory in place of a leading `~`, which shells leave alone inside quotes."""
    expanded = os.path.expanduser(path)
    if path.startswith("~") and expanded == path:
        refuse(variable, path, "that home directory is not known; write the whole path")
    return expanded


def check_whole(name: str, value: object, least: int, most: int | None = None) -> int:
    """Return a whole number that was given in code, between two bounds; True and 5e6 are none."""
    try:
        number = arguments.whole(name, value)
    except TypeError as error:
        raise ConfigurationError(f"{name}={value!r} is not a whole number") from error
    _check_bounds(name, str(number), number, least, most)
    return number


def whole(variable: str, text: str, least: int, most: int | None = None) -> int:
    """Return a whole number between two bounds."""
    value = _number(int, variable, text, "it in digits")
    _check_bounds(variable, text, value, least, most)
    return value


def seconds(variable: str, text: str, least: float, most: float | None = None) -> float:
    """Return a duration (seconds) between two bounds."""
    value = _number(float, variable, text, "seconds")
    if not math.isfinite(value):
        raise ConfigurationError(f"{variable}={text!r} is not a number that can be waited for; write e.g. 30")
    _check_bounds(variable, text, value, least, most)
    return value


def _number(kind: type[_Number], variable: str, text: str, what: str) -> _Number:
    try:
        return kind(text)
    except ValueError as error:
        raise ConfigurationError(f"{variable}={text!r} is not a number: write {what}, without a unit") from error


def _check_bounds(variable: str, text: str, value: float, least: float, most: float | None) -> None:
    if value < least:
        raise ConfigurationError(f"{variable}={text} is too small; write at least {least}")
    if most is not None and value > most:
        raise ConfigurationError(f"{variable}={text} is too large; write at most {most}")
