/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What we offer and answer in phase 2: the host's suites and bundles as SA payloads, after a check
 * that they can be used at all (CRY-05).
 */
#include <string.h>

#include "exchange/choice.h"
#include "exchange/natt.h"
#include "exchange/quick.h"

#define CITE "RFC 2409 5.5"

enum { LIFE_2 = 3600, SHA256_BITS = 128, SHA256_DRAFT_BITS = 96 };

/* ---- the host's list ---- */

struct ike_lifetime ike_lifetime2(const ikev1_phase2 *p) {
    return (struct ike_lifetime){p->life_seconds != 0 ? p->life_seconds : LIFE_2,
                                 p->life_kilobytes};
}

struct ike_suite ike_suite2(const ikev1_phase2 *p, size_t i, uint16_t encapsulation) {
    const ikev1_suite2 *s = &p->suites[i];
    struct ike_lifetime life = ike_lifetime2(p);
    bool keyed = s->protocol != IKEV1_PROTO_IPCOMP; /* RFC 3173 4.1: nothing of the others */
    return (struct ike_suite){
        .protocol = s->protocol,
        .transform = 1,
        .id = s->transform,
        .key_bits = s->key_bits,
        .integrity = s->integrity,
        .group = keyed ? p->pfs_group : 0,
        .encapsulation = encapsulation,
        .esn = (s->flags & IKEV1_SUITE2_ESN) != 0,
        .life_seconds = life.seconds,
        .life_kilobytes = life.kilobytes,
    };
}

static bool is_bound(const ikev1_phase2 *p, size_t i) {
    return (p->suites[i].flags & IKEV1_SUITE2_AND) != 0;
}

size_t ike_bundle_size(const ikev1_phase2 *p, size_t i) {
    size_t size = 1;
    while (is_bound(p, i + size - 1))
        size++;
    return size;
}

bool ike_is_usable(const ikev1_phase2 *p, size_t i, uint16_t encapsulation) {
    if (encapsulation == ike_plain_mode(encapsulation))
        return true;
    for (size_t k = i; k < i + ike_bundle_size(p, i); k++)
        if (p->suites[k].protocol == IKEV1_PROTO_AH)
            return false;
    return true;
}

bool ike_accepts_group(const ikev1_phase2 *p, uint16_t group) {
    if (group == p->pfs_group)
        return true;
    for (size_t i = 0; i < IKEV1_MAX_PFS && p->pfs_also[i] != 0; i++)
        if (p->pfs_also[i] == group)
            return true;
    return false;
}

/* ---- writing ---- */

static ikev1_bytes spi_bytes(uint8_t raw[4], const struct ike_member *m) {
    size_t size = m->suite.protocol == IKEV1_PROTO_IPCOMP ? 2 : 4; /* RFC 3173 4.1 */
    ike_put_u32(raw, m->spi_in);
    return ike_bytes(raw + 4 - size, size);
}

static const struct ike_member *member_of(const struct ike_child *child, uint8_t protocol) {
    const struct ike_member *m = &child->first;
    for (size_t i = 1; m->suite.protocol != protocol && i < child->member_count; i++)
        m = ike_member_at(child, i);
    return m;
}

void ike_offer2(struct ike_writer *w, const ikev1_phase2 *p, uint16_t encapsulation,
                const struct ike_child *child) {
    struct ike_sa_writer s;
    uint8_t raw[4], number = 0, transform = 0;
    uint8_t open = 0; /* protocol of a proposal to which an alternative can be added */
    ike_sa_begin(&s, w);
    for (size_t i = 0; i < p->suite_count;) {
        size_t size = ike_bundle_size(p, i);
        bool usable = ike_is_usable(p, i, encapsulation);
        if (usable && (size > 1 || p->suites[i].protocol != open))
            number++;
        for (size_t end = i + size; i < end; i++) {
            struct ike_suite suite = ike_suite2(p, i, encapsulation);
            if (!usable)
                continue;
            if (size > 1 || suite.protocol != open) {
                ike_sa_proposal(&s, number, suite.protocol,
                                spi_bytes(raw, member_of(child, suite.protocol)));
                transform = 0;
            }
            suite.transform = ++transform;
            ike_sa_transform2(&s, &suite);
            open = size > 1 ? 0 : suite.protocol;
        }
    }
    ike_sa_end(&s);
    if (number == 0)
        w->bad = true;
}

