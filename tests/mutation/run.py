"""Takes away rules one at a time and asks whether a test notices (see README.md here).

What is taken away: the rules of policy in listed_rules.py, in whichever room, and of certs/ what is found in the source:
  - a function that reports findings, or that stands below a comment citing its standard: it says nothing, or, when it
    answers yes or no, always the one and always the other;
  - each single complaint (`findings.refuse(...)`, `refuse_from`, `warn`);
  - each condition under which a judgement that returns its complaint does so (`if (...) return "..."`, `return unknown(...)`,
    `return {Reason::...}`): it never holds.

All variants are compiled at once in a scratch folder. Status 1 when one survives that is not in UNREACHABLE.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from listed_rules import RULES

TOP = pathlib.Path(__file__).resolve().parents[2]
COPIED = ["CMakeLists.txt", "cmake", "config", "certs", "tls", "proxy", "tests", "scripts"]

# What no test can reach, and why it is there all the same.
UNREACHABLE = {
    "context.cpp: no SHA-1 in handshakes":
        "libssl's security level 1 leaves SHA-1 out too; that libssl may be told otherwise is why we do not offer it",
    "libcrypto_verification.cpp: judge_with_libcrypto: does not say malformed_certificate":
        "only memory that runs out leads there, and then nothing may be accepted",
    "libcrypto_verification.cpp: judge_with_libcrypto: does not say issuer_not_found":
        "the path is pinned, so libcrypto has no other to verify; if it ever had, that one was not judged by us",
    "name_constraints.cpp: read_constraints: does not say name_constraint":
        "libcrypto refuses a certificate whose constraints do not parse before they are read here",
    "ocsp_judgement.cpp: delegation_failure: does not return the responder's certificate does not decode":
        "libcrypto has decoded it with the response: only memory that runs out leads there",
    "path_search.cpp: allows_below: always true":
        "spares the search paths that the validator's path_lengths_hold would refuse; the verdict is the same",
}

SWITCH = """#pragma once
#include <cstdlib>
inline int chainmend_variant = std::getenv("CHAINMEND_TAKEN_AWAY") ? std::atoi(std::getenv("CHAINMEND_TAKEN_AWAY")) : -1;
inline bool chainmend_taken_away(int variant) { return variant == chainmend_variant; }
"""

# Those that speak of single rules, and are quick, before all the others. The random graphs take long and judge with
# the rules themselves: they are left out.
LIKELY = "Every/*:Pkits*:PathValidator*:NameConstraints*:Revocation*:Staple*:ReferenceIdentity*"
OTHERS = "-*Property*:" + LIKELY

# Runs the likely tests with every rule in place, which also makes the keys that tests share; then forks for each
# variant that it is given, some at a time. A child that fails, crashes or does not end has noticed.
MAIN = """#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <map>

#include "config/taken_away.h"

