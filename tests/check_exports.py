# SPDX-License-Identifier: Apache-2.0
"""What the shared libraries export is what the public headers declare, no more and no less; what the
archives define has our prefix. check_exports.py BUILD_DIR"""

import sys

from checks import declared, finish, public_headers, report, run


def symbols(*arguments):
    return {line.split()[-1] for line in run("nm", *arguments).splitlines()
            if len(line.split()) >= 2 and not line.endswith(":")}


def compare(library, wanted, found):
    return ([f"{library} does not export {name}" for name in sorted(wanted - found)]
            + [f"{library} exports {name}, no header declares it" for name in sorted(found - wanted)]
            + [f"{library} exports {name}, not named ikev1_" for name in sorted(found)
               if not name.startswith("ikev1_")])


def main(build):
    core, provider, hidden = set(), set(), set()
    for header in public_headers():
        exported, plain = declared(header, f"{build}/include")
        (provider if header.name == "openssl.h" else core).update(exported)
        hidden |= {f"{header}: {name} is declared without IKEV1_API" for name in plain}
    report("exports: headers declare functions", [] if core and provider else ["none found"])
    report("exports: each declaration is exported", sorted(hidden))
    for library, wanted in (("libikev1", core), ("libikev1-openssl", provider)):
        found = symbols("-D", "--defined-only", f"{build}/lib/{library}.so")
        report(f"exports: {library}.so = headers", compare(library, wanted, found))
        soname = run("readelf", "-d", f"{build}/lib/{library}.so")
        report(f"exports: {library}.so has its soname",
               [] if f"soname: [{library}.so.0]" in soname else ["not found"])
        inside = symbols("-g", "--defined-only", f"{build}/lib/{library}.a")
        strangers = [name for name in inside if not name.startswith(("ike_", "ikev1_"))]
        report(f"exports: {library}.a keeps to its prefixes",
               sorted(strangers) if inside else ["archive is empty"])
    finish()


main(sys.argv[1])
