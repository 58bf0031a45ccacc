"""Returns a token for storage to every client, like Microsoft Entra and the endpoint of managed identities.

Arguments: log file of the requests, certificate and key for TLS on the first of the two ports.
"""

import base64
import json
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REQUESTS, CERTIFICATE, KEY = sys.argv[1:]
TENANT = "22222222-2222-2222-2222-222222222222"
LOCK = threading.Lock()


def part(value):
    return base64.urlsafe_b64encode(value.encode()).decode().rstrip("=")


def token(now):
    # Azurite reads the claims and no signature.
    header = part('{"typ":"JWT","alg":"RS256"}')
    claims = {
        "aud": "https://storage.azure.com",
        "iss": f"https://sts.windows.net/{TENANT}/",
        "iat": now,
        "nbf": now - 60,
        "exp": now + 3600,
        "tid": TENANT,
        "oid": "33333333-3333-3333-3333-333333333333",
        "ver": "1.0",
    }
    return f"{header}.{part(json.dumps(claims))}.{part('signature')}"


class Endpoint(BaseHTTPRequestHandler):
    def do_GET(self):
        length = int(self.headers.get("content-length") or 0)
        request = f"{self.requestline}\n{self.headers}\n{self.rfile.read(length).decode()}\n"
        with LOCK, open(REQUESTS, "a") as file:
            file.write(request)
        now = int(time.time())
        body = json.dumps({
            "token_type": "Bearer",
            "expires_in": 3600,
            "expires_on": str(now + 3600),
            "resource": "https://storage.azure.com/",
            "access_token": token(now),
        }).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET


def server():
    return ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)


https, http = server(), server()
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE, KEY)
https.socket = context.wrap_socket(https.socket, server_side=True, do_handshake_on_connect=False)
threading.Thread(target=http.serve_forever, daemon=True).start()
print("ports", https.server_port, http.server_port, flush=True)
https.serve_forever()
