# SPDX-License-Identifier: Apache-2.0
"""tshark finds nothing wrong in what we send: two engines negotiate everything there is
(record_wire.c), tshark reads it all, in clear and with the keys that ikev1_decryption_table()
gives. Every message of the library's script, and every payload of it, must have been among it
(mission S13). check_wire.py BUILD_DIR"""

import collections
import pathlib
import shutil
import subprocess
import sys
import tempfile

import tshark
from checks import finish, report

FRAGMENT = 132
NAT_D, NAT_OA = 20, 21
# Their numbers in drafts of RFC 3947.
DRAFTS = {130: NAT_D, 131: NAT_OA}
Row = collections.namedtuple("Row", "exchange number layout must may cite")

# What a message may carry and never does when it is ours: payload type -> messages (exchange,
# number, and where it is so of one row only its layouts), and why. One that is sent all the same is a
# mistake in this table.
BASE, MAIN, AGGRESSIVE, INFO, TRANSACTION, QUICK = 1, 2, 4, 5, 6, 32
CERT, CERTREQ, NOTIFY, VENDOR = 6, 7, 11, 13
NEVER = {
    VENDOR: ({(MAIN, 3), (MAIN, 4), (MAIN, 5), (MAIN, 6), (AGGRESSIVE, 3), (BASE, 3), (BASE, 4),
              (QUICK, 1), (QUICK, 2), (QUICK, 3), (TRANSACTION, 1), (TRANSACTION, 2), (INFO, 1)},
             "said once, in the first message of each side"),
    NOTIFY: ({(MAIN, 1), (MAIN, 2), (MAIN, 3), (MAIN, 4), (AGGRESSIVE, 1), (AGGRESSIVE, 2),
              (AGGRESSIVE, 3), (BASE, 1), (BASE, 2), (BASE, 3), (BASE, 4), (QUICK, 1), (QUICK, 3), (TRANSACTION, 1),
              (TRANSACTION, 2)},
             "a status is told under encryption, where it is about something"),
    CERTREQ: ({(MAIN, 1), (MAIN, 2), (MAIN, 3), (MAIN, 6), (AGGRESSIVE, 3), (BASE, 1), (BASE, 3, 1),
               (BASE, 4)},
              "asked for in the last message before the other side signs"),
    CERT: ({(MAIN, 1), (MAIN, 2), (MAIN, 3), (MAIN, 4), (MAIN, 5, 21), (MAIN, 6, 19), (AGGRESSIVE, 1),
            (AGGRESSIVE, 2, 19), (AGGRESSIVE, 3, 21), (BASE, 1), (BASE, 2), (BASE, 3, 1), (BASE, 4, 1)},
           "with the signature"),
}


def is_never(row, kind):
    message = (row.exchange, row.number)
    return not NEVER.get(kind, (frozenset(), ""))[0].isdisjoint({message, (*message, row.layout)})


def read_rows(text):
    for line in text.splitlines():
        words = line.split(" ", 7)
        if words[0] == "row":
            must, may = (frozenset(map(int, w.strip("-").split(",") if w != "-" else ()))
                         for w in words[5:7])
            yield Row(*map(int, words[1:4]), must, may, words[7])


def read_scenes(text):
    """(first frame, layout, name) of each."""
    for line in text.splitlines():
        first, layout, name = line.split(" ", 2)
        yield int(first), int(layout), name


def scene_of(scenes, frame):
    return [s for s in scenes if s[0] <= frame][-1]


# ---- what is wrong ----

def check_marks(name, messages, scenes):
    """Nothing is marked but by a quirk of tshark's; says which of those there were."""
    problems, used = [], collections.Counter()
    for i, message in enumerate(messages):
        for mark in message.marks:
            quirks = excused(mark, message, messages[:i])
            used.update(quirks)
            if not quirks:
                scene = scene_of(scenes, message.frame)[2]
                problems.append(f"frame {message.frame} ({scene}): {mark}")
    for quirk, count in used.items():
        why = " ".join(tshark.QUIRKS[quirk].__doc__.split())
        print(f"# tshark's habit \"{quirk}\", {count} times: {why}")
    report(f"wire: {tshark.version()} finds nothing wrong {name}", problems)


def is_read(message, before):
    """Decrypted to the end: what follows the last payload is less than a block, of zeros."""
    read = message.opened and len(message.extra) < 32 and set(message.extra) <= {"0"}
    return read or tshark.misread(message, before)


def excused(mark, message, before):
    """The habits of tshark's that a mark may be due to."""
    return [q for q, fits in tshark.QUIRKS.items() if fits(mark, message, before)]