/* What was chosen, in the order of the offer. */
void ike_chosen2(struct ike_writer *w, const struct ike_child *child) {
    struct ike_sa_writer s;
    uint8_t raw[4];
    ike_sa_begin(&s, w);
    for (uint8_t place = 0; place < child->member_count; place++) {
        for (size_t i = 0; i < child->member_count; i++) {
            const struct ike_member *m = ike_member_at(child, i);
            if (m->place != place)
                continue;
            ike_sa_proposal(&s, m->suite.proposal, m->suite.protocol, spi_bytes(raw, m));
            ike_sa_transform2(&s, &m->suite);
        }
    }
    ike_sa_end(&s);
}

int ike_offers_add(struct ike_xchg *x, struct ike_blob *offers, ikev1_bytes body) {
    struct ike_mem *mem = &x->sa->ctx->mem;
    size_t size = offers->len + 2 + body.len;
    struct ike_blob grown = {ike_alloc(mem, size), size};
    if (grown.data == NULL)
        return IKEV1_E_MEMORY;
    struct ike_writer w = ike_writer(grown.data, size);
    ike_write(&w, ike_blob_bytes(offers));
    ike_write_u16(&w, (uint16_t)body.len);
    ike_write(&w, body);
    ike_blob_free(mem, offers);
    *offers = grown;
    return IKEV1_OK;
}

ikev1_bytes ike_offers_at(const struct ike_xchg *x, size_t nth) {
    struct ike_reader r = ike_reader(ike_blob_bytes(&x->sa_i));
    ikev1_bytes body = ike_bytes(NULL, 0);
    for (size_t i = 0; i <= nth && ike_left(&r) != 0; i++) {
        size_t len = ike_read_u16(&r);
        body = ike_read_bytes(&r, len);
    }
    return body;
}

/* ---- checking the host's answer ---- */

/* RFC 2407 4.5, RFC 3686 3.3: an AH beside it is not enough. */
static bool lacks_integrity(const ikev1_suite2 *s) {
    return s->protocol == IKEV1_PROTO_ESP && s->integrity == 0 &&
           (s->transform == IKEV1_ESP_NULL || s->transform == IKEV1_ESP_AES_CTR);
}

static int check_suite(const struct ike_context *ctx, const ikev1_phase2 *p, size_t i,
                       struct ike_key_layout *layout, ikev1_why *why) {
    const ikev1_suite2 *s = &p->suites[i];
    struct ike_suite suite = ike_suite2(p, i, p->mode);
    uint16_t known = IKEV1_SUITE2_AND | (s->protocol != IKEV1_PROTO_IPCOMP ? IKEV1_SUITE2_ESN : 0);
    if (s->flags & ~known)
        return ike_refuse_suite(why, IKEV1_E_CONFIG, i, s->protocol, IKEV1_ATTR2_ESN, s->flags);
    if (ike_takes_key_bits(s->protocol, s->transform) != (s->key_bits != 0))
        return ike_refuse_suite(why, IKEV1_E_CONFIG, i, s->protocol, IKEV1_ATTR2_KEY_BITS,
                                s->key_bits);
    if (ike_key_layout(layout, &suite) != IKEV1_OK)
        return ike_refuse_suite(why, IKEV1_E_UNSUPPORTED, i, s->protocol, IKEV1_DIFF_TRANSFORM,
                                s->transform);
    if (ike_suite_weakness(&suite, 2) & ~ctx->allow)
        return ike_refuse_suite(why, IKEV1_E_WEAK, i, s->protocol, IKEV1_DIFF_TRANSFORM,
                                s->transform);
    if (lacks_integrity(s))
        return ike_refuse_suite(why, IKEV1_E_WEAK, i, s->protocol, IKEV1_ATTR2_INTEGRITY, 0);
    return IKEV1_OK;
}

/* Each protocol once, and something in it that authenticates: a cipher that does not, alone, is no
 * protection at all (SAP-17), nor is compression. */
