"""Takes away the rules of certs/ one at a time and asks whether a test notices (see README.md here).

What is taken away, found in the source:
  - a function that reports findings, or that stands below a comment citing its standard: it says nothing, or, when it
    answers yes or no, always the one and always the other;
  - each single complaint (`findings.refuse(...)`, `refuse_from`, `warn`).

Every variant is compiled into one program in a scratch folder; the environment variable CHAINMEND_TAKEN_AWAY says
which is in force. Status 1 when one survives that is not listed in UNREACHABLE.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
COPIED = ["CMakeLists.txt", "cmake", "config", "certs", "tls", "proxy", "tests", "scripts"]

# What no test can reach, and why it is there all the same.
UNREACHABLE = {
}

SWITCH = """#pragma once
#include <cstdlib>
inline bool chainmend_taken_away(int variant) {
    static const char* chosen = std::getenv("CHAINMEND_TAKEN_AWAY");
    static const int number = chosen == nullptr ? -1 : std::atoi(chosen);
    return number == variant;
}
"""

FUNCTION = re.compile(r"^(?P<comment>(?:///.*\n)*)(?P<type>void|bool) (?P<name>\w+(?:::\w+)?)"
                      r"\((?P<parameters>[^;{}]*)\)(?: const)? \{\n", re.M)
COMPLAINT = re.compile(r"(?<![\w.>])findings_?\.(?:refuse|refuse_from|warn)\(")
BEGINS = re.compile(r"^ {0,4}(?!return\b|else\b)(?:static )?[\w:<>&*]+ (\w+(?:::\w+)?)\(", re.M)
STANDARD = re.compile(r"\b(?:RFC \d+|BR section|NIST)")


def is_rule(function, file):
    judges = "PathFindings&" in function["parameters"]
    predicate = function["type"] == "bool" and file.name.endswith("_rules.cpp")
    return judges or predicate or bool(STANDARD.search(function["comment"]))


class Source:
    """One file of certs/ with switches put in; `variants` collects (number, what) over all files."""

    def __init__(self, file, variants):
        self.variants, self.file = variants, file
        text = file.read_text()
        # Backwards from the end the places stay where they are; the numbers are given forwards.
        edits = [(m.start(), "complaint", m) for m in COMPLAINT.finditer(text)]
        edits += [(m.end(), "function", m) for m in FUNCTION.finditer(text)]
        pieces, at = [], 0
        for place, kind, match in sorted(edits, key=lambda edit: edit[0]):
            pieces += [text[at:place], self.switch(kind, match, text)]
            at = place
        self.text = "".join(pieces) + text[at:]

    def switch(self, kind, match, text):
        if kind == "complaint":
            line = text.count("\n", 0, match.start()) + 1
            reason = re.search(r"Reason::(\w+)|\"(\w+)\"", text[match.end():match.end() + 200])
            said = (reason.group(1) or reason.group(2)) if reason else "what it is given"
            name = [begin[1] for begin in BEGINS.finditer(text, 0, match.start())][-1]
            return f"chainmend_taken_away({self.number(name, f'line {line}: does not say {said}')}) ? void() : "
        if not is_rule(match, self.file):
            return ""
        if match["type"] == "void":
            return f"    if (chainmend_taken_away({self.number(match['name'], 'says nothing')})) return;\n"
        return "".join(f"    if (chainmend_taken_away({self.number(match['name'], f'always {answer}')})) return {answer};\n"
                       for answer in ("true", "false"))

    def number(self, function, what):
        self.variants.append(f"{self.file.name}: {function}: {what}")
        return len(self.variants) - 1


def switched(folder):
    """Puts the switches into certs/ below `folder`; returns what each number takes away."""
    variants = []
    (folder / "certs" / "taken_away.h").write_text(SWITCH)
    for file in sorted((folder / "certs").glob("*.cpp")):
        before = len(variants)
        source = Source(file, variants)
        if len(variants) > before:
            file.write_text('#include "certs/taken_away.h"\n' + source.text)
    return variants


def build(folder):
    """As always, so that a compiler cache has everything but the few files with switches in them."""
    environment = dict(os.environ, CHAINMEND_BUILD_ROOT=".build", CCACHE_BASEDIR=str(folder), CCACHE_NOHASHDIR="1")
    subprocess.run(["scripts/build", "asan", "certs_tests"], cwd=folder, check=True, stdout=subprocess.DEVNULL,
                   env=environment)
    return folder / ".build" / "asan" / "tests" / "certs_tests"


# Those that speak of single rules, and are quick, before all the others. The random graphs take long and judge with
# the rules themselves: they are left out.
LIKELY = "Every/*:Pkits*:PathValidator*:NameConstraints*:Revocation*:ReferenceIdentity*"
FILTERS = [LIKELY, "-*Property*:" + LIKELY]


def noticed(program, variant):
    """True when a test fails. One that hangs or crashes has noticed too."""
    environment = dict(os.environ, CHAINMEND_TAKEN_AWAY=str(variant), ASAN_OPTIONS="detect_leaks=0")
    for tests in FILTERS:
        command = [program, "--gtest_brief=1", "--gtest_fail_fast", "--gtest_filter=" + tests]
        try:
            if subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              timeout=600).returncode != 0:
                return True
        except subprocess.TimeoutExpired:
            return True
    return False


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--list", action="store_true", help="print what would be taken away")
    arguments.add_argument("--only", default="", help="variants whose description holds this")
    arguments.add_argument("--jobs", type=int, default=2)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="chainmend-mutation-") as scratch:
        folder = pathlib.Path(scratch)
        for name in COPIED:
            if (TOP / name).is_dir():
                shutil.copytree(TOP / name, folder / name)
            elif (TOP / name).exists():
                shutil.copy(TOP / name, folder / name)
        variants = switched(folder)
        chosen = [i for i, what in enumerate(variants) if options.only in what]
        if options.list:
            print("\n".join(variants[i] for i in chosen))
            return
        program = build(folder)
        if noticed(program, -1):
            sys.exit("the tests fail with every rule in place")
        answers = {}
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for i, answer in zip(chosen, pool.map(lambda i: noticed(program, i), chosen)):
                answers[i] = answer
                print(f"  {'noticed ' if answer else 'SURVIVES'}  {variants[i]}", flush=True)
    survivors = [variants[i] for i in chosen if not answers[i]]
    news = [what for what in survivors if re.sub(r"line \d+: ", "", what) not in UNREACHABLE]
    print(f"{len(chosen)} variants, {len(chosen) - len(survivors)} noticed, {len(survivors) - len(news)} unreachable")
    for what in news:
        print(f"  SURVIVES  {what}")
    sys.exit(1 if news else 0)


if __name__ == "__main__":
    main()
