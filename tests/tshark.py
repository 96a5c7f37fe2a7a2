# SPDX-License-Identifier: Apache-2.0
"""What tshark makes of a capture: each IKEv1 message as a tree of fields, and what is wrong."""

import os
import pathlib
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree

ERROR = 0x00800000  # _ws.expert.severity
CERT = 6


class Message:
    """A datagram's message, or one that was put together from fragments. Fields are elements of
    tshark's PDML: attributes `name`, `show`, `value` (hexadecimal), and what is inside."""

    def __init__(self, frame, datagram, proto, joined, outside):
        self.frame, self.datagram, self.joined = frame, datagram, joined
        self.fields = list(proto)
        self.header = {f.get("name")[7:]: f for f in self.fields if "." in f.get("name", "")}
        self.sealed = self.number("flags", 16) & 1 == 1
        inside = self.header.get("enc.data", ()) if self.sealed else self.fields
        self.payloads = [f for f in inside if f.get("name") == "isakmp.typepayload"]
        self.opened = not self.sealed or bool(self.payloads)
        self.extra = "".join(f.get("value") for f in inside if f.get("name") == "isakmp.extradata")
        self.marks = list(marks(proto, (), outside))

    def number(self, name, base=10):
        """0 where the message ends before."""
        return int(self.header[name].get("show"), base) if name in self.header else 0

    def text(self, name):
        return self.header[name].get("value") if name in self.header else ""

    @property
    def exchange(self):
        return self.number("exchangetype")

    @property
    def types(self):
        return [int(p.get("show")) for p in self.payloads]


class Mark:
    """What is wrong, and the payloads around it, from the outermost."""

    def __init__(self, text, error, around):
        self.text, self.error, self.around = text, error, around

    def __str__(self):
        return f"{self.text} in {[p.get('showname') for p in self.around]}"


def marks(element, around, outside=()):
    """Malformed packets, errors, and what the dissector of something inside calls malformed."""
    for mark in outside:
        yield Mark(mark.get("showname") or mark.get("name"), True, around)
    for inner in element:
        name = inner.get("name", "")
        if name == "isakmp" and element.get("name") != "isakmp":
            continue  # a message by itself
        if name == "_ws.malformed":
            yield Mark("malformed", True, around)
        elif name == "_ws.expert":
            seen = {f.get("name"): f.get("show") for f in inner}
            error = int(seen.get("_ws.expert.severity", "0"), 0) >= ERROR
            yield Mark(seen.get("_ws.expert.message", ""), error, around)
        else:
            deeper = (*around, inner) if name == "isakmp.typepayload" else around
            yield from marks(inner, deeper)


def of_packet(packet):
    frame = int(next(f.get("show") for f in packet.iter("field")
                     if f.get("name") == "frame.number"))
    datagram = next((f.get("value") for f in packet.iter("field")
                     if f.get("name") == "udp.payload"), "")
    outside = [p for p in packet if p.get("name") == "_ws.malformed"]
    for proto in packet:
        if proto.get("name") != "isakmp" or not any(f.get("name") == "isakmp.ispi" for f in proto):
            continue
        inner = [p for p in proto.iter("proto") if p is not proto and p.get("name") == "isakmp"]
        yield Message(frame, datagram, proto, False, () if inner else outside)
        for one in inner:
            yield Message(frame, datagram, one, True, outside)


def messages(capture, keys=(), only="isakmp"):
    """Every message of a capture in its order, by a display filter. `keys`: lines
    "INITIATOR-COOKIE,KEY"."""
    with tempfile.TemporaryDirectory() as home:
        settings = pathlib.Path(home) / "wireshark"
        settings.mkdir()
        (settings / "ikev1_decryption_table").write_text("".join(f"{k}\n" for k in keys))
        out = subprocess.run(
            ["tshark", "-r", str(capture), "-o", "udp.check_checksum:TRUE", "-Y", only,
             "-T", "pdml"],
            env={**os.environ, "HOME": home, "XDG_CONFIG_HOME": home}, capture_output=True,
            timeout=110, check=False)
    found = []
    for packet in ElementTree.fromstring(out.stdout).iter("packet"):
        found += of_packet(packet)
    return found


def version():
    out = subprocess.run(["tshark", "--version"], capture_output=True, text=True, check=False)
    return out.stdout.split("\n")[0]


# ---- where tshark 4.0 is wrong ----

def encoding(payload):
    return next((f.get("show") for f in payload if f.get("name") == "isakmp.cert.encoding"), "")


def _crl(mark, _message, _before):
    """Reads the body of every certificate payload as a certificate; of encoding 7 it is a CRL
    (RFC 2408 3.9)."""
    return any(int(p.get("show")) == CERT and encoding(p) == "7" for p in mark.around)


def _gdoi(mark, message, _before):
    """Takes payloads 15 and 16 for those of GDOI (RFC 6407); in drafts 04 to 08 of RFC 3947 they
    are NAT-D and NAT-OA."""
    numbers = {15, 16} & set(message.types)
    return bool(numbers) and "malformed" in mark.text.lower()


def _again(_mark, message, before):
    """Decrypts a message that is sent again with the IV that follows it: RFC 2409 App. B has a
    chain of messages, not of datagrams."""
    return message.sealed and any(message.datagram == b.datagram for b in before)


def _connected(_mark, message, before):
    """Goes on with Quick Mode's chain of IVs in the Informational exchange that says CONNECTED: its
    message ID is Quick Mode's (RFC 2408 3.1), its first IV is its own (RFC 2409 5.7)."""
    return message.exchange == 5 and any(
        b.text("messageid") == message.text("messageid") and b.exchange == 32 for b in before)


def _cipher(_mark, message, before):
    """Decrypts by DES, 3DES and AES only, not by Blowfish (3), CAST (6) and Camellia (8)."""
    if not message.sealed or message.payloads:
        return False
    offers = [b for b in before if b.text("ispi") == message.text("ispi") and 1 in b.types]
    chosen = [f.get("show") for p in offers[-1].payloads for f in p.iter("field")
              if f.get("name") == "isakmp.ike.attr.encryption_algorithm"] if offers else []
    return chosen[:1] in (["3"], ["6"], ["8"])


def _netmask6(mark, message, _before):
    """Wants 18 bytes in an INTERNAL_IP6_NETMASK, which has 16 (isakmp-mode-cfg 3.3)."""
    text = "Trying to fetch an IPv6 address with length 18"
    return mark.text in (text, "malformed") and text in (m.text for m in message.marks)


UNKNOWN = {15, 16}  # payloads: see _gdoi
HARMLESS = (_crl, _gdoi, _netmask6)  # they concern what is inside one payload
QUIRKS = {"crl": _crl, "gdoi": _gdoi, "sent again": _again, "connected": _connected,
          "netmask6": _netmask6, "cipher": _cipher}


def misread(message, before):
    """Whether a habit of tshark's keeps it from reading this message at all."""
    return any(fits(None, message, before) for fits in (_again, _connected, _cipher))
