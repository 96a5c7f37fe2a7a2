/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparing suites and saying exactly why nothing fits (mission S6): for each candidate pair the
 * attributes that differ, nearest pair first. Then the choice of phase 1, and its check.
 */
#include <string.h>

#include "exchange/choice.h"
#include "exchange/natt.h"
#include "exchange/proposal.h"

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
    FIELD(IKEV1_ATTR2_ESN, esn), /* RFC 4304 3 */
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

/* Compression has a mode, transport where none is named; what belongs to the other protocols of its
 * bundle is ignored, UDP encapsulation too (RFC 3173 4.1). */
static void settle_ipcomp(struct ike_suite *s) {
    uint8_t mode = s->encapsulation == 0 ? IKEV1_ENCAP_TRANSPORT : ike_plain_mode(s->encapsulation);
    if (mode != 0)
        s->encapsulation = mode;
    s->group = s->integrity = s->key_bits = s->esn = 0;
}

void ike_settle(const struct ike_context *ctx, int phase, struct ike_suite *suite) {
    if (phase == 2 && suite->protocol == IKEV1_PROTO_IPCOMP)
        settle_ipcomp(suite);
    else
        settle_key_bits(ctx, phase, suite);
}

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
void ike_search_keep(ikev1_why *why, const ikev1_diff *diffs, size_t count) {
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

bool ike_search_agrees(struct ike_search *s, const struct ike_suite *theirs,
                       const struct ike_suite *ours, size_t index) {
    ikev1_diff diffs[IKEV1_WHY_DIFFS];
    size_t count = 0;
    for (const struct field *f = s->phase == 1 ? PHASE1 : PHASE2; f->size != 0; f++) {
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
        ike_search_keep(s->why, diffs, count);
    return count == 0;
}

void ike_search_begin(struct ike_search *s, const struct ike_context *ctx, int phase,
                      ikev1_why *why) {
    s->ctx = ctx;
    s->phase = phase;
    s->why = why;
    s->count = 0;
    why->diff_count = 0;
}

void ike_search_add(struct ike_search *s, struct ike_suite suite) {
    ike_settle(s->ctx, s->phase, &suite);
    s->ours[s->count++] = suite;
}

int ike_search_none(ikev1_why *why, const char *cite) {
    (void)ike_refuse(why, IKEV1_E_NO_PROPOSAL, IKEV1_PAYLOAD_SA, IKEV1_HEADER_SIZE, cite);
    why->notify = IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN;
    return IKEV1_E_NO_PROPOSAL;
}

int ike_refuse_suite(ikev1_why *why, int code, size_t suite, uint8_t protocol, uint16_t attribute,
                     uint32_t value) {
    if (why != NULL) {
        why->diff_count = 1;
        why->diffs[0] = (ikev1_diff){
            .suite = (uint8_t)suite, .protocol = protocol, .attribute = attribute, .ours = value};
    }
    return ike_refuse(why, code, IKEV1_PAYLOAD_SA, 0, NULL);
}

/* ---- phase 1 ---- */

#define CITE "RFC 2409 5"

/* The only proposal of a body, which must have just that (SAP-09). */
static bool only_proposal(ikev1_bytes body, struct ike_proposal *p) {
    struct ike_proposal more;
    struct ike_reader proposals = ike_sa_proposals(body);
    return ike_proposal_next(&proposals, p) && !ike_proposal_next(&proposals, &more) &&
           p->protocol == IKEV1_PROTO_ISAKMP;
}

/* The best of our suites that this transform of theirs is, among those better than `best`. Each of
 * theirs is decoded once, however many are ours (SAP-11). */
static size_t rank(struct ike_search *s, const struct ike_suite *theirs, size_t best) {
    struct ike_suite settled = *theirs;
    ike_settle(s->ctx, s->phase, &settled);
    for (size_t i = 0; i < best; i++) {
        if (ike_search_agrees(s, &settled, &s->ours[i], i))
            return i;
    }
    return best;
}

/* Begins the search with all suites of a rule. */
static void begin_with(struct ike_search *s, const struct ike_context *ctx, const ikev1_phase1 *p,
                       ikev1_why *why) {
    ike_search_begin(s, ctx, 1, why);
    for (size_t i = 0; i < p->suite_count; i++)
        ike_search_add(s, ike_suite1(p, i));
}

int ike_allows1(const struct ike_context *ctx, const ikev1_phase1 *p,
                const struct ike_suite *chosen, ikev1_why *why) {
    struct ike_search s;
    begin_with(&s, ctx, p, why);
    if (rank(&s, chosen, s.count) == s.count)
        return ike_search_none(why, CITE);
    why->diff_count = 0;
    return IKEV1_OK;
}

int ike_choose1(const struct ike_context *ctx, const ikev1_phase1 *p, ikev1_bytes sa_body,
                struct ike_suite *chosen, ikev1_why *why) {
    struct ike_search s;
    struct ike_proposal proposal;
    struct ike_transform t;
    if (!only_proposal(sa_body, &proposal))
        return ike_refuse(why, IKEV1_E_SA_SYNTAX, IKEV1_PAYLOAD_SA, IKEV1_HEADER_SIZE, CITE);
    begin_with(&s, ctx, p, why);
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
        return ike_search_none(why, CITE);
    why->diff_count = 0;
    return IKEV1_OK;
}

int ike_check_choice1(const struct ike_context *ctx, ikev1_bytes offered, ikev1_bytes answer,
                      struct ike_suite *chosen, ikev1_why *why) {
    struct ike_search s;
    struct ike_proposal proposal, ours;
    struct ike_transform t, more;
    struct ike_reader proposals = ike_sa_proposals(offered);
    ike_search_begin(&s, ctx, 1, why);
    if (!only_proposal(answer, &proposal) || !ike_transform_next(&proposal, &t) ||
        ike_transform_next(&proposal, &more) || !ike_proposal_next(&proposals, &ours)) /* SAP-14 */
        return ike_refuse(why, IKEV1_E_BAD_CHOICE, IKEV1_PAYLOAD_SA, IKEV1_HEADER_SIZE, CITE);
    ike_suite_decode1(chosen, &proposal, &t);
    struct ike_suite answered = *chosen;
    ike_settle(ctx, 1, &answered);
    for (size_t i = 0; ike_transform_next(&ours, &t); i++) {
        struct ike_suite suite;
        ike_suite_decode1(&suite, &ours, &t);
        ike_settle(ctx, 1, &suite);
        if (ike_search_agrees(&s, &answered, &suite, i)) {
            why->diff_count = 0;
            return IKEV1_OK;
        }
    }
    return ike_refuse(why, IKEV1_E_BAD_CHOICE, IKEV1_PAYLOAD_SA, IKEV1_HEADER_SIZE, CITE);
}
