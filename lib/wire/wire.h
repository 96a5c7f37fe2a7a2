/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layer 2: bytes <-> structs. No state, no secrets, no allocation. What a decoder returns points
 * into the message it was given. Every decoder is strict: it accepts exactly what its RFC section
 * says, fills `why` (payload, offset, cite) on refusal, and reads no byte outside its input.
 */
#ifndef IKE_WIRE_H
#define IKE_WIRE_H

#include <string.h>

#include <ikev1/access.h>
#include "base/base.h"

#define IKE_MAX_PAYLOADS   64  /* in a message, all types together */
#define IKE_MAX_PROPOSALS  32  /* in an SA payload */
#define IKE_MAX_TRANSFORMS 256 /* in an SA payload, all proposals together (SAP-11) */
#define IKE_MAX_ATTRS      32  /* in a transform */

/* Fails with `code`, and says where. Any argument of `why` functions may be NULL. */
int ike_refuse(ikev1_why *why, int code, uint8_t payload, size_t offset, const char *cite);
/* The same with two numbers as the values: ike_why_numbers(). */
int ike_refuse_numbers(ikev1_why *why, int code, uint8_t payload, const char *cite, uint64_t theirs,
                       uint64_t ours, const char *unit);

/* ---- header.c: RFC 2408 3.1 ---- */

struct ike_header {
    uint8_t icookie[8], rcookie[8];
    uint8_t next;    /* first payload */
    uint8_t version; /* 0x10 */
    uint8_t exchange, flags;
    uint32_t message_id, length;
};
/* Checks size, length field (must equal the datagram's), version, initiator cookie. Not the flags
 * nor the exchange: those belong to a state. */
int ike_header_decode(struct ike_header *h, ikev1_bytes datagram, ikev1_why *why);
void ike_header_encode(struct ike_writer *w,
                       const struct ike_header *h); /* 28 bytes; length as given */
bool ike_is_zero(const uint8_t *p, size_t len);
/* All zeros: it is not known yet, or stands for none. */
static inline bool ike_no_cookie(const uint8_t cookie[IKEV1_COOKIE_SIZE]) {
    uint64_t number;
    memcpy(&number, cookie, sizeof number);
    return number == 0;
}

/* ---- chain.c: RFC 2408 3.2, with the table of payload layouts ---- */

struct ike_payload {
    uint8_t type; /* as our tables know it: NAT-D and NAT-OA of a draft are given as 20 and 21 */
    uint8_t wire_type; /* as it stood there */
    uint32_t offset;   /* of the generic header, from the start of the chain's bytes */
    ikev1_bytes body;  /* without the generic header */
};
/* How a message numbers its payloads, beside the numbers that are assigned. */
struct ike_numbering {
    uint8_t nat_d,
        nat_oa; /* as the draft of RFC 3947 has them that both sides speak; 0 = no draft */
    bool skips; /* step over 130 and 131 where they are neither of the two */
};
struct ike_chain {
    size_t count;
    size_t used;        /* bytes of the chain; what follows is padding */
    uint8_t counts[32]; /* by type below 32; FRAGMENT is counted in [0] */
    bool skipped;       /* payloads were stepped over */
    struct ike_payload at[IKE_MAX_PAYLOADS];
};

/*
 * Splits `body` (what follows the header, decrypted) into payloads. Checks per payload: known type,
 * reserved byte, length, fixed part, and its own inner syntax for SA, ID, NOTIFY, DELETE, CONFIG,
 * NAT-OA, NONCE size and FRAGMENT (which must be alone), so that later users of a chain need not
 * fail. Per-type caps: VID 20, N 20, D 20, CERT 8, NAT-D 10; CERTREQ 20, more are stepped over.
 * `pad` = how many bytes may follow the last payload (0 in clear); up to three zeros that make the
 * length a multiple of four always may. `offset` in why counts from the start of the ISAKMP header
 * (28 is added).
 */
int ike_chain_decode(struct ike_chain *c, uint8_t first, ikev1_bytes body, size_t pad,
                     ikev1_why *why);
int ike_chain_decode_as(struct ike_chain *c, const struct ike_numbering *numbering, uint8_t first,
                        ikev1_bytes body, size_t pad, ikev1_why *why);
