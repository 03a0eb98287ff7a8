"""Values of credentials: what no login can be is refused, by the name of its variable and without its value."""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Mapping
from typing import NoReturn

from .engines import connection_string
from .errors import ConfigurationError
from .setting_values import check_address, check_endpoint, refuse
from .uri import hide_login

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_IN_HEADERS = ("access_key_id", "session_token", "account_name", "sas_token", "token")
"""Settings that travel in a header as they are."""
_FILES = ("ca_file", "credentials_file")
_REGION = re.compile(r"(?![0-9]+$)(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
"""botocore's rule (1.43, `validate_region_name`)."""
_ACCOUNT = re.compile(r"[a-z0-9]{3,24}")
_CHECKSUMS = ("when_supported", "when_required")
_CHECKSUM_SETTINGS = ("request_checksum_calculation", "response_checksum_validation")

_PLAIN = re.compile(r"[A-Za-z0-9-]{1,63}")
"""A name that may be shown: no Azure key or connection string, and few keys of S3, look so."""
_NEVER_EMPTY = ("ACCOUNTKEY", "SHAREDACCESSSIGNATURE", "BLOBENDPOINT", "ENDPOINTSUFFIX")
"""Fields of a connection string: without a value its reader asks without a login, or asks the public cloud."""

_PAIR = ("access_key_id", "secret_access_key")
_PARTNERS = ("account_name", "username")
"""Settings that an error names though they are not set."""

Named = Mapping[str, str]


def check_credentials(scheme: str, endpoint: str, given: Named, variables: Named) -> None:
    """Refuse credentials that cannot be used.

    Args:
        scheme: of the storage that they are for.
        endpoint: that is set beside them; empty where none is.
        given: value by setting.
        variables: what each setting is called in the environment.
    Raises:
        ConfigurationError: names the variable and what is wrong, and shows nothing of the value.
    """
    named = {setting: variables.get(setting, setting) for setting in {*given, *_PARTNERS}}
    for setting, value in given.items():
        _check_text(named[setting], setting, value)
    _check_choices(given, named)
    if scheme == "az":
        _check_azure(endpoint, given, named)
    if scheme in ("http", "https"):
        _check_http(given, named)
    for setting in _FILES:
        if setting in given:
            _check_file(setting, named[setting], given[setting])


def check_pair(given: Named, variables: Named) -> None:
    """Refuse half of S3's pair of keys: botocore takes the other from nowhere else (`PartialCredentialsError`).

    Raises:
        ConfigurationError: names the variable that is missing.
    """
    present = [setting for setting in _PAIR if given.get(setting)]
    if len(present) == 1:
        missing = next(setting for setting in _PAIR if setting not in present)
        names = variables.get(missing, missing), variables.get(present[0], present[0])
        raise ConfigurationError(f"{names[0]} is missing beside {names[1]}; set both, or neither")


def _check_text(variable: str, setting: str, value: str) -> None:
    if not isinstance(value, str):
        raise ConfigurationError(f"{variable} is {type(value).__name__}, not text")
    if found := _CONTROL.search(value):
        where = f"U+{ord(found[0]):04X} at position {found.start() + 1}"
        raise ConfigurationError(f"{variable} holds a control character ({where}), as an end of line is; leave it out")
    if not value.isprintable() and any(0xD800 <= ord(character) < 0xE000 for character in value):
        raise ConfigurationError(f"{variable} holds bytes that are not UTF-8; write it in UTF-8")
    if setting in _IN_HEADERS:
        _check_header(variable, value)


def _check_header(variable: str, value: str) -> None:
    """Refuse what a header does not carry: `Bearer TOKEN` in place of the token, letters outside ASCII."""
    position = next((at for at, each in enumerate(value, 1) if not "!" <= each <= "~"), 0)
    if position:
        raise ConfigurationError(
            f"{variable} holds a blank or a character outside ASCII at position {position}; it travels in a header, "
            "which has no place for it"
        )
    if value[:1] in ("'", '"'):
        raise ConfigurationError(
            f"{variable} begins with a quote, as docker's --env-file and YAML hand it on; leave the quotes out"
        )


def _refuse_name(variable: str, value: str, reason: str) -> NoReturn:
    """Refuse a name; it is shown only if it is a plain one, for a key may have been put in its place."""
    if _PLAIN.fullmatch(value):
        refuse(variable, value, reason)
    raise ConfigurationError(f"{variable} (its value is hidden: it may be a key): {reason}")


def _check_choices(given: Named, named: Named) -> None:
    region = given.get("region")
    if region is not None and not _REGION.fullmatch(region):
        _refuse_name(named["region"], region, "no region has this name: letters, digits and hyphens, e.g. eu-central-1")
    for setting in _CHECKSUM_SETTINGS:
        if setting in given and given[setting].lower() not in _CHECKSUMS:
            refuse(named[setting], given[setting], f"write {' or '.join(_CHECKSUMS)}")


def _check_http(given: Named, named: Named) -> None:
    if given.get("token") and (given.get("username") or given.get("password")):
        other = "username" if given.get("username") else "password"
        raise ConfigurationError(f"{named['token']} and {named[other]} are both set; unset one")
    if given.get("password") and not given.get("username"):
        raise ConfigurationError(f"{named['username']} is missing beside {named['password']}; set both")
    if ":" in given.get("username", ""):
        raise ConfigurationError(f"{named['username']} holds a colon, for which basic authentication has no place")


def _check_azure(endpoint: str, given: Named, named: Named) -> None:
    if "connection_string" in given:
        _check_connection_string(named["connection_string"], given["connection_string"], endpoint)
        return
    name, key, token = (given.get(setting, "") for setting in ("account_name", "account_key", "sas_token"))
    if key:
        check_account_key(named["account_key"], key)
    if token and ("sig=" not in token or token.find("?") > 0):
        reason = "it is what follows the '?' of a shared access signature's address: sv=…&sig=…"
        raise ConfigurationError(f"{named['sas_token']} is no shared access signature: {reason}")
    if (key or (token and not endpoint)) and not name:
        other = named["account_key"] if key else named["sas_token"]
        raise ConfigurationError(f"{named['account_name']} is missing beside {other}; set both")
    if name and not endpoint and not _ACCOUNT.fullmatch(name):
        _refuse_name(named["account_name"], name, "no storage account has this name: 3 to 24 of a-z and 0-9")


def check_account_key(variable: str, key: str) -> None:
    """Refuse an account's key that is no base64."""
    try:
        base64.b64decode(key, validate=True)
    except (ValueError, binascii.Error):
        raise ConfigurationError(f"{variable} holds no account key: a key is base64; copy it whole") from None


def _check_connection_string(variable: str, text: str, endpoint: str) -> None:
    """Refuse what azure-storage-blob (12.31, `parse_connection_str`) would refuse, or take for anonymous."""
    check_address(variable, text, secret=True)
    try:
        fields = {name.upper(): value for name, value in connection_string.split(text)}
    except ValueError as error:
        raise ConfigurationError(f"{variable} is no connection string: {error}") from None
    if empty := [name for name in _NEVER_EMPTY if fields.get(name) == ""]:
        raise ConfigurationError(f"{variable} has no value behind {empty[0]}=; copy it whole")
    if fields.get("USEDEVELOPMENTSTORAGE") == "true":
        return
    if not fields.get("ACCOUNTNAME") and (fields.get("ACCOUNTKEY") or not (fields.get("BLOBENDPOINT") or endpoint)):
        raise ConfigurationError(f"{variable} names no account; copy it whole: AccountName=…;AccountKey=…")
    if "ACCOUNTKEY" in fields:
        check_account_key(variable, fields["ACCOUNTKEY"])
    if fields.get("DEFAULTENDPOINTSPROTOCOL", "https") not in ("http", "https"):
        raise ConfigurationError(f"{variable}: its DefaultEndpointsProtocol is neither http nor https")
    if at := fields.get("BLOBENDPOINT"):
        check_endpoint("az", f"the BlobEndpoint of {variable}", at.partition("?")[0], secret=True)


def _check_file(setting: str, variable: str, text: str) -> None:
    if text.lstrip().startswith(("{", "-----BEGIN")) and not os.path.exists(text):
        raise ConfigurationError(f"{variable} holds what belongs in a file; write that file's path")
    path = check_address(variable, text)
    shown = hide_login(path)
    if setting == "credentials_file":
        if not os.path.isfile(path):
            remedy = "write the path of a service account's key file (JSON)"
            raise ConfigurationError(f"{variable} names {shown!r}, where there is no file; {remedy}", shown)
        return
    import ssl  # 20 ms that only those pay who name a file

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        reason = f"{variable} names {shown!r}, which holds no certificates ({told}); write the path of a PEM file"
        raise ConfigurationError(reason, shown) from error
