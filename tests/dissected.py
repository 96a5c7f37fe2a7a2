# SPDX-License-Identifier: Apache-2.0
"""What ike_dump_text() would say of a message as tshark has dissected it: the fields are tshark's,
the words ours. Two texts that are equal are two decodes that agree, field by field."""

import ipaddress

SA, PROPOSAL, TRANSFORM, KE, ID, CERT, CERTREQ, HASH, SIG, NONCE = range(1, 11)
NOTIFY, DELETE, VENDOR, CONFIG, NAT_D, NAT_OA, FRAGMENT = 11, 12, 13, 14, 20, 21, 132
ISAKMP = 1
# IKEV1_NAMES_...
(N_EXCHANGE, N_PAYLOAD, N_PROTOCOL, N_ATTR1, N_CIPHER, N_HASH, N_AUTH, N_GROUP, N_LIFE, N_ATTR2,
 N_ESP, N_AH, N_IPCOMP, N_ENCAP, N_INTEG, N_ID, N_NOTIFY, N_CERT, N_CFG, N_ATTRC) = range(20)
TRANSFORMS = {2: N_AH, 3: N_ESP, 4: N_IPCOMP}
VALUES = {(N_ATTR1, 1): N_CIPHER, (N_ATTR1, 2): N_HASH, (N_ATTR1, 3): N_AUTH, (N_ATTR1, 4): N_GROUP,
          (N_ATTR1, 11): N_LIFE, (N_ATTR2, 1): N_LIFE, (N_ATTR2, 3): N_GROUP, (N_ATTR2, 4): N_ENCAP,
          (N_ATTR2, 5): N_INTEG}
# Configuration attributes whose value is told.
CONFIG_NUMBERS = {5, 16520, 16527, 28673, 28677, 28679}
CONFIG_ADDRESSES = {1, 2, 3, 4, 6, 8, 9, 10, 11, 12}


class Words:
    """The library's names: lines "name KIND NUMBER TEXT"."""

    def __init__(self, tables):
        split = (line.split(" ", 3) for line in tables.splitlines() if line.startswith("name "))
        self.names = {(int(kind), int(number)): text for _, kind, number, text in split}

    def of(self, kind, number):
        return self.names.get((kind, number), str(number))


def first(field, name):
    """The first field of this name inside, the nearest first."""
    return next(fields(field, name), None)


def fields(field, name):
    return (f for f in field.iter("field") if f.get("name") == f"isakmp.{name}")


def number(field, name):
    found = first(field, name)
    return int(found.get("show"), 0) if found is not None else 0


def value(field, name):
    found = first(field, name)
    return found.get("value") if found is not None else ""


def size(hexadecimal):
    return len(hexadecimal) // 2


def address(hexadecimal):
    return str(ipaddress.ip_address(bytes.fromhex(hexadecimal)))


def escaped(hexadecimal):
    return "".join(chr(b) if 0x20 <= b < 0x7f and b != 0x5c else "\\\\" if b == 0x5c else
                   f"\\x{b:02x}" for b in bytes.fromhex(hexadecimal))


# ---- bodies: what follows the payload's name ----

def attribute(words, kind, field):
    prefix = field.get("name")[len("isakmp."):]
    raw, which = value(field, f"{prefix}.value"), number(field, f"{prefix}.type")
    basic = number(field, f"{prefix}.format") == 1
    n = int(raw or "0", 16)
    if not basic and (raw == "" or n > 0xffffffff):
        text = f"0x{raw}"
    elif (kind, which) in VALUES:
        text = words.of(VALUES[kind, which], n)
    else:
        text = str(n)
    return f"\n      {words.of(kind, which)}: {text}"


def inside(field, kind):
    """The payloads of this type directly in a field."""
    return (f for f in field
            if f.get("name") == "isakmp.typepayload" and int(f.get("show")) == kind)


def sa(words, payload):
    out = ""
    for proposal in inside(payload, PROPOSAL):
        protocol, spi = number(proposal, "prop.protoid"), value(proposal, "spi")
        out += f"\n  proposal {number(proposal, 'prop.number')}: {words.of(N_PROTOCOL, protocol)}"
        out += f", SPI {spi}" if spi else ""
        for transform in inside(proposal, TRANSFORM):
            name = words.of(TRANSFORMS.get(protocol, -1), number(transform, "trans.id"))
            out += f"\n    transform {number(transform, 'trans.number')}: {name}"
            out += "".join(attribute(words, N_ATTR1 if protocol == ISAKMP else N_ATTR2, f)
                           for f in transform if f.get("name", "").endswith(".attr"))
    return out


