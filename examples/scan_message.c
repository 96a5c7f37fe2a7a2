/* SPDX-License-Identifier: Apache-2.0 */
#include "scan_message.h"

#include <stdio.h>
#include <string.h>

const struct scan_vendor SCAN_KNOWN[SCAN_VENDORS] = {
    {"NAT traversal, RFC 3947", 16,
     "\x4a\x13\x1c\x81\x07\x03\x58\x45\x5c\x57\x28\xf2\x0e\x95\x45\x2f"},
    {"NAT traversal, draft 3", 16,
     "\x7d\x94\x19\xa6\x53\x10\xca\x6f\x2c\x17\x9d\x92\x15\x52\x9d\x56"},
    {"NAT traversal, draft 2", 16,
     "\x90\xcb\x80\x91\x3e\xbb\x69\x6e\x08\x63\x81\xb5\xec\x42\x7b\x1f"},
    {"NAT traversal, draft 2 without line end", 16,
     "\xcd\x60\x46\x43\x35\xdf\x21\xf8\x7c\xfd\xb2\xfc\x68\xb6\xa4\x48"},
    {"NAT traversal, draft 0", 16,
     "\x44\x85\x15\x2d\x18\xb6\xbb\xcd\x0b\xe8\xa8\x46\x95\x79\xdd\xcc"},
    {"dead peer detection", 16, "\xaf\xca\xd7\x13\x68\xa1\xf1\xc9\x6b\x86\x96\xfc\x77\x57\x01\x00"},
    {"XAUTH", 8, "\x09\x00\x26\x89\xdf\xd6\xb7\x12"},
    {"Cisco Unity", 16, "\x12\xf5\xf2\x8c\x45\x71\x68\xa9\x70\x2d\x9f\xe2\x74\xcc\x01\x00"},
    {"fragmentation", 20,
     "\x40\x48\xb7\xd5\x6e\xbc\xe8\x85\x25\xe7\xde\x7f\x00\xd6\xc2\xd3\x80\x00\x00\x00"},
};

/* ---- asking ---- */

/* A message as it grows. Nothing that a probe sends comes near its end. */
struct builder {
    uint8_t *start, *p;
    uint8_t *next; /* where the type of the next payload goes */
};

static void put(struct builder *b, const void *from, size_t len) {
    memcpy(b->p, from, len);
    b->p += len;
}

static void put16(struct builder *b, unsigned v) {
    const uint8_t bytes[2] = {(uint8_t)(v >> 8), (uint8_t)v};
    put(b, bytes, sizeof bytes);
}

static void put32(struct builder *b, uint32_t v) {
    put16(b, v >> 16);
    put16(b, v & 0xffff);
}

static void patch16(uint8_t *at, size_t v) {
    at[0] = (uint8_t)(v >> 8);
    at[1] = (uint8_t)v;
}

static uint8_t *begin(struct builder *b, uint8_t type) {
    uint8_t *at = b->p;
    *b->next = type;
    b->next = at;
    put32(b, 0);
    return at;
}

static void end(struct builder *b, uint8_t *at) {
    patch16(at + 2, (size_t)(b->p - at));
}

static void put_attribute(struct builder *b, unsigned type, unsigned value) {
    put16(b, 0x8000u | type); /* the short form, RFC 2408 3.3 */
    put16(b, value);
}

static void put_transform(struct builder *b, const ikev1_suite1 *s, size_t number, bool last) {
    uint8_t *at = b->p;
    const uint8_t head[8] = {last ? 0 : IKEV1_PAYLOAD_TRANSFORM, 0, 0, 0, (uint8_t)number, 1};
    put(b, head, sizeof head);
    put_attribute(b, IKEV1_ATTR1_CIPHER, s->cipher);
    if (s->key_bits != 0)
        put_attribute(b, IKEV1_ATTR1_KEY_BITS, s->key_bits);
    put_attribute(b, IKEV1_ATTR1_HASH, s->hash);
    put_attribute(b, IKEV1_ATTR1_GROUP, s->group);
    put_attribute(b, IKEV1_ATTR1_AUTH, s->auth);
    put_attribute(b, IKEV1_ATTR1_LIFE_TYPE, IKEV1_LIFE_SECONDS);
    put_attribute(b, IKEV1_ATTR1_LIFE_DURATION, 28800);
    end(b, at);
}

static void put_sa(struct builder *b, const struct scan_question *q) {
    uint8_t *sa = begin(b, IKEV1_PAYLOAD_SA);
    put32(b, 1); /* DOI IPSEC, situation identity only */
    put32(b, 1);
    uint8_t *proposal = b->p;
    const uint8_t head[8] = {0, 0, 0, 0, 1, IKEV1_PROTO_ISAKMP, 0, (uint8_t)q->count};
    put(b, head, sizeof head);
    for (size_t i = 0; i < q->count; i++)
        put_transform(b, &q->suites[i], i + 1, i + 1 == q->count);
    end(b, proposal);
    end(b, sa);
}

static void put_payload(struct builder *b, uint8_t type, const void *body, size_t len) {
    uint8_t *at = begin(b, type);
    put(b, body, len);
    end(b, at);
}