/* The nth payload of a type, from 0; NULL = none. */
const struct ike_payload *ike_chain_find(const struct ike_chain *c, uint8_t type, size_t nth);

/* Writing: begin the header, then payloads one after the other, then end. Next-payload fields and
 * lengths are patched as it goes. The writer's buffer starts with the ISAKMP header. */
struct ike_message_writer {
    struct ike_writer w;
    size_t next_at; /* where the pending next-payload byte stands */
    size_t open_at; /* generic header of the payload being written, 0 = none */
};
void ike_message_begin(struct ike_message_writer *m, uint8_t *buf, size_t cap,
                       const struct ike_header *h);
void ike_payload_begin(struct ike_message_writer *m, uint8_t type);
void ike_payload_end(struct ike_message_writer *m);
void ike_payload_put(struct ike_message_writer *m, uint8_t type, ikev1_bytes body); /* all in one */
/* Pads the chain (not the header) with zeros to a multiple of `block` (0 or 1: none) and patches
 * the total length. Returns the message's size, 0 when it did not fit. */
size_t ike_message_end(struct ike_message_writer *m, size_t block);

/* ---- attr.c: TV and TLV attributes, RFC 2408 3.3 ---- */

struct ike_attr {
    uint16_t type;
    bool basic;        /* TV */
    uint64_t value;    /* as a number; a TLV that exceeds 64 bits gives UINT64_MAX */
    ikev1_bytes bytes; /* TLV only */
};
/* 1 = filled, 0 = end, negative = malformed. */
int ike_attr_next(struct ike_reader *r, struct ike_attr *a);
void ike_attr_put_basic(struct ike_writer *w, uint16_t type, uint16_t value);
/* TV when it fits, else a TLV of four bytes: durations (RFC 2407 4.5). */
void ike_attr_put_number(struct ike_writer *w, uint16_t type, uint32_t value);
void ike_attr_put_bytes(struct ike_writer *w, uint16_t type, ikev1_bytes value);

/* ---- sa.c, suite.c: SA, proposals, transforms: RFC 2408 3.4-3.6, RFC 2407 4.5-4.6.1 ---- */

struct ike_proposal {
    uint8_t number, protocol;
    uint8_t transforms; /* as it says and as checked */
    ikev1_bytes spi;
    struct ike_reader rest; /* its transforms */
};
struct ike_transform {
    uint8_t number, id;
    ikev1_bytes attrs;
};
/* Checks a whole SA body: DOI and situation (IKEV1_E_DOI), structure, counts, limits, attribute
 * syntax, proposal numbers never falling (equal = AND). After that the iterators below cannot
 * meet an error. */
int ike_sa_check(ikev1_bytes body, ikev1_why *why);
struct ike_reader ike_sa_proposals(ikev1_bytes body);
bool ike_proposal_next(struct ike_reader *proposals, struct ike_proposal *p);
bool ike_transform_next(struct ike_proposal *p, struct ike_transform *t);

/* A transform's attributes in one struct; 0 = absent. `bad` names an attribute that makes the
 * transform unusable (unknown number, twice with different values, value 0 or out of range,
 * duration without type), 0 = none; UINT16_MAX stands for attribute 0. Both phases; a field the
 * phase does not have stays 0. */
struct ike_suite {
    uint8_t proposal;  /* number of the proposal */
    uint8_t protocol;  /* of the proposal */
    uint8_t transform; /* number */
    uint8_t id;        /* transform id: KEY_IKE 1 in phase 1, ESP or AH algorithm in phase 2 */
    uint16_t cipher, hash, auth, prf; /* phase 1 */
    uint16_t group;                   /* phase 1 group, phase 2 PFS group */
    uint16_t key_bits;
    uint16_t encapsulation, integrity, esn; /* phase 2 */
    uint16_t bad;
    uint32_t life_seconds, life_kilobytes; /* a duration over 2^32-1 is held there */
};
void ike_suite_decode1(struct ike_suite *s, const struct ike_proposal *p,
                       const struct ike_transform *t);
void ike_suite_decode2(struct ike_suite *s, const struct ike_proposal *p,
                       const struct ike_transform *t);