def identity(words, payload):
    kind = number(payload, "id.type")
    data = "".join(f.get("value") for f in first(payload, "id.data")) or payload.get("value")[16:]
    half = len(data) // 2
    if kind in (1, 5):
        text = address(data)
    elif kind in (4, 6):
        text = str(ipaddress.ip_network((bytes.fromhex(data[:half]),
                                         bin(int(data[half:], 16)).count("1"))))
    elif kind in (7, 8):
        text = f"{address(data[:half])}-{address(data[half:])}"
    elif kind in (2, 3):
        text = escaped(data)
    else:
        text = f"@#{data}"
    return (f": {words.of(N_ID, kind)} {text}, protocol {number(payload, 'id.protoid')}, "
            f"port {number(payload, 'id.port')}")


def certificate(words, payload):
    kind = "cert.encoding" if first(payload, "cert.encoding") is not None else "certreq.type"
    length = number(payload, "payloadlength") - 5
    return f": {words.of(N_CERT, number(payload, kind))}, {length} bytes"


def notify(words, payload):
    spi, data = value(payload, "spi"), value(payload, "notify.data")
    return (f": {words.of(N_NOTIFY, number(payload, 'notify.msgtype'))}, "
            f"protocol {words.of(N_PROTOCOL, number(payload, 'notify.protoid'))}" +
            (f", SPI {spi}" if spi else "") + (f", data {data}" if data else ""))


def delete(words, payload):
    spis = " ".join(f.get("value") for f in fields(payload, "delete.spi"))
    return (f": {words.of(N_PROTOCOL, number(payload, 'delete.protoid'))}" +
            (f", SPI {spis}" if spis else ""))


def config(words, payload):
    out = (f": {words.of(N_CFG, number(payload, 'cfg.type'))}, "
           f"identifier {number(payload, 'cfg.identifier')}")
    for f in fields(payload, "cfg.attr"):
        which, raw = number(f, "cfg.attr.type"), value(f, "cfg.attr.value")
        name = words.names.get((N_ATTRC, which), f"attribute {which}")
        if which in CONFIG_NUMBERS and 1 <= size(raw) <= 4:
            text = str(int(raw, 16))
        elif which in CONFIG_ADDRESSES and size(raw) in (4, 16):
            text = address(raw)
        else:
            text = f"{size(raw)} bytes"
        out += f"\n  {name}: {text}"
    return out


def nat_oa(_words, payload):
    return f": {address(payload.get('value')[16:])}"


def fragment(_words, payload):
    last = "the last, " if number(payload, "frag.last") == 1 else ""
    return (f": id {number(payload, 'frag.packetid')}, number {number(payload, 'frag.seq')}, {last}"
            f"{number(payload, 'payloadlength') - 8} bytes")


def sized(name):
    return lambda _words, payload: f": {size(value(payload, name))} bytes"


BODIES = {SA: sa, KE: sized("key_exchange.data"), ID: identity, CERT: certificate,
          CERTREQ: certificate, HASH: sized("hash"), SIG: sized("sig"), NONCE: sized("nonce"),
          NOTIFY: notify, DELETE: delete, CONFIG: config, NAT_D: sized("ike.nat_hash"),
          VENDOR: lambda _words, payload: f": {value(payload, 'vid_bytes')}",
          NAT_OA: nat_oa, FRAGMENT: fragment}
DRAFTS = {130: NAT_D, 131: NAT_OA}


def is_worded(payload):
    """A distinguished name, whose text is another one with tshark: its bytes are compared."""
    return int(payload.get("show")) == ID and number(payload, "id.type") == 9


def payload_text(words, payload):
    kind = int(payload.get("show"))
    return words.of(N_PAYLOAD, kind) + BODIES[DRAFTS.get(kind, kind)](words, payload)


def header_text(words, message):
    flags = message.number("flags", 16)
    named = "".join(f", {text}" for bit, text in ((1, "encrypted"), (2, "commit"),
                                                  (4, "authentication only")) if flags & bit)
    return (f"{words.of(N_EXCHANGE, message.exchange)}, cookies {message.text('ispi')} "
            f"{message.text('rspi')}, message ID {message.text('messageid')}{named}, "
            f"{message.number('length')} bytes")
