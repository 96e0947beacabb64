#!/usr/bin/python3
"""Calls every client of clients.toml through chainmend and prints a table; README.md says what is tried.

    run_clients.py --binary CHAINMEND [--light] [--all] [--node-modules DIRECTORY] [NAME ...]

Exit status 1 when a client did not do what the manifest says.
"""
import argparse
import dataclasses
import importlib.util
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
PATIENCE = 180  # seconds for one call: a JVM on a busy machine takes ten
COLUMNS = ("env", "run", "refused")


@dataclasses.dataclass
class Outcome:
    good: bool
    seconds: float = 0.0
    why: str = ""
    said: str = ""  # the line that the user reads when the server is refused


class World:
    """Servers, a proxy with its own home, and the variables that `chainmend env` prints."""

    def __init__(self, arguments, directory):
        self.binary = arguments.binary
        self.directory = directory
        self.processes = []
        passed = ("PATH", "LANG", "ASAN_OPTIONS", "UBSAN_OPTIONS", "GOCACHE")
        self.base = {name: os.environ[name] for name in passed if name in os.environ}
        self.base |= {"HOME": str(self.made("home")), "TMPDIR": str(self.made("tmp")), "LC_ALL": "C.UTF-8",
                      "XDG_CONFIG_HOME": str(self.made("config")), "XDG_STATE_HOME": str(self.made("state")),
                      "GIT_CONFIG_NOSYSTEM": "1", "PIP_CONFIG_FILE": "/dev/null", "PYTHONDONTWRITEBYTECODE": "1",
                      "GOFLAGS": "-mod=mod", "GO111MODULE": "off", "GOTOOLCHAIN": "local"}
        if arguments.node_modules:
            self.base["NODE_PATH"] = arguments.node_modules

    def made(self, name):
        path = self.directory / name
        path.mkdir(parents=True)
        path.chmod(0o755)
        return path

    def start(self):
        servers = subprocess.Popen([HERE / "servers.py", self.made("servers")], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True, env=self.base)
        self.processes.append(servers)
        answer = servers.stdout.readline()
        if not answer:
            sys.exit("run_clients.py: the servers did not start")
        self.ports = json.loads(answer)
        (self.made("config/chainmend") / "config.toml").write_text(
            'listen.address = "127.0.0.1:0"\nlisten.admin = ""\n'
            f'trust.files = ["{self.directory}/servers/root.pem"]\n'
            '[upstream.resolve]\n"old.test" = "127.0.0.1"\n"expired.test" = "127.0.0.1"\n')
        notes = open(self.directory / "chainmend.log", "w+")
        proxy = subprocess.Popen([self.binary, "serve"], env=self.base, stdout=open(self.directory / "record.jsonl", "w"),
                                 stderr=notes)
        self.processes.append(proxy)
        address = self.wait_for_address(proxy, pathlib.Path(notes.name))
        printed = subprocess.run([self.binary, "env", "--json", "--set", f"listen.address={address}",
                                  "--files", self.made("files")], env=self.base, check=True, capture_output=True, text=True)
        self.variables = self.base | json.loads(printed.stdout)["set"]

    @staticmethod
    def wait_for_address(proxy, notes):
        while proxy.poll() is None:
            for line in notes.read_text().splitlines():
                if " on http://" in line:
                    return line.split(" on http://")[1]
            time.sleep(0.02)
        sys.exit(f"run_clients.py: the proxy did not start\n{notes.read_text()}")

    def stop(self):
        for process in reversed(self.processes):
            if process.stdin:
                process.stdin.close()  # the servers end by this, and end what they have started
            else:
                process.terminate()
            process.wait()


def missing(needs, world):
    for need in needs:
        kind, _, name = need.rpartition(":")
        if kind == "python":
            found = subprocess.run(["/usr/bin/python3", "-c", f"import {name}"], capture_output=True).returncode == 0
        elif kind == "node":
            found = shutil.which("node") and subprocess.run(
                ["node", "-e", f"require('{name}')"], env=world.base, capture_output=True).returncode == 0
        else:
            found = shutil.which(name)
        if not found:
            return need
    return None


