#!/usr/bin/python3
"""The servers that the clients of clients.toml talk to, all on free ports of loopback.

    servers.py DIRECTORY

old.test sends its leaf and nothing else; expired.test's certificate expired three days ago. Makes certificates and contents in
DIRECTORY, prints one JSON object with the ports, and serves until it is stopped.
"""
import asyncio
import atexit
import functools
import hashlib
import http.server
import io
import json
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import tarfile
import threading
import zipfile

SOURCE = pathlib.Path(__file__).resolve().parents[3]
PAGE = "hello from old.test\n"


class Files(http.server.SimpleHTTPRequestHandler):
    """The contents, kept alive; a POST gets back what it sent."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_):
        """A client that is refused breaks off; that is what is being tested."""


def tls(certificate, key):
    """Sends exactly what is in `certificate`: no store is loaded from which OpenSSL could complete it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def bind():
    server = socket.create_server(("127.0.0.1", 0))
    return server


def serve_files(directory, context):
    server = Server(("127.0.0.1", 0), functools.partial(Files, directory=directory))
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


# --- contents ------------------------------------------------------------------------------------------------------
def make_git_repository(contents, work):
    def git(*arguments):
        subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@t.test", "-c", "init.defaultBranch=main", *arguments],
            cwd=work, check=True, capture_output=True)
    git("init", "repository")
    (work / "repository/page.txt").write_text(PAGE)
    git("-C", "repository", "add", "page.txt")
    git("-C", "repository", "commit", "-m", "A page")
    git("clone", "--bare", "repository", str(contents / "page.git"))
    git("-C", str(contents / "page.git"), "update-server-info")


def make_python_package(contents):
    name = "chainmend_page-1.0-py3-none-any.whl"
    directory = contents / "simple/chainmend-page"
    directory.mkdir(parents=True)
    with zipfile.ZipFile(directory / name, "w") as wheel:
        wheel.writestr("chainmend_page.py", f"page = {PAGE!r}\n")
        information = "chainmend_page-1.0.dist-info/"
        wheel.writestr(information + "METADATA", "Metadata-Version: 2.1\nName: chainmend-page\nVersion: 1.0\n")
        wheel.writestr(information + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(information + "RECORD", "")
    (directory / "index.html").write_text(f'<!DOCTYPE html><a href="{name}">{name}</a>\n')


def make_npm_package(contents, port):
    directory = contents / "npm"
    directory.mkdir()
    with tarfile.open(directory / "chainmend-page-1.0.0.tgz", "w:gz") as archive:
        for name, text in {"package.json": json.dumps({"name": "chainmend-page", "version": "1.0.0"}),
                           "page.txt": PAGE}.items():
            entry = tarfile.TarInfo("package/" + name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    tarball = (directory / "chainmend-page-1.0.0.tgz").read_bytes()
    version = {"name": "chainmend-page", "version": "1.0.0",
               "dist": {"tarball": f"https://old.test:{port}/npm/chainmend-page-1.0.0.tgz",
                        "shasum": hashlib.sha1(tarball).hexdigest()}}
    (directory / "chainmend-page").write_text(json.dumps(
        {"name": "chainmend-page", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}))


def make_apt_repository(contents):
    directory = contents / "apt"
    directory.mkdir()
    package = (b"Package: chainmend-page\nVersion: 1.0\nArchitecture: all\nMaintainer: t <t@t.test>\n"
               b"Description: hello from old.test\nFilename: ./page.deb\nSize: 1\nSHA256: " + b"0" * 64 + b"\n")
    (directory / "Packages").write_bytes(package)
    (directory / "Release").write_text(
        f"Origin: test\nSHA256:\n {hashlib.sha256(package).hexdigest()} {len(package)} Packages\n")


# --- other protocols -----------------------------------------------------------------------------------------------
def serve_h2(directory, contents):
    """nghttpd, which speaks nothing but HTTP/2 and sends a POST's body back."""
    if not shutil.which("nghttpd"):
        return None
    with bind() as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(["nghttpd", "--echo-upload", "-a", "127.0.0.1", "-d", str(contents), str(port),
                               str(directory / "old.test.key"), str(directory / "old.test.pem")],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    atexit.register(server.terminate)
    while server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return port
        except OSError:
            pass
    return None


def serve_grpc(directory):
    """Echo, with raw bytes as messages: one for one, and a stream for a stream."""
    try:
        import grpc
    except ImportError:
        return None
    from concurrent import futures
    server = grpc.server(futures.ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Echo", {
        "One": grpc.unary_unary_rpc_method_handler(lambda message, _: message),
        "Stream": grpc.stream_stream_rpc_method_handler(lambda messages, _: messages),
    }),))
    credentials = grpc.ssl_server_credentials(
        [((directory / "old.test.key").read_bytes(), (directory / "old.test.pem").read_bytes())])
    port = server.add_secure_port("127.0.0.1:0", credentials)
    server.start()
    serve_grpc.server = server  # it stops when nobody holds it
    return port


def serve_websocket(context):
    try:
        import websockets
    except ImportError:
        return None
    listening = bind()

    async def echo(connection, *_):
        try:
            async for message in connection:
                await connection.send(message)
        except websockets.ConnectionClosed:
            pass

    async def serve():
        async with websockets.serve(echo, sock=listening, ssl=context, max_size=None):
            await asyncio.Future()

    threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
    return listening.getsockname()[1]


def main():
    directory = pathlib.Path(sys.argv[1])
    contents = directory / "contents"
    contents.mkdir()
    issuers = serve_files(directory, None)
    subprocess.run([SOURCE / "scripts/demo.d/make-certificates", directory,
                    f"http://127.0.0.1:{issuers}/issuer.der"], check=True)
    old = tls(directory / "old.test.pem", directory / "old.test.key")
    expired = tls(directory / "expired.test.chain.pem", directory / "expired.test.key")

    (contents / "page.txt").write_text(PAGE)
    make_git_repository(contents, directory)
    make_python_package(contents)
    make_apt_repository(contents)
    ports = {"files": serve_files(contents, old), "expired": serve_files(contents, expired)}
    make_npm_package(contents, ports["files"])
    ports["h2"] = serve_h2(directory, contents)
    ports["grpc"] = serve_grpc(directory)
    ports["websocket"] = serve_websocket(old)
    ports["ws"] = serve_websocket(None)
    print(json.dumps(ports), flush=True)
    sys.stdin.read()  # until whoever started this has gone


if __name__ == "__main__":
    main()
