# SPDX-License-Identifier: Apache-2.0
"""Our decode and tshark's agree: every field of every message that both can read, over all shared
captures and over the recording of our own messages (record_wire.c), decrypted where there are keys;
and every byte of what we decrypt is accounted for. Where tshark is wrong the message is left out by
name (tshark.QUIRKS). Mission B7; check_fields.py BUILD_DIR"""

import collections
import copy
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import captures
import dissected
import tshark
from checks import finish, report

HEADER, GENERIC = 28, 4
COVERS = ("clear", "opened", "sealed", "garbled")
# Where only one of us sees a message, or finds it wrong. For captures/malformed, whose frames are
# broken below UDP too; else it is a difference.
UNSEEN, UNHEARD, MALFORMED = "not seen by tshark", "not seen by us", "malformed to tshark only"


def ours(dump, path, keys):
    """What examples/dump says of each message: (frame, put together) -> message."""
    with tempfile.NamedTemporaryFile("w", suffix=".keys") as file:
        file.write("".join(f"{k}\n" for k in keys))
        file.flush()
        out = subprocess.run([dump, "--json", "--keys", file.name, str(path)], capture_output=True,
                             text=True, timeout=60, check=False)
    lines = (json.loads(line) for line in out.stdout.splitlines())
    return {(m["frame"], m["joined"]): m for m in lines if "frame" in m}


def theirs(path, keys):
    """The same by tshark, and which of them a habit of its keeps us from comparing."""
    messages = tshark.messages(path, keys)
    return {(m.frame, m.joined): (m, tshark.misread(m, messages[:i]))
            for i, m in enumerate(messages)}


# ---- one message ----

def accounted(we):
    """Nothing between header, payloads and padding, and nothing behind."""
    at = HEADER
    for p in we["payloads"]:
        if p["offset"] != at:
            return f"payload {p['type']} begins at {p['offset']}, not {at}"
        at += GENERIC + len(p["body"]) // 2
    if at + we["padding"] != we["bytes"]:
        return f"{at} bytes and {we['padding']} of padding are not {we['bytes']}"
    return None


def compare_payload(words, mine, text, payload, base):
    """Type, place, bytes, and what is in it as text."""
    kind = dissected.DRAFTS.get(int(payload.get("show")), int(payload.get("show")))
    place = int(dissected.first(payload, "nextpayload").get("pos")) - base
    want = (kind, place, payload.get("value")[2 * GENERIC:])
    got = (mine["type"], mine["offset"], mine["body"])
    if got != want:
        yield f"we have {got}, tshark {want}"
    said = dissected.payload_text(words, payload)
    if text != said and not dissected.is_worded(payload):
        yield f"we say {text!r}, tshark {said!r}"


def paragraphs(text):
    """The header's line, then the lines of each payload."""
    out = []
    for line in text.splitlines():
        if line.startswith(" "):
            out[-1] += "\n" + line
        else:
            out.append(line)
    return out


def compare_message(words, we, they):
    """Everything in which the two differ."""
    texts = paragraphs(we["text"])
    if texts[0] != dissected.header_text(words, they):
        yield f"we say {texts[0]!r}, tshark {dissected.header_text(words, they)!r}"
    if we["cover"] in ("sealed", "garbled") and not (they.sealed and they.opened):
        return
    # In what was decrypted tshark counts from its beginning, else from that of the frame.
    base = -HEADER if they.sealed else int(they.fields[0].get("pos"))
    payloads = [p for p in they.payloads if int(p.get("show")) not in tshark.UNKNOWN]
    whole = len(payloads) == len(they.payloads)
    if whole and len(payloads) != len(we["payloads"]):
        yield f"we have {len(we['payloads'])} payloads, tshark {len(payloads)}"
    for mine, text, payload in zip(we["payloads"], texts[1:], payloads):
        yield from compare_payload(words, mine, text, payload, base)
    if whole and len(they.extra) // 2 != we["padding"]:
        yield f"we have {we['padding']} bytes of padding, tshark {len(they.extra) // 2}"


