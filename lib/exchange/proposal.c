/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What we offer and answer in phase 1: the host's suites as SA payloads, after a check that they
 * can be used at all (CRY-05: what the provider lacks is said before a negotiation, not in the
 * middle of one).
 */
#include "exchange/choice.h"
#include "exchange/fragment.h"
#include "exchange/phase1.h"
#include "exchange/proposal.h"
#include "exchange/vendor.h"

enum { MAX_ID = 512, KEY_IKE = 1, LIFE_1 = 28800 };

/* ---- writing ---- */

struct ike_lifetime ike_lifetime1(const ikev1_phase1 *p) {
    return (struct ike_lifetime){p->life_seconds != 0 ? p->life_seconds : LIFE_1,
                                 p->life_kilobytes};
}

struct ike_suite ike_suite1(const ikev1_phase1 *p, size_t i) {
    const ikev1_suite1 *s = &p->suites[i];
    struct ike_lifetime life = ike_lifetime1(p);
    return (struct ike_suite){
        .protocol = IKEV1_PROTO_ISAKMP,
        .transform = (uint8_t)(i + 1),
        .id = KEY_IKE,
        .cipher = s->cipher,
        .key_bits = s->key_bits,
        .hash = s->hash,
        .prf = p->prf,
        .auth = s->auth,
        .group = s->group,
        .life_seconds = life.seconds,
        .life_kilobytes = life.kilobytes,
    };
}

void ike_offer1(struct ike_writer *w, const ikev1_phase1 *p) {
    struct ike_sa_writer s;
    ike_sa_begin(&s, w);
    ike_sa_proposal(&s, 1, IKEV1_PROTO_ISAKMP, ike_bytes(NULL, 0));
    for (size_t i = 0; i < p->suite_count; i++) {
        struct ike_suite suite = ike_suite1(p, i);
        ike_sa_transform1(&s, &suite);
    }
    ike_sa_end(&s);
}

void ike_chosen1(struct ike_writer *w, const struct ike_suite *suite) {
    struct ike_sa_writer s;
    ike_sa_begin(&s, w);
    ike_sa_proposal(&s, suite->proposal, IKEV1_PROTO_ISAKMP, ike_bytes(NULL, 0));
    ike_sa_transform1(&s, suite);
    ike_sa_end(&s);
}

/* ---- checking the host's answers ---- */

/* An identity must survive its own decoder. */
static bool natt_is_good(const ikev1_phase1 *p) {
    if (p->natt > IKEV1_NATT_FORCE || (p->natt_variants & ~(uint32_t)IKEV1_NATT_ALL) != 0 ||
        p->natt_address_count > IKEV1_MAX_NATT_ADDRESSES ||
        (p->natt_address_count != 0 && p->natt_addresses == NULL))
        return false;
    for (size_t i = 0; i < p->natt_address_count; i++) {
        if (p->natt_addresses[i].family != 4 && p->natt_addresses[i].family != 6)
            return false;
    }
    return true;
}

static bool id_is_good(const ikev1_id *id) {
    uint8_t body[4 + MAX_ID];
    ikev1_id again;
    if (id->type == 0)
        return true;
    struct ike_writer w = ike_writer(body, sizeof body);
    ike_id_encode(&w, id);
    return !w.bad && ike_id_decode(&again, ike_bytes(body, ike_written(&w)), NULL) == IKEV1_OK;
}

static int check_suite1(const struct ike_context *ctx, const ikev1_phase1 *p, size_t i,
                        ikev1_why *why) {
    const ikev1_suite1 *s = &p->suites[i];
    struct ike_suite suite = ike_suite1(p, i);
    struct ike_algs algs;
    if (s->reserved[0] != 0 || s->reserved[1] != 0 || s->reserved[2] != 0)
        return ike_refuse_suite(why, IKEV1_E_CONFIG, i, IKEV1_PROTO_ISAKMP, 0, 0);
    const bool xauth = ike_auth_xauth(s->auth, true) || ike_auth_xauth(s->auth, false);
    if (p->mode == IKEV1_MODE_BASE && xauth) /* it has no form for them */
        return ike_refuse_suite(why, IKEV1_E_UNSUPPORTED, i, IKEV1_PROTO_ISAKMP, IKEV1_ATTR1_AUTH,
                                s->auth);
    if (ike_auth_layout(s->auth) == 0)
        return ike_refuse_suite(why, IKEV1_E_UNSUPPORTED, i, IKEV1_PROTO_ISAKMP, IKEV1_ATTR1_AUTH,
                                s->auth);
    int r = ike_algs_find(&algs, &ctx->crypto, &suite, why);
    if (r != IKEV1_OK) {
        if (why != NULL)
            why->diffs[0].suite = (uint8_t)i;
        return r;
    }
    if (algs.cipher->key_step != 0 && s->key_bits == 0)
        return ike_refuse_suite(why, IKEV1_E_CONFIG, i, IKEV1_PROTO_ISAKMP, IKEV1_ATTR1_KEY_BITS,
                                0);
    if (algs.cipher->key_step == 0 && s->key_bits != 0)
        return ike_refuse_suite(why, IKEV1_E_CONFIG, i, IKEV1_PROTO_ISAKMP, IKEV1_ATTR1_KEY_BITS,
                                s->key_bits);
    if (ike_suite_weakness(&suite, 1) & ~ctx->allow)
        return ike_refuse_suite(why, IKEV1_E_WEAK, i, IKEV1_PROTO_ISAKMP, 0, 0);
    return IKEV1_OK;
}

static bool fragments_are_good(const ikev1_phase1 *p) {
    return p->fragments <= IKEV1_FRAGMENTS_OFF &&
           (p->fragment_size == 0 || (p->fragment_size >= IKE_FRAGMENT_LEAST &&
                                      p->fragment_size <= IKE_FRAGMENT_MOST)); /* FRG-12 */
}

int ike_check_phase1(const struct ike_context *ctx, const ikev1_phase1 *p, ikev1_why *why) {
    if (p->size != sizeof *p || p->rule == 0 || p->suite_count == 0 ||
        p->suite_count > IKE_MAX_SUITES || p->suites == NULL || !natt_is_good(p) ||
        p->remote_match > IKEV1_MATCH_RANGE || p->unique > IKEV1_UNIQUE_REFUSE ||
        p->lifetime > IKEV1_LIFETIME_EXACT || !fragments_are_good(p) ||
        p->psk_count > IKEV1_MAX_PSKS || p->mode > IKEV1_MODE_BASE ||
        p->xauth_type > IKEV1_XAUTH_SKEY || p->config > IKEV1_CONFIG_PUSH ||
        p->config_type_count > IKEV1_MAX_CONFIG_TYPES ||
        (p->config_types == NULL && p->config_type_count != 0) ||
        ((p->quirks_on | p->quirks_off) & ~(uint32_t)IKEV1_QUIRKS_ALL) != 0)
        return ike_refuse(why, IKEV1_E_CONFIG, 0, 0, NULL);
    if (!id_is_good(&p->local_id) || !id_is_good(&p->remote_id) ||
        !ike_match_usable(p->remote_match, &p->remote_id))
        return ike_refuse(why, IKEV1_E_CONFIG, IKEV1_PAYLOAD_ID, 0, "RFC 2407 4.6.2");
    for (size_t i = 0; i < p->suite_count; i++) {
        int r = check_suite1(ctx, p, i, why);
        if (r != IKEV1_OK)
            return r;
    }
    return IKEV1_OK;
}
