# SPDX-License-Identifier: Apache-2.0
"""The shared captures, each with the keys that are known of it."""

import gzip
import os
import pathlib
import re

from checks import ROOT

VECTORS = pathlib.Path(os.environ.get("IKEV1_SHARED", ROOT.parent / "shared")) / "vectors"
# Captures whose text file has another name; else the names are the same.
NAMED = {"wireshark_ikev1-bug-12610": "wireshark_main_xauth_modecfg",
         "tcpdump_isakmp4500": "tcpdump_natt_4500"}


def there():
    return VECTORS.is_dir()


def plain_file(path, folder):
    """The capture without its compression."""
    if path.suffix != ".gz":
        return path
    out = pathlib.Path(folder) / path.stem
    out.write_bytes(gzip.decompress(path.read_bytes()))
    return out


def cases(stem):
    """The cases of a capture's text file, each a dictionary."""
    path = VECTORS / "handshakes" / f"{NAMED.get(stem, stem)}.txt"
    if not path.exists():
        return []
    found = []
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        pairs = re.findall(r"^(\w+) = (.*)$", block, re.M)
        if pairs:
            found.append(dict(reversed(pairs)))
    return found


def each(folder):
    """(capture, case of its text file or None): one after the other where the two ends had
    different keys."""
    for original in sorted((VECTORS / "captures").rglob("*.pcap*")):
        path = plain_file(original, folder)
        for case in [c for c in cases(path.stem) if "enc_key" in c] or [None]:
            yield path, case


def keys_of(case):
    """As `ikev1_decryption_table` of tshark has them."""
    return [f"{case['cky_i']},{case['enc_key']}"] if case else []
