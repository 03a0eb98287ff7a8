"""Endpoints that the user names: what is refused before anything is contacted, and what is asked first."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, cast

import pytest
from scratch_suite import VARIABLES, ScratchSuite
from strangers import forget_accounts

from conformance import forked
from conformance.options import chosen_backends
from conformance.traffic import RECORD, expectation
from fixtures import certificates, discovery
from fixtures.anywhere import addresses, far, is_here, probed
from fixtures.credential_service import CredentialService
from fixtures.discovery import Answer
from fixtures.http1 import parse_head
from fixtures.provision import Options
from fixtures.readdress import readdressed
from fixtures.signing import shared_key, signature_v4
from fixtures.site import ANYWHERE, CannotStartError
from tests.scripted_server import TlsServer

FAR = "http://192.0.2.1:9"
"""An address for documentation, which nobody has (RFC 5737)."""
KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_CONFIG_FILE": os.devnull}
BEHAVIOUR = '"""One."""\ndef test_one():\n    """It holds."""\n'


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials in the environment, and no others."""
    forget_accounts(monkeypatch)
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment without any account, and an empty directory to work in."""
    forget_accounts(monkeypatch)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return monkeypatch


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:9000", True),
        ("http://127.8.9.10", True),
        ("http://[::1]:9000", True),
        ("http://localhost:9000", True),
        ("http://192.168.0.2:9000", False),
        ("https://s3.eu-central-1.amazonaws.com", False),
        ("http://localhost.example.org", False),
    ],
)
def test_only_loopback_is_here(url: str, here: bool) -> None:
    """Every other address may be another machine's, and no name is looked up to find out."""
    assert is_here(url) == here


def test_any_endpoint_is_no_part_of_all() -> None:
    """It is only used where it is named."""
    assert not set(ANYWHERE) & set(chosen_backends(["all"]))
    assert chosen_backends(["all,s3"])[-1] == "s3"


@pytest.mark.usefixtures("keys")
def test_an_address_is_needed() -> None:
    """Without one, the complaint shows what one looks like."""
    with pytest.raises(ValueError, match="name one, --endpoint-url=http://HOST:9000"):
        addresses(["s3"], {})


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}, "no credentials for s3; set AWS_ACCESS_KEY_ID"),
        ({"AWS_SECRET_ACCESS_KEY": None}, "missing: AWS_SECRET_ACCESS_KEY"),
        ({"AWS_PROFILE": "nobody-has-it"}, "nobody-has-it.* could not be found"),
        ({"READER_AWS_ACCESS_KEY_ID": "key"}, "one of READER_AWS_ACCESS_KEY_ID and READER_AWS_SECRET_ACCESS_KEY"),
    ],
)
@pytest.mark.usefixtures("keys")
def test_credentials_are_needed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variables: dict[str, str | None], complaint: str
) -> None:
    """Absent and incomplete ones are refused with what is missing; the address is not contacted for it."""
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    for name, value in variables.items():
        if value is None:
            monkeypatch.delenv(name)
        else:
            monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=complaint):
        addresses(["s3"], {"s3": FAR})


def test_a_profile_will_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, keys: None) -> None:
    """Credentials may come from a profile of AWS's shared file."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    (tmp_path / "credentials").write_text("[mine]\naws_access_key_id = a\naws_secret_access_key = b\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_PROFILE", "mine")
    addresses(["s3"], {"s3": FAR})


def test_an_address_in_a_variable_holds_no_credentials(only: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It would stand in the report and in every command that is printed."""
    only.setenv("STORAGE_EMULATOR_HOST", "http://user:word@127.0.0.1:1")
    result = ScratchSuite(tmp_path).run("-n0", "--backend=gs")
    assert result.status == pytest.ExitCode.USAGE_ERROR
    assert "the address of gs holds credentials" in result.output
    assert "word" not in result.output


@pytest.mark.parametrize("bucket", ["a/b", "", "ab", "-ab", "a b c", "x" * 64])
def test_what_is_no_bucket_is_refused(bucket: str) -> None:
    """A bucket's name is looked at before anything is contacted."""
    with pytest.raises(ValueError, match="is no name of a bucket"):
        Options(endpoint_urls={"s3": FAR}, buckets={"s3": bucket})


