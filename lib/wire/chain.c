/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire.h"

#include <string.h>

enum { GENERIC_HEADER = 4, NEXT_AT = 16, LENGTH_AT = 24 };
/* In place of a type. */
enum {
    SKIPPED = 0,  /* no payload has this type: it ends a chain */
    BEYOND = 255, /* one more than are looked at (CRT-10) */
};

static int check_id(ikev1_bytes body, ikev1_why *why) {
    ikev1_id id;
    return ike_id_decode(&id, body, why);
}

static int check_notify(ikev1_bytes body, ikev1_why *why) {
    struct ike_notify n;
    return ike_notify_decode(&n, body, why);
}

static int check_delete(ikev1_bytes body, ikev1_why *why) {
    struct ike_delete d;
    return ike_delete_decode(&d, body, why);
}

static int check_config(ikev1_bytes body, ikev1_why *why) {
    struct ike_config c;
    return ike_config_decode(&c, body, why);
}

static int check_natoa(ikev1_bytes body, ikev1_why *why) {
    ikev1_address a;
    return ike_natoa_decode(&a, body, why);
}

static int check_fragment(ikev1_bytes body, ikev1_why *why) {
    struct ike_fragment f;
    return ike_fragment_decode(&f, body, why);
}

static int check_nonce(ikev1_bytes body, ikev1_why *why) {
    if (body.len >= 8 && body.len <= 256)
        return IKEV1_OK;
    return ike_refuse_numbers(why, IKEV1_E_NONCE, IKEV1_PAYLOAD_NONCE, "RFC 2409 5", body.len,
                              body.len < 8 ? 8 : 256, "bytes");
}

/* `fixed` counts after the generic header; `cap` is how many a message may hold (PAY-11). Slot 0
 * is the fragment's, which has no number below 32. */
struct layout {
    uint16_t fixed;
    uint8_t cap;
    int (*check)(ikev1_bytes body, ikev1_why *why);
    const char *cite;
};

static const struct layout LAYOUTS[] = {
    [0] = {4, IKE_MAX_PAYLOADS, check_fragment, "payload 132"},
    [IKEV1_PAYLOAD_SA] = {8, IKE_MAX_PAYLOADS, ike_sa_check, "RFC 2408 3.4"},
    [IKEV1_PAYLOAD_KE] = {1, IKE_MAX_PAYLOADS, NULL, "RFC 2408 3.7"},
    [IKEV1_PAYLOAD_ID] = {4, IKE_MAX_PAYLOADS, check_id, "RFC 2407 4.6.2"},
    [IKEV1_PAYLOAD_CERT] = {1, 8, NULL, "RFC 2408 3.9"},
    [IKEV1_PAYLOAD_CERTREQ] = {1, 20, NULL, "RFC 2408 3.10"},
    [IKEV1_PAYLOAD_HASH] = {1, IKE_MAX_PAYLOADS, NULL, "RFC 2408 3.11"},
    [IKEV1_PAYLOAD_SIG] = {1, IKE_MAX_PAYLOADS, NULL, "RFC 2408 3.12"},
    [IKEV1_PAYLOAD_NONCE] = {0, IKE_MAX_PAYLOADS, check_nonce, "RFC 2408 3.13"},
    [IKEV1_PAYLOAD_NOTIFY] = {8, 20, check_notify, "RFC 2408 3.14"},
    [IKEV1_PAYLOAD_DELETE] = {8, 20, check_delete, "RFC 2408 3.15"},
    [IKEV1_PAYLOAD_VENDOR] = {0, 20, NULL, "RFC 2408 3.16"},
    [IKEV1_PAYLOAD_CONFIG] = {4, IKE_MAX_PAYLOADS, check_config, "isakmp-mode-cfg 3.2"},
    [IKEV1_PAYLOAD_NAT_D] = {1, 10, NULL, "RFC 3947 3.2"},
    [IKEV1_PAYLOAD_NAT_OA] = {4, IKE_MAX_PAYLOADS, check_natoa, "RFC 3947 5.2"},
};