/* Writing an SA body into an open payload. Call order: begin, (proposal, (transform)+)+, end. */
struct ike_sa_writer {
    struct ike_writer *w;
    size_t proposal_at, transform_at; /* offsets of what is open, for patching; 0 = none */
    uint8_t transforms;
};
void ike_sa_begin(struct ike_sa_writer *s, struct ike_writer *w);
void ike_sa_proposal(struct ike_sa_writer *s, uint8_t number, uint8_t protocol, ikev1_bytes spi);
void ike_sa_transform1(struct ike_sa_writer *s,
                       const struct ike_suite *suite); /* phase 1 attributes */
void ike_sa_transform2(struct ike_sa_writer *s,
                       const struct ike_suite *suite); /* phase 2 attributes */
void ike_sa_end(struct ike_sa_writer *s);

/* ---- ident.c: identification payloads, RFC 2407 4.6.2 ---- */

int ike_id_decode(ikev1_id *id, ikev1_bytes body,
                  ikev1_why *why); /* type, fixed sizes, DER shape */
void ike_id_encode(struct ike_writer *w, const ikev1_id *id);
bool ike_id_is_good(const ikev1_id *id); /* its decoder would take it */
bool ike_id_equal(const ikev1_id *a,
                  const ikev1_id *b); /* type and exact bytes, not protocol/port */
/* match.c: what a rule may expect at all under IKEV1_MATCH_..., type 0 being the peer's address;
 * and whether a claimed identity fits it. Both have been decoded before. */
bool ike_match_usable(uint8_t match, const ikev1_id *expected);
bool ike_id_matches(uint8_t match, const ikev1_id *expected, const ikev1_id *claimed);
/* Address types <-> selector. from: IKEV1_E_ID_SYNTAX when it is not a range (start > end,
 * non-contiguous mask: mission S9) or no address type. to: host, subnet where it is one, else
 * range; `buf` of 32 bytes holds what the id points to. */
int ike_selector_from_id(ikev1_selector *s, const ikev1_id *id);
void ike_selector_to_id(ikev1_id *id, const ikev1_selector *s, uint8_t buf[32]);
bool ike_selector_is_good(const ikev1_selector *s); /* can an ID say it? */
bool ike_selector_meets(const ikev1_selector *a,
                        const ikev1_selector *b); /* an address, protocol and port in common */
bool ike_selector_equal(const ikev1_selector *a, const ikev1_selector *b);
bool ike_selector_contains(const ikev1_selector *outer, const ikev1_selector *inner);
ikev1_id ike_id_from_address(const ikev1_address *a);     /* points into *a */
void ike_id_text(struct ike_text *t, const ikev1_id *id); /* content as users write it, escaped */
void ike_selector_text(struct ike_text *t,
                       const ikev1_selector *s); /* "192.0.2.0/24", "a - b", "[17/1701]" */

/* ---- dn.c: the DER of a distinguished name, as far as IKE looks into it ---- */

/* SEQUENCE OF SET OF SEQUENCE {OID, value}, not empty, definite minimal lengths that fit (IDN-03).
 */
bool ike_dn_check(ikev1_bytes der);
bool ike_gn_check(ikev1_bytes der);                    /* one GeneralName, from outside */
void ike_dn_text(struct ike_text *t, ikev1_bytes der); /* "C=DE, O=Example, CN=gw" */
/* What a short name, in upper or lower case, stands for: the content of its OID, and the tag of the
 * string type that its value has (RFC 5280 App. A). */
bool ike_dn_attribute(const char *name, size_t len, ikev1_bytes *oid, uint8_t *string);

/* ---- notify.c: RFC 2408 3.14, 3.15 ---- */

struct ike_notify {
    uint8_t protocol;
    uint16_t type;
    ikev1_bytes spi, data;
};
struct ike_delete {
    uint8_t protocol,
        spi_size; /* size fits the protocol: 16 for ISAKMP, 4 for AH/ESP, 2 or 4 IPCOMP */
    uint16_t count;
    ikev1_bytes spis;
};
int ike_notify_decode(struct ike_notify *n, ikev1_bytes body, ikev1_why *why);
void ike_notify_encode(struct ike_writer *w, const struct ike_notify *n);
void ike_notify_put(struct ike_message_writer *m, const struct ike_notify *n); /* the payload */
int ike_delete_decode(struct ike_delete *d, ikev1_bytes body, ikev1_why *why);
void ike_delete_encode(struct ike_writer *w, const struct ike_delete *d);