def test_a_server_of_our_own_takes_no_bucket() -> None:
    """What is started here makes its own."""
    with pytest.raises(ValueError, match="'minio' takes no bucket"):
        Options(buckets={"minio": "bucket"})


def test_a_server_of_our_own_takes_no_name() -> None:
    """What is started here is known."""
    with pytest.raises(ValueError, match="'minio' is started here and says its own name"):
        Options(names={"minio": "MinIO"})


@pytest.mark.parametrize("backend", ANYWHERE)
def test_the_traffic_is_recorded(backend: str) -> None:
    """What the suite sends to any endpoint is known, in requests and bytes."""
    assert RECORD.exists()
    assert re.search(r"sends about [\d,]+ requests with \d+ MB and receives \d+ MB", expectation(backend))


def test_traffic_that_nobody_recorded_is_told() -> None:
    """It is not guessed."""
    assert "nobody has recorded" in expectation("s3", nightly=True)
    assert "Nobody has recorded" in expectation("memory")


@pytest.mark.usefixtures("keys")
def test_without_a_terminal_nothing_is_sent_far_away(tmp_path: Path) -> None:
    """The refusal tells what would be sent, and the command that agrees to it."""
    suite = ScratchSuite(tmp_path)
    suite.write("test_one.py", BEHAVIOUR)
    result = suite.run("--backend=s3", f"--endpoint-url={FAR}", "-n0")
    assert result.status == pytest.ExitCode.USAGE_ERROR
    assert f"{FAR} is not on this machine. The whole suite sends about" in result.output
    assert re.search(r"if that is wanted: pytest .*--endpoint-url=http://192.0.2.1:9 -n0 --yes", result.output)


@pytest.mark.parametrize(
    ("answer", "outcome"), [("n", "nothing was sent"), ("", "nothing was sent"), ("y", "not answer")]
)
@pytest.mark.usefixtures("keys")
def test_a_terminal_is_asked(tmp_path: Path, answer: str, outcome: str) -> None:
    """Only a yes goes on; then the endpoint is asked, which is not there."""
    suite = ScratchSuite(tmp_path)
    suite.write("test_one.py", BEHAVIOUR)
    ours, theirs = pty.openpty()
    os.write(ours, f"{answer}\n".encode())
    command = [sys.executable, "-m", "pytest", *forked.PLUGINS, "--subject=layer", "--backend=s3"]
    done = subprocess.run(
        [*command, "--endpoint-url=http://localhost.invalid:9", "-n0"],
        cwd=suite.directory,
        env={**forked.environment(), **VARIABLES},
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
    )
    os.close(theirs)
    os.close(ours)
    assert "Go on? [y/N]" in done.stdout
    assert outcome in done.stdout


def request(secret: str, host: str = "127.0.0.1:5000") -> bytes:
    """The head of a request that its client signed with `secret`."""
    fields = {"host": host, "x-amz-date": "20130524T000000Z", "x-amz-content-sha256": "0"}
    scope = "key/20130524/us-east-1/s3/aws4_request"
    unsigned = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={';'.join(sorted(fields))}, Signature=0"
    fields["authorization"] = signature_v4(secret, "GET", "/b/k?x=1", {**fields, "authorization": unsigned})
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"GET /b/k?x=1 HTTP/1.1\r\n{lines}\r\n".encode().replace(b"host:", b"Host:")


def test_a_right_signature_is_right_for_the_server_too() -> None:
    """A request is as its client would have sent it to the server itself."""
    sent = readdressed(parse_head(request("secret")), "https://far.example:9", {"key": "secret"})
    assert sent.raw == request("secret", "far.example:9")


def test_a_wrong_signature_stays_wrong() -> None:
    """Whoever signs with a wrong secret is not helped: only the host changes."""
    sent = readdressed(parse_head(request("wrong")), "https://far.example:9", {"key": "secret"})
    assert sent.raw == request("wrong").replace(b"127.0.0.1:5000", b"far.example:9")


def test_an_unknown_signer_is_left_alone() -> None:
    """What cannot be signed anew keeps the host that it is signed for."""
    assert readdressed(parse_head(request("secret")), "https://far.example:9", {}).raw == request("secret")


