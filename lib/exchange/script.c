/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every message of every exchange, one row each. A message that has no row does not exist for us:
 * the state machine is closed.
 */
#include "exchange/phase1.h"
#include "exchange/transaction.h"

#define P(name) IKE_BIT(IKEV1_PAYLOAD_##name)
#define MORE    false
#define LAST    true

enum {
    /* What any message may carry besides. Neither is authenticated in phase 1. */
    HELLO = P(VENDOR) | P(NOTIFY),
    /* Certificates and requests may come at any time, and are read where they belong (RFC 2408 3.9,
     * 3.10). */
    PHASE1 = HELLO | P(CERT) | P(CERTREQ),
    MAIN = IKEV1_EXCHANGE_MAIN,
    AGGR = IKEV1_EXCHANGE_AGGRESSIVE,
    BASE = IKEV1_EXCHANGE_BASE,
    QUICK = IKEV1_EXCHANGE_QUICK,
    INFO = IKEV1_EXCHANGE_INFORMATIONAL,
    TRANS = IKEV1_EXCHANGE_TRANSACTION,
    ANY = IKE_AUTH_ANY,
    KNOWN = IKE_AUTH_KNOWN,
    PSK = IKE_SIGNS_NOBODY,
    SIGN = IKE_SIGNS_INITIATOR | IKE_SIGNS_RESPONDER | IKE_SIGNS_BOTH,
    I_SIGNS = IKE_SIGNS_INITIATOR | IKE_SIGNS_BOTH,
    R_SIGNS = IKE_SIGNS_RESPONDER | IKE_SIGNS_BOTH,
    SA = IKEV1_PAYLOAD_SA,
    ID = IKEV1_PAYLOAD_ID,
    HASH = IKEV1_PAYLOAD_HASH,
};

