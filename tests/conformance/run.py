"""Judges every case of every suite by `chainmend verify --batch` and compares with tests/conformance/deviations.md.

Called by scripts/conformance. Exit status 1 when a disagreement is not on the list, or one on the list is gone.
"""
import argparse
import json
import pathlib
import re
import resource
import subprocess
import sys
import time

import independent
import suites

RUNS = [("limbo-core", "webpki"), ("limbo-core", "default"), ("limbo-core", "rfc5280"),
        ("bettertls-path", "default"), ("bettertls-names", "default"),
        ("pathological", "default"), ("pathological", "webpki")]

# For pathological cases: dearer is a regression in itself. CPU, not the clock: the machine may be busy.
MAX_CASE_SECONDS = 0.1
MAX_CASE_KIBIBYTES = 10 * 1024


def listed_deviations():
    """{(suite, profile): {id: kind}} from the block marked "deviations" in deviations.md."""
    text = (pathlib.Path(__file__).parent / "deviations.md").read_text()
    listed = {}
    for line in re.search(r"```deviations\n(.*?)```", text, re.S).group(1).splitlines():
        if not line.strip():
            continue
        suite, profile, kind, name = line.split()
        listed.setdefault((suite, profile), {})[name] = kind
    return listed


def judge(binary, profile, cases):
    lines = "".join(json.dumps(case["line"]) + "\n" for case in cases)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    done = subprocess.run([binary, "verify", "--batch", "--no-config", "--no-fetch", "--profile", profile],
                          input=lines, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    if [v["id"] for v in verdicts] != [c["id"] for c in cases]:
        sys.exit(f"{binary} answered {len(verdicts)} of {len(cases)} cases, status {done.returncode}\n{done.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return verdicts, cpu, time.monotonic() - started


def disagreements(cases, verdicts):
    """{id: (kind, verdict, soft)}. A line that could not be read counts as refused: nothing is accepted by it."""
    found = {}
    for case, verdict in zip(cases, verdicts):
        decision = verdict.get("decision", "refused")
        if decision != case["expected"]:
            found[case["id"]] = ("accepted-bad" if decision == "accepted" else "refused-good", verdict, case["soft"])
    return found


def compare(suite, profile, found, listed):
    """Prints every disagreement; returns how many are news."""
    news = 0
    for name, (kind, verdict, soft) in sorted(found.items()):
        known = listed.get(name) == kind
        news += not known
        reason = verdict.get("reason") or verdict.get("error", "")
        print(f"  {'known' if known else 'NEW  '} {kind:12} {name} ({reason}{', soft' if soft else ''})")
    for name in sorted(set(listed) - set(found)):
        news += 1
        print(f"  GONE  {listed[name]:12} {name}: take it off deviations.md")
    return news


def slow_or_large(binary, profile, cases):
    """Pathological cases one by one, against what a process costs that judges none. How many are too dear."""
    bad = most_seconds = most_memory = 0
    easy_memory, easy_seconds = cost(binary, profile, None)
    for case in cases:
        memory, seconds = cost(binary, profile, case)
        # What reading the line costs is the caller's: certificates as JSON and PEM, three copies at the worst.
        memory -= easy_memory + 3 * len(json.dumps(case["line"])) // 1024
        most_seconds, most_memory = max(most_seconds, seconds - easy_seconds), max(most_memory, memory)
        if seconds - easy_seconds > MAX_CASE_SECONDS or memory > MAX_CASE_KIBIBYTES:
            bad += 1
            print(f"  COSTS {case['id']}: {(seconds - easy_seconds) * 1000:.0f} ms of CPU, {memory} KiB")
    print(f"  the dearest of {len(cases)}: {most_seconds * 1000:.0f} ms of CPU (at most {MAX_CASE_SECONDS * 1000:.0f}), "
          f"{most_memory} KiB (at most {MAX_CASE_KIBIBYTES})")
    return bad


def cost(binary, profile, case):
    """Greatest resident set in KiB and CPU seconds of a process that judges this one case: the cheapest of five, since
    what else the machine does can only add to it (caches, migrations)."""
    line = json.dumps(case["line"]) + "\n" if case else "\n"
    script = ("import resource,subprocess,sys;"
              "subprocess.run(sys.argv[1:],stdin=sys.stdin,stdout=subprocess.DEVNULL,stderr=subprocess.DEVNULL);"
              "used=resource.getrusage(resource.RUSAGE_CHILDREN);"
              "print(used.ru_maxrss,used.ru_utime+used.ru_stime)")
    command = [binary, "verify", "--batch", "--no-config", "--no-fetch", "--profile", profile]
    runs = [subprocess.run([sys.executable, "-c", script, *command], input=line, capture_output=True, text=True,
                           check=True).stdout.split() for _ in range(5)]
    return max(int(memory) for memory, _ in runs), min(float(seconds) for _, seconds in runs)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--binary", required=True)
    arguments.add_argument("--data", required=True)
    options = arguments.parse_args()
    listed = listed_deviations()
    loaded, table, news = {}, [], 0
    for suite, profile in RUNS:
        if suite not in loaded:
            loaded[suite] = suites.load(suite, options.data)
        cases = loaded[suite]
        verdicts, cpu, wall = judge(options.binary, profile, cases)
        found = disagreements(cases, verdicts)
        accepted_bad = sum(kind == "accepted-bad" for kind, _, _ in found.values())
        slowest = max(v.get("elapsed_us", 0) for v in verdicts) / 1000
        table.append((suite, profile, len(cases), len(found), accepted_bad, len(found) - accepted_bad, cpu, slowest))
        print(f"{suite}, profile {profile}: {len(found)} of {len(cases)} disagree")
        news += compare(suite, profile, found, listed.get((suite, profile), {}))
        if suite == "pathological":
            news += slow_or_large(options.binary, profile, cases)
    print(f"\n{'suite':16} {'profile':8} {'cases':>6} {'wrong':>6} {'accepted bad':>13} {'refused good':>13} "
          f"{'CPU s':>7} {'slowest ms':>11}")
    for row in table:
        print("{:16} {:8} {:6} {:6} {:13} {:13} {:7.2f} {:11.1f}".format(*row))
    news += independent.compare_with_others(options.binary)
    if news:
        sys.exit(f"\n{news} regressions")


if __name__ == "__main__":
    main()