def test_a_request_that_signs_no_host_only_gets_another() -> None:
    """Tokens, and the signatures of Azure, do not cover the name of the server."""
    raw = b"GET / HTTP/1.1\r\nhost: 127.0.0.1:1\r\nAuthorization: SharedKey a:b\r\n\r\n"
    assert readdressed(parse_head(raw), "https://far", {}).raw == raw.replace(b"host: 127.0.0.1:1", b"Host: far")


AZURE = {"account": "c2VjcmV0"}


def copy_of(source: str, host: str, secret: str = AZURE["account"]) -> bytes:
    """The head of a request that copies a blob within an account, signed with `secret`."""
    fields = {"host": host, "x-ms-copy-source": source, "x-ms-date": "Fri, 24 May 2013 00:00:00 GMT"}
    fields["authorization"] = shared_key("account", secret, "PUT", "/box/new", fields)
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"PUT /box/new HTTP/1.1\r\n{lines}\r\n".encode().replace(b"host:", b"Host:")


def test_what_is_to_be_copied_is_where_the_server_is() -> None:
    """A server could not fetch a blob from the address that its client knows; the signature covers that address."""
    sent = readdressed(parse_head(copy_of("http://127.0.0.1:1/box/a%20b?sig=1", "127.0.0.1:1")), "https://far", AZURE)
    assert sent.raw == copy_of("https://far/box/a%20b?sig=1", "far")


def test_a_copy_that_is_wrongly_signed_stays_so() -> None:
    """Its source is told as it is at the server, by the wrong signature."""
    wrong = copy_of("http://127.0.0.1:1/box/a", "127.0.0.1:1", "d3Jvbmc=")
    sent = readdressed(parse_head(wrong), "https://far", AZURE)
    assert sent.raw == wrong.replace(b"Host: 127.0.0.1:1", b"Host: far").replace(
        b"http://127.0.0.1:1/", b"https://far/"
    )


def test_what_is_copied_from_elsewhere_stays_there() -> None:
    """Only the channel's own address is another for the server."""
    sent = readdressed(parse_head(copy_of("https://other/box/a", "127.0.0.1:1")), "https://far", AZURE)
    assert sent.raw == copy_of("https://other/box/a", "far")


CONNECTION = "DefaultEndpointsProtocol=https;AccountName=mine;AccountKey=c2VjcmV0"


@pytest.mark.parametrize(
    ("backend", "variables", "address"),
    [
        ("gs", {"GOOGLE_APPLICATION_CREDENTIALS": "key.json"}, "https://storage.googleapis.com"),
        ("gs", {"STORAGE_EMULATOR_HOST": "127.0.0.1:4443"}, "http://127.0.0.1:4443"),
        ("gs", {"STORAGE_EMULATOR_HOST": "http://host:4443/"}, "http://host:4443"),
        ("az", {"AZURE_STORAGE_CONNECTION_STRING": CONNECTION}, "https://mine.blob.core.windows.net"),
        ("az", {"AZURE_STORAGE_CONNECTION_STRING": f"{CONNECTION};BlobEndpoint=http://h/a/"}, "http://h/a"),
        (
            "az",
            {"AZURE_STORAGE_CONNECTION_STRING": f"{CONNECTION};EndpointSuffix=core.example"},
            "https://mine.blob.core.example",
        ),
        (
            "az",
            {"AZURE_STORAGE_ACCOUNT_NAME": "mine", "AZURE_STORAGE_SAS_TOKEN": "?sv=1&sig=2"},
            "https://mine.blob.core.windows.net",
        ),
        (
            "az",
            {
                "AZURE_STORAGE_ACCOUNT_NAME": "mine",
                "AZURE_STORAGE_ACCOUNT_KEY": "c2VjcmV0",
                "AZURE_STORAGE_ENDPOINT_URL": "http://host/mine",
            },
            "http://host/mine",
        ),
    ],
)
def test_the_usual_variables_tell_the_address(
    only: pytest.MonkeyPatch, backend: str, variables: dict[str, str], address: str
) -> None:
    """A cloud's own endpoint needs no option; an option wins."""
    service = CredentialService()
    service.key_file(Path("key.json"))
    service.close()
    for name, value in variables.items():
        only.setenv(name, value)
    assert addresses([backend], {}) == {backend: address}
    assert addresses([backend], {backend: FAR}) == {backend: FAR}


