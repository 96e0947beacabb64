"""Real sites that sent their leaf alone: x509-limbo's online cases, with Debian's roots and without a network.

Twice: with an issuer store into which the public list of intermediates was imported, and with each real intermediate at the caIssuers
URL that really names it. Called by scripts/conformance; skipped where the data is not there.
"""
import argparse
import base64
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
ROOTS = "/etc/ssl/certs/ca-certificates.crt"


def ca_issuers(pem):
    text = subprocess.run(["openssl", "x509", "-noout", "-ext", "authorityInfoAccess"], input=pem, capture_output=True,
                          text=True, check=False).stdout
    return re.findall(r"CA Issuers - URI:(\S+)", text)


def import_list(binary, directory, bundle):
    """Into an issuer store, as a person does it; returns the store."""
    store = directory / "store"
    config = directory / "config.toml"
    config.write_text(f"[trust]\nsystem = false\nfiles = [{json.dumps(ROOTS)}]\n"
                      f"[repair]\nstore = {json.dumps(str(store))}\n")
    done = subprocess.run([binary, "--config", config, "intermediates", "import", bundle], capture_output=True,
                          text=True)
    if done.returncode != 0:
        sys.exit(f"the public list was not imported: {done.stderr}")
    print(f"online, imported: {done.stdout.strip()}")
    return store


def can_be_imported(case):
    """An import refuses what has expired, by today's date, whatever the date of the case."""
    issuer = case["line"]["untrusted"][0]
    return subprocess.run(["openssl", "x509", "-noout", "-checkend", "0"], input=issuer, capture_output=True, text=True,
                          check=False).returncode == 0


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
    command = [binary, "verify", "--json", "--no-config", "--trust", ROOTS,
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
            store = import_list(options.binary, directory, options.intermediates)
            verdicts = [judge(options.binary, c, directory, ["--no-fetch", "--store", store]) for c in cases]
            wrong += compare("from the public list", cases, verdicts,
                             {c["id"] for c in cases if c["id"] in WITH_THE_LIST and can_be_imported(c)},
                             lambda case, sources: set(sources) == {"import"})
        responses = directory / "map.json"
        responses.write_text(json.dumps(url_map(cases)))
        verdicts = [judge(options.binary, c, directory, ["--aia-map", responses]) for c in cases]
        wrong += compare("from their URLs", cases, verdicts, {c["id"] for c in cases},
                         lambda case, sources: sources == ["aia"] * (2 if case["id"] in TWO_HOPS else 1))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