static int check_bundle(const struct ike_context *ctx, const ikev1_phase2 *p, size_t first,
                        size_t size, ikev1_why *why) {
    const ikev1_suite2 *s = &p->suites[first];
    unsigned seen = 0;
    bool authenticates = false;
    for (size_t i = first; i < first + size; i++, s++) {
        struct ike_key_layout layout;
        int r = check_suite(ctx, p, i, &layout, why);
        if (r != IKEV1_OK)
            return r;
        if (seen & 1u << (s->protocol & 31))
            return ike_refuse_suite(why, IKEV1_E_CONFIG, i, s->protocol, IKEV1_DIFF_PROTOCOL,
                                    s->protocol);
        seen |= 1u << s->protocol;
        authenticates |= layout.icv != 0;
    }
    if (!authenticates)
        return ike_refuse_suite(why, IKEV1_E_WEAK, first, p->suites[first].protocol,
                                IKEV1_ATTR2_INTEGRITY, 0);
    return IKEV1_OK;
}

static int check_suites(const struct ike_context *ctx, const ikev1_phase2 *p, ikev1_why *why) {
    if (p->suites == NULL || p->suite_count == 0 || p->suite_count > IKE_MAX_SUITES ||
        is_bound(p, p->suite_count - 1))
        return ike_refuse(why, IKEV1_E_CONFIG, IKEV1_PAYLOAD_SA, 0, NULL);
    for (size_t i = 0, size; i < p->suite_count; i += size) {
        size = ike_bundle_size(p, i);
        int r = check_bundle(ctx, p, i, size, why);
        if (r != IKEV1_OK)
            return r;
    }
    return IKEV1_OK;
}

/* None: the end of the path; the rest is protocol and port. */
static bool selector_is_good(const ikev1_selector *s) {
    return s->family == 0 || ike_selector_is_good(s);
}

static int check_groups(const struct ike_context *ctx, const ikev1_phase2 *p, ikev1_why *why) {
    for (size_t i = 0; i <= IKEV1_MAX_PFS; i++) {
        uint16_t group = i == 0 ? p->pfs_group : p->pfs_also[i - 1];
        if (group == 0 && i != 0)
            break;
        int r = group != 0 ? ike_group_usable(&ctx->crypto, group, ctx->allow) : IKEV1_OK;
        if (r != IKEV1_OK)
            return ike_refuse_suite(why, r, 0, p->suites[0].protocol, IKEV1_ATTR2_GROUP, group);
    }
    return IKEV1_OK;
}

/* One SA payload of it: what is checked of each. */
static int check_one(const struct ike_context *ctx, const ikev1_phase2 *p, ikev1_why *why) {
    bool bits =
        p->sha256_bits == 0 || p->sha256_bits == SHA256_BITS || p->sha256_bits == SHA256_DRAFT_BITS;
    if (p->size != sizeof *p || p->rule == 0 || !bits || p->lifetime > IKEV1_LIFETIME_EXACT ||
        (p->mode != IKEV1_ENCAP_TUNNEL && p->mode != IKEV1_ENCAP_TRANSPORT))
        return ike_refuse(why, IKEV1_E_CONFIG, 0, 0, NULL);
    return check_suites(ctx, p, why);
}

int ike_check_phase2(const struct ike_context *ctx, const ikev1_phase2 *p, ikev1_why *why) {
    size_t count = 0;
    for (const ikev1_phase2 *sa = p; sa != NULL; sa = sa->next) {
        if (++count > IKEV1_MAX_SA_PAYLOADS)
            return ike_refuse(why, IKEV1_E_CONFIG, IKEV1_PAYLOAD_SA, 0, CITE);
        int r = check_one(ctx, sa, why);
        if (r != IKEV1_OK)
            return r;
    }
    bool mixed =
        p->local.family != 0 && p->remote.family != 0 && p->local.family != p->remote.family;
    if (!selector_is_good(&p->local) || !selector_is_good(&p->remote) || mixed ||
        p->match > IKEV1_SELECT_ACCEPT)
        return ike_refuse(why, IKEV1_E_CONFIG, IKEV1_PAYLOAD_ID, 0, "RFC 2407 4.6.2");
    return check_groups(ctx, p, why);
}
