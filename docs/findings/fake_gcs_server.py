"""What fake-gcs-server (1.56.1) answers otherwise than Google Cloud Storage.

    python docs/findings/fake_gcs_server.py http://127.0.0.1:4443

Makes one bucket there and removes it.
"""

import json
import sys
import urllib.error
import urllib.request
import uuid

URL, BUCKET = sys.argv[1], f"findings-{uuid.uuid4().hex}"
OBJECTS, UPLOAD = f"/storage/v1/b/{BUCKET}/o", f"/upload/storage/v1/b/{BUCKET}/o"


def ask(method: str, target: str, body: bytes = b"", **headers: str) -> tuple[int, bytes, str]:
    """Send one request; return status, body and the upload session that the answer names."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(URL + target, body or None, fields, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read(), answer.headers.get("Location", "").rpartition("=")[2]
    except urllib.error.HTTPError as error:
        return error.code, error.read(), ""


def begin(name: str) -> str:
    """Begin a resumable upload of eight bytes and send the first four; return its target."""
    session = ask("POST", f"{UPLOAD}?uploadType=resumable&name={name}", b"{}", Content_Type="application/json")[2]
    ask("PUT", f"{UPLOAD}?upload_id={session}", b"1234", Content_Range="bytes 0-3/8")
    return f"{UPLOAD}?upload_id={session}"


ask("POST", "/storage/v1/b?project=p", json.dumps({"name": BUCKET}).encode())
ask("POST", f"{UPLOAD}?uploadType=media&name=object", b"content")
print("GET, ifGenerationMatch=1 (412):", ask("GET", f"{OBJECTS}/object?alt=media&ifGenerationMatch=1")[0])
print("DELETE, ifGenerationMatch=1 (412):", ask("DELETE", f"{OBJECTS}/object?ifGenerationMatch=1")[0])
print("missing object, missing bucket (two messages):")
for bucket in (BUCKET, f"{BUCKET}-absent"):
    print("   ", json.loads(ask("GET", f"/storage/v1/b/{bucket}/o/object")[1])["error"]["message"])

session = begin("twice")
ask("PUT", session, b"1234", Content_Range="bytes 0-3/8")
ask("PUT", session, b"5678", Content_Range="bytes 4-7/8")
print("a chunk sent twice (12345678):", ask("GET", f"{OBJECTS}/twice?alt=media")[1].decode())
session = begin("asked")
print("status of a session (308):", ask("PUT", session, Content_Range="bytes */8")[0])
print("an unfinished upload is visible (404):", ask("GET", f"{OBJECTS}/asked?alt=media")[0])
session = begin("dropped")
ask("DELETE", session)
print("a dropped session goes on (404):", ask("PUT", session, b"5678", Content_Range="bytes 4-7/8")[0])

for name in ("a/x", "b", "c", "d/x"):
    ask("POST", f"{UPLOAD}?uploadType=media&name={name.replace('/', '%2F')}", b"1")
page = json.loads(ask("GET", f"{OBJECTS}?delimiter=/&maxResults=1")[1])
print("a page of one entry (1):", len(page.get("items", [])) + len(page.get("prefixes", [])))
again = json.loads(ask("GET", f"{OBJECTS}?delimiter=/&maxResults=1&pageToken={page['nextPageToken']}")[1])
print("the prefixes of the first page, and of the second (a/, none):", page["prefixes"], again.get("prefixes"))
for item in json.loads(ask("GET", OBJECTS)[1]).get("items", []):
    ask("DELETE", f"{OBJECTS}/{item['name'].replace('/', '%2F')}")
ask("DELETE", f"/storage/v1/b/{BUCKET}")
