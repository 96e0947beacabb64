"""nghttp knows no proxy, so this is its way there: a port whose connections go on through CONNECT."""
import os
import socket
import subprocess
import sys
import threading
import urllib.parse


def copy(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def connect(proxy, target):
    """A connection to `target` through the proxy; exits with what the proxy said when it refuses."""
    upstream = socket.create_connection((proxy.hostname, proxy.port))
    upstream.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = upstream.recv(1)
        if not byte:
            break
        head += byte
    status = head.split(b"\r\n")[0].decode()
    if " 200 " not in status:
        sys.exit(status)
    return upstream


def main():
    url = urllib.parse.urlsplit(sys.argv[1])
    upstream = connect(urllib.parse.urlsplit(os.environ["https_proxy"]), url.netloc)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        client = subprocess.Popen(["nghttp", "-H", f":authority: {url.netloc}", "-H", f"host: {url.hostname}",
                                   f"https://localhost:{port}{url.path}"])
        connection, _ = listening.accept()
    for one, other in ((connection, upstream), (upstream, connection)):
        threading.Thread(target=copy, args=(one, other), daemon=True).start()
    sys.exit(client.wait())


main()