def check_planted(folder):
    """The length of the first payload of the first message is another: that must not pass."""
    file_header, record_header, ip, udp, header = 24, 16, 20, 8, 28
    at = file_header + record_header + ip + udp + header + 3
    data = bytearray((folder / "wire.pcap").read_bytes())
    data[at] ^= 0x80
    (folder / "spoilt.pcap").write_bytes(data)
    message, *_ = tshark.messages(folder / "spoilt.pcap", only="frame.number == 1")
    return not [m for m in message.marks if not excused(m, message, ())]


# ---- what has been there ----

def numbered(messages, scenes):
    """(message, scene, its number in its exchange), repetitions and fragments left out."""
    seen, numbers = set(), collections.Counter()
    for m in messages:
        if m.types == [FRAGMENT] or (m.datagram in seen and not m.joined):
            continue
        seen.add(m.datagram)
        exchange = (m.text("ispi"), m.exchange, m.text("messageid"))
        numbers[exchange] += 1
        yield m, scene_of(scenes, m.frame), numbers[exchange]


def check_rows(rows, messages, scenes):
    seen = {row: set() for row in rows}
    met = set()
    for message, (_, layout, name), number in numbered(messages, scenes):
        fitting = [r for r in rows if (r.exchange, r.number) == (message.exchange, number) and
                   r.layout & layout]
        if fitting and message.opened:
            met.add(fitting[0])
            seen[fitting[0]] |= {DRAFTS.get(t, t) for t in message.types}
        elif not fitting:
            yield f"frame {message.frame} ({name}): message {number} has no row"
    for row in rows:
        what = f"exchange {row.exchange} message {row.number} of layouts {row.layout} ({row.cite})"
        if row not in met:
            yield f"{what}: no scene sends it"
            continue
        for kind in sorted(row.must | row.may):
            if (kind in seen[row]) == is_never(row, kind):
                yield f"{what}: payload {kind} is sent: {kind in seen[row]}"


# Numbers of which each that the library has a name for must be sent: IKEV1_NAMES_..., tshark's
# field, from which number on, and what is never to be seen.
AUTH, ID, NOTIFIES, CFG, ATTRC = 6, 15, 16, 18, 19
NUMBERS = (
    (AUTH, "isakmp.ike.attr.authentication_method", 0,
     {4, 5, 65007, 65008, 65009, 65010}),  # RSA encryption: refused
    (ID, "isakmp.id.type", 0, {}),
    (NOTIFIES, "isakmp.notify.msgtype", 16384, {16384}),  # CONNECTED: tshark does not decrypt it
    (CFG, "isakmp.cfg.type", 0, {}),
    (ATTRC, "isakmp.cfg.attr.type", 0, {}),
)


def check_numbers(tables, messages):
    sent = collections.defaultdict(set)
    for payload in (p for m in messages for p in m.payloads):
        for field in payload.iter("field"):
            if (show := field.get("show", "")).isdigit():
                sent[field.get("name")].add(int(show))
    names = [line.split(" ", 3)[1:] for line in tables.splitlines() if line.startswith("name ")]
    for kind, field, first, never in NUMBERS:
        for number, name in ((int(n), name) for k, n, name in names if int(k) == kind):
            if number >= first and (number in sent[field]) == (number in never):
                yield f"{field} {number}, {name}, is sent: {number in sent[field]}"


def main(build):
    recorder = f"{build}/tests/record_wire"
    if shutil.which("tshark") is None:
        print("skip - wire: all # tshark is not installed")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([recorder, name], check=True, capture_output=True)
        tables = (folder / "wire.tables").read_text(encoding="utf-8")
        rows = list(read_rows(tables))
        scenes = list(read_scenes((folder / "wire.scenes").read_text(encoding="utf-8")))
        keys = (folder / "wire.keys").read_text(encoding="utf-8").split()
        check_marks("in clear", tshark.messages(folder / "wire.pcap"), scenes)
        report("wire: a spoilt message is found", ["it passes"] if check_planted(folder) else [])
        messages = tshark.messages(folder / "wire.pcap", keys)
        check_marks("in what it decrypts", messages, scenes)
        sealed = [(i, m) for i, m in enumerate(messages) if m.sealed]
        report(f"wire: {len(sealed)} encrypted messages are decrypted",
               [f"frame {m.frame} ({scene_of(scenes, m.frame)[2]}): {m.extra or 'not at all'}"
                for i, m in sealed if not is_read(m, messages[:i])])
        report("wire: every message and payload of the script is sent",
               list(check_rows(rows, messages, scenes)))
        report("wire: every method, identity, status and attribute that has a name is sent",
               list(check_numbers(tables, messages)))


main(sys.argv[1])
finish()
