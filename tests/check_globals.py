# SPDX-License-Identifier: Apache-2.0
"""No object of the library has anything writable: no .data, no .bss, no thread-local storage
(mission B1). check_globals.py BUILD_DIR"""

import re
import sys

from checks import finish, report, run

WRITABLE = re.compile(r"\.(data|bss|tdata|tbss|sdata|sbss|tm_clone_table)\b")
RELOCATED = re.compile(r"\.data\.rel\.ro\b")


def writable(archive):
    member, problems, members = "", [], 0
    for line in run("size", "-A", archive).splitlines():
        words = line.split()
        if line.endswith(":") or "  (ex " in line:
            member, members = words[0], members + 1
        elif len(words) == 3 and WRITABLE.match(words[0]) and not RELOCATED.match(words[0]):
            if int(words[1]) > 0:
                problems.append(f"{member}: {words[1]} bytes in {words[0]}")
    common = [f"{line.split()[-1]} is common" for line in run("nm", archive).splitlines()
              if len(line.split()) == 3 and line.split()[1] == "C"]
    return problems + common if members else [f"{archive}: no objects found"]


def main(build):
    for library in ("libikev1", "libikev1-openssl"):
        report(f"globals: {library} has none", writable(f"{build}/lib/{library}.a"))
    finish()


main(sys.argv[1])