/* The number our tables have for a payload. Drafts of RFC 3947 numbered theirs otherwise, and with
 * numbers that had meant something else before. */
static uint8_t known_as(const struct ike_numbering *n, uint8_t wire_type) {
    if (wire_type == n->nat_d && wire_type != 0)
        return IKEV1_PAYLOAD_NAT_D;
    if (wire_type == n->nat_oa && wire_type != 0)
        return IKEV1_PAYLOAD_NAT_OA;
    if (n->skips &&
        (wire_type == IKEV1_PAYLOAD_NAT_D_DRAFT || wire_type == IKEV1_PAYLOAD_NAT_OA_DRAFT))
        return SKIPPED;
    return wire_type;
}

static const struct layout *layout_of(uint8_t type) {
    static const struct layout anything = {0, 0, NULL, NULL};
    if (type == SKIPPED)
        return &anything;
    if (type < sizeof LAYOUTS / sizeof *LAYOUTS)
        return LAYOUTS[type].cite != NULL ? &LAYOUTS[type] : NULL;
    return type == IKEV1_PAYLOAD_FRAGMENT ? &LAYOUTS[0] : NULL;
}

/* Length and reserved byte of a payload of which `left` bytes may be there. */
static int check_generic(const uint8_t *generic, size_t len, size_t left,
                         const struct layout *layout, uint8_t type, ikev1_why *why) {
    const size_t least = GENERIC_HEADER + (size_t)layout->fixed;
    const char *cite = "RFC 2408 5.3", *unit = "bytes";
    size_t theirs = len, ours = left;
    int code = IKEV1_OK;
    if (len < GENERIC_HEADER || len > left) {
        code = IKEV1_E_PAYLOAD_LENGTH;
    } else if (generic[1] != 0) {
        code = IKEV1_E_RESERVED;
        theirs = generic[1];
        ours = 0;
        unit = NULL;
    } else if (len < least) {
        code = IKEV1_E_PAYLOAD_SHORT;
        ours = least;
        cite = layout->cite;
    }
    return code == IKEV1_OK ? code : ike_refuse_numbers(why, code, type, cite, theirs, ours, unit);
}

/* Reads the payload at `r` into `p`. Returns the code of what is wrong with it. */
static int read_payload(struct ike_chain *c, struct ike_payload *p, struct ike_reader *r,
                        uint8_t *next, ikev1_why *why) {
    const struct layout *layout = layout_of(p->type);
    if (layout == NULL)
        return ike_refuse(why, IKEV1_E_PAYLOAD_TYPE, p->type, 0, "RFC 2408 3.1");
    const size_t left = ike_left(r);
    const uint8_t *generic = ike_read(r, GENERIC_HEADER);
    const size_t len = generic != NULL ? (size_t)generic[2] << 8 | generic[3] : 0;
    int code = check_generic(generic, len, left, layout, p->type, why);
    if (code != IKEV1_OK)
        return code;
    *next = generic[0];
    p->body = ike_bytes(ike_read(r, len - GENERIC_HEADER), len - GENERIC_HEADER);
    if (p->type == SKIPPED)
        return IKEV1_OK;
    uint8_t *count = &c->counts[p->type == IKEV1_PAYLOAD_FRAGMENT ? 0 : p->type];
    if (*count == layout->cap && p->type == IKEV1_PAYLOAD_CERTREQ) { /* some name every CA */
        p->type = BEYOND;
        return IKEV1_OK;
    }
    if (*count == layout->cap)
        return ike_refuse_numbers(why, IKEV1_E_PAYLOADS, p->type, layout->cite, layout->cap + 1u,
                                  layout->cap, NULL);
    ++*count;
    return layout->check != NULL ? layout->check(p->body, why) : IKEV1_OK;
}

/* FreeS/WAN and its children pad what they send in the clear to a multiple of four. */
static bool is_alignment(ikev1_bytes body, size_t left) {
    return left < 4 && body.len % 4 == 0 && ike_is_zero(body.data + body.len - left, left);
}

