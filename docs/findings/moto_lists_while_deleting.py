"""moto 5.2.5 answers 500 to a listing while another client deletes from the bucket.

`moto.s3.utils._VersionedKeyStore._iteritems` takes the names first and looks each object up afterwards: a name that was
deleted in between is a KeyError. Needs `moto[server,s3]`; prints how many of some hundred listings failed.
"""

from __future__ import annotations

import http.client
import logging
import threading

from moto.server import ThreadedMotoServer

OBJECTS = 2000
LISTINGS = 300
AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"


def send(connection: http.client.HTTPConnection, method: str, path: str) -> int:
    """Send one request and return the status."""
    connection.request(
        method, path, b"x" if path.count("/") > 1 and method == "PUT" else None, {"Authorization": AUTHORIZATION}
    )
    answer = connection.getresponse()
    answer.read()
    return answer.status


def main() -> None:
    """List while another thread deletes and writes."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address = server.get_host_and_port()
    done = threading.Event()

    def delete_and_write() -> None:
        own = http.client.HTTPConnection(*address)
        while not done.is_set():
            for number in range(0, OBJECTS, 7):
                send(own, "DELETE", f"/bucket/{number}")
            for number in range(0, OBJECTS, 7):
                send(own, "PUT", f"/bucket/{number}")

    connection = http.client.HTTPConnection(*address)
    send(connection, "PUT", "/bucket")
    for number in range(OBJECTS):
        send(connection, "PUT", f"/bucket/{number}")
    other = threading.Thread(target=delete_and_write)
    other.start()
    statuses = [send(connection, "GET", "/bucket?list-type=2&prefix=1") for _ in range(LISTINGS)]
    done.set()
    other.join()
    server.stop()
    print(f"{sum(status != 200 for status in statuses)} of {LISTINGS} listings were not answered 200")


if __name__ == "__main__":
    main()