/* ---- natt.c: RFC 3947 3.2, 5.2; RFC 3948 ---- */

int ike_natoa_decode(ikev1_address *a, ikev1_bytes body, ikev1_why *why);
void ike_natoa_encode(struct ike_writer *w, const ikev1_address *a);

/* ---- cfg.c: attribute payload, draft-ietf-ipsec-isakmp-mode-cfg 3.2 ---- */

struct ike_config {
    uint8_t type; /* IKEV1_CFG_... */
    uint16_t identifier;
    ikev1_bytes attrs; /* walk with ike_attr_next() */
    uint8_t padding;   /* up to 3 zero bytes that follow them */
    bool prefixed;     /* an IPv6 address is of 17 bytes, the last of them its prefix length */
};
int ike_config_decode(struct ike_config *c, ikev1_bytes body, ikev1_why *why);
void ike_config_encode(struct ike_writer *w, const struct ike_config *c);
/* The first attribute of a type; false = none. */
bool ike_config_find(ikev1_bytes attrs, uint16_t type, struct ike_attr *a);

/* ---- xauth.c: what XAUTH puts into it, draft-beaulieu-ike-xauth 5 ---- */

/* Is it one of XAUTH's attributes? */
bool ike_xauth_has(uint16_t type);
/* A round: `asks` says which values are there. IKEV1_E_CONFIG_SYNTAX for one that comes twice, or
 * in the short form (CFG-05). */
int ike_xauth_decode(ikev1_xauth *x, ikev1_bytes attrs, ikev1_why *why);
/* What is asked for, empty or with a value to begin with; the texts; the type unless it is generic
 * (that is what its absence means). */
void ike_xauth_encode_request(struct ike_writer *w, const ikev1_xauth *x);
/* What of the values that `asked` names is there. */
void ike_xauth_encode_reply(struct ike_writer *w, const ikev1_xauth *x, uint32_t asked);

/* ---- lease.c: what Mode Config puts into it ---- */

/* Where a decoded lease keeps its lists. */
struct ike_lease_room {
    ikev1_address servers[3][2 * IKEV1_MAX_CONFIG_SAME]; /* both families of each kind */
    ikev1_selector networks[3][IKEV1_MAX_CONFIG_SUBNETS];
};
void ike_lease_decode(ikev1_lease *lease, struct ike_lease_room *room, ikev1_bytes attrs);
bool ike_lease_is_good(const ikev1_lease *lease); /* can it be encoded as it is? */
void ike_lease_encode(struct ike_writer *w, const ikev1_lease *lease);
/* Copies the attributes whose type is among `types` (NULL = all), as far as IKEV1_MAX_CONFIG_...
 * and `w` allow: what does not fit is left out. */
void ike_lease_filter(struct ike_writer *w, ikev1_bytes attrs, const uint16_t *types, size_t count);

/* ---- frag.c: vendor payload 132 ---- */

struct ike_fragment {
    uint16_t id;
    uint8_t number;
    bool last;
    ikev1_bytes data;
};
int ike_fragment_decode(struct ike_fragment *f, ikev1_bytes body, ikev1_why *why);
void ike_fragment_encode(struct ike_writer *w, const struct ike_fragment *f);

/* ---- fingerprint.c ---- */

/* As ikev1_fingerprint() has it. */
void ike_fingerprint_text(struct ike_text *t, const struct ike_header *h,
                          const struct ike_chain *c);

/* ---- dump.c: a message as text ---- */

/* "<SA><VID><VID>": payload types in wire order, as the log prints them (mission S1). */
void ike_symbols_text(struct ike_text *t, const uint8_t *types, size_t count);
/* Header and every payload, several lines. `c` NULL = header only (encrypted). Key material is
 * public here: KE and NONCE are shown by length only, HASH and SIG likewise. */
void ike_dump_text(struct ike_text *t, const struct ike_header *h, const struct ike_chain *c);

#endif