int ike_chain_decode(struct ike_chain *c, uint8_t first, ikev1_bytes body, size_t pad,
                     ikev1_why *why) {
    static const struct ike_numbering assigned = {0, 0, false};
    return ike_chain_decode_as(c, &assigned, first, body, pad, why);
}

int ike_chain_decode_as(struct ike_chain *c, const struct ike_numbering *numbering, uint8_t first,
                        ikev1_bytes body, size_t pad, ikev1_why *why) {
    struct ike_reader r = ike_reader(body);
    c->count = 0;
    c->used = 0;
    c->skipped = false;
    memset(c->counts, 0, sizeof(c->counts));
    for (uint8_t next = first; next != 0;) {
        size_t offset = body.len - ike_left(&r);
        if (c->count == IKE_MAX_PAYLOADS) {
            ike_why_numbers(why, IKE_MAX_PAYLOADS + 1, IKE_MAX_PAYLOADS, "of all");
            return ike_refuse(why, IKEV1_E_PAYLOADS, next, IKEV1_HEADER_SIZE + offset, NULL);
        }
        struct ike_payload *p = &c->at[c->count];
        p->type = known_as(numbering, next);
        p->wire_type = next;
        p->offset = (uint32_t)offset;
        int code = read_payload(c, p, &r, &next, why);
        if (code != IKEV1_OK) {
            if (why != NULL)
                why->offset = (uint32_t)(IKEV1_HEADER_SIZE + offset);
            return code;
        }
        if (p->type == SKIPPED)
            c->skipped = true;
        else if (p->type != BEYOND)
            c->count++;
    }
    c->used = body.len - ike_left(&r);
    if (ike_left(&r) > pad && !is_alignment(body, ike_left(&r))) {
        ike_why_numbers(why, ike_left(&r), pad, "bytes");
        return ike_refuse(why, IKEV1_E_TRAILING, 0, IKEV1_HEADER_SIZE + c->used, "RFC 2408 5.1");
    }
    if (c->counts[0] != 0 && c->count != 1) /* a fragment travels alone (FRG-10) */
        return ike_refuse(why, IKEV1_E_FRAGMENT, IKEV1_PAYLOAD_FRAGMENT, IKEV1_HEADER_SIZE, NULL);
    return IKEV1_OK;
}

const struct ike_payload *ike_chain_find(const struct ike_chain *c, uint8_t type, size_t nth) {
    for (size_t i = 0; i < c->count; i++) {
        if (c->at[i].type != type)
            continue;
        if (nth == 0)
            return &c->at[i];
        nth--;
    }
    return NULL;
}

void ike_message_begin(struct ike_message_writer *m, uint8_t *buf, size_t cap,
                       const struct ike_header *h) {
    m->w = ike_writer(buf, cap);
    m->next_at = NEXT_AT;
    m->open_at = 0;
    ike_header_encode(&m->w, h);
    ike_patch_u8(&m->w, NEXT_AT, 0);
}

void ike_payload_begin(struct ike_message_writer *m, uint8_t type) {
    ike_patch_u8(&m->w, m->next_at, type);
    m->open_at = m->next_at = ike_written(&m->w);
    ike_write_room(&m->w, GENERIC_HEADER);
}

void ike_payload_end(struct ike_message_writer *m) {
    size_t len = ike_written(&m->w) - m->open_at;
    if (m->w.bad || len > UINT16_MAX) {
        m->w.bad = true;
        return;
    }
    ike_patch_u16(&m->w, m->open_at + 2, (uint16_t)len);
    m->open_at = 0;
}

void ike_payload_put(struct ike_message_writer *m, uint8_t type, ikev1_bytes body) {
    ike_payload_begin(m, type);
    ike_write(&m->w, body);
    ike_payload_end(m);
}

size_t ike_message_end(struct ike_message_writer *m, size_t block) {
    size_t chain = ike_written(&m->w) - IKEV1_HEADER_SIZE;
    if (!m->w.bad && block > 1 && chain % block != 0)
        ike_write_room(&m->w, block - chain % block);
    size_t total = ike_written(&m->w);
    ike_patch_u32(&m->w, LENGTH_AT, (uint32_t)total);
    return m->w.bad ? 0 : total;
}
