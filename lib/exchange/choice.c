/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Choosing a transform, checking a choice, and saying exactly why nothing fits (mission S6): for
 * each candidate pair the attributes that differ, nearest pair first.
 */
#include <string.h>

#include "exchange/exchange.h"

/* The fields in which two suites must agree, in the order people look for the difference. */
struct field {
    uint16_t attribute;
    uint8_t offset, size;
};
#define FIELD(attribute, member)                                                                   \
    { attribute, offsetof(struct ike_suite, member), sizeof((struct ike_suite){0}.member) }

static const struct field PHASE1[] = {
    FIELD(IKEV1_DIFF_PROTOCOL, protocol), FIELD(IKEV1_DIFF_TRANSFORM, id),
    FIELD(IKEV1_ATTR1_CIPHER, cipher),    FIELD(IKEV1_ATTR1_KEY_BITS, key_bits),
    FIELD(IKEV1_ATTR1_HASH, hash),        FIELD(IKEV1_ATTR1_AUTH, auth),
    FIELD(IKEV1_ATTR1_GROUP, group),      FIELD(IKEV1_ATTR1_PRF, prf),
    FIELD(IKEV1_DIFF_UNKNOWN, bad),       {0, 0, 0},
};
static const struct field PHASE2[] = {
    FIELD(IKEV1_DIFF_PROTOCOL, protocol),
    FIELD(IKEV1_DIFF_TRANSFORM, id),
    FIELD(IKEV1_ATTR2_KEY_BITS, key_bits),
    FIELD(IKEV1_ATTR2_INTEGRITY, integrity),
    FIELD(IKEV1_ATTR2_ENCAPSULATION, encapsulation),
    FIELD(IKEV1_ATTR2_GROUP, group),
    FIELD(IKEV1_ATTR2_ESN, esn),
    FIELD(IKEV1_DIFF_UNKNOWN, bad),
    {0, 0, 0},
};

static uint32_t value_of(const struct ike_suite *s, const struct field *f) {
    const uint8_t *at = (const uint8_t *)s + f->offset;
    uint16_t wide;
    if (f->size == 1)
        return *at;
    memcpy(&wide, at, sizeof wide);
    return wide;
}

/* AES without a key length means 128 bits to those who leave it out. */
static void settle_key_bits(const struct ike_context *ctx, int phase, struct ike_suite *s) {
    if (s->key_bits != 0)
        return;
    if (phase == 1) {
        const ikev1_cipher_alg *alg = ike_cipher_alg(&ctx->crypto, s->cipher);
        if (alg != NULL && alg->key_step != 0)
            s->key_bits = (uint16_t)(alg->key_default * 8);
    } else if (s->protocol == IKEV1_PROTO_ESP) {
        struct ike_key_layout l;
        bool variable = s->id >= IKEV1_ESP_AES_CBC && s->id <= IKEV1_ESP_AES_GMAC;
        if (variable && ike_key_layout(&l, s) == IKEV1_OK)
            s->key_bits = (uint16_t)((l.encryption - l.salt) * 8);
    }
}

struct search { /* one of their transforms at a time against our suites */
    const struct ike_context *ctx;
    const struct field *fields;
    int phase;
    ikev1_why *why;
    size_t count;
    struct ike_suite ours[IKE_MAX_SUITES]; /* key lengths settled */
};

/* How many differences the pair has that begins at `at`. */
static size_t pair_size(const ikev1_why *why, size_t at) {
    const ikev1_diff *d = &why->diffs[at];
    size_t n = 1;
    while (at + n < why->diff_count && d[n].proposal == d->proposal &&
           d[n].transform == d->transform && d[n].suite == d->suite)
        n++;
    return n;
}

/* Puts a pair's differences before those of the first pair that is further apart. What no longer
 * fits goes, in whole pairs. */