namespace {

int run_tests(const char* filter) {
    GTEST_FLAG_SET(filter, filter);
    return RUN_ALL_TESTS();
}

[[noreturn]] void judge(int variant) {
    alarm(900);
    chainmend_variant = variant;
    const bool noticed = run_tests("LIKELY") != 0 || run_tests("OTHERS") != 0;
    _exit(noticed ? 1 : 0);
}

}  // namespace

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    GTEST_FLAG_SET(fail_fast, true);
    if (argc < 3) return RUN_ALL_TESTS();
    FILE* answers = std::fopen(argv[1], "w");
    if (run_tests("LIKELY") != 0) return 1;
    std::map<pid_t, int> running;
    int next = 3;
    while (next < argc || !running.empty()) {
        if (next < argc && static_cast<int>(running.size()) < std::atoi(argv[2])) {
            const int variant = std::atoi(argv[next++]);
            const pid_t child = fork();
            if (child == 0) judge(variant);
            running[child] = variant;
            continue;
        }
        int status = 0;
        const pid_t child = wait(&status);
        std::fprintf(answers, "%d %d\\n", running[child], status);
        std::fflush(answers);
        running.erase(child);
    }
    return 0;
}
""".replace("LIKELY", LIKELY).replace("OTHERS", OTHERS)

FUNCTION = re.compile(r"^(?P<comment>(?:///.*\n)*)(?P<type>void|bool) (?P<name>\w+(?:::\w+)?)"
                      r"\((?P<parameters>[^;{}]*)\)(?: const)? \{\n", re.M)
COMPLAINT = re.compile(r"(?<![\w.>])findings_?\.(?:refuse|refuse_from|warn)\(")
BEGINS = re.compile(r"^ {0,4}(?!return\b|else\b)(?:static )?[\w:<>&*]+ (\w+(?:::\w+)?)\(", re.M)
CONDITION = re.compile(r"(?<!else )\bif \(")
RETURNED = re.compile(r"\s*\{?\s*(?:finding\.detail =\s*|return (?:unknown\(|\{Reason::|(?=\")))(?P<said>\w+|\"[^\"]+)")
STANDARD = re.compile(r"\b(?:RFC \d+|BR section|NIST)")


# These return texts that judge nothing.
DESCRIBING = {"certificate.cpp", "certificate_file.cpp", "path_findings.cpp"}


def is_rule(function, file):
    judges = "PathFindings&" in function["parameters"]
    predicate = function["type"] == "bool" and file.name.endswith("_rules.cpp")
    return judges or predicate or bool(STANDARD.search(function["comment"]))


def end_of_condition(text, begin):
    """Behind the parenthesis that closes the one before `begin`, and where the condition itself begins (an initialiser may
    stand before it)."""
    depth, condition = 1, begin
    for at in range(begin, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 1 and text[at] == ";":
            condition = at + 1
        if depth == 0:
            return at, condition
    raise ValueError("an unclosed condition")


class Source:
    """One file of certs/ with switches put in; `variants` collects (number, what) over all files."""

    def __init__(self, file, variants):
        self.variants, self.file = variants, file
        text = file.read_text()
        # Backwards from the end the places stay where they are; the numbers are given forwards.
        edits = [(m.start(), "complaint", m) for m in COMPLAINT.finditer(text)]
        edits += [(m.end(), "function", m) for m in FUNCTION.finditer(text)]
        for match in CONDITION.finditer(text) if file.name not in DESCRIBING else ():
            end, begin = end_of_condition(text, match.end())
            if returned := RETURNED.match(text, end + 1):
                edits += [(begin, "condition", returned), (end, "end", returned)]
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
        if kind == "end":
            return ")"
        if kind == "condition":
            name = [begin[1] for begin in BEGINS.finditer(text, 0, match.start())][-1]
            said = match["said"].strip('"')
            return f" !chainmend_taken_away({self.number(name, f'does not return {said}')}) && ("
        if not is_rule(match, self.file):
            return ""
        if match["type"] == "void":
            return f"    if (chainmend_taken_away({self.number(match['name'], 'says nothing')})) return;\n"
        return "".join(f"    if (chainmend_taken_away({self.number(match['name'], f'always {answer}')})) return {answer};\n"
                       for answer in ("true", "false"))

    def number(self, function, what):
        self.variants.append(f"{self.file.name}: {function}: {what}")
        return len(self.variants) - 1


INCLUDE = '#include "config/taken_away.h"\n'


def switched(folder):
    """Puts the switches into the sources below `folder`; returns what each number takes away, the listed rules first."""
    variants = []
    (folder / "config" / "taken_away.h").write_text(SWITCH)
    for number, rule in enumerate(RULES):
        file = folder / rule.file
        text = file.read_text()
        if text.count(rule.text) != 1:
            sys.exit(f"{rule.file} does not have exactly one: {rule.text}")
        text = text.replace(rule.text, rule.gone.replace("GONE", f"chainmend_taken_away({number})"))
        file.write_text(text if text.startswith(INCLUDE) else INCLUDE + text)
        variants.append(f"{file.name}: {rule.what}")
    for file in sorted((folder / "certs").glob("*.cpp")):
        before = len(variants)
        source = Source(file, variants)
        if len(variants) > before:
            file.write_text(source.text if source.text.startswith(INCLUDE) else INCLUDE + source.text)
    return variants


def copy(folder):
    """The sources, with switches, below `folder`. What has not changed keeps its time, so that little is built."""
    with tempfile.TemporaryDirectory(prefix="chainmend-mutation-") as fresh:
        new = pathlib.Path(fresh)
        for name in COPIED:
            if (TOP / name).is_dir():
                shutil.copytree(TOP / name, new / name)
            elif (TOP / name).exists():
                shutil.copy(TOP / name, new / name)
        variants = switched(new)
        (new / "tests" / "certs" / "taken_away_main.cpp").write_text(MAIN)
        for file in (file for file in new.rglob("*") if file.is_file()):
            target = folder / file.relative_to(new)
            if target.exists() and target.read_bytes() == file.read_bytes():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
        for file in [file for file in folder.rglob("*.cpp") if ".build" not in file.parts]:
            if not (new / file.relative_to(folder)).exists():
                file.unlink()
    return variants


def build(folder, programs):
    # A compiler cache, where there is one, has most of this from the project's own build.
    cache = {"CCACHE_BASEDIR": str(folder), "CCACHE_NOHASHDIR": "1"}
    environment = {**cache, **os.environ, "CHAINMEND_BUILD_ROOT": ".build"}
    subprocess.run(["scripts/build", "asan", *sorted(programs)], cwd=folder, check=True, stdout=subprocess.DEVNULL,
                   env=environment)
    return folder / ".build" / "asan" / "tests"


def judge_found(tests, folder, chosen, jobs):
    """{variant: whether a test noticed}"""
    answers = folder / "answers"
    done = subprocess.run([tests / "certs_tests", answers, str(jobs), *map(str, chosen)], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, env=dict(os.environ, ASAN_OPTIONS="detect_leaks=0"))
    if done.returncode != 0:
        sys.exit("the tests fail with every rule in place")
    return {int(variant): status != "0" for variant, status in (line.split() for line in answers.open())}


def passes(tests, rule, variant):
    program, tests_of_rule = rule.tests.split(":", 1)
    done = subprocess.run([tests / program, f"--gtest_filter={tests_of_rule}", "--gtest_fail_fast"], capture_output=True,
                          timeout=900, env=dict(os.environ, CHAINMEND_TAKEN_AWAY=str(variant)), text=True)
    if done.returncode == 0 and "[  PASSED  ] 0 tests" in done.stdout:
        sys.exit(f"no test is called {rule.tests}")
    return done.returncode == 0


def judge_listed(tests, chosen):
    """The same for rules that are listed."""
    for tests_of_rule in {RULES[variant].tests for variant in chosen}:
        if not passes(tests, next(rule for rule in RULES if rule.tests == tests_of_rule), -1):
            sys.exit(f"{tests_of_rule} fails with every rule in place")
    return {variant: not passes(tests, RULES[variant], variant) for variant in chosen}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--list", action="store_true", help="print what would be taken away")
    arguments.add_argument("--only", default="", help="variants whose description holds this")
    arguments.add_argument("--jobs", type=int, default=2)
    arguments.add_argument("--folder", help="build here, and keep it for the next run")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="chainmend-mutation-") as scratch:
        folder = pathlib.Path(options.folder or scratch)
        variants = copy(folder)
        chosen = [i for i, what in enumerate(variants) if options.only in what]
        if options.list:
            print("\n".join(variants[i] for i in chosen))
            return
        listed = [i for i in chosen if i < len(RULES)]
        found = [i for i in chosen if i >= len(RULES)]
        programs = {RULES[i].tests.split(":", 1)[0] for i in listed} | ({"certs_tests"} if found else set())
        tests = build(folder, programs)
        answers = judge_listed(tests, listed)
        if found:
            answers |= judge_found(tests, folder, found, options.jobs)
    survivors = [variants[i] for i in chosen if not answers[i]]
    news = [what for what in survivors if re.sub(r"line \d+: ", "", what) not in UNREACHABLE]
    print(f"{len(chosen)} variants, {len(chosen) - len(survivors)} noticed, {len(survivors) - len(news)} unreachable")
    for what in news:
        print(f"  SURVIVES  {what}")
    sys.exit(1 if news else 0)


if __name__ == "__main__":
    main()
