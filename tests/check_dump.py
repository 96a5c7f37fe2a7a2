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


def check_page(dump, folder):
    """A page of a negotiation that failed: all messages drawn, the failure marked and chosen."""
    browser = shutil.which("chromium")
    if browser is None:
        return skip("the page in a browser", "chromium is not installed")
    page = pathlib.Path(folder) / "page.html"
    capture = captures.VECTORS / "captures" / "rub_strongswan_psk_mismatch.pcapng"
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
        check_page(dump, folder)
    return None


main(sys.argv[1])
finish()
