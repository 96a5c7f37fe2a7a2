# SPDX-License-Identifier: Apache-2.0
"""Includes look downwards only: base <- wire <- crypto <- exchange <- session <- api. The rule table
stands above them like a host: it sees public headers, and base for memory and text. The passive
decoder stands beside the exchanges: it sees base, wire and crypto. The provider sees public
headers, OpenSSL and libsodium, and nobody else sees those two."""

import re

from checks import LAYERS, finish, report, sources, text_of

# Freestanding headers and string.h; stdlib.h only where the default allocator lives.
CORE_LIBC = {"stdbool.h", "stddef.h", "stdint.h", "stdarg.h", "limits.h", "string.h"}
ALLOCATOR = ("lib/base/mem.c", "lib/api/")
FOREIGN = re.compile(r"(openssl/|sodium)")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def complaint(path, quote, name):
    """Why this include may not be there, or None."""
    folder = path.parts[1] if path.parts[0] == "lib" else path.parts[0]
    if name.startswith("ikev1/"):
        return None if name != "ikev1/openssl.h" or folder in ("provider", "include") else "provider's header"
    if folder == "provider":
        inside = quote == '"' and (not "/" in name or name.startswith("provider/"))
        return None if inside or FOREIGN.match(name) or quote == "<" and "/" not in name else "not public"
    if folder == "include":
        return None if name in CORE_LIBC else "public headers are self-contained"
    if quote == "<":
        allowed = name in CORE_LIBC or name == "stdlib.h" and str(path).startswith(ALLOCATOR)
        return None if allowed else "not for the core"
    layer = name.split("/")[0] if "/" in name else folder
    if folder == "rules":
        return None if layer in ("rules", "base") else "the rule table is a host"
    if folder == "decode":
        return None if layer in ("decode", "base", "wire", "crypto") else "the decoder only watches"
    if layer not in LAYERS:
        return "names no layer"
    return None if LAYERS.index(layer) <= LAYERS.index(folder) else "looks upwards"


def main():
    for folder in (*(f"lib/{layer}" for layer in LAYERS), "lib/rules", "lib/decode", "lib/provider", "include"):
        problems = []
        for path in sources(folder):
            for quote, name in INCLUDE.findall(text_of(path)):
                why = complaint(path, quote, name)
                if why:
                    problems.append(f"{path}: includes {name}: {why}")
        report(f"layers: {folder}", problems)
    finish()


main()
