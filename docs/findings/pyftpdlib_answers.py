"""What pyftpdlib answers where a client would like to create exclusively, or to list what is not there.

Starts a pyftpdlib server in a thread of its own.
"""

import ftplib
import io
import logging
import tempfile
import threading
from importlib.metadata import version
from pathlib import Path

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import ThreadedFTPServer


def answer(ftp: ftplib.FTP, command: str) -> str:
    """The answer to a command that needs no data connection."""
    try:
        return ftp.sendcmd(command)
    except ftplib.Error as error:
        return str(error)


def main(directory: Path) -> None:
    """Ask."""
    authorizer = DummyAuthorizer()
    authorizer.add_user("owner", "secret", str(directory), perm="elradfmwMT")
    server = ThreadedFTPServer(("127.0.0.1", 0), type("Handler", (FTPHandler,), {"authorizer": authorizer}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with ftplib.FTP() as ftp:
        ftp.connect("127.0.0.1", server.address[1])
        ftp.login("owner", "secret")
        for name in ("mine", "taken"):
            ftp.storbinary(f"STOR {name}", io.BytesIO(name.encode()))
        print("RNFR mine, RNTO taken:", answer(ftp, "RNFR mine")[:3], answer(ftp, "RNTO taken"), end="; ")
        print("taken is now", (directory / "taken").read_bytes())
        ftp.storbinary("STOU taken", io.BytesIO(b"unique"))
        print("STOU taken makes", [each.name for each in directory.iterdir() if each.read_bytes() == b"unique"])
        print("MLSD absent (550 elsewhere):", answer(ftp, "MLSD absent"))
    server.close_all()


logging.disable()
print("pyftpdlib", version("pyftpdlib"))
with tempfile.TemporaryDirectory() as temporary:
    main(Path(temporary))