/* What is looked for most stands first. */
static const struct ike_step SCRIPT[] = {
    {MAIN, 1, MORE, IKE_CLEAR, ANY, SA, 0, IKE_NO_HASH, P(SA), PHASE1, ike_put_offer, ike_got_offer,
     "RFC 2409 5"},
    {MAIN, 2, MORE, IKE_CLEAR, ANY, SA, 0, IKE_NO_HASH, P(SA), PHASE1, ike_put_choice,
     ike_got_choice, "RFC 2409 5"},
    {MAIN, 3, MORE, IKE_CLEAR, KNOWN, 0, 0, IKE_NO_HASH, P(KE) | P(NONCE), PHASE1 | P(NAT_D),
     ike_put_ke, ike_got_ke, "RFC 2409 5"},
    {MAIN, 4, MORE, IKE_CLEAR, KNOWN, 0, 0, IKE_NO_HASH, P(KE) | P(NONCE), PHASE1 | P(NAT_D),
     ike_put_ke, ike_got_ke, "RFC 2409 5"},
    {MAIN, 5, MORE, IKE_SEALED, I_SIGNS, 0, 0, IKE_NO_HASH, P(ID) | P(SIG), PHASE1, ike_put_id_auth,
     ike_got_id_auth, "RFC 2409 5.1"},
    {MAIN, 6, LAST, IKE_SEALED, R_SIGNS, 0, 0, IKE_NO_HASH, P(ID) | P(SIG), PHASE1, ike_put_id_auth,
     ike_got_id_auth, "RFC 2409 5.1"},
    {MAIN, 5, MORE, IKE_SEALED, ANY & ~I_SIGNS, 0, 0, IKE_NO_HASH, P(ID) | P(HASH), PHASE1,
     ike_put_id_auth, ike_got_id_auth, "RFC 2409 5.4"},
    {MAIN, 6, LAST, IKE_SEALED, ANY & ~R_SIGNS, 0, 0, IKE_NO_HASH, P(ID) | P(HASH), PHASE1,
     ike_put_id_auth, ike_got_id_auth, "RFC 2409 5.4"},
    {QUICK, 1, MORE, IKE_SEALED, ANY, HASH, ID, IKE_HASH_1, P(HASH) | P(SA) | P(NONCE),
     P(SA) | HELLO | P(KE) | P(ID) | P(NAT_OA), ike_put_quick_offer, ike_got_quick_offer,
     "RFC 2409 5.5"},
    {QUICK, 2, MORE, IKE_SEALED, ANY, HASH, ID, IKE_HASH_2, P(HASH) | P(SA) | P(NONCE),
     P(SA) | HELLO | P(KE) | P(ID) | P(NAT_OA), ike_put_quick_choice, ike_got_quick_choice,
     "RFC 2409 5.5"},
    {QUICK, 3, LAST, IKE_SEALED, ANY, HASH, 0, IKE_HASH_3, P(HASH), HELLO, ike_put_quick_done,
     ike_got_quick_done, "RFC 2409 5.5"},
    {AGGR, 1, MORE, IKE_CLEAR, ANY, SA, 0, IKE_NO_HASH, P(SA) | P(KE) | P(NONCE) | P(ID), PHASE1,
     ike_put_aggressive_offer, ike_got_aggressive_offer, "RFC 2409 5.4"},
    {AGGR, 2, MORE, IKE_CLEAR, ANY & ~R_SIGNS, SA, 0, IKE_NO_HASH,
     P(SA) | P(KE) | P(NONCE) | P(ID) | P(HASH), PHASE1 | P(NAT_D), ike_put_aggressive_choice,
     ike_got_aggressive_choice, "RFC 2409 5.4"},
    {AGGR, 3, LAST, IKE_EITHER, ANY & ~I_SIGNS, 0, 0, IKE_NO_HASH, P(HASH), PHASE1 | P(NAT_D),
     ike_put_aggressive_auth, ike_got_aggressive_auth, "RFC 2409 5.4"},
    {AGGR, 2, MORE, IKE_CLEAR, R_SIGNS, SA, 0, IKE_NO_HASH,
     P(SA) | P(KE) | P(NONCE) | P(ID) | P(SIG), PHASE1 | P(NAT_D), ike_put_aggressive_choice,
     ike_got_aggressive_choice, "RFC 2409 5.1"},
    {AGGR, 3, LAST, IKE_EITHER, I_SIGNS, 0, 0, IKE_NO_HASH, P(SIG), PHASE1 | P(NAT_D),
     ike_put_aggressive_auth, ike_got_aggressive_auth, "RFC 2409 5.1"},
    {BASE, 1, MORE, IKE_CLEAR, ANY, SA, 0, IKE_NO_HASH, P(SA) | P(NONCE) | P(ID), PHASE1,
     ike_put_base_offer, ike_got_base_offer, "RFC 2408 4.4"},
    {BASE, 2, MORE, IKE_CLEAR, ANY, SA, 0, IKE_NO_HASH, P(SA) | P(NONCE) | P(ID), PHASE1,
     ike_put_base_choice, ike_got_base_choice, "RFC 2408 4.4"},
    {BASE, 3, MORE, IKE_CLEAR, PSK, 0, 0, IKE_NO_HASH, P(KE) | P(HASH), PHASE1, ike_put_base_auth,
     ike_got_base_auth, "RFC 2408 4.4"},
    {BASE, 4, LAST, IKE_CLEAR, PSK, 0, 0, IKE_NO_HASH, P(KE) | P(HASH), PHASE1, ike_put_base_done,
     ike_got_base_done, "RFC 2408 4.4"},
    {BASE, 3, MORE, IKE_CLEAR, SIGN, 0, 0, IKE_NO_HASH, P(KE) | P(SIG), PHASE1, ike_put_base_auth,
     ike_got_base_auth, "RFC 2408 4.4"},
    {BASE, 4, LAST, IKE_CLEAR, SIGN, 0, 0, IKE_NO_HASH, P(KE) | P(SIG), PHASE1, ike_put_base_done,
     ike_got_base_done, "RFC 2408 4.4"},
    {TRANS, 1, MORE, IKE_SEALED, ANY, HASH, 0, IKE_HASH_1, P(HASH) | P(CONFIG), HELLO,
     ike_put_transaction, ike_got_transaction, "isakmp-mode-cfg 3.1"},
    {TRANS, 2, LAST, IKE_SEALED, ANY, HASH, 0, IKE_HASH_1, P(HASH) | P(CONFIG), HELLO,
     ike_put_answer, ike_got_answer, "isakmp-mode-cfg 3.1"},
    /* One message, no state: inform.c acts on what it says. */
    {INFO, 1, LAST, IKE_SEALED, ANY, HASH, 0, IKE_HASH_1, P(HASH), HELLO | P(DELETE), NULL, NULL,
     "RFC 2409 5.7"},
};

