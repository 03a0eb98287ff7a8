"""fsspec's FTP filesystem sends the commands of all threads down one control connection; mode `xb` overwrites.

Starts a pyftpdlib server in a thread of its own; needs fsspec and pyftpdlib.
"""

import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

from fsspec.implementations.ftp import FTPFileSystem
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import ThreadedFTPServer

READS = 40


def main() -> None:
    """Read known objects from eight threads through one filesystem, then create a name that is taken."""
    print(f"fsspec {version('fsspec')}, pyftpdlib {version('pyftpdlib')}")
    with tempfile.TemporaryDirectory() as directory:
        authorizer = DummyAuthorizer()
        authorizer.add_user("owner", "secret", directory, perm="elradfmwMT")
        handler = type("Handler", (FTPHandler,), {"authorizer": authorizer})
        server = ThreadedFTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for number in range(8):
            Path(directory, f"object{number}").write_bytes(b"%d" % number * 1000)
        where = {
            "host": "127.0.0.1",
            "port": server.address[1],
            "username": "owner",
            "password": "secret",
            "timeout": 3,
        }

        shared = FTPFileSystem(**where, skip_instance_cache=True)
        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(lambda n: _read(shared, n % 8), range(READS)))
        print(f"{READS} reads by 8 threads: {outcomes.count('right')} right")
        for outcome in sorted(set(outcomes) - {"right"}):
            print(f"  {outcomes.count(outcome)} x {outcome}")

        alone = FTPFileSystem(**where, skip_instance_cache=True)
        with alone.open("/object0", "xb") as file:
            file.write(b"mine")
        print(f"mode xb on a taken name: no error, and the object is now {Path(directory, 'object0').read_bytes()!r}")


def _read(filesystem: FTPFileSystem, number: int) -> str:
    try:
        found = filesystem.cat_file(f"/object{number}")
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        return f"{type(error).__name__}: {str(error)[:60]}"
    return "right" if found == b"%d" % number * 1000 else "the bytes of another object"


if __name__ == "__main__":
    main()
