"""Repeats the last line of each test runner and adds up what they counted: `summary.py LOG_WITHOUT_ENDING…`.

Called at the end of `make test` and `make check`. A log in which no runner says how many tests passed is an error, so that
a runner that found nothing to run cannot look like success.
"""

import re
import sys
from pathlib import Path

# The closing lines of nextest, Vitest, pytest and node's test runner; the last match of a log counts.
CLOSING = re.compile(
    r"^ *Summary \[.*tests? run: .*$"
    r"|^ *Tests +.*\d+ passed.*$"
    r"|^=* ?\d+ (?:passed|failed).* in [\d.]+s.*$"
    r"|^(?:#|ℹ) pass \d+$",
    re.MULTILINE,
)
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def count(word: str, line: str) -> int:
    found = re.search(rf"(\d+) {word}", line) or re.search(rf"(?:#|ℹ) {word.removesuffix('ed')} (\d+)", line)
    return int(found.group(1)) if found else 0


def main() -> None:
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    for log in sys.argv[1:]:
        text = ANSI.sub("", Path(f"{log}.log").read_text(errors="replace"))
        lines = CLOSING.findall(text)
        if not lines or count("passed", lines[-1]) == 0:
            sys.exit(f"{Path(log).name}: the runner does not say that a test has passed")
        print(f"{Path(log).name:14} {lines[-1].strip(' =')}")
        for word in totals:
            totals[word] += count(word, lines[-1])
    print(", ".join(f"{number} {word}" for word, number in totals.items()))


if __name__ == "__main__":
    main()
