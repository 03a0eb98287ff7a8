"""ftplib's FTP_TLS opens each data connection with a TLS session of its own, which vsftpd refuses by default.

Starts a pyftpdlib server in a thread; needs pyftpdlib, pyOpenSSL and trustme.
"""

import ftplib
import logging
import platform
import ssl
import tempfile
import threading
from pathlib import Path

import trustme
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import TLS_FTPHandler
from pyftpdlib.servers import ThreadedFTPServer

logging.disable()
print("Python", platform.python_version())
with tempfile.TemporaryDirectory() as directory:
    authority = trustme.CA()
    certificate = Path(directory, "certificate.pem")
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
    authorizer = DummyAuthorizer()
    authorizer.add_user("owner", "secret", directory)
    settings = {"authorizer": authorizer, "certfile": str(certificate), "tls_data_required": True}
    server = ThreadedFTPServer(("127.0.0.1", 0), type("Handler", (TLS_FTPHandler,), settings))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    context = ssl.create_default_context()
    authority.configure_trust(context)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with ftplib.FTP_TLS(context=context, timeout=10) as ftp:
        ftp.connect("127.0.0.1", server.address[1])
        ftp.login("owner", "secret")
        ftp.prot_p()
        with ftp.transfercmd("MLSD") as data:
            print("the data connection goes on with the control connection's session:", data.session_reused)
            while data.recv(1000):
                pass
        ftp.voidresp()
        ftp._prot_p = False
        with (
            ftp.transfercmd("MLSD") as data,
            context.wrap_socket(data, server_hostname=ftp.host, session=ftp.sock.session) as reusing,
        ):
            print("where it is handed on by hand:", reusing.session_reused)
            while reusing.recv(1000):
                pass
        ftp.voidresp()
    server.close_all()
