"""What FTP servers answer: refusals, whose code alone says little, and facts about files."""

from __future__ import annotations

import ftplib
import re
import ssl
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone

from .. import errors
from ..uri import MAX_KEY, TEMPORARY
from . import Stat

_ABSENT = re.compile(r"no such|not found|(does not|doesn't|not) exist|cannot find", re.IGNORECASE)
_DENIED = re.compile(r"denied|privilege|permi(ssion|tted)|not allowed|forbidden", re.IGNORECASE)
_SPECIAL = re.compile(r"os\.unix=(?!s(ym)?link)", re.IGNORECASE)
"""Types of what is neither file, directory nor link, as servers name them: `OS.unix=fifo`, `OS.unix=chr-1/3`."""
_TIME = re.compile(r"([0-9]{14})(?:\.[0-9]*)?")
_NUMBER = re.compile(r"[0-9]+")
_CODES: dict[str, type[errors.StorageError]] = {
    "421": errors.ThrottledError,
    "425": errors.UnreachableError,
    "426": errors.UnreachableError,
    "430": errors.AccessDeniedError,
    "450": errors.ThrottledError,
    "500": errors.UnsupportedError,
    "501": errors.UnsupportedError,
    "502": errors.UnsupportedError,
    "504": errors.UnsupportedError,
    "530": errors.AccessDeniedError,
    "532": errors.AccessDeniedError,
    "550": errors.AccessDeniedError,
    "553": errors.AccessDeniedError,
}


def tells_absence(error: ftplib.Error) -> bool | None:
    """Say whether a refusal means that there is no such object; None where its words do not tell."""
    text = str(error)
    if _ABSENT.search(text) or "not a directory" in text.lower() or "is a directory" in text.lower():
        return True
    return False if _DENIED.search(text) or text[:3] in ("530", "532") else None


def refusal(error: Exception, uri: str) -> Exception:
    """Return the layer's error for ftplib's, for the server's answer or for the socket's."""
    if isinstance(error, ftplib.Error):
        return _refused(str(error), uri)
    if isinstance(error, ssl.SSLCertVerificationError):
        remedy = "set STORAGE_FTP_CA_FILE (STORAGE_<NAME>_CA_FILE) to the PEM file of its authority"
        return errors.UntrustedError(f"the server's certificate is not trusted: {error.verify_message}; {remedy}", uri)
    if isinstance(error, TimeoutError):
        return errors.DeadlineError("no answer in time; the server is silent or too slow", uri)
    if isinstance(error, OSError | EOFError):
        return errors.UnreachableError(f"the connection failed: {error or type(error).__name__}", uri)
    return errors.StorageError(f"{type(error).__name__}: {error}", uri)


def _refused(text: str, uri: str) -> Exception:
    code, words = text[:3], text.lower()
    if code[0] == "5" and _ABSENT.search(text):
        return errors.NotFoundError(f"refused ({text})", uri)
    if "is a directory" in words:
        return errors.DirectoryError(f"refused ({text})", uri)
    if code == "552" or "no space" in words:
        return errors.StorageError(f"the storage is full ({text})", uri)
    if "tls" in words or "ssl" in words:
        return errors.ConfigurationError(f"server and URI disagree about TLS, ftps:// asks for it ({text})", uri)
    kind = _CODES.get(code) or (errors.ServerError if code[0] == "4" else errors.StorageError)
    remedy = "; check STORAGE_FTP_USERNAME and STORAGE_FTP_PASSWORD" if code in ("430", "530") else ""
    return kind(f"refused ({text}){remedy}", uri)


def is_refused(error: errors.StorageError) -> bool:
    """Say whether the server refused this one name, and not the login or all of the service."""
    return isinstance(error.__cause__, ftplib.error_perm) and str(error.__cause__)[:3] in ("550", "553")


def facts_of(text: str) -> dict[str, str]:
    """Return the facts of a line of MLSD or MLST, names in lower case."""
    pairs = (fact.partition("=") for fact in text.split(";") if fact)
    return {name.lower(): value for name, _, value in pairs}


def entries_of(body: bytes, directory: str, stem: str) -> tuple[Sequence[str], Sequence[str]]:
    """Return the keys of the files and of the directories in an answer to MLSD.

    Left out are unfinished files, and pipes, sockets and devices, which are no objects; a link counts as a file.
    """
    found: dict[bool, list[str]] = {True: [], False: []}
    for line in body.decode("utf-8", "surrogateescape").split("\r\n"):
        text, space, name = line.partition(" ")
        kind = facts_of(text).get("type", "file").lower()
        if (
            space
            and kind not in ("cdir", "pdir")
            and not _SPECIAL.match(kind)
            and name.startswith(stem)
            and not TEMPORARY.fullmatch(name)
        ):
            found[kind == "dir"].append(f"{directory}/{name}" if directory else name)
    # A link that leads back upwards would never end; no name is longer.
    return sorted(found[False]), sorted(key for key in found[True] if len(key) <= MAX_KEY)


def described(facts: Mapping[str, str]) -> Stat:
    """Return what facts say of a file."""
    kind = facts.get("type", "file").lower()
    if kind in ("dir", "cdir", "pdir") or _SPECIAL.match(kind):
        raise errors.NotFoundError("a directory, a pipe, a socket or a device is no object")
    size, modified = facts.get("size", "").strip(), facts.get("modify", "").strip()
    if not _NUMBER.fullmatch(size):
        raise errors.UnsupportedError(f"this server does not tell the size of this file ({size!r})")
    return Stat(int(size), f"{size}-{modified}-{facts.get('unique', '')}", _time(modified))


def _time(text: str) -> datetime | None:
    """Return a time of change (RFC 3659, section 2.3); None where it is none, which is no reason not to read a file."""
    match = _TIME.fullmatch(text)
    try:
        return datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc) if match else None
    except ValueError:
        return None