static void keep(ikev1_why *why, const ikev1_diff *diffs, size_t count) {
    size_t at = 0;
    while (at < why->diff_count && pair_size(why, at) <= count)
        at += pair_size(why, at);
    if (at + count > IKEV1_WHY_DIFFS)
        return;
    while (why->diff_count + count > IKEV1_WHY_DIFFS) {
        size_t last = at;
        while (last + pair_size(why, last) < why->diff_count)
            last += pair_size(why, last);
        why->diff_count = (uint8_t)last;
    }
    memmove(&why->diffs[at + count], &why->diffs[at], (why->diff_count - at) * sizeof *diffs);
    memcpy(&why->diffs[at], diffs, count * sizeof *diffs);
    why->diff_count = (uint8_t)(why->diff_count + count);
}

/* Compares two suites whose key lengths are settled. True when both agree; else keeps the
 * differences. */
static bool agrees(struct search *s, const struct ike_suite *theirs, const struct ike_suite *ours,
                   size_t index) {
    ikev1_diff diffs[IKEV1_WHY_DIFFS];
    size_t count = 0;
    for (const struct field *f = s->fields; f->size != 0; f++) {
        uint32_t a = value_of(theirs, f), b = value_of(ours, f);
        if (a != b && count < IKEV1_WHY_DIFFS) {
            ikev1_diff *d = &diffs[count++];
            memset(d, 0, sizeof *d); /* its padding too: the host gets it as it is */
            d->proposal = theirs->proposal;
            d->transform = theirs->transform;
            d->suite = (uint8_t)index;
            d->protocol = ours->protocol;
            d->attribute = f->attribute;
            d->theirs = a;
            d->ours = b;
        }
    }
    if (count != 0)
        keep(s->why, diffs, count);
    return count == 0;
}

/* The best of our suites that this transform of theirs is, among those better than `best`. Each of
 * theirs is decoded once, however many are ours (SAP-11). */
static size_t rank(struct search *s, const struct ike_suite *theirs, size_t best) {
    struct ike_suite settled = *theirs;
    settle_key_bits(s->ctx, s->phase, &settled);
    for (size_t i = 0; i < best; i++) {
        if (agrees(s, &settled, &s->ours[i], i))
            return i;
    }
    return best;
}

static void begin(struct search *s, const struct ike_context *ctx, int phase, ikev1_why *why) {
    s->ctx = ctx;
    s->fields = phase == 1 ? PHASE1 : PHASE2;
    s->phase = phase;
    s->why = why;
    s->count = 0;
    why->diff_count = 0;
}

static void add_ours(struct search *s, struct ike_suite suite) {
    settle_key_bits(s->ctx, s->phase, &suite);
    s->ours[s->count++] = suite;
}

static int none(ikev1_why *why, const char *cite) {
    (void)ike_refuse(why, IKEV1_E_NO_PROPOSAL, IKEV1_PAYLOAD_SA, IKEV1_HEADER_SIZE, cite);
    why->notify = IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN;
    return IKEV1_E_NO_PROPOSAL;
}

/* The only proposal of a body, which must have just that. */
static bool only_proposal(ikev1_bytes body, struct ike_proposal *p) {
    struct ike_proposal more;
    struct ike_reader proposals = ike_sa_proposals(body);
    return ike_proposal_next(&proposals, p) && !ike_proposal_next(&proposals, &more);
}

int ike_choose1(const struct ike_context *ctx, const ikev1_phase1 *p, ikev1_bytes sa_body,
                struct ike_suite *chosen, ikev1_why *why) {
    struct search s;
    struct ike_proposal proposal;
    struct ike_transform t;
    if (!only_proposal(sa_body, &proposal) || proposal.protocol != IKEV1_PROTO_ISAKMP) /* SAP-09 */
        return ike_refuse(why, IKEV1_E_SA_SYNTAX, IKEV1_PAYLOAD_SA, IKEV1_HEADER_SIZE,
                          "RFC 2409 5");
    begin(&s, ctx, 1, why);
    for (size_t i = 0; i < p->suite_count; i++)
        add_ours(&s, ike_suite1(p, i));
    size_t best = s.count;
    while (best != 0 && ike_transform_next(&proposal, &t)) {
        struct ike_suite theirs;
        ike_suite_decode1(&theirs, &proposal, &t);
        size_t found = rank(&s, &theirs, best);
        if (found < best)
            *chosen = theirs;
        best = found;
    }
    if (best == s.count)
        return none(why, "RFC 2409 5");
    why->diff_count = 0;
    return IKEV1_OK;
}

