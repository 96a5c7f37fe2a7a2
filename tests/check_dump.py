# SPDX-License-Identifier: Apache-2.0
"""examples/dump over every shared capture: each form of output comes out whole; where the keys are
known each message is decrypted to the last byte; and a browser without a screen draws the page
(mission B7). What is in the messages: check_fields.py. check_dump.py BUILD_DIR"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import captures
from checks import finish, report


def skip(name, why):
    print(f"skip - dump: {name} # {why}")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


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


# What dump says of scenes of our own recording (record_scenes.c), in the words that matter.
VERDICTS = {
    "main, PSK": "Main Mode and 1 Quick Mode complete; deleted by the initiator",
    "rekeys": "3 Quick Modes complete",
    "XAUTH, wrong password": "failed: the responder says that XAUTH has failed",
    "no proposal chosen in phase 2": "NO-PROPOSAL-CHOSEN: compare ciphers, PFS group and mode",
    "networks refused": "INVALID-ID-INFORMATION: the networks are not those it expects",
    "identity refused": "INVALID-ID-INFORMATION: the other side's identity is not the one",
    "lost messages": "Main Mode and 1 Quick Mode complete",
}
GISTS = {
    "main, PSK": "ISAKMP AES 128 SHA2-256 X25519 PSK",
    "XAUTH, wrong password": "SET XAUTH_STATUS 0",
    "rekeys": "ESP AES-CBC 128 HMAC-SHA2-256 10.1.0.0/16 10.2.0.0/24",
    "every cipher and hash": "ISAKMP AES 256 SHA2-512 MODP2048 PSK (1 of 7)",
    "delete of one pair, then of all": "delete ISAKMP",
    "fragments": "id 1, number 2, the last, 216 bytes",
}


def check_stories(dump, folder):
    scenes = [line.split(" ", 2) for line in (folder / "wire.scenes").read_text().splitlines()]
    out = run(dump, "--json", "--keys", str(folder / "wire.keys"), str(folder / "wire.pcap"))
    lines = [json.loads(line) for line in out.stdout.splitlines()]
    messages = [l for l in lines if "frame" in l]
    verdicts = {l["negotiation"]: l for l in lines if "verdict" in l}
    problems = []
    for (first, _, name), following in zip(scenes, scenes[1:] + [(1 << 60, 0, "")]):
        mine = [m for m in messages if int(first) <= m["frame"] < int(following[0])]
        verdict = verdicts[mine[0]["negotiation"]]
        if VERDICTS.get(name, "") not in verdict["verdict"]:
            problems.append(f"{name}: {verdict['verdict']!r}")
        if name in GISTS and GISTS[name] not in (m.get("gist") for m in mine):
            problems.append(f"{name}: no message is {GISTS[name]!r}")
        if (name == "lost messages") != (verdict["sent_again"] > 0):
            problems.append(f"{name}: {verdict['sent_again']} messages sent again")
        newest = verdicts[mine[-1]["negotiation"]]
        if name == "rekeys" and newest.get("before") != verdict["negotiation"]:
            problems.append(f"{name}: the new one does not say what it replaces")
    report("dump: what became of each negotiation, and why", problems)
    return len(messages)


def in_browser(browser, folder, page):
    """The page as the browser has it when its script has run."""
    path = pathlib.Path(folder) / "page.html"
    path.write_text(page, encoding="utf-8")
    out = run(browser, "--headless", "--no-sandbox", "--disable-gpu",
              f"--user-data-dir={folder}/browser", "--dump-dom", path.as_uri())
    return out.stdout


def check_page(name, page, wanted):
    loads = ["it asks for something else"] if re.search(r'(src|href)="(?!#)', page) else []
    return report(f"dump: the page of {name} in a browser",
                  loads + [what for what, sign in wanted.items() if sign not in page])


def check_pages(dump, folder, recording, count):
    """A negotiation that failed: all messages drawn, the failure marked, chosen and explained. Our
    own recording: all of them, with what matters in each."""
    browser = shutil.which("chromium")
    if browser is None:
        return skip("the page in a browser", "chromium is not installed")
    capture = captures.VECTORS / "captures" / "rub_strongswan_psk_mismatch.pcapng"
    page = in_browser(browser, folder, run(dump, "--html", str(capture)).stdout)
    if "<body" not in page:
        return skip("the page in a browser", "chromium does not start here")
    check_page("different keys", page,
               {"all messages are drawn": 'data-ready="8"', "the failure is chosen": 'bad on"',
                "its text is shown": 'id="t5" class="on"',
                "the key that is missing is asked for": "cannot be read without the key"})
    keys = ("--keys", str(recording / "wire.keys"))
    page = in_browser(browser, folder,
                      run(dump, "--html", *keys, str(recording / "wire.pcap")).stdout)
    return check_page("our own recording", page,
                      {"all messages are drawn": f'data-ready="{count}"',
                       "there is an overview": '<td><a href="#n1">',
                       "gist": ">SET XAUTH_STATUS 0</text>", "vendor IDs": "vendor IDs: ",
                       "times": "2023-11-14 22:13:20.000 UTC", "gaps": 'class="slow"',
                       "NAT": " · by the port of NAT-T", "repetitions": " · sent again"})


def main(build):
    dump = f"{build}/examples/dump"
    if not os.access(dump, os.X_OK):
        return skip("all", "the example needs libpcap")
    if not captures.there():
        return skip("all", f"no captures in {captures.VECTORS}")
    forms, plains, read = [], [], 0
    with tempfile.TemporaryDirectory() as folder:
        for path, case in captures.each(folder):
            try:
                messages, _ = told(dump, path, captures.keys_of(case))
            except ValueError as why:
                forms.append(f"{path.name}: {why}")
                continue
            forms += check_forms(dump, path, messages)
            plains += check_plain(path, case, messages) if case else []
            read += sum(m["cover"] == "opened" for m in messages)
        report("dump: every capture in every form", forms)
        report(f"dump: {read} messages decrypted to the last byte",
               plains if read > 0 else ["none was decrypted"])
        recording = pathlib.Path(folder) / "recording"
        recording.mkdir()
        run(f"{build}/tests/record_wire", str(recording))
        check_pages(dump, folder, recording, check_stories(dump, recording))
    return None


main(sys.argv[1])
finish()