@pytest.mark.parametrize(
    ("backend", "variables", "complaint"),
    [
        ("gs", {}, "no credentials for gs; set GOOGLE_APPLICATION_CREDENTIALS"),
        ("gs", {"GOOGLE_APPLICATION_CREDENTIALS": "none.json"}, "none.json holds no credentials"),
        ("gs", {"READER_GOOGLE_APPLICATION_CREDENTIALS": "none.json", "STORAGE_EMULATOR_HOST": "h"}, "holds no cred"),
        ("az", {}, "no account is named for az; set AZURE_STORAGE_CONNECTION_STRING"),
        ("az", {"AZURE_STORAGE_ACCOUNT_NAME": "mine"}, "no credentials for az; set AZURE_STORAGE_CONNECTION_STRING"),
        ("az", {"AZURE_STORAGE_CONNECTION_STRING": "AccountName"}, "is no list of NAME=VALUE"),
        ("az", {"AZURE_STORAGE_ACCOUNT_NAME": "mine", "AZURE_STORAGE_ACCOUNT_KEY": "k€y"}, "mine is not base64"),
        ("az", {"AZURE_STORAGE_ACCOUNT_NAME": "mine", "AZURE_STORAGE_SAS_TOKEN": "?sv=1"}, "has no signature"),
    ],
)
def test_accounts_are_needed(only: pytest.MonkeyPatch, backend: str, variables: dict[str, str], complaint: str) -> None:
    """Absent and broken credentials are refused with what to set, before anything is contacted."""
    for name, value in variables.items():
        only.setenv(name, value)
    with pytest.raises(ValueError, match=complaint):
        addresses([backend], {})


def test_who_sells_tokens_is_far_too(only: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A key file sends an emulator's user to Google for tokens, and that is told before."""
    (tmp_path / "key.json").write_text('{"token_uri": "https://tokens.example/token"}')
    only.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))
    assert far({"gs": "http://127.0.0.1:4443"}) == {"https://tokens.example/token": "gs"}


def test_a_server_that_is_not_trusted_is_told_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It answers, by a certificate of an authority that must be named: the remedy says where."""
    directory = certificates.make(tmp_path / "certificates")
    with TlsServer(directory) as server:
        server.script.answers["/"] = b"HTTP/1.1 403 Forbidden\r\nServer: S/1\r\nContent-Length: 0\r\n\r\n"
        with pytest.raises(
            CannotStartError, match=r"shows a certificate that is not trusted: .*CERTIFICATE_VERIFY_FAILED"
        ) as caught:
            probed(server.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(directory / certificates.AUTHORITY))
        assert probed(server.url) == "S 1"
        server.shutdown()
    assert re.fullmatch(r"name .*: SSL_CERT_FILE=FILE .*, AWS_CA_BUNDLE=FILE .*", caught.value.remedy)


class Place:
    """A place of objects, for experiments: S3 as it should be, unless a test changes a method."""

    version_field = "etag"

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.lock = threading.Lock()
        self.deleted: set[str] = set()

    def put(self, key: str, body: bytes) -> Answer:
        """Store it."""
        self.objects[key] = body
        return Answer(200, {}, b"")

    def create(self, key: str, body: bytes) -> Answer:
        """Store it once."""
        with self.lock:
            return Answer(412, {}, b"") if key in self.objects else self.put(key, body)

    def get(self, key: str, span: str = "") -> Answer:
        """Read it."""
        return Answer(200 if key in self.objects else 404, {}, self.objects.get(key, b""))

    def delete(self, key: str) -> Answer:
        """Remove it."""
        self.objects.pop(key, None)
        self.deleted.add(key)
        return Answer(204, {}, b"")


class FlatRace(Place):
    """One where all who race win: what is there is looked at before it is stored."""

    def __init__(self) -> None:
        super().__init__()
        self.barrier = threading.Barrier(discovery.RACERS)

    def create(self, key: str, body: bytes) -> Answer:
        """Store it if nothing was there a moment ago."""
        if not key.startswith("race-"):
            return super().create(key, body)
        self.barrier.wait(30)
        return self.put(key, body)


class LastRound(Place):
    """One that shows two winners in the last round only."""

    def create(self, key: str, body: bytes) -> Answer:
        """Store it; once too often."""
        answer = super().create(key, body)
        late = key == f"race-{discovery.ROUNDS - 1}" and body == b"1"
        return Answer(200, {}, b"") if late else answer


class Grave(Place):
    """One where a deleted name can never be taken again."""

    def create(self, key: str, body: bytes) -> Answer:
        """Store it where nothing ever was."""
        return Answer(412, {}, b"") if key in self.deleted else super().create(key, body)


class EmptyDirectory(Place):
    """One where a directory stays in the way of its name when it is empty."""

    def create(self, key: str, body: bytes) -> Answer:
        """Store it where there is no directory."""
        in_the_way = any(name.startswith(f"{key}/") for name in self.deleted)
        return Answer(409, {}, b"<Code>IsDirectory</Code>") if in_the_way else super().create(key, body)


class Ignorant(Place):
    """One that does not know the condition where a prefix of the name is an object."""

    def create(self, key: str, body: bytes) -> Answer:
        """Store it always beside others."""
        beside = any(name.startswith(f"{key}/") for name in self.objects)
        return self.put(key, body) if beside else super().create(key, body)


class Swaps(Place):
    """One where a loser's body stays."""

    def create(self, key: str, body: bytes) -> Answer:
        """Store it, and say no."""
        answer = super().create(key, body)
        if answer.status == 412 and key.startswith("race-"):
            self.objects[key] = body
        return answer