size_t scan_ask(const struct scan_question *q, uint8_t *out) {
    struct builder b = {out, out + IKEV1_HEADER_SIZE, out + 16};
    memset(out, 0, IKEV1_HEADER_SIZE);
    memcpy(out, q->icookie, sizeof q->icookie);
    out[17] = 0x10;
    out[18] = q->exchange;
    put_sa(&b, q);
    if (q->exchange == IKEV1_EXCHANGE_AGGRESSIVE)
        put_payload(&b, IKEV1_PAYLOAD_KE, q->public_value.data, q->public_value.len);
    if (q->exchange != IKEV1_EXCHANGE_MAIN) {
        put_payload(&b, IKEV1_PAYLOAD_NONCE, q->nonce, sizeof q->nonce);
        uint8_t *id = begin(&b, IKEV1_PAYLOAD_ID);
        put32(&b, (uint32_t)q->id.type << 24);
        put(&b, q->id.data, q->id.len);
        end(&b, id);
    }
    for (size_t i = 0; q->vendors && i < SCAN_VENDORS; i++)
        put_payload(&b, IKEV1_PAYLOAD_VENDOR, SCAN_KNOWN[i].bytes, SCAN_KNOWN[i].len);
    const size_t len = (size_t)(b.p - out);
    patch16(out + 26, len);
    return len;
}

/* ---- hearing ---- */

/* The nth payload of a type in a message that the decoder has found well formed. */
static ikev1_bytes payload(ikev1_bytes message, uint8_t type, size_t nth) {
    const uint8_t *p = message.data + IKEV1_HEADER_SIZE, *stop = message.data + message.len;
    for (uint8_t next = message.data[16]; next != 0 && stop - p >= 4;) {
        const size_t len = (size_t)p[2] << 8 | p[3];
        if (len < 4 || len > (size_t)(stop - p))
            break;
        if (next == type && nth-- == 0)
            return (ikev1_bytes){p + 4, len - 4};
        next = p[0];
        p += len;
    }
    return (ikev1_bytes){NULL, 0};
}

/* The transform in an SA payload's body, as far as a suite has it. */
static ikev1_suite1 suite_in(ikev1_bytes sa) {
    enum { BEFORE = 8 + 8 }; /* DOI and situation, the proposal's head */
    ikev1_suite1 s = {0};
    const size_t spi = sa.len > BEFORE ? sa.data[14] : 0;
    for (size_t at = BEFORE + spi + 8; at + 4 <= sa.len;) {
        const unsigned type = (unsigned)(sa.data[at] & 0x7f) << 8 | sa.data[at + 1];
        const uint16_t value = (uint16_t)(sa.data[at + 2] << 8 | sa.data[at + 3]);
        uint16_t *field = type == IKEV1_ATTR1_CIPHER     ? &s.cipher
                          : type == IKEV1_ATTR1_KEY_BITS ? &s.key_bits
                          : type == IKEV1_ATTR1_HASH     ? &s.hash
                          : type == IKEV1_ATTR1_AUTH     ? &s.auth
                          : type == IKEV1_ATTR1_GROUP    ? &s.group
                                                         : NULL;
        if (field != NULL && (sa.data[at] & 0x80) != 0)
            *field = value;
        at += (sa.data[at] & 0x80) != 0 ? 4 : 4u + value;
    }
    return s;
}

static void hear_choice(const struct scan_question *q, ikev1_bytes sa, struct scan_answer *out) {
    const ikev1_suite1 got = suite_in(sa);
    out->outcome = SCAN_STRANGE;
    snprintf(out->text, sizeof out->text, "it chose a transform that was not offered");
    for (size_t i = 0; i < q->count; i++)
        if (memcmp(&got, &q->suites[i], sizeof got) == 0) {
            out->outcome = SCAN_ACCEPTED;
            out->chosen = i;
        }
}

void scan_hear(const struct scan_question *q, const ikev1_decoded *m, struct scan_answer *out) {
    const ikev1_bytes sa = payload(m->wire, IKEV1_PAYLOAD_SA, 0);
    *out = (struct scan_answer){.outcome = SCAN_STRANGE};
    if (m->event.why != NULL)
        ikev1_why_format(m->event.why, out->text, sizeof out->text);
    else if (m->notify != 0) {
        out->outcome = SCAN_REFUSED;
        out->notify = m->notify;
    } else if (m->event.exchange == q->exchange && sa.len > 0)
        hear_choice(q, sa, out);
    else
        snprintf(out->text, sizeof out->text, "it is no answer to a first message: %.100s",
                 m->text);
    if (out->outcome != SCAN_ACCEPTED)
        return;
    ikev1_fingerprint(m->wire.data, m->wire.len, out->fingerprint, sizeof out->fingerprint);
    while (out->vendor_count < sizeof out->vendors / sizeof *out->vendors) {
        const ikev1_bytes vid = payload(m->wire, IKEV1_PAYLOAD_VENDOR, out->vendor_count);
        if (vid.data == NULL)
            break;
        out->vendors[out->vendor_count++] = vid;
    }
}
