"""Logins: the ways in which a user may give credentials, on each protocol, and who hands out those that expire."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

import pytest

from conformance.outside import secrets_in
from fixtures import google_login
from fixtures.channel import Channel
from fixtures.credential_service import CredentialService
from fixtures.endpoint import Endpoint
from fixtures.raw_s3 import FALSE_TOKEN
from fixtures.sas import VALID, container_sas, policy_sas
from fixtures.sessions import session
from fixtures.signing import parse_connection_string
from fixtures.witness import witness as witness_of
from fixtures.witness_azure import AzureWitness

__all__ = ["Logins", "logins"]

_LOGIN: Final = ("AWS_", "AZURE_", "GOOGLE_")
_EXPIRED: Final = "<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>"
_ALL: Final = "rwdlc"
"""What an Azure token may allow in a container: read, write, delete, list, create."""


class Logins:
    """The ways to log in to one backend. A kind is the name of a method here, in words."""

    def __init__(
        self, backend: Endpoint, key: str, channel: Channel | None, service: CredentialService, place: Path
    ) -> None:
        self._backend, self._channel, self._service, self._place = backend, channel, service, place
        self._right = backend.environment(key, url=channel.url if channel else None)
        self._address = {name: value for name, value in self._right.items() if not name.startswith(_LOGIN)}
        self.secrets = [*secrets_in(self._right), service.word, service.session]
        """What may be shown nowhere."""

    def variables(self, kind: str) -> dict[str, str]:
        """The whole environment of a user who logs in in this way, as the owner unless the kind says otherwise."""
        login: Mapping[str, str] = getattr(self, kind.replace("-", "_"))()
        self.secrets += secrets_in(login)
        return {**self._address, **login}

    def hand_out(self, identity: str) -> None:
        """Whoever asks from now on gets what this identity may use; other servers than S3's know only the owner."""
        keys = {"token": self._token()} if identity == "owner" else {}
        if self._backend.scheme == "s3":
            keys = session(self._backend, identity)
        self.secrets += [*secrets_in(keys), *([keys["token"]] if "token" in keys else [])]
        self._service.hand_out(keys)
        self._told.write_text(json.dumps(self._service.document("SessionToken")))
        if self._backend.scheme == "az":
            lasts = VALID if identity == "owner" else -VALID
            self._azure_witness().set_policy(self._policy, _ALL, datetime.now(timezone.utc) + lasts)

    def as_given(self) -> dict[str, str]:
        """As the backend's own identities log in."""
        return self._right

    def wrong_password(self) -> dict[str, str]:
        """The owner's name with another secret."""
        return self._backend.identities["stranger"]

    def session(self) -> dict[str, str]:
        """A session in variables."""
        return session(self._backend, "owner")

    def false_token(self) -> dict[str, str]:
        """A session whose token is not the one that was handed out."""
        return {**session(self._backend, "owner"), "AWS_SESSION_TOKEN": FALSE_TOKEN}

    def expired_session(self) -> dict[str, str]:
        """A session that the server says has expired; a HEAD cannot say why."""
        assert self._channel
        self._channel.fault("status", code=400, body=_EXPIRED, headers={"Content-Type": "application/xml"})
        return {**session(self._backend, "owner"), "AWS_SESSION_TOKEN": "expired-t0ken"}

    def profile(self) -> dict[str, str]:
        """A profile of a file."""
        keys = self._backend.identities["owner"]
        lines = [f"aws_access_key_id = {keys['AWS_ACCESS_KEY_ID']}"]
        return self._profile([*lines, f"aws_secret_access_key = {keys['AWS_SECRET_ACCESS_KEY']}"])

    def unknown_profile(self) -> dict[str, str]:
        """A profile that no file has."""
        return {**self.profile(), "AWS_PROFILE": "n0body"}

    def process(self) -> dict[str, str]:
        """A profile that has a program tell the credentials."""
        self.hand_out("owner")
        return self._profile([f"credential_process = cat '{self._told}'"])

    def stale_process(self) -> dict[str, str]:
        """A profile whose program goes on telling a session that has ended."""
        login = self.process()
        told = json.loads(self._told.read_text())
        self._told.write_text(json.dumps({**told, "Expiration": "2026-01-01T00:00:00Z"}))
        return login

    def failing_process(self) -> dict[str, str]:
        """A profile whose program fails."""
        return self._profile([f"credential_process = cat '{self._place / 'absent'}'"])

    def machine(self) -> dict[str, str]:
        """The metadata service of a machine that has a role."""
        self.hand_out("owner")
        return self.machine_without_a_role()

    def machine_without_a_role(self) -> dict[str, str]:
        """The metadata service of a machine, which hands out nothing yet."""
        return {"AWS_EC2_METADATA_SERVICE_ENDPOINT": self._service.url, "AWS_EC2_METADATA_DISABLED": "false"}

    def container(self) -> dict[str, str]:
        """The service that containers ask."""
        self.hand_out("owner")
        address = f"{self._service.url}/container"
        return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": address, "AWS_CONTAINER_AUTHORIZATION_TOKEN": self._service.word}

    def account_key(self) -> dict[str, str]:
        """Azure's account and its key."""
        account, key = self._account()
        return {"AZURE_STORAGE_ACCOUNT_NAME": account, "AZURE_STORAGE_ACCOUNT_KEY": key, **self._azure_address()}

    def token(self) -> dict[str, str]:
        """A SAS for the container."""
        return self._sas(container_sas(*self._account(), self._backend.root, permissions=_ALL))

    def policy_token(self) -> dict[str, str]:
        """A SAS that lasts as long as a policy that the server keeps."""
        self.hand_out("owner")
        return self._sas(policy_sas(*self._account(), self._backend.root, self._policy))

    def expired_token(self) -> dict[str, str]:
        """A SAS that ended a while ago."""
        lasts = timedelta(minutes=-30)
        return self._sas(container_sas(*self._account(), self._backend.root, permissions=_ALL, lasts=lasts))

    def foreign_token(self) -> dict[str, str]:
        """A SAS for another container."""
        return self._sas(container_sas(*self._account(), f"other-{self._backend.root[:50]}", permissions=_ALL))

    def nobody(self) -> dict[str, str]:
        """Nothing but the address."""
        return self._azure_address()

    def broken_string(self) -> dict[str, str]:
        """A connection string that is none."""
        return {"AZURE_STORAGE_CONNECTION_STRING": "AccountName"}

    def key_file(self) -> dict[str, str]:
        """The key file of a service account, which buys tokens."""
        self.hand_out("owner")
        return self.refused_key_file()

    def refused_key_file(self) -> dict[str, str]:
        """A key file for which no tokens are sold yet."""
        path = self._place / "key.json"
        self._service.key_file(path)
        self.secrets.append(json.loads(path.read_text())["private_key"])
        return {"GOOGLE_APPLICATION_CREDENTIALS": str(path)}

    def broken_key_file(self) -> dict[str, str]:
        """A file that holds no key."""
        path = self._place / "key.json"
        path.write_text('{"type": "service_account", "private_key": "n0t-a-key"}')
        return {"GOOGLE_APPLICATION_CREDENTIALS": str(path)}

    def absent_key_file(self) -> dict[str, str]:
        """A file that is not there."""
        return {"GOOGLE_APPLICATION_CREDENTIALS": str(self._place / "absent.json")}

    def _token(self) -> str:
        """An access token of the owner's; a word where the server looks at none."""
        bought = google_login.fields(self._right).get("authorization", "")
        return bought.removeprefix("Bearer ") or f"t0ken-{id(self):x}"

    @property
    def _told(self) -> Path:
        return self._place / "told.json"

    @property
    def _policy(self) -> str:
        return "noiz"

    def _profile(self, lines: list[str]) -> dict[str, str]:
        path = self._place / "credentials"
        path.write_text("\n".join(["[noiz]", *lines, ""]))
        return {"AWS_SHARED_CREDENTIALS_FILE": str(path), "AWS_PROFILE": "noiz"}

    def _sas(self, token: str) -> dict[str, str]:
        login = {"AZURE_STORAGE_ACCOUNT_NAME": self._account()[0], "AZURE_STORAGE_SAS_TOKEN": token}
        return {**login, **self._azure_address()}

    def _azure_address(self) -> dict[str, str]:
        return {"AZURE_STORAGE_ENDPOINT_URL": self._channel.url if self._channel else self._backend.url}

    def _account(self) -> tuple[str, str]:
        text = self._backend.identities["owner"]["AZURE_STORAGE_CONNECTION_STRING"]
        fields = parse_connection_string(text)
        return fields["AccountName"], fields["AccountKey"]

    def _azure_witness(self) -> AzureWitness:
        witness: Any = witness_of(self._backend, "policies")
        assert isinstance(witness, AzureWitness)
        return witness


@pytest.fixture
def logins(backend: Endpoint, key: str, channel: Channel | None, tmp_path: Path) -> Iterator[Logins]:
    """The ways to log in to this case's backend."""
    service = CredentialService()
    yield Logins(backend, key, channel, service, tmp_path)
    service.close()
