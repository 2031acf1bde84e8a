#!/usr/bin/env python3
"""failed_tests.py LAST_TEST_LOG: what failed in that run of ctest, each with the telling lines and the last lines of its output.

Exit code 0 where the tests may be run again alone, to tell a machine that was too busy for their waits from a defect; 1 where
that would hide one: a sanitizer reported, something crashed, a unit test failed (no clock in it), or more than five failed.
"""
import re
import sys

lines = 12
report = re.compile(r"(Address|Thread|Leak|UndefinedBehavior)Sanitizer|runtime error:|a sanitizer reported|SIGSEGV|SIGABRT|SIGBUS"
                    r"|SEGFAULT|core dumped|Subprocess aborted")
telling = re.compile(r"not ok|Failure$|FAILED|[Ee]rror|Sanitizer|[Tt]imed? ?out|[Aa]ssert|not within")

with open(sys.argv[1], encoding="utf-8", errors="replace") as file:
    log = file.read()

failed = []
is_certain = False
for test in re.split(r"^-{58}\n+(?=\d+/\d+ Testing: )", log, flags=re.MULTILINE):
    name = re.match(r"\d+/\d+ Testing: (.*)", test)
    if name is None or "\nTest Passed.\n" in test:
        continue
    failed.append(name[1])
    output = test.partition("\nOutput:\n")[2].partition("\n<end of output>")[0].splitlines()[1:]
    is_certain |= name[1].startswith("unit.") or report.search(test) is not None
    print(f"--- {name[1]}: {len(output)} lines of output")
    for line in [line for line in output if telling.search(line)][:lines] + ["…"] + output[-lines:]:
        print("    " + line[:240])
sys.exit(1 if is_certain or len(failed) > 5 else 0)
