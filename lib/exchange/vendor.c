/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vendor IDs: what we announce, and whom we recognise. They are not authenticated and can only turn
 * on what policy allows anyway (PAY-13).
 */
#include <string.h>

#include "exchange/exchange.h"

enum { EXACT, PREFIX };
enum { CAPABILITY, PRODUCT };

static const struct vendor {
    const char *bytes;
    uint8_t len, match, kind;
    const char *name;
} VENDORS[] = {
    /* MD5("RFC 3947") */
    {"\x4a\x13\x1c\x81\x07\x03\x58\x45\x5c\x57\x28\xf2\x0e\x95\x45\x2f", 16, EXACT, CAPABILITY,
     "RFC 3947"},
    /* MD5("libikev1") */
    {"\xf0\xf5\xdb\x07\xf1\x08\xd2\x83\xc0\xa1\x5c\xe8\xe2\xda\xba\x13", 16, EXACT, PRODUCT,
     "libikev1"},
    /* MD5("strongSwan") */
    {"\x88\x2f\xe5\x6d\x6f\xd2\x0d\xbc\x22\x51\x61\x3b\x2e\xbe\x5b\xeb", 16, EXACT, PRODUCT,
     "strongSwan"},
    {"OE-Libreswan-", 13, PREFIX, PRODUCT, "Libreswan"},
    /* MD5("KAME/racoon") */
    {"\x70\x03\xcb\xc1\x09\x7d\xbe\x9c\x26\x00\xba\x69\x83\xbc\x8b\x35", 16, EXACT, PRODUCT,
     "KAME/racoon"},
    {"\x62\x50\x27\x74\x9d\x5a\xb9\x7f\x56\x16\xc1\x60\x27\x65\xcf\x48\x0a\x3b\x7d\x0b", 20, EXACT,
     PRODUCT, "ZyXEL ZyWALL"},
};

enum { RFC_3947 = 0, OURSELVES = 1 };

static const struct vendor *recognise(ikev1_bytes vid) {
    for (size_t i = 0; i < sizeof VENDORS / sizeof *VENDORS; i++) {
        const struct vendor *v = &VENDORS[i];
        bool fits = v->match == EXACT ? vid.len == v->len : vid.len >= v->len;
        if (fits && memcmp(vid.data, v->bytes, v->len) == 0)
            return v;
    }
    return NULL;
}

static void put(struct ike_message_writer *m, const struct vendor *v) {
    ike_payload_put(m, IKEV1_PAYLOAD_VENDOR, ike_bytes(v->bytes, v->len));
}

void ike_vendors_put(const struct ike_xchg *x, struct ike_message_writer *m) {
    /* The responder repeats what both can do; the initiator says all it can. */
    if (x->initiator ? x->profile->natt != IKEV1_NATT_OFF : x->sa->natt)
        put(m, &VENDORS[RFC_3947]);
    if (!x->sa->ctx->anonymous)
        put(m, &VENDORS[OURSELVES]);
}

bool ike_vendors_natt(const struct ike_chain *chain) {
    const struct ike_payload *p;
    for (size_t n = 0; (p = ike_chain_find(chain, IKEV1_PAYLOAD_VENDOR, n)) != NULL; n++) {
        if (recognise(p->body) == &VENDORS[RFC_3947])
            return true;
    }
    return false;
}

void ike_vendors_log(const struct ike_xchg *x, const struct ike_chain *chain) {
    const struct ike_payload *p;
    for (size_t n = 0; (p = ike_chain_find(chain, IKEV1_PAYLOAD_VENDOR, n)) != NULL; n++) {
        const struct vendor *v = recognise(p->body);
        if (v != NULL && v->kind == PRODUCT)
            ike_log(x->sa->ctx, IKEV1_LOG_PEER,
                    &(struct ike_log_about){.sa = x->sa, .xchg = x, .text = v->name});
    }
}