FREE = "a conditional PUT (If-None-Match: *) of a free name"
TAKEN = "a conditional PUT (If-None-Match: *) of a taken name"


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (Place, ""),
        (FlatRace, f"{discovery.RACERS} of {discovery.RACERS} racing conditional PUTs .* won"),
        (LastRound, f"2 of {discovery.RACERS} racing conditional PUTs .* won"),
        (Grave, re.escape(f"{FREE} whose object was deleted was answered 412")),
        (EmptyDirectory, re.escape(f"{FREE} below which an object was deleted was answered 409 IsDirectory")),
        (Ignorant, re.escape(f"{TAKEN} that others begin with was answered 200 instead of 412")),
        (Swaps, r"\[b'\d+'\] won a race of conditional PUTs, and b'\d+' is there"),
    ],
)
def test_exclusive_create_is_tried_where_it_breaks(place: type[Place], reason: str) -> None:
    """In rounds of many racers, beside a prefix, after a deletion and after one below; the reason tells the request."""
    assert re.fullmatch(reason, discovery._creates_exclusively(cast(Any, place())))


class Generous(Place):
    """One that makes a bucket where something is written into an absent one."""

    def __init__(self, kept: list[str]) -> None:
        super().__init__()
        self.kept = kept

    def elsewhere(self) -> Generous:
        """The absent one."""
        return self

    def root(self) -> Answer:
        """Not there, as long as nothing was written."""
        return Answer(200 if self.kept else 404, {}, b"")

    def put(self, key: str, body: bytes) -> Answer:
        """Make it."""
        self.kept.append("bucket")
        return super().put(key, body)

    def remove_root(self) -> Answer:
        """It goes when it is empty."""
        self.kept.clear()
        return Answer(409 if self.objects else 204, {}, b"")


def test_a_server_that_makes_absent_buckets_is_found_out() -> None:
    """No bucket is absent there for long; the one that it made for the experiment is gone."""
    kept: list[str] = []
    place = Generous(kept)
    assert discovery._tells_absent_roots(cast(Any, place)).startswith("a PUT into an absent bucket was answered 200")
    assert (kept, place.objects) == ([], {})


class _Place:
    """Where experiments leave names."""

    def __init__(self) -> None:
        self.left = ["race"]

    def names(self) -> list[str]:
        return list(self.left)

    def delete(self, key: str) -> None:
        self.left.remove(key)


@pytest.mark.parametrize(("breaks", "reason"), [(1, ""), (2, "ConnectionError: cut")])
def test_an_experiment_that_breaks_is_made_once_more(breaks: int, reason: str) -> None:
    """It starts anew where nothing of the first try is left, and a line that breaks again is told."""
    place: Any = _Place()
    seen: list[list[str]] = []

    def check(raw: Any) -> str:
        seen.append(raw.names())
        if len(seen) <= breaks:
            raise ConnectionError("cut")
        return ""

    assert (discovery._tried(check, place), seen) == (reason, [["race"], []])
