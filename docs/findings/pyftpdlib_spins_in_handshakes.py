"""A data connection of pyftpdlib that sends spins while it waits for its client's part of the TLS handshake.

Starts a pyftpdlib server in a thread; needs pyftpdlib, pyOpenSSL and trustme.
"""

import ftplib
import logging
import socket
import tempfile
import threading
import time
from importlib.metadata import version
from pathlib import Path

import trustme
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import TLS_FTPHandler
from pyftpdlib.servers import FTPServer


def waits(ftp: ftplib.FTP_TLS, command: str) -> float:
    """The processor time (s) of a second in which a data connection is open and the client says nothing."""
    host, port = ftp.makepasv()
    with socket.create_connection((host, port)):
        ftp.putcmd(command)
        time.sleep(0.2)
        start = time.process_time()
        time.sleep(1)
        return time.process_time() - start


logging.disable()
print("pyftpdlib", version("pyftpdlib"))
with tempfile.TemporaryDirectory() as directory:
    certificate = Path(directory, "certificate.pem")
    trustme.CA().issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
    authorizer = DummyAuthorizer()
    authorizer.add_user("owner", "secret", directory, perm="elw")
    settings = {"authorizer": authorizer, "certfile": str(certificate), "tls_data_required": True}
    server = FTPServer(("127.0.0.1", 0), type("Handler", (TLS_FTPHandler,), settings))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for command in ("STOR received", "LIST"):
        with ftplib.FTP_TLS(timeout=10) as client:
            client.connect("127.0.0.1", server.address[1])
            client.login("owner", "secret")
            client.prot_p()
            print(f"{command}: {waits(client, command):.2f} s of processor time in a second of waiting")
            client.close()
    server.close_all()
