"""Compares chainmend with judges that share no code with it: GnuTLS (certtool) and Java's PKIX validator.

Both are optional. They are asked about random chains of which each has at most one defect, about which every
validator must agree; the seed is printed, so that a disagreement can be repeated (CHAINMEND_SEED).
"""
import datetime
import json
import os
import pathlib
import random
import shutil
import subprocess
import tempfile

# The present: certtool of Debian 12 judges at no other time.
NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
AT = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
CHAINS = 40

# Defects that RFC 5280 section 6.1 leaves no judge a choice about: (name, extensions to change by depth).
DEFECTS = ["none", "none", "expired", "not-yet-valid", "not-a-ca", "no-key-cert-sign", "path-length", "forged",
           "critical-extension", "excluded-name", "not-permitted-name"]


def openssl(*arguments, text=None):
    return subprocess.run(["openssl", *arguments], input=text, capture_output=True, text=True, check=True).stdout


def day(offset):
    return (NOW + datetime.timedelta(days=offset)).strftime("%Y%m%d%H%M%SZ")


class Chain:
    """A random chain in a folder: certificates as PEM, end entity first, anchor last."""

    def __init__(self, folder, random_source, defect):
        self.folder, self.defect = folder, defect
        self.length = random_source.randint(3, 5)
        self.victim = random_source.randint(1, self.length - 2)  # an intermediate
        keys = []
        for depth in range(self.length):
            keys.append(folder / f"{depth}.key")
            openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(keys[-1]))
        self.pems = [None] * self.length
        for depth in reversed(range(self.length)):
            signer = keys[min(depth + 1, self.length - 1)]
            if defect == "forged" and depth == self.victim:
                signer = keys[0]
            self.pems[depth] = self.issue(depth, keys[depth], signer)

    def extensions(self, depth):
        if depth == 0:
            return ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature",
                    "extendedKeyUsage=serverAuth", "subjectAltName=DNS:shop.test", "subjectKeyIdentifier=hash"]
        here = depth == self.victim
        ca = "FALSE" if here and self.defect == "not-a-ca" else "TRUE"
        limit = f",pathlen:{depth - 2}" if here and self.defect == "path-length" and depth >= 2 else ""
        usage = "cRLSign" if here and self.defect == "no-key-cert-sign" else "keyCertSign,cRLSign"
        lines = [f"basicConstraints=critical,CA:{ca}{limit}", f"keyUsage=critical,{usage}", "subjectKeyIdentifier=hash"]
        if here and self.defect == "critical-extension":
            lines.append("1.2.3.4=critical,DER:0500")
        if here and self.defect == "excluded-name":
            lines.append("nameConstraints=critical,excluded;DNS:shop.test")
        if here and self.defect == "not-permitted-name":
            lines.append("nameConstraints=critical,permitted;DNS:other.test")
        return lines

    def validity(self, depth):
        if depth == self.victim and self.defect == "expired":
            return day(-300), day(-1)
        if depth == self.victim and self.defect == "not-yet-valid":
            return day(1), day(300)
        return day(-100), day(100)

    def issue(self, depth, key, signer):
        """`openssl ca` is the one tool of OpenSSL 3.0 that sets both ends of a validity."""
        work = self.folder / f"ca{depth}"
        work.mkdir()
        (work / "index").touch()
        config = work / "config"
        extensions = list(self.extensions(depth))
        issuer = min(depth + 1, self.length - 1)
        if issuer != depth:
            extensions.append("authorityKeyIdentifier=keyid")
        config.write_text(f"[ca]\ndefault_ca=d\n[d]\ndatabase={work}/index\nnew_certs_dir={work}\ndefault_md=sha256\n"
                          "policy=p\nunique_subject=no\n[p]\ncommonName=supplied\n[x]\n" + "\n".join(extensions) +
                          "\n[req]\ndistinguished_name=n\n[n]\n")
        start, end = self.validity(depth)
        request = openssl("req", "-new", "-key", str(key), "-subj", f"/CN=certificate {depth}", "-config", str(config))
        (work / "request").write_text(request)
        command = ["ca", "-batch", "-config", str(config), "-notext", "-in", str(work / "request"), "-extensions", "x",
                   "-startdate", start, "-enddate", end, "-keyfile", str(signer), "-out", str(work / "out"), "-create_serial"]
        config.write_text(config.read_text().replace("[d]\n", f"[d]\nserial={work}/serial\n"))
        if issuer == depth:
            command.append("-selfsign")
        else:
            issuing = self.folder / f"issuer{depth}.pem"
            issuing.write_text(self.pems[issuer])
            # openssl ca insists on a key that belongs to the issuer; a forged one needs a certificate to go with it.
            if signer.name != f"{issuer}.key":
                issuing.write_text(openssl("req", "-x509", "-new", "-key", str(signer), "-config", str(config),
                                           "-subj", f"/CN=certificate {issuer}", "-addext", "subjectKeyIdentifier=hash"))
            command += ["-cert", str(issuing)]
        openssl(*command)
        return (work / "out").read_text()


