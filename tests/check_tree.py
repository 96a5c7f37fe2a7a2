# SPDX-License-Identifier: Apache-2.0
"""Every source is built, every header installed, every file says its licence, and nothing unfinished
is left. check_tree.py BUILD_DIR"""

import json
import os
import re
import sys

from checks import ROOT, SOURCE_FOLDERS, finish, public_headers, report, run, sources, text_of

TOP = {"lib", "include", "examples", "tests", "fuzz", "meson.build", "meson_options.txt", "README.md",
       "CHANGELOG.md", "LICENSE", ".clang-format", ".gitignore", ".ci", ".git"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|not implemented|unimplemented)\b")
LICENCE = "SPDX-License-Identifier: Apache-2.0"


def built(build):
    targets = json.loads(run("meson", "introspect", "--targets", build))
    paths = {os.path.normpath(p) for t in targets for s in t["target_sources"] for p in s["sources"]}
    return {p.removeprefix(f"{ROOT}/") for p in paths}


def main(build):
    known = built(build)
    report("tree: every C file is built",
           [f"{p} is in no meson.build" for p in sources(*SOURCE_FOLDERS, suffixes=(".c",))
            if str(p) not in known])
    listed = text_of("include/ikev1/meson.build")
    report("tree: every public header is installed",
           [f"{p} is not installed" for p in public_headers() if f"'{p.name}'" not in listed])
    code = sources(*SOURCE_FOLDERS, suffixes=(".c", ".h", ".in", ".py", ".sh"))
    report("tree: every source says its licence",
           [str(p) for p in code if LICENCE not in "".join(text_of(p).splitlines(True)[:3])])
    report("tree: nothing unfinished",
           [f"{p}:{n}: {line.strip()}" for p in sources("lib", "include", "examples")
            for n, line in enumerate(text_of(p).splitlines(), 1) if UNFINISHED.search(line)])
    report("tree: the top level holds what it should",
           [p.name for p in ROOT.iterdir()
            if p.name not in TOP and not p.name.startswith("build")])
    finish()


main(sys.argv[1])
