"""Where requests go: to the storage's own server alone, by the environment's proxy, and with no login but its own."""

from __future__ import annotations

import base64
import collections
import contextlib
import hashlib
import http.server
import json
import socket
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import botocore.credentials
import botocore.tokens
import pytest

from noiz_storage import NoizFileSystem
from noiz_storage.config import Storage
from noiz_storage.engines.sessions import set_switch
from noiz_storage.errors import AccessDeniedError, ConfigurationError, DeadlineError, NotFoundError, StorageError
from noiz_storage.uri import URI
from tests.scripted_server import Script, ScriptedServer

LOGINS: dict[str, dict[str, str]] = {
    "s3": {"access_key_id": "id", "secret_access_key": "word", "session_token": "session"},
    "az": {"account_name": "name", "sas_token": "sig=signature"},
    "az-key": {"account_name": "name", "account_key": base64.b64encode(b"word").decode()},
    "gs": {},
    "http": {"token": "bearer"},
}
CLOUDS = pytest.mark.parametrize("login", ["s3", "az", "az-key", "gs"])
ENGINES = pytest.mark.parametrize("login", LOGINS)
ACTS: dict[str, Callable[[NoizFileSystem], object]] = {
    "read": lambda fs: fs.read("object"),
    "head": lambda fs: fs.stat("object"),
    "write": lambda fs: fs.open("object", "wb").close(),
    "list": lambda fs: fs.ls(),
    "delete": lambda fs: fs.rm("object", missing_ok=True),
    "copy": lambda fs: fs.copy("object", "copy"),
}


@pytest.fixture(autouse=True)
def plain(settings: pytest.MonkeyPatch) -> None:
    """No proxy in the environment of whoever runs the tests, and one attempt a call."""
    for variable in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        settings.delenv(variable, raising=False)
        settings.delenv(variable.upper(), raising=False)
    settings.setenv("STORAGE_RETRY_ATTEMPTS", "1")
    settings.setenv("STORAGE_TIMEOUT", "5")


@contextlib.contextmanager
def filesystem(login: str, url: str) -> Iterator[NoizFileSystem]:
    """A filesystem at a server of the test's own."""
    scheme = login.partition("-")[0]
    base = URI.parse(f"{scheme}://root")
    endpoint = f"{url}/name" if scheme == "az" else url
    fs = NoizFileSystem(f"{base}/x", storage=Storage("own", base, endpoint, LOGINS[login]))
    try:
        yield fs
    finally:
        fs.close()


def answering(server: ScriptedServer, *lines: str, body: bytes = b"") -> None:
    """Have a server answer every request alike."""
    head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "Connection: close", "", ""]).encode()
    server.script = Script(collections.defaultdict(lambda: head + body))


