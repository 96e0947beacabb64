"""1,000 concurrent CONNECTs to cold hosts whose servers forgot the same intermediate: how long, and how many requests the
issuer server gets.

    python3 tests/bench/thousand_connects.py .build/release/proxy/chainmend [connects]

Origin, issuer server and clients are this process, so that the time is theirs as well; the proxy's own CPU is told beside it.
Status 1 unless every CONNECT was answered with 200, every decision says repaired, and there was one request.
"""
import asyncio
import contextlib
import json
import os
import pathlib
import resource
import ssl
import subprocess
import sys
import tempfile
import time


def make_certificates(directory, issuer_url):
    """root <- ca <- *.many.test, by the openssl command."""
    extensions = {"ca": "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n",
                  "leaf": "basicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n"
                          f"subjectAltName=DNS:*.many.test\nauthorityInfoAccess=caIssuers;URI:{issuer_url}\n"}

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)

    for name in ("root", "ca", "leaf"):
        openssl("ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", f"{name}.key")
    openssl("req", "-x509", "-key", "root.key", "-subj", "/CN=Root", "-days", "30", "-out", "root.pem",
            "-addext", "keyUsage=critical,keyCertSign")
    for name, issuer in (("ca", "root"), ("leaf", "ca")):
        (directory / f"{name}.ext").write_text(extensions[name])
        openssl("req", "-new", "-key", f"{name}.key", "-subj", f"/CN={name}", "-out", f"{name}.csr")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key", "-days", "30",
                "-CAcreateserial", "-extfile", f"{name}.ext", "-out", f"{name}.pem")
    openssl("x509", "-in", "ca.pem", "-outform", "DER", "-out", "ca.der")


async def start_proxy(binary, directory, count):
    names = "".join(f'"h{i}.many.test" = "127.0.0.1"\n' for i in range(count))
    settings = directory / "config.toml"
    # Origin and clients need their time, too: no bound of the proxy shall be met because of them.
    settings.write_text('[listen]\naddress = "127.0.0.1:0"\nrequest_timeout = "1m"\n[repair]\nbudget = "1m"\n'
                        '[egress]\ntimeout = "1m"\n[trust]\nsystem = false\n'
                        f'files = ["{directory}/root.pem"]\n[log]\nfile = "{directory}/log.json"\n[upstream]\nconnect_timeout = "1m"\n'
                        f'handshake_timeout = "1m"\n[upstream.resolve]\n{names}')
    environment = {**os.environ, "XDG_STATE_HOME": str(directory / "state"), "HOME": str(directory)}
    process = await asyncio.create_subprocess_exec(binary, "serve", "--config", str(settings), env=environment,
                                                   stderr=asyncio.subprocess.PIPE)
    told = b""
    async for line in process.stderr:
        told += line
        if b"on http://" in line:
            address = line.decode().split("on http://", 1)[1].split()[0]
            host, port = address.rsplit(":", 1)
            return process, host, int(port)
    sys.exit("the proxy did not start:\n" + told.decode())


async def main(binary, count):
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    requests = []
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)

        async def issue(reader, writer):
            requests.append(await reader.readuntil(b"\r\n\r\n"))
            body = (directory / "ca.der").read_bytes()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
            await writer.drain()
            writer.close()

        async def hold(reader, writer):
            with contextlib.suppress(ConnectionError):
                await reader.read()
            writer.close()

        issuers = await asyncio.start_server(issue, "127.0.0.1", 0)
        make_certificates(directory, f"http://127.0.0.1:{issuers.sockets[0].getsockname()[1]}/ca.der")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(directory / "leaf.pem", directory / "leaf.key")
        origin = await asyncio.start_server(hold, "127.0.0.1", 0, ssl=context, backlog=4096)
        port = origin.sockets[0].getsockname()[1]
        process, *proxy = await start_proxy(binary, directory, count)

        async def connect(i):
            head = b""
            reader, writer = await asyncio.open_connection(*proxy)
            target = f"h{i}.many.test:{port}"
            writer.write(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                head = await reader.readuntil(b"\r\n\r\n")
            writer.close()
            return head.startswith(b"HTTP/1.1 200 ")

        begin = time.monotonic()
        answers = await asyncio.gather(*(connect(i) for i in range(count)))
        elapsed = time.monotonic() - begin
        process.terminate()
        await process.wait()
        records = [json.loads(line)["chainmend"] for line in (directory / "log.json").read_text().splitlines()]
        repaired = sum(record.get("how") == "repaired" for record in records)
        sources = sorted(record["path"][1]["source"] for record in records if record.get("how") == "repaired")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{count} CONNECTs: {sum(answers)} tunnels, {repaired} repaired ({sources.count('aia')} from the URL, "
          f"{sources.count('store')} from the store), {len(requests)} request(s), {elapsed:.2f} s, "
          f"CPU of the proxy {used.ru_utime + used.ru_stime:.2f} s")
    return 0 if sum(answers) == repaired == count and len(requests) == 1 else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1000)))
