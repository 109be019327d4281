"""A mail server for tests: three ports of 127.0.0.1, and a file for each letter and receiver.

    smtp-server.py FOLDER PORTS

FOLDER has certificate.pem and key.pem, and gets letters/RECEIVER, each line a letter as JSON. The ports
are written to PORTS on one line: plain without a password, STARTTLS with one, and TLS with one.
The password of `sender` is `only-for-tests`. Who is called refused-… is refused.
"""

import asyncio
import base64
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

folder, ports = sys.argv[1:3]
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(f"{folder}/certificate.pem", f"{folder}/key.pem")


class Letters:
    def __init__(self, is_encrypted=False):
        self.is_encrypted = is_encrypted

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused-"):
            return "550 5.1.1 there is nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        letter = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "encrypted": self.is_encrypted or session.ssl is not None,
            "user": session.auth_data,
            "data": base64.b64encode(envelope.original_content).decode(),
        }
        for address in envelope.rcpt_tos:
            with open(f"{folder}/letters/{address}", "a") as file:
                file.write(json.dumps(letter) + "\n")
        return "250 kept"


def authenticate(server, session, envelope, mechanism, data):
    if (data.login, data.password) == (b"sender", b"only-for-tests"):
        return AuthResult(success=True, auth_data=data.login.decode())
    return AuthResult(success=False, handled=False)


async def listen(handler, tls=None, **options):
    """The port of a server."""
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(handler, hostname="localhost", **options), "127.0.0.1", 0, ssl=tls)
    servers.append(server)
    return server.sockets[0].getsockname()[1]


async def serve():
    knows = {"authenticator": authenticate, "auth_required": True}
    found = [
        await listen(Letters()),
        await listen(Letters(), tls_context=context, require_starttls=True, **knows),
        await listen(Letters(is_encrypted=True), tls=context, auth_require_tls=False, **knows),
    ]
    with open(ports, "w") as file:
        print(*found, file=file)
    await asyncio.Event().wait()


servers = []
asyncio.run(serve())
