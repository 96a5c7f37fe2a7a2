# SPDX-License-Identifier: Apache-2.0
"""The core asks the system for memory and byte moves, nothing else: no I/O, clock, thread, OpenSSL
or libsodium (mission B1, B9). check_undefined.py BUILD_DIR"""

import sys

from checks import finish, report, run

ALLOWED = {"memcpy", "memmove", "memset", "memcmp", "memchr", "strlen", "strcmp", "malloc", "calloc", "realloc", "free"}
# Put there by compiler and linker.
TOOLCHAIN = {"__stack_chk_fail", "__cxa_finalize", "__gmon_start__", "_ITM_deregisterTMCloneTable",
             "_ITM_registerTMCloneTable"}


def main(build):
    library = f"{build}/lib/libikev1.so"
    lines = run("nm", "-D", "--undefined-only", library).splitlines()
    wanted = {line.split()[-1].split("@")[0] for line in lines}
    report("undefined: libikev1.so asks for memory and byte moves only",
           [f"{library} asks for {name}" for name in sorted(wanted - ALLOWED - TOOLCHAIN)]
           if "memcpy" in wanted else ["the list could not be read"])
    needed = [line for line in run("readelf", "-d", library).splitlines() if "(NEEDED)" in line]
    report("undefined: libikev1.so links the C library only",
           [line.split()[-1] for line in needed if "libc.so" not in line])
    finish()


main(sys.argv[1])