/* Types that may occur more than once; the chain's decoder bounds how often. */
enum {
    MANY = P(NOTIFY) | P(DELETE) | P(VENDOR) | P(CERT) | P(CERTREQ) | P(NAT_D) | P(NAT_OA),
};

const struct ike_step *ike_step_at(size_t i) {
    return i < sizeof SCRIPT / sizeof *SCRIPT ? &SCRIPT[i] : NULL;
}

const struct ike_step *ike_step_find(uint8_t exchange, uint8_t number, uint16_t auth) {
    for (size_t i = 0; i < sizeof SCRIPT / sizeof *SCRIPT; i++) {
        const struct ike_step *s = &SCRIPT[i];
        if (s->exchange == exchange && s->number == number &&
            (s->auth == IKE_AUTH_ANY || (s->auth & ike_auth_layout(auth)) != 0))
            return s;
    }
    return NULL;
}

/* The initiator's messages have odd numbers; `number` is that of one more than there are. */
bool ike_sent_last(const struct ike_xchg *x) {
    return (x->number % 2 == 0) == x->initiator;
}

static int refuse(ikev1_why *why, const struct ike_step *step, int code,
                  const struct ike_payload *at, uint8_t type) {
    size_t offset = at != NULL ? at->offset + IKEV1_HEADER_SIZE : 0;
    return ike_refuse(why, code, type, offset, step->cite);
}

/* A payload that is there: may it be, and as often? */
static int check_present(const struct ike_step *step, const struct ike_chain *chain,
                         const struct ike_payload *at, ikev1_why *why) {
    const uint8_t type = at->type;
    const bool several = (step->must & step->may & IKE_BIT(type)) != 0;
    const unsigned count = chain->counts[type];
    const unsigned most = type == step->two ? 2 : several ? IKEV1_MAX_SA_PAYLOADS : 1;
    if (((step->must | step->may) & IKE_BIT(type)) == 0)
        return refuse(why, step, IKEV1_E_UNEXPECTED_PAYLOAD, at, type);
    if (type == step->two && count == 1)
        return refuse(why, step, IKEV1_E_MISSING_PAYLOAD, at, type);
    if (count > most && (MANY & IKE_BIT(type)) == 0) {
        ike_why_numbers(why, count, most, NULL);
        return refuse(why, step, IKEV1_E_DUPLICATE_PAYLOAD, at, type);
    }
    return IKEV1_OK;
}

static int check_counts(const struct ike_step *step, const struct ike_chain *chain,
                        ikev1_why *why) {
    uint32_t seen = 0;
    for (size_t i = 0; i < chain->count; i++) {
        const uint32_t bit = IKE_BIT(chain->at[i].type);
        int r = (seen & bit) == 0 ? check_present(step, chain, &chain->at[i], why) : IKEV1_OK;
        if (r != IKEV1_OK)
            return r;
        seen |= bit;
    }
    for (uint8_t type = 1; (step->must & ~seen) != 0 && type < 32; type++) {
        if (step->must & ~seen & IKE_BIT(type))
            return refuse(why, step, IKEV1_E_MISSING_PAYLOAD, NULL, type);
    }
    return IKEV1_OK;
}

int ike_step_check(const struct ike_step *step, const struct ike_chain *chain, ikev1_why *why) {
    if (chain->counts[0] != 0) /* a fragment is never a part of a message */
        return refuse(why, step, IKEV1_E_UNEXPECTED_PAYLOAD, NULL, IKEV1_PAYLOAD_FRAGMENT);
    int r = check_counts(step, chain, why);
    if (r != IKEV1_OK)
        return r;
    if (step->first != 0 && chain->at[0].type != step->first)
        return refuse(why, step, IKEV1_E_PAYLOAD_ORDER, &chain->at[0], chain->at[0].type);
    return IKEV1_OK;
}
