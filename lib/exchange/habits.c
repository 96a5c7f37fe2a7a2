/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Habits of peers that show in how a message is written (quirk.h). They are looked for when a
 * message is good but for them, and the rule that it belongs to is known: then each is logged, or
 * the message is refused for it.
 */
#include "exchange/lifetime.h"
#include "exchange/quick.h"
#include "exchange/vendor.h"

/* ---- in SA payloads ---- */

/* Attributes that may have any length: durations, and parameters of a group (RFC 2409 App. A). */
static bool may_be_long(bool phase1, uint16_t type) {
    if (phase1)
        return type == IKEV1_ATTR1_LIFE_DURATION || (type >= 6 && type <= 10);
    return type == IKEV1_ATTR2_LIFE_DURATION;
}

static uint32_t of_transform(bool phase1, const struct ike_proposal *p,
                             const struct ike_transform *t) {
    struct ike_reader r = ike_reader(t->attrs);
    struct ike_attr a;
    bool takes_bits = !phase1 && ike_takes_key_bits(p->protocol, t->id), has_bits = false;
    uint32_t habits = 0;
    while (ike_attr_next(&r, &a) > 0) {
        if (!a.basic && !may_be_long(phase1, a.type))
            habits |= IKEV1_QUIRK_ATTRIBUTE_FORM;
        takes_bits |= phase1 && a.type == IKEV1_ATTR1_CIPHER && a.value == IKEV1_CIPHER_AES;
        has_bits |=
            a.type == (phase1 ? IKEV1_ATTR1_KEY_BITS : IKEV1_ATTR2_KEY_BITS) && a.value != 0;
    }
    return takes_bits && !has_bits ? habits | IKEV1_QUIRK_AES_KEY_LENGTH : habits;
}

static uint32_t of_sa(bool phase1, bool offer, ikev1_bytes body) {
    struct ike_reader proposals = ike_sa_proposals(body);
    struct ike_proposal p;
    struct ike_transform t;
    uint32_t habits = 0;
    uint8_t number = 0;
    for (bool first = offer; ike_proposal_next(&proposals, &p); first = false) {
        const ikev1_bytes spi = p.spi;
        bool begins = offer;
        habits |=
            !offer && number != 0 && p.number != number ? (uint32_t)IKEV1_QUIRK_IPCOMP_WITHOUT : 0;
        number = p.number;
        habits |= first && p.number != 1 ? (uint32_t)IKEV1_QUIRK_NUMBERING : 0;
        habits |= phase1 && spi.len != 0 ? (uint32_t)IKEV1_QUIRK_ISAKMP_SPI : 0;
        for (; ike_transform_next(&p, &t); begins = false) {
            habits |= begins && t.number != 1 ? (uint32_t)IKEV1_QUIRK_NUMBERING : 0;
            habits |= of_transform(phase1, &p, &t);
        }
    }
    return habits;
}

static bool same_order(const struct ike_transform *a, const struct ike_transform *b) {
    struct ike_reader x = ike_reader(a->attrs), y = ike_reader(b->attrs);
    struct ike_attr p, q;
    while (ike_attr_next(&x, &p) > 0) {
        if (ike_attr_next(&y, &q) <= 0 || p.type != q.type)
            return false;
    }
    return ike_attr_next(&y, &q) <= 0;
}

/* A choice against what was offered under its numbers (RFC 2408 4.2: as it was offered). */
static uint32_t of_order(ikev1_bytes offered, ikev1_bytes answer) {
    struct ike_reader answers = ike_sa_proposals(answer);
    struct ike_proposal chosen, p;
    struct ike_transform its, t;
    while (ike_proposal_next(&answers, &chosen) && ike_transform_next(&chosen, &its)) {
        struct ike_reader offers = ike_sa_proposals(offered);
        while (ike_proposal_next(&offers, &p)) {
            if (p.number != chosen.number || p.protocol != chosen.protocol)
                continue;
            while (ike_transform_next(&p, &t)) {
                if (t.number == its.number && t.id == its.id && !same_order(&t, &its))
                    return IKEV1_QUIRK_ATTRIBUTE_ORDER;
            }
        }
    }
    return 0;
}

static uint32_t of_proposals(const struct ike_xchg *x, const struct ike_received *in) {
    const bool phase1 = x->exchange != IKEV1_EXCHANGE_QUICK;
    const struct ike_payload *p;
    uint32_t habits = 0;
    for (size_t n = 0; (p = ike_chain_find(&in->chain, IKEV1_PAYLOAD_SA, n)) != NULL; n++) {
        habits |= of_sa(phase1, !x->initiator, p->body);
        if (x->initiator)
            habits |= of_order(phase1 ? ike_blob_bytes(&x->sa_i) : ike_offers_at(x, n), p->body);
    }
    return habits;
}

/* ---- in notifications ---- */

/* RFC 2407 4.6.3.1: a RESPONDER-LIFETIME that says nothing. */
static uint32_t of_notifications(const struct ike_received *in) {
    const struct ike_payload *p;
    struct ike_notify n;
    uint32_t habits = 0;
    for (size_t i = 0; (p = ike_chain_find(&in->chain, IKEV1_PAYLOAD_NOTIFY, i)) != NULL; i++) {
        if (ike_notify_decode(&n, p->body, NULL) != IKEV1_OK ||
            n.type != IKEV1_NOTIFY_RESPONDER_LIFETIME)
            continue;
        const struct ike_lifetime life = ike_lifetime_got(n.data);
        if (life.seconds == 0 && life.kilobytes == 0)
            habits |= IKEV1_QUIRK_LIFETIME_WITHOUT;
    }
    return habits;
}

/* ---- in whole messages ---- */

uint32_t ike_habits_padding(const struct ike_sa *sa, const struct ike_received *in) {
    const size_t pad = in->plain.len - in->chain.used;
    if ((in->header->flags & IKEV1_FLAG_ENCRYPTION) == 0)
        return pad != 0 ? IKEV1_QUIRK_CLEAR_PADDING : 0;
    const bool zeros = ike_is_zero(in->plain.data + in->chain.used, pad);
    return !zeros || pad >= sa->algs.cipher->block ? IKEV1_QUIRK_CIPHER_PADDING : 0;
}

int ike_habits_judge(const struct ike_sa *sa, uint32_t tolerated, uint32_t habits, ikev1_why *why) {
    for (uint32_t bit = 1; bit != 0 && bit <= habits; bit <<= 1) {
        if ((habits & bit & ~tolerated) != 0) {
            struct ike_text t = ike_text(why->theirs, sizeof why->theirs);
            ike_text_str(&t, ikev1_quirk_name(bit));
            return ike_refuse(why, IKEV1_E_HABIT, 0, 0, NULL);
        }
        if ((habits & bit) != 0)
            ike_log_sa(sa, IKEV1_LOG_QUIRK, ikev1_quirk_name(bit));
    }
    return IKEV1_OK;
}

int ike_habits_check(const struct ike_xchg *x, const struct ike_received *in,
                     const struct ike_staged *st, ikev1_why *why) {
    const uint32_t tolerated = st->has_phase1 ? ike_quirks_of(&st->phase1) : x->sa->quirks;
    uint32_t habits = st->habits | ike_habits_padding(x->sa, in);
    if (in->chain.counts[IKEV1_PAYLOAD_SA] != 0)
        habits |= of_proposals(x, in);
    if (in->chain.counts[IKEV1_PAYLOAD_NOTIFY] != 0)
        habits |= of_notifications(in);
    return ike_habits_judge(x->sa, tolerated, habits, why);
}
