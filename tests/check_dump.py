# SPDX-License-Identifier: Apache-2.0
"""examples/dump over every shared capture: each form of output comes out whole; where the keys are
known each message is decrypted to the last byte; payload types are those that tshark sees; and a
browser without a screen draws the page (mission B7). check_dump.py BUILD_DIR"""

import gzip
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from checks import ROOT, finish, report

VECTORS = pathlib.Path(os.environ.get("IKEV1_SHARED", ROOT.parent / "shared")) / "vectors"
# Captures whose text file has another name; else the names are the same.
NAMED = {"wireshark_ikev1-bug-12610": "wireshark_main_xauth_modecfg",
         "tcpdump_isakmp4500": "tcpdump_natt_4500"}
# The drafts of RFC 3947 number NAT-D and NAT-OA otherwise. Proposals and transforms are inside SA.
DRAFTS = {130: 20, 131: 21, 15: 20, 16: 21}
INSIDE = {2, 3}


def skip(name, why):
    print(f"skip - dump: {name} # {why}")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


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


def told(dump, path, keys):
    """What dump says of a capture, in JSON: (messages, verdicts). Fails by exception."""
    options = [word for key in keys for word in ("--key", key)]
    out = run(dump, "--json", *options, str(path))
    if out.returncode not in (0, 1) or "Sanitizer" in out.stderr:
        raise ValueError(f"status {out.returncode}: {out.stderr[-300:]}")
    lines = [json.loads(line) for line in out.stdout.splitlines()]
    return [l for l in lines if "frame" in l], [l for l in lines if "verdict" in l]


def check_forms(dump, path, messages):
    problems = []
    for form, sign in ((), "\nnegotiation "), (("--html",), "</html>"):
        out = run(dump, *form, str(path))
        if out.returncode not in (0, 1) or messages and sign not in out.stdout:
            problems.append(f"{path.name} {form}: status {out.returncode}, {out.stderr[-200:]}")
    return problems


def check_plain(path, case, messages):
    """Every plaintext that the text file has, but of messages that its keys do not read."""
    seen = {m["plain"] for m in messages}
    return [f"{path.name}: {key} of {case['case']} was not decrypted" for key, value in case.items()
            if re.fullmatch(r"msg\d+_plain", key) and f"{key[:-6]}_note" not in case
            and value not in seen]


def tshark_payloads(path, keys):
    """Frame number -> payload types of its first ISAKMP message, as tshark dissects it."""
    tables = [word for key in keys for word in ("-o", f"uat:ikev1_decryption_table:{key}")]
    out = run("tshark", "-r", str(path), *tables, "-Y", "isakmp", "-T", "fields", "-e",
              "frame.number", "-e", "isakmp.typepayload")
    found = {}
    for line in out.stdout.splitlines():
        number, _, types = line.partition("\t")
        found[int(number)] = [DRAFTS.get(t, t) for t in map(int, filter(None, types.split(",")))
                              if t not in INSIDE]
    return found


def compare(path, keys, messages):
    """(problems, how many were compared). What is malformed each reads as far as it likes. A message
    that the key does not decrypt moves tshark's chain of IVs, but no peer's and not ours: what comes
    behind it is left out."""
    theirs = tshark_payloads(path, keys)
    garbled = [i for i, m in enumerate(messages) if m["cover"] == "garbled"]
    readable = [m for m in messages[:garbled[0] if garbled else None]
                if "wrong" not in m and not m["joined"] and not m["again"]]
    problems = [f"{path.name} frame {m['frame']}: we {m['payloads']}, tshark {theirs.get(m['frame'])}"
                for m in readable if theirs.get(m["frame"]) != m["payloads"]]
    return problems, sum(1 for m in readable if m["payloads"])


def check_page(dump, folder):
    """A page of a negotiation that failed: all messages drawn, the failure marked and chosen."""
    browser = shutil.which("chromium")
    if browser is None:
        return skip("the page in a browser", "chromium is not installed")
    page = pathlib.Path(folder) / "page.html"
    capture = VECTORS / "captures" / "rub_strongswan_psk_mismatch.pcapng"
    page.write_text(run(dump, "--html", str(capture)).stdout, encoding="utf-8")
    out = run(browser, "--headless", "--no-sandbox", "--disable-gpu",
              f"--user-data-dir={folder}/browser", "--dump-dom", page.as_uri())
    if "<body" not in out.stdout:
        return skip("the page in a browser", "chromium does not start here")
    wanted = {"all messages are drawn": 'data-ready="8"', "the failure is chosen": 'bad on"',
              "its text is shown": 'id="t5" class="on"'}
    loads = [] if not re.search(r'(src|href)="', out.stdout) else ["it asks for something else"]
    return report("dump: the page in a browser",
                  loads + [what for what, sign in wanted.items() if sign not in out.stdout])


def main(build):
    dump = f"{build}/examples/dump"
    if not os.access(dump, os.X_OK):
        return skip("all", "the example needs libpcap")
    if not VECTORS.is_dir():
        return skip("all", f"no captures in {VECTORS}")
    forms, plains, types, read, compared = [], [], [], 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for original in sorted((VECTORS / "captures").rglob("*.pcap*")):
            path = plain_file(original, folder)
            # One after the other where the two ends had different keys.
            for case in [c for c in cases(path.stem) if "enc_key" in c] or [None]:
                keys = [f"{case['cky_i']},{case['enc_key']}"] if case else []
                try:
                    messages, _ = told(dump, path, keys)
                except ValueError as why:
                    forms.append(f"{path.name}: {why}")
                    continue
                forms += check_forms(dump, path, messages)
                plains += check_plain(path, case, messages) if case else []
                read += sum(m["cover"] == "opened" for m in messages)
                if shutil.which("tshark"):
                    problems, count = compare(path, keys, messages)
                    types += problems
                    compared += count
        report("dump: every capture in every form", forms)
        report(f"dump: {read} messages decrypted to the last byte",
               plains if read > 0 else ["none was decrypted"])
        if shutil.which("tshark"):
            report(f"dump: payload types of {compared} messages are those of tshark",
                   types if compared > 0 else ["none was compared"])
        else:
            skip("payload types against tshark", "tshark is not installed")
        check_page(dump, folder)
    return None


main(sys.argv[1])
finish()