def left_out(we, they, misread, after_garbled):
    """Why the two cannot be compared, or None."""
    malformed = [m for m in they.marks if not any(f(m, they, ()) for f in tshark.HARMLESS)]
    if after_garbled and they.sealed:
        return "behind one that the key does not decrypt, which moves tshark's chain of IVs"
    if "wrong" in we:
        return "malformed: each reads as far as it likes"
    if misread:
        return "a habit of tshark's"
    return MALFORMED if malformed else None


def compare(words, mine, found):
    """(problems, how many were compared by cover, or left out and why)."""
    problems, count = [], collections.Counter()
    garbled = min((k for k, m in mine.items() if m["cover"] == "garbled"), default=(1 << 60, False))
    for key, we in mine.items():
        they, misread = found[key] if key in found else (None, None)
        if we["cover"] in ("clear", "opened") and "wrong" not in we and (wrong := accounted(we)):
            problems.append(f"frame {key[0]}: {wrong}")
        why = left_out(we, they, misread, key >= garbled) if they else UNSEEN
        if why is None:
            problems += [f"frame {key[0]}: {p}" for p in compare_message(words, we, they)]
        count[why or we["cover"]] += 1
    count[UNHEARD] = len(found.keys() - mine.keys())
    return problems, count


# ---- a difference that is planted is found ----

def bend_body(message):
    body = message["payloads"][-1]["body"]
    message["payloads"][-1]["body"] = body[:-1] + ("1" if body[-1] == "0" else "0")


def bend_text(message):
    message["text"] = message["text"].replace("3600", "3601")


PLANTED = {
    "a byte of a body": bend_body,
    "a lifetime": bend_text,
    "a cookie": lambda m: m.update(text=m["text"].replace(m["icookie"], "0" * 16)),
    "a payload type": lambda m: m["payloads"][0].update(type=99),
    "a payload too few": lambda m: m["payloads"].pop(),
    "a place": lambda m: m["payloads"][-1].update(offset=m["payloads"][-1]["offset"] + 1),
    "the padding": lambda m: m.update(padding=m["padding"] + 1),
}


def check_planted(words, mine, found):
    key = next(k for k, m in mine.items() if m["exchange"] == "Quick Mode" and "3600" in m["text"])
    for name, bend in PLANTED.items():
        bent = {**mine, key: copy.deepcopy(mine[key])}
        bend(bent[key])
        if not compare(words, bent, found)[0]:
            yield f"{name} of frame {key[0]} may be another"


# ---- all captures ----

def strays(count):
    return [f"{count[why]} messages {why}" for why in (UNSEEN, UNHEARD, MALFORMED) if count[why]]


def tell(which, problems, count):
    for why, n in count.items():
        if n > 0 and why not in COVERS:
            print(f"# {n} {which} left out: {why}")
    counted = ", ".join(f"{count[c]} {c}" for c in COVERS)
    report(f"fields: {which}, {counted}: as tshark has them",
           problems or ([] if count["opened"] > 0 else ["none was decrypted"]))


def main(build):
    dump, recorder = f"{build}/examples/dump", f"{build}/tests/record_wire"
    if not os.access(dump, os.X_OK) or shutil.which("tshark") is None:
        print("skip - fields: all # examples/dump needs libpcap, and tshark has to be installed")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([recorder, name], check=True, capture_output=True)
        words = dissected.Words((folder / "wire.tables").read_text(encoding="utf-8"))
        keys = (folder / "wire.keys").read_text(encoding="utf-8").split()
        mine, found = ours(dump, folder / "wire.pcap", keys), theirs(folder / "wire.pcap", keys)
        problems, count = compare(words, mine, found)
        tell("messages of ours", problems + strays(count), count)
        report("fields: a planted difference is found", list(check_planted(words, mine, found)))
        problems, total = [], collections.Counter()
        for path, case in captures.each(folder):
            keys = captures.keys_of(case)
            some, count = compare(words, ours(dump, path, keys), theirs(path, keys))
            some += strays(count) if "malformed" not in path.parts else []
            problems += [f"{path.name}: {p}" for p in some]
            total += count
        if captures.there():
            tell("recorded messages", problems, total)
        else:
            print("skip - fields: recorded messages # no captures")


main(sys.argv[1])
finish()
