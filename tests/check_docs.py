# SPDX-License-Identifier: Apache-2.0
"""The code people copy compiles: each ```c block and each `statement;` of a README.md and of a comment
in a public header. A block with main() is built and run; any other is compiled with the host's own names declared
around it (tests/docs_host.h). And the gateway's rule file and command line are explained whole.
check_docs.py BUILD_DIR"""

import pathlib
import re
import subprocess
import sys
import tempfile

from checks import ROOT, finish, public_headers, report, text_of

PAGES = ("README.md", "examples/README.md", "tests/README.md")
BLOCK = re.compile(r"^```c\n(.*?)^```", re.M | re.S)
STATEMENT = re.compile(r"`([^`\n]+;)`")
COMMENT_LEAD = re.compile(r"^ \* ?", re.M)
STRICT = ["-std=c11", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Werror"]


def blocks():
    """(name, code) of every example."""
    pages = [(name, text_of(name)) for name in PAGES if (ROOT / name).exists()]
    pages += [(str(p), COMMENT_LEAD.sub("", text_of(p))) for p in public_headers()]
    for page, text in pages:
        for block in BLOCK.finditer(text):
            yield f"{page}:{text.count(chr(10), 0, block.start()) + 2}", block[1]
        for inline in STATEMENT.finditer(text):
            yield f"{page}:{text.count(chr(10), 0, inline.start()) + 1}", inline[1]


def whole(code):
    """A fragment made a file: statements go into a function, definitions stand as they are."""
    if re.search(r"\bmain\s*\(", code):
        return code
    lines = code.splitlines()
    includes = [line for line in lines if line.startswith("#include")]
    rest = "\n".join(line for line in lines if not line.startswith("#include"))
    definitions = re.search(r"^[a-z]\w*[ *]+(\w+[ *]+)*\w+\(.*\{$", rest, re.M)
    if not definitions:
        rest = f"int example(void);\nint example(void) {{\n{rest}\nreturn 0;\n}}"
    return "\n".join([*includes, '#include "docs_host.h"', rest, ""])


def problems_of(code, build, folder):
    source, program = folder / "example.c", folder / "example"
    source.write_text(whole(code), encoding="utf-8")
    runs = re.search(r"\bmain\s*\(", code)
    libraries = [f"{build}/lib/libikev1-openssl.a", f"{build}/lib/libikev1.a", "-lcrypto", "-lsodium"]
    command = ["cc", *STRICT, "-I", "include", "-I", f"{build}/include", "-I", "tests", str(source)]
    command += ["-o", str(program), *libraries] if runs else ["-Wno-unused", "-fsyntax-only"]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        return made.stderr.splitlines()[:20]
    if not runs:
        return []
    ran = subprocess.run([program], capture_output=True, text=True, timeout=60, check=False)
    return [] if ran.returncode == 0 else [f"ended with status {ran.returncode}", *ran.stderr.splitlines()]


def unexplained():
    """Keys of the rule file and options that examples/README.md or gateway.ini does not have."""
    page, rules = text_of("examples/README.md"), text_of("examples/gateway.ini")
    for table in re.findall(r"const struct key \w+\[\] = \{(.*?)\n\};", text_of("examples/gateway_keys.c"), re.S):
        for key in re.findall(r'\{"(\w+)",', table):
            if f"`{key}`" not in page:
                yield f"examples/README.md has nothing of `{key}`"
            if not re.search(rf"^(; )?{key} = ", rules, re.M):
                yield f"examples/gateway.ini has no example of {key}"
    for option in re.findall(r'\{"([a-z-]+)", (?:no|required)_argument', text_of("examples/gateway_options.c")):
        if f"`--{option}`" not in page and option != "help":
            yield f"examples/README.md has nothing of --{option}"


def main(build):
    examples = list(blocks())
    report("docs: README.md has a program that runs",
           [] if any(n.startswith("README.md") and re.search(r"\bmain\s*\(", c) for n, c in examples) else ["none"])
    report("docs: every key and option of the gateway is explained", list(unexplained()))
    with tempfile.TemporaryDirectory() as folder:
        for name, code in examples:
            report(f"docs: the example at {name}", problems_of(code, build, pathlib.Path(folder)))
    finish()


main(sys.argv[1])
