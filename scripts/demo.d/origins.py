#!/usr/bin/env python3
"""The servers of the demo, on loopback: two HTTPS origins and the HTTP server that has the missing issuer.

    origins.py DIRECTORY

Binds the ports, has the certificates made in DIRECTORY, prints the ports of old.test and expired.test, and serves until
it is stopped.
"""
import http.server
import pathlib
import ssl
import subprocess
import sys
import threading


class Page(http.server.BaseHTTPRequestHandler):
    """Answers every GET with the same bytes."""

    protocol_version = "HTTP/1.1"
    content_type = "text/plain"
    body = b""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", self.content_type)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client that breaks off the handshake is what the demo is about."""


def bind(preferred_port, **page):
    """A server for one page, on the preferred port of loopback or on any free one."""
    handler = type("DemoPage", (Page,), page)
    try:
        return Server(("127.0.0.1", preferred_port), handler)
    except OSError:
        return Server(("127.0.0.1", 0), handler)


def use_tls(server, certificate_file, key_file):
    """Sends exactly what is in `certificate_file`: no store is loaded from which OpenSSL could complete it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file, key_file)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)


def main():
    directory = pathlib.Path(sys.argv[1])
    old = bind(8443, body=b"hello from old.test\n")
    expired = bind(8444, body=b"you should never see this\n")
    issuers = bind(8080, content_type="application/pkix-cert")

    url = f"http://127.0.0.1:{issuers.server_port}/example-tls-ca-2.crt"
    subprocess.run([pathlib.Path(__file__).with_name("make-certificates"), directory, url], check=True)
    issuers.RequestHandlerClass.body = (directory / "issuer.der").read_bytes()
    use_tls(old, directory / "old.test.pem", directory / "old.test.key")  # its leaf and nothing else
    use_tls(expired, directory / "expired.test.chain.pem", directory / "expired.test.key")

    for server in (old, expired, issuers):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(old.server_port, expired.server_port, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
