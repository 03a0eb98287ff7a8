"""What an answer breaks is seen on the wire, and stands behind the failures that come of it."""

from __future__ import annotations

import base64
import zlib
from contextlib import closing
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance import reasons, sentence
from fixtures.breaches import MARKED, OTHER_CHECKSUM, OTHER_RANGE, OTHER_VERSION
from fixtures.channel import Request
from fixtures.endpoint import MARKERS
from fixtures.proxy import Channel
from tests.scripted_server import ScriptedServer, connect, exchange

BODY = b"0123456789"


def checksum(body: bytes) -> str:
    """CRC32 as S3 writes it."""
    return base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()


def answer(status: str, body: bytes, **fields: str) -> bytes:
    """An answer with these header fields."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    head = "\r\n".join([f"HTTP/1.1 {status}", *lines, "Connection: close", f"Content-Length: {len(body)}", "", ""])
    return head.encode() + body


RANGE = {"range": "bytes=2-4"}
PINNED = {"if-match": '"old"'}
PART = answer("206 Partial Content", BODY[2:5], content_range="bytes 2-4/10")
ALL = answer("206 Partial Content", BODY, content_range="bytes 0-9/10")


@pytest.mark.parametrize(
    ("asked", "came", "breach"),
    [
        (RANGE, PART, ""),
        (RANGE, ALL, OTHER_RANGE),
        ({"range": "bytes=0-0"}, ALL, OTHER_RANGE),
        ({"range": "bytes=0-99"}, ALL, ""),
        ({"range": "bytes=0-"}, ALL, ""),
        ({}, answer("200 OK", BODY, etag='"new"'), ""),
        (PINNED, answer("200 OK", BODY, etag='"old"'), ""),
        (PINNED, answer("200 OK", BODY, etag='"new"'), OTHER_VERSION),
        (PINNED, answer("412 Precondition Failed", b"", etag='"new"'), ""),
        ({"if-match": "*"}, answer("200 OK", BODY, etag='"new"'), ""),
        (RANGE, answer("206 Partial Content", BODY[2:5], x_amz_checksum_crc32=checksum(BODY[2:5])), ""),
        (RANGE, answer("206 Partial Content", BODY[2:5], x_amz_checksum_crc32=checksum(BODY)), OTHER_CHECKSUM),
        (RANGE, answer("206 Partial Content", BODY[2:5], x_amz_checksum_crc32=checksum(BODY) + "-2"), ""),
        ({}, answer("200 OK", BODY, x_amz_checksum_crc32="AAAAAA=="), ""),
    ],
)
def test_what_an_answer_breaks_is_recorded(
    channel: Channel, server: ScriptedServer, asked: dict[str, str], came: bytes, breach: str
) -> None:
    """By its head, and by its body when that has passed whole; the client gets it as it is."""
    server.script.answers["/b/k"] = came
    fields = "".join(f"{name}: {value}\r\n" for name, value in asked.items())
    assert exchange(channel.url, f"GET /b/k HTTP/1.1\r\nHost: h\r\n{fields}\r\n".encode()) == came
    assert [each.breach for each in channel.requests()] == [breach]


@pytest.mark.parametrize(
    ("page", "breach"),
    [
        ("<Key>day/</Key><Key>day/a</Key>", MARKED),
        ("<Key>day%2F</Key>", MARKED),
        ("<Key>day/a</Key><Prefix>day/</Prefix>", ""),
        ("x" * 300_000 + "<Key>day/</Key>", MARKED),
    ],
)
def test_markers_in_a_listing_are_recorded(channel: Channel, server: ScriptedServer, page: str, breach: str) -> None:
    """They are seen wherever they stand, and are a cause only where the server is known for them."""
    server.script.answers["/b?list-type=2"] = answer("200 OK", page.encode())
    exchange(channel.url, b"GET /b?list-type=2 HTTP/1.1\r\nHost: h\r\n\r\n")
    (asked,) = channel.requests()
    assert asked.breach == breach
    assert reasons.cause([asked], AssertionError()) == ""
    known = reasons.cause([asked], AssertionError(), {MARKERS: "lists gone/"})
    assert known == ("the server lists gone/" if breach else "")
    again = reasons.cause([asked, replace(asked, breach="")], AssertionError(), {MARKERS: "lists gone/"})
    assert again == known  # it is gone when the last listing is made


def request(status: int, breach: str = "") -> Request:
    """A read that was answered so."""
    return Request("read", "GET", "/b/k", status, 0, 1, breach)


def test_a_breach_is_a_cause_also_of_what_is_disturbed() -> None:
    """The faults of a case do not make a server break promises; a checksum explains only who minds it."""
    pinned, summed = [request(206, OTHER_VERSION), request(206)], [request(206, OTHER_CHECKSUM)]
    assert reasons.cause(pinned, AssertionError(), disturbed=True) == f"the server {OTHER_VERSION}"
    assert reasons.cause(summed, AssertionError("1 == 2")) == ""
    assert reasons.cause(summed, ValueError("checksum 1 is not 2")) == f"the server {OTHER_CHECKSUM}"


def test_a_refusal_is_the_cause_of_the_layers_own_error() -> None:
    """What was refused last stands behind an OSError; an assertion may be about anything else."""
    refused = [request(200), request(404)]
    assert reasons.cause(refused, FileNotFoundError()) == "the server answers 404 to GET (read)"
    assert reasons.cause(refused, AssertionError()) == ""
    assert reasons.cause([request(404), request(200)], FileNotFoundError()) == ""
    assert reasons.cause(refused, FileNotFoundError(), disturbed=True) == ""


def test_a_cause_is_one_line_with_what_it_means() -> None:
    """The sentence is followed by a line for each cause, with the worst that it comes to, and where it shows."""
    found = {"read.one": "the server fails", "write.two": "the server fails", "list.three": ""}
    rows = {name: SimpleNamespace(behaviour=name, cause=cause, verdict="fail") for name, cause in found.items()}
    plan = {name: SimpleNamespace(sentence="It holds.") for name in found}
    assert sentence._promises(cast(Any, rows), cast(Any, plan)) == [
        "  the server fails; data may be lost: write.two, read.one",
        "  list.three: It holds.",
    ]


def test_what_a_fault_answers_is_no_cause(channel: Channel, server: ScriptedServer) -> None:
    """The proxy says which answers are its own; the server's stay its own where a case only changes requests."""
    server.script.answers["/b/k"] = answer("500 Internal Server Error", b"")
    channel.fault("status", code=503, times=1)
    for _ in range(2):
        with closing(connect(channel.url)) as connection:
            connection.request("GET", "/b/k")
            connection.getresponse().read()
    first, second = channel.requests()
    assert (first.by_fault, second.by_fault) == (True, False)
    assert reasons.cause([first], OSError(), disturbed=True) == ""
    assert reasons.cause([second, first], AssertionError(), disturbed=True) == "the server answers 500 to GET (read)"


def test_a_failure_is_more_of_a_cause_than_a_refusal_to_clean_up() -> None:
    """An abort that a server does not know comes after what went wrong."""
    aborted = Request("delete", "DELETE", "/b/k", 405, 0, 0)
    assert reasons.cause([request(500), aborted], OSError()) == "the server answers 500 to GET (read)"
    assert reasons.cause([aborted], OSError()) == "the server answers 405 to DELETE (delete)"