@pytest.fixture
def elsewhere() -> Iterator[ScriptedServer]:
    """A server that nobody means."""
    with ScriptedServer() as running:
        running.script = Script(collections.defaultdict(lambda: b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
        yield running
        running.shutdown()


@CLOUDS
@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("act", ACTS)
def test_no_redirect_is_followed(
    server: ScriptedServer, elsewhere: ScriptedServer, login: str, status: int, act: str
) -> None:
    """Neither login nor body goes to another server: the error names it, without what may be a signature."""
    answering(server, f"HTTP/1.1 {status} Moved", f"Location: {elsewhere.url}/place?sig=secret")
    with filesystem(login, server.url) as fs, pytest.raises(ConfigurationError, match=f"{elsewhere.url}/place") as told:
        ACTS[act](fs)
    assert "secret" not in str(told.value)
    assert (len(server.script.seen), fs.meter.requests.total(), elsewhere.script.seen) == (1, 1, [])


@CLOUDS
def test_a_redirect_to_nowhere_is_said(server: ScriptedServer, login: str) -> None:
    """A redirect that names no place is one request and one error."""
    answering(server, "HTTP/1.1 301 Moved")
    with filesystem(login, server.url) as fs, pytest.raises(ConfigurationError, match="without saying where"):
        fs.read("object")
    assert (len(server.script.seen), fs.meter.requests) == (1, {"read": 1})


ROLE = "sso_account_id=123456789012\nsso_role_name=role\n"
PROFILES = {
    "sso": f"[default]\nsso_start_url=https://portal\nsso_region=us-east-1\n{ROLE}",
    "oidc": f"[default]\nsso_session=ours\n{ROLE}"
    "[sso-session ours]\nsso_region=us-east-1\nsso_start_url=https://portal\n",
}
TOKENS = {
    "https://portal": {"accessToken": "secret", "expiresAt": "2999-01-01T00:00:00Z"},
    "ours": {
        "accessToken": "secret",
        "expiresAt": "2020-01-01T00:00:00Z",
        "refreshToken": "secret",
        "clientId": "client",
        "clientSecret": "secret",
        "registrationExpiresAt": "2999-01-01T00:00:00Z",
    },
}
VARIABLES = {
    "container": {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "{url}/task"},
    "machine": {"AWS_EC2_METADATA_SERVICE_ENDPOINT": "{url}", "AWS_EC2_METADATA_DISABLED": "false"},
    "sts": {
        "AWS_ENDPOINT_URL_STS": "{url}",
        "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/role",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "{home}/token",
    },
    "sso": {"AWS_ENDPOINT_URL_SSO": "{url}"},
    "oidc": {"AWS_ENDPOINT_URL_SSO_OIDC": "{url}"},
}
"""What has credentials asked for at `url`."""
SERVICES = pytest.mark.parametrize(
    ("service", "told"),
    [
        ("container", "no credentials were handed out: .*302 from container metadata"),
        ("machine", "no complete credentials"),
        (
            "sts",
            "no credentials were handed out: sts redirects AssumeRoleWithWebIdentity to '{place}'.*URL_STS ",
        ),
        (
            "sso",
            "no credentials were handed out: sso redirects GetRoleCredentials to '{place}'.*URL_SSO ",
        ),
        (
            "oidc",
            "no credentials were handed out: sso-oidc redirects CreateToken to '{place}'.*URL_SSO_OIDC ",
        ),
    ],
    ids=list(VARIABLES),
)


def keys_at(service: str, url: str, home: Path, settings: pytest.MonkeyPatch) -> None:
    """Have this service at `url`, and nobody else, asked for keys."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        settings.delenv(name, raising=False)
    for names in (botocore.credentials.SSOProvider, botocore.tokens.SSOTokenProvider):
        settings.setattr(names, "_SSO_TOKEN_CACHE_DIR", str(home))
    for name, token in TOKENS.items():
        (home / f"{hashlib.sha1(name.encode()).hexdigest()}.json").write_text(json.dumps(token))
    (home / "config").write_text(PROFILES.get(service, ""))
    (home / "token").write_text("secret")
    given = {"AWS_CONFIG_FILE": "{home}/config", "AWS_SHARED_CREDENTIALS_FILE": "{home}/none"}
    settings.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name, value in {**given, **VARIABLES[service]}.items():
        settings.setenv(name, value.format(home=home, url=url))


@SERVICES
def test_keys_come_from_the_service_that_is_asked(
    server: ScriptedServer,
    elsewhere: ScriptedServer,
    settings: pytest.MonkeyPatch,
    tmp_path: Path,
    service: str,
    told: str,
) -> None:
    """A service that redirects hands out no keys, is named, and nobody else is asked for any."""
    answering(server, "HTTP/1.1 302 Found", f"Location: {elsewhere.url}/keys?sig=signature")
    body = b'{"AccessKeyId": "theirs", "SecretAccessKey": "theirs", "Token": "t", "Expiration": "2999-01-01T00:00:00Z"}'
    answering(elsewhere, "HTTP/1.1 200 OK", body=body)
    keys_at(service, server.url, tmp_path, settings)
    base = URI.parse("s3://root/x")
    fs = NoizFileSystem(f"{base}", storage=Storage("own", base, server.url))
    wanted = told.format(place=f"{elsewhere.url}/keys")
    with contextlib.closing(fs), pytest.raises(AccessDeniedError, match=wanted) as caught:
        fs.read("object")
    assert (bool(server.script.seen), elsewhere.script.seen) == (True, [])
    assert caught.value.filename == "s3://root/x/object"


@pytest.mark.parametrize(
    ("service", "told"),
    [("sts", "AssumeRoleWithWebIdentity"), ("sso", "GetRoleCredentials"), ("oidc", "Token has expired")],
)
def test_a_service_that_refuses_hands_out_no_keys(
    server: ScriptedServer, settings: pytest.MonkeyPatch, tmp_path: Path, service: str, told: str
) -> None:
    """A refusal of whoever hands out credentials is none of the storage, of which nothing was asked."""
    body = b"<ErrorResponse><Error><Code>NoSuchBucket</Code></Error></ErrorResponse>"
    answering(server, "HTTP/1.1 404 Not Found", body=body if service == "sts" else b'{"__type": "NoSuchBucket"}')
    keys_at(service, server.url, tmp_path, settings)
    base = URI.parse("s3://root/x")
    fs = NoizFileSystem(f"{base}", storage=Storage("own", base, "http://127.0.0.1:1"))
    wanted = f"no credentials were handed out: .*{told}"
    with contextlib.closing(fs), pytest.raises(AccessDeniedError, match=wanted):
        fs.read("object")


@pytest.mark.parametrize("service", ["sts", "sso", "oidc"])
@pytest.mark.parametrize("body", [b"", b"Welcome"])
def test_what_is_no_service_hands_out_no_keys(
    server: ScriptedServer, settings: pytest.MonkeyPatch, tmp_path: Path, service: str, body: bytes
) -> None:
    """A server that answers something else is told as the service that it stands for, in one line."""
    answering(server, "HTTP/1.1 200 OK", body=body)
    keys_at(service, server.url, tmp_path, settings)
    base = URI.parse("s3://root/x")
    fs = NoizFileSystem(f"{base}", storage=Storage("own", base, "http://127.0.0.1:1"))
    with contextlib.closing(fs), pytest.raises(AccessDeniedError, match="no credentials were handed out: s"):
        fs.read("object")


def test_a_service_that_is_silent_is_left(settings: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a storage asks before it can ask its own server has that storage's deadline."""
    settings.setenv("STORAGE_TIMEOUT", "1")
    settings.setenv("AWS_METADATA_SERVICE_TIMEOUT", "10")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        keys_at("machine", f"http://127.0.0.1:{silent.getsockname()[1]}", tmp_path, settings)
        base = URI.parse("s3://root/x")
        fs = NoizFileSystem(f"{base}", storage=Storage("own", base, "http://127.0.0.1:1"))
        with contextlib.closing(fs), pytest.raises(DeadlineError):
            fs.read("object")


@pytest.mark.parametrize("place", ["variable", "profile"])
def test_no_machine_is_asked_for_a_region(
    server: ScriptedServer, elsewhere: ScriptedServer, settings: pytest.MonkeyPatch, tmp_path: Path, place: str
) -> None:
    """botocore's mode `auto` sends no requests of its own, which nobody counts."""
    answering(server, "HTTP/1.1 404 Not Found")
    (tmp_path / "config").write_text("[default]\ndefaults_mode=auto\n" if place == "profile" else "")
    settings.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    settings.setenv("AWS_EC2_METADATA_DISABLED", "false")
    settings.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", elsewhere.url)
    if place == "variable":
        settings.setenv("AWS_DEFAULTS_MODE", "auto")
    with filesystem("s3", server.url) as fs, pytest.raises(NotFoundError):
        fs.read("object")
    assert (len(server.script.seen), elsewhere.script.seen) == (1, [])


LISTING = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"


class _Regional(http.server.BaseHTTPRequestHandler):
    """Takes what is signed for `server.region`, and answers anything else as `server.refuse` does."""

    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        server: Any = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        server.seen.append((self.command, body))
        if f"/{server.region}/s3/" in self.headers["Authorization"]:
            self._send(
                200, {"ETag": '"1"'}, {"GET": LISTING if "list" in self.path else b"stored"}.get(self.command, b"")
            )
        else:
            self._send(*server.refuse)

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = _answer  # noqa: N815 - the library's names

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


REFUSALS = {
    "301-header": (301, {"x-amz-bucket-region": "eu-north-1"}, b""),
    "307-header": (307, {"x-amz-bucket-region": "eu-north-1", "Location": "http://127.0.0.1:1/"}, b""),
    "400-header": (400, {"x-amz-bucket-region": "eu-north-1"}, b""),
    "400-body": (
        400,
        {},
        b"<Error><Code>AuthorizationHeaderMalformed</Code><Message>wrong</Message><Region>eu-north-1</Region></Error>",
    ),
}
"""How servers say that a bucket lies in another region."""


@pytest.fixture
def regional() -> Iterator[Any]:
    """A server of one region."""
    server: Any = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Regional)
    server.seen, server.region, server.url = [], "eu-north-1", f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("act", ["read", "head", "write", "list"])
def test_another_region_takes_one_request_more(regional: Any, refusal: str, act: str) -> None:
    """A bucket of another region is reached, as the meter says, and asked there from then on."""
    regional.refuse = REFUSALS[refusal]
    with filesystem("s3", regional.url) as fs:
        ACTS[act](fs)
        first = len(regional.seen)
        assert (first, fs.meter.requests.total()) == ((3, 3) if (refusal, act) == ("400-body", "head") else (2, 2))
        ACTS[act](fs)
        assert (len(regional.seen), fs.meter.requests.total()) == (first + 1, first + 1)


def test_a_large_body_is_sent_whole_to_another_region(regional: Any) -> None:
    """A body that lies in a file starts anew where the bucket is."""
    regional.refuse = REFUSALS["400-body"]
    body = bytes(range(256)) * 50_000
    with filesystem("s3", regional.url) as fs:
        with tempfile.TemporaryFile() as file:
            file.write(body)
            fs._live().put("object", file)
        assert [sent for _, sent in regional.seen] == [body, body]


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("act", ["read", "head", "write", "list"])
def test_a_region_that_does_not_help_is_named(regional: Any, refusal: str, act: str) -> None:
    """A server that refuses its own region too is asked no third time: region and variable are named."""
    regional.refuse, regional.region = REFUSALS[refusal], "nowhere"
    # Without a word beside it, the region that is asked already is no reason.
    kind = AccessDeniedError if refusal == "400-header" else ConfigurationError
    with filesystem("s3", regional.url) as fs, pytest.raises(kind) as caught:
        ACTS[act](fs)
    assert ("AWS_DEFAULT_REGION=eu-north-1" in str(caught.value)) is (refusal != "400-header")
    assert len(regional.seen) == fs.meter.requests.total() <= 4


def test_a_server_that_takes_no_region_leaves_no_clients_open(regional: Any) -> None:
    """Another region is tried once; no refusal after it makes a client."""
    regional.region = "nowhere"
    with filesystem("s3", regional.url) as fs:
        for region in ("eu-a-1", "eu-b-1", "eu-a-1", "eu-b-1"):
            regional.refuse = 301, {"x-amz-bucket-region": region}, b""
            with pytest.raises(ConfigurationError, match=region):
                fs.read("object")
        engine: Any = fs._live()
        while hasattr(engine, "_engine"):
            engine = engine._engine
        assert (len(engine._made), len(regional.seen)) == (2, fs.meter.requests["read"])


def test_threads_that_meet_another_region_all_get_there(regional: Any) -> None:
    """A client that is replaced serves those that are under way: one attempt is enough for each of many threads."""
    regional.refuse = REFUSALS["400-body"]
    with filesystem("s3", regional.url) as fs, ThreadPoolExecutor(16) as pool:
        bodies = list(pool.map(lambda number: fs.read(f"object-{number}"), range(64)))
        assert (set(bodies), len(regional.seen)) == ({b"stored"}, fs.meter.requests.total())
        assert len(regional.seen) <= 64 + 16


@ENGINES
def test_no_proxys_password_is_shown(server: ScriptedServer, login: str, settings: pytest.MonkeyPatch) -> None:
    """A proxy that refuses is told without its login."""
    answering(server, "HTTP/1.1 404 Not Found")
    settings.setenv("https_proxy", server.url.replace("://", "://someone:planted@"))
    with filesystem(login, "https://storage.invalid") as fs, pytest.raises(StorageError) as caught:
        fs.read("object")
    assert server.script.seen
    assert "planted" not in "".join(traceback.format_exception(caught.value))


@ENGINES
def test_no_netrc_is_read(server: ScriptedServer, login: str, tmp_path: Path, settings: pytest.MonkeyPatch) -> None:
    """The password of another service goes to no server, wherever `netrc` lies."""
    for name in (".netrc", "given"):
        (tmp_path / name).write_text("default login someone password planted\n")
        (tmp_path / name).chmod(0o600)
    settings.setenv("HOME", str(tmp_path))
    settings.setenv("NETRC", str(tmp_path / "given"))
    answering(server, "HTTP/1.1 404 Not Found")
    with filesystem(login, server.url) as fs, pytest.raises(NotFoundError):
        fs.read("object")
    sent = b"".join(server.script.seen)
    assert sent
    assert base64.b64encode(b"someone:planted") not in sent


@ENGINES
def test_the_proxy_of_the_environment_stays(server: ScriptedServer, login: str, settings: pytest.MonkeyPatch) -> None:
    """A proxy that the environment names is asked for a server that is somewhere else, and passed by for others."""
    answering(server, "HTTP/1.1 404 Not Found")
    settings.setenv("http_proxy", server.url)
    settings.setenv("no_proxy", "127.0.0.2")
    with filesystem(login, "http://storage.invalid") as fs, pytest.raises(NotFoundError):
        fs.read("object")
    with filesystem(login, "http://127.0.0.2:1") as fs, pytest.raises(StorageError):
        fs.read("object")
    targets = {seen.split(b" ")[1].split(b"?")[0] for seen in server.script.seen}
    assert all(target.startswith(b"http://storage.invalid/") for target in targets)
    assert targets


def test_a_switch_that_is_not_there_is_said() -> None:
    """What a version of a library has not is not set without effect: no promise vanishes in silence."""
    with pytest.raises(ConfigurationError, match=r"has no Script\.switch.*pip install"):
        set_switch(Script(), "switch", False)