/* Equal neighbouring numbers are one AND-bundle: not to be had in parts. */
static bool is_bundled(const struct ike_proposal *p, int before, struct ike_reader rest) {
    struct ike_proposal next;
    return p->number == before || (ike_proposal_next(&rest, &next) && next.number == p->number);
}

static bool spi_is_good(const struct ike_proposal *p) {
    struct ike_reader r = ike_reader(p->spi);
    return p->spi.len == 4 && ike_read_u32(&r) > 255; /* RFC 2406 2.1: up to 255 is reserved */
}

int ike_choose2(const struct ike_context *ctx, const ikev1_phase2 *p, uint16_t encapsulation,
                ikev1_bytes sa_body, struct ike_suite *chosen, struct ike_proposal *proposal,
                ikev1_why *why) {
    struct search s;
    struct ike_reader proposals = ike_sa_proposals(sa_body);
    struct ike_proposal next;
    struct ike_transform t;
    int before = -1;
    begin(&s, ctx, 2, why);
    for (size_t i = 0; i < p->suite_count; i++)
        add_ours(&s, ike_suite2(p, i, encapsulation));
    size_t best = s.count;
    while (best != 0 && ike_proposal_next(&proposals, &next)) {
        bool bundled = is_bundled(&next, before, proposals);
        before = next.number;
        struct ike_proposal whole = next;
        while (!bundled && best != 0 && ike_transform_next(&next, &t)) {
            struct ike_suite theirs;
            ike_suite_decode2(&theirs, &next, &t);
            size_t found = rank(&s, &theirs, best);
            if (found < best) {
                *chosen = theirs;
                *proposal = whole;
            }
            best = found;
        }
    }
    if (best == s.count)
        return none(why, "RFC 2409 5.5");
    why->diff_count = 0;
    if (!spi_is_good(proposal))
        return ike_refuse(why, IKEV1_E_SPI, IKEV1_PAYLOAD_SA, IKEV1_HEADER_SIZE, "RFC 2406 2.1");
    return IKEV1_OK;
}

int ike_check_choice(const struct ike_context *ctx, int phase, ikev1_bytes offered,
                     ikev1_bytes answer, struct ike_suite *chosen, struct ike_proposal *proposal,
                     ikev1_why *why) {
    struct search s;
    struct ike_proposal rest, ours;
    struct ike_transform t, more;
    const char *cite = phase == 1 ? "RFC 2409 5" : "RFC 2409 5.5";
    if (!only_proposal(answer, &rest))
        return ike_refuse(why, IKEV1_E_BAD_CHOICE, IKEV1_PAYLOAD_SA, IKEV1_HEADER_SIZE, cite);
    *proposal = rest;
    if (!ike_transform_next(&rest, &t) || ike_transform_next(&rest, &more)) /* SAP-14 */
        return ike_refuse(why, IKEV1_E_BAD_CHOICE, IKEV1_PAYLOAD_SA, IKEV1_HEADER_SIZE, cite);
    void (*decode)(struct ike_suite *, const struct ike_proposal *, const struct ike_transform *) =
        phase == 1 ? ike_suite_decode1 : ike_suite_decode2;
    decode(chosen, proposal, &t);
    struct ike_suite answered = *chosen;
    begin(&s, ctx, phase, why);
    settle_key_bits(ctx, phase, &answered);
    struct ike_reader proposals = ike_sa_proposals(offered);
    while (ike_proposal_next(&proposals, &ours)) {
        for (size_t i = 0; ike_transform_next(&ours, &t); i++) {
            struct ike_suite suite;
            decode(&suite, &ours, &t);
            settle_key_bits(ctx, phase, &suite);
            if (!agrees(&s, &answered, &suite, i))
                continue;
            why->diff_count = 0;
            if (phase == 2 && !spi_is_good(proposal))
                return ike_refuse(why, IKEV1_E_SPI, IKEV1_PAYLOAD_SA, IKEV1_HEADER_SIZE,
                                  "RFC 2406 2.1");
            return IKEV1_OK;
        }
    }
    return ike_refuse(why, IKEV1_E_BAD_CHOICE, IKEV1_PAYLOAD_SA, IKEV1_HEADER_SIZE, cite);
}
