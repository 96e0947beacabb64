"""Reads the conformance data and turns it into lines for `chainmend verify --batch`.

A case is a dictionary: id, expected ("accepted" or "refused"), soft (a warning in its own suite), line (for --batch).
The data is not part of this repository: x509-limbo (https://x509-limbo.com) and, inside it, Netflix's bettertls.
"""
import datetime
import json
import lzma
import pathlib
import subprocess


def _not_before(pem):
    text = subprocess.run(["openssl", "x509", "-noout", "-startdate"], input=pem, capture_output=True, text=True,
                          check=True).stdout
    moment = datetime.datetime.strptime(text.strip().split("=", 1)[1], "%b %d %H:%M:%S %Y %Z")
    return moment.replace(tzinfo=datetime.timezone.utc)


def _line(case):
    name = case["expected_peer_name"] or {"kind": None, "value": None}
    emails = [n["value"] for n in case["expected_peer_names"] if n["kind"] == "RFC822"]
    return {
        "id": case["id"],
        "trusted": case["trusted_certs"],
        "untrusted": case["untrusted_intermediates"],
        "leaf": case["peer_certificate"],
        "at": case["validation_time"],
        "dns": name["value"] if name["kind"] == "DNS" else None,
        "ip": name["value"] if name["kind"] == "IP" else None,
        "emails": emails,
        "purpose": "client" if case["validation_kind"] == "CLIENT" else "server",
        "max_depth": case["max_chain_depth"],
        "crls": case.get("crls") or [],
    }


def _case(case, soft=()):
    return {
        "id": case["id"],
        "expected": "accepted" if case["expected_result"] == "SUCCESS" else "refused",
        "soft": case["id"] in soft,
        "line": _line(case),
    }


def limbo_core(data):
    cases = json.loads((data / "limbo-core.json").read_text())["testcases"]
    return [_case(case) for case in cases]


def pathological(data):
    return [case for case in limbo_core(data) if case["id"].startswith("pathological::") or "dos" in case["id"]]


def bettertls_paths(data):
    cases = []
    for case in json.loads((data / "bettertls-path.json").read_text())["testcases"]:
        # limbo judges at notBefore + 1 s, when the certificates meant to be expired are still valid; bettertls itself
        # does so a day later.
        at = _not_before(case["peer_certificate"]) + datetime.timedelta(hours=24, seconds=5)
        case["validation_time"] = at.strftime("%Y-%m-%dT%H:%M:%SZ")
        cases.append(_case(case))
    return cases


def bettertls_names(data):
    soft = set(json.loads((data / "bettertls-soft.json").read_text()))
    with lzma.open(data / "limbo.json.xz") as packed:
        cases = json.load(packed)["testcases"]
    return [_case(case, soft) for case in cases if case["id"].startswith("bettertls::nameconstraints::")]


def load(name, folder):
    return {"limbo-core": limbo_core, "pathological": pathological, "bettertls-path": bettertls_paths,
            "bettertls-names": bettertls_names}[name](pathlib.Path(folder))