def judged_by_chainmend(binary, chains):
    lines = "".join(json.dumps({"id": str(i), "trusted": [c.pems[-1]], "untrusted": c.pems[1:-1], "leaf": c.pems[0],
                                "at": AT, "dns": "shop.test", "ip": None, "emails": [], "purpose": "server",
                                "max_depth": None, "crls": []}) + "\n" for i, c in enumerate(chains))
    out = subprocess.run([binary, "verify", "--batch", "--no-config", "--no-fetch"], input=lines, capture_output=True,
                         text=True).stdout
    return [json.loads(line)["decision"] == "accepted" for line in out.splitlines()]


def judged_by_gnutls(chains):
    answers = []
    for chain in chains:
        (chain.folder / "chain.pem").write_text("".join(chain.pems[:-1]))
        (chain.folder / "anchor.pem").write_text(chain.pems[-1])
        done = subprocess.run(["certtool", "--verify", "--infile", str(chain.folder / "chain.pem"), "--load-ca-certificate",
                               str(chain.folder / "anchor.pem"), "--verify-hostname", "shop.test"],
                              capture_output=True, text=True)
        answers.append(done.returncode == 0)
    return answers


def judged_by_java(chains):
    """One run of the validator for all chains: java starts slowly."""
    source = pathlib.Path(__file__).parent / "PkixJudge.java"
    for chain in chains:
        for depth, pem in enumerate(chain.pems):
            (chain.folder / f"{depth}.pem").write_text(pem)
    folders = [str(chain.folder) for chain in chains]
    out = subprocess.run(["java", str(source), AT, *folders], capture_output=True, text=True, check=True).stdout
    return [line == "good" for line in out.split()]


def compare_with_others(binary):
    """Prints one line a judge; returns the number of disagreements."""
    seed = os.environ.get("CHAINMEND_SEED") or str(random.SystemRandom().randrange(10**9))
    source = random.Random(int(seed))
    wrong = 0
    with tempfile.TemporaryDirectory() as root:
        chains = []
        for i in range(CHAINS):
            folder = pathlib.Path(root) / str(i)
            folder.mkdir()
            chains.append(Chain(folder, source, source.choice(DEFECTS)))
        ours = judged_by_chainmend(binary, chains)
        print(f"\n{CHAINS} random chains, CHAINMEND_SEED={seed}: {sum(ours)} accepted")
        for tool, judge in (("certtool", judged_by_gnutls), ("java", judged_by_java)):
            if shutil.which(tool) is None:
                print(f"  {tool}: not installed")
                continue
            theirs = judge(chains)
            differ = [i for i, answers in enumerate(zip(ours, theirs)) if answers[0] != answers[1]]
            print(f"  {tool}: {len(differ)} disagreements")
            for i in differ:
                print(f"    chain {i}, defect {chains[i].defect} at depth {chains[i].victim} of {chains[i].length}: "
                      f"chainmend {'accepts' if ours[i] else 'refuses'}")
            wrong += len(differ)
    return wrong