def call(command, environment, directory):
    """Runs to the end; (exit status, stdout, stderr, seconds)."""
    begin = time.monotonic()
    try:
        done = subprocess.run(command, env=environment, cwd=directory, capture_output=True, text=True, errors="replace",
                              timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return None, "", f"it did not end within {PATIENCE} s", time.monotonic() - begin
    return done.returncode, done.stdout, done.stderr, time.monotonic() - begin


class Trial:
    """One client in the world."""

    def __init__(self, client, world):
        self.client = client
        self.world = world
        self.prepared = None
        self.count = 0

    def prepare(self):
        """None, or why it failed."""
        if "prepare" not in self.client:
            return None
        self.prepared = self.new_directory()
        status, out, err, _ = call(self.words(self.client["prepare"], "", 0, self.prepared),
                                   self.world.base, self.prepared)
        return None if status == 0 else f"prepare ended with {status}: {out}{err}"

    def new_directory(self):
        self.count += 1
        name = self.client["name"].replace(" ", "-").replace("(", "").replace(")", "").replace("/", "-")
        return self.world.made(f"clients/{name}-{self.count}")

    def words(self, command, host, port, work):
        values = {"url": f"https://{host}:{port}", "host": host, "port": port, "work": work, "prepared": self.prepared,
                  "programs": HERE / "programs"}
        words = []
        for word in command:
            for name, value in values.items():
                word = word.replace("{" + name + "}", str(value))
            words.append(word)
        return words

    def command(self, host, port):
        work = self.new_directory()
        return self.words(self.client["call"], host, port, work), work

    def succeeds(self, wrapper, environment):
        port = self.world.ports[self.client.get("server", "files")]
        command, work = self.command("old.test", port)
        status, out, err, seconds = call(wrapper + command, environment, work)
        shows = self.client.get("shows", "hello from old.test")
        good = status == 0 and shows in out
        # Without TLS there is nothing to repair; its name is one that only the proxy knows.
        if good and wrapper and self.client.get("server") != "ws" and " 1 repaired, " not in err:
            return Outcome(False, seconds, f"it did not go through the proxy: {err}")
        return Outcome(good, seconds, "" if good else f"exit status {status}, wanted {shows!r}\n{out[-2000:]}{err[-3000:]}")

    def env(self):
        return self.succeeds([], self.world.variables)

    def run(self):
        return self.succeeds([self.world.binary, "run", "--"], self.world.base)

    def refused(self):
        command, work = self.command("expired.test", self.world.ports["expired"])
        status, out, err, seconds = call(command, self.world.variables, work)
        wanted = self.client["refused"]
        said = [line.strip() for line in (out + "\n" + err).splitlines() if wanted in line]
        good = status not in (0, None) and bool(said)
        why = "" if good else f"exit status {status}, wanted {wanted!r}\n{out[-2000:]}{err[-3000:]}"
        return Outcome(good, seconds, why, said[0] if said else "")


def try_client(client, world):
    """{column: Outcome}"""
    trial = Trial(client, world)
    if "cannot" in client:
        outcome = trial.env()
        why = f"it can, though the manifest says: {client['cannot']}" if outcome.good else ""
        return {"env": Outcome(not outcome.good, outcome.seconds, why)}
    if why := trial.prepare():
        return {column: Outcome(False, 0, why) for column in COLUMNS}
    return {column: getattr(trial, column)() for column in COLUMNS}


def row(client, outcomes):
    name = client["name"]
    if "cannot" in client:
        return f"{name:24}{'cannot' if outcomes['env'].good else 'FAILED'}: {client['cannot']}"
    cells = [f"{'ok' if outcomes[column].good else 'FAILED':6} {outcomes[column].seconds:5.1f}s" for column in COLUMNS]
    said = outcomes["refused"].said
    return f"{name:24}" + "".join(f"{cell:16}" for cell in cells) + (said[:110] + "..." if len(said) > 113 else said)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--light", action="store_true")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--node-modules", default="")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    clients = tomllib.loads((HERE / "clients.toml").read_text())["client"]
    if unknown := set(arguments.names) - {client["name"] for client in clients}:
        sys.exit(f"run_clients.py: there is no client {', '.join(sorted(unknown))} in clients.toml")
    chosen = [client for client in clients if (not arguments.names or client["name"] in arguments.names)
              and (not arguments.light or client.get("light"))]

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # by way of what stops the others
    failed, skipped = [], []
    with tempfile.TemporaryDirectory(prefix="chainmend-clients-") as directory:
        pathlib.Path(directory).chmod(0o755)  # apt asks as a user of its own
        world = World(arguments, pathlib.Path(directory))
        try:
            world.start()
            print(f"{'CLIENT':24}{'ENV':16}{'RUN':16}{'REFUSED':16}WHAT ITS USER READS THEN", flush=True)
            for client in chosen:
                need = missing(client["needs"], world)
                if not need and world.ports.get(client.get("server", "files")) is None:
                    need = f"the {client['server']} server"
                if need:
                    skipped.append(client["name"])
                    print(f"{client['name']:24}skipped: {need} is not installed", flush=True)
                    continue
                outcomes = try_client(client, world)
                print(row(client, outcomes), flush=True)
                for column, outcome in outcomes.items():
                    if not outcome.good:
                        failed.append(f"{client['name']} ({column})")
                        print(f"    {column}: {outcome.why}", file=sys.stderr, flush=True)
        finally:
            world.stop()
    print(f"{len(chosen) - len(skipped)} clients tried, {len(skipped)} skipped; failed: {', '.join(failed) or 'none'}")
    if not chosen or (arguments.all and skipped):
        sys.exit(1)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
