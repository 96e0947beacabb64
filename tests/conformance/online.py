"""Real sites that sent their leaf alone: x509-limbo's online cases, with Debian's roots and without a network.

Twice: with an issuer store that holds the public list of intermediates, and with each real intermediate at the caIssuers
URL that really names it. Called by scripts/conformance; skipped where the data is not there.
"""
import argparse
import base64
import hashlib
import json
import pathlib
import re
import ssl
import subprocess
import sys
import tempfile

import suites

# Of the 14 sites six have an intermediate that was on the public list when it was published.
WITH_THE_LIST = {"online::akamai.com", "online::amazon.com", "online::apple.com", "online::cloudflare.com",
                 "online::facebook.com", "online::stackoverflow.com"}
TWO_HOPS = {"online::microsoft.com", "online::bing.com"}
PEM = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?", re.S)


def ca_issuers(pem):
    text = subprocess.run(["openssl", "x509", "-noout", "-ext", "authorityInfoAccess"], input=pem, capture_output=True,
                          text=True, check=False).stdout
    return re.findall(r"CA Issuers - URI:(\S+)", text)


def fill_store(directory, bundle):
    """One file a certificate, named by its SHA-256, as the issuer store keeps them."""
    for pem in PEM.findall(bundle.read_text()):
        digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
        (directory / f"{digest}.pem").write_text(pem)


def url_map(cases):
    """{url: response} with every real intermediate where the certificate below it says."""
    responses = {}
    for case in cases:
        child = case["line"]["leaf"]
        for issuer in case["line"]["untrusted"]:
            body = base64.b64encode(ssl.PEM_cert_to_DER_cert(issuer)).decode()
            for url in ca_issuers(child):
                responses[url] = {"status": 200, "content_type": "application/pkix-cert", "body": body}
            child = issuer
    return responses


def judge(binary, case, directory, more):
    """The verdict on the leaf alone."""
    chain = directory / "leaf.pem"
    chain.write_text(case["line"]["leaf"])
    command = [binary, "verify", "--json", "--no-config", "--trust", "/etc/ssl/certs/ca-certificates.crt",
               "--host", case["line"]["dns"], "--at", case["line"]["at"].replace("+00:00", "Z"), *more, chain]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"{case['id']}: {done.stderr}")
    return json.loads(done.stdout)


def compare(name, cases, verdicts, expected, check):
    """Prints what differs; returns how many."""
    accepted = {c["id"] for c, v in zip(cases, verdicts) if v["decision"] == "accepted"}
    wrong = sorted(accepted ^ expected)
    for case, verdict in zip(cases, verdicts):
        sources = [element["source"] for element in verdict["path"][1:-1]]
        if case["id"] in accepted and (verdict["how"] != "repaired" or not check(case, sources)):
            wrong.append(case["id"])
        if case["id"] not in accepted and verdict["reason"] != "issuer_not_found":
            wrong.append(case["id"])
    print(f"online, {name}: {len(accepted)} of {len(cases)} accepted, {len(expected)} expected")
    for case, verdict in zip(cases, verdicts):
        if case["id"] in wrong:
            print(f"  NEW   {case['id']}: {verdict['decision']} ({verdict['reason']}) {verdict['detail']}")
    return len(wrong)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--intermediates", required=True, type=pathlib.Path, help="the public list, as PEM")
    options = parser.parse_args()
    cases = [case for case in suites.limbo_core(options.data) if case["id"].startswith("online::")]
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        if options.intermediates.exists():
            store = directory / "store"
            store.mkdir(mode=0o700)
            fill_store(store, options.intermediates)
            verdicts = [judge(options.binary, c, directory, ["--no-fetch", "--store", store]) for c in cases]
            wrong += compare("from the public list", cases, verdicts, WITH_THE_LIST,
                             lambda case, sources: set(sources) == {"store"})
        responses = directory / "map.json"
        responses.write_text(json.dumps(url_map(cases)))
        verdicts = [judge(options.binary, c, directory, ["--aia-map", responses]) for c in cases]
        wrong += compare("from their URLs", cases, verdicts, {c["id"] for c in cases},
                         lambda case, sources: sources == ["aia"] * (2 if case["id"] in TWO_HOPS else 1))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
