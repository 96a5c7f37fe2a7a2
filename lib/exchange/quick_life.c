/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long the pairs of a Quick Mode live: what both sides' lifetimes come to (RFC 2407 4.5), and
 * RESPONDER-LIFETIME, by which the responder says that it is less than the initiator wanted.
 */
#include "exchange/quick.h"

/* The shorter of two, of which 0 is none. */
static uint32_t shorter(uint32_t a, uint32_t b) {
    if (a == 0 || b == 0)
        return a != 0 ? a : b;
    return a < b ? a : b;
}

/* A bundle lives as long as the first of its members that ends. */
static struct ike_lifetime life_of(const struct ike_terms *t) {
    struct ike_lifetime life = {0, 0};
    for (size_t i = 0; i < t->count; i++) {
        life.seconds = shorter(life.seconds, t->members[i].suite.life_seconds);
        life.kilobytes = shorter(life.kilobytes, t->members[i].suite.life_kilobytes);
    }
    return life;
}

int ike_quick_life(struct ike_terms *t, uint8_t policy, struct ike_lifetime ours, uint32_t unnamed,
                   struct ike_staged *st, ikev1_why *why) {
    struct ike_lifetime theirs = life_of(t), used;
    if (theirs.seconds == 0)
        theirs.seconds = unnamed;
    int r = ike_lifetime_settle(policy, ours, theirs, &used, &t->tell_life, why);
    if (r != IKEV1_OK) {
        why->notify = st->refuse = IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN;
        return r;
    }
    bool enough = used.seconds > IKE_LIFETIME_LEAST;
    t->life_seconds = enough ? used.seconds : IKE_LIFETIME_LEAST;
    t->life_kilobytes = used.kilobytes;
    return r;
}

/* ---- status of a pair: RFC 2407 4.6.3.1, 4.6.3.2 ---- */

static void put_status(struct ike_message_writer *m, const struct ike_child *c, uint16_t type,
                       ikev1_bytes data) {
    const struct ike_member *last = ike_member_at(c, c->member_count - 1u); /* has an SPI */
    uint8_t spi[4];
    ike_put_u32(spi, last->spi_in);
    const struct ike_notify n = {.protocol = last->suite.protocol,
                                 .type = type,
                                 .spi = ike_bytes(spi, sizeof spi),
                                 .data = data};
    ike_notify_put(m, &n);
}

void ike_quick_put_status(const struct ike_xchg *x, struct ike_message_writer *m) {
    for (const struct ike_child *c = x->child; c != NULL; c = c->also) {
        const uint8_t replay[4] = {0, 0, 0, c->replay_status == IKEV1_REPLAY_ON};
        uint8_t attributes[24];
        struct ike_writer a = ike_writer(attributes, sizeof attributes);
        ike_lifetime_put(&a, (struct ike_lifetime){c->life_seconds, c->life_kilobytes});
        if (c->tell_life)
            put_status(m, c, IKEV1_NOTIFY_RESPONDER_LIFETIME,
                       ike_bytes(attributes, ike_written(&a)));
        if (c->replay_status != IKEV1_REPLAY_UNSAID) /* RFC 2407 4.6.3.2 */
            put_status(m, c, IKEV1_NOTIFY_REPLAY_STATUS, ike_bytes(replay, sizeof replay));
    }
}

/* Of whose pair it is told: by an SPI of the responder's, or by none where there is one pair. */
static bool is_about(const struct ike_terms *t, size_t count, const struct ike_notify *n) {
    struct ike_reader r = ike_reader(n->spi);
    uint32_t spi = n->spi.len == 4 ? ike_read_u32(&r) : 0;
    for (size_t i = 0; i < t->count; i++)
        if (spi != 0 && t->members[i].suite.protocol == n->protocol && t->members[i].spi_out == spi)
            return true;
    return count == 1 && n->spi.len != 4;
}

static void got_lifetime(struct ike_terms *t, ikev1_bytes data) {
    struct ike_lifetime told = ike_lifetime_got(data);
    if (told.seconds != 0 && told.seconds < IKE_LIFETIME_LEAST)
        told.seconds = IKE_LIFETIME_LEAST;
    t->life_seconds = shorter(t->life_seconds, told.seconds);
    t->life_kilobytes = shorter(t->life_kilobytes, told.kilobytes);
}

static void got_replay(struct ike_terms *t, ikev1_bytes data) {
    struct ike_reader r = ike_reader(data);
    const uint32_t value = ike_read_u32(&r);
    if (!r.bad && value <= 1)
        t->replay_status = value == 1 ? IKEV1_REPLAY_ON : IKEV1_REPLAY_OFF;
}

void ike_quick_got_status(const struct ike_received *in, struct ike_terms *terms, size_t count) {
    const struct ike_payload *p;
    struct ike_notify n;
    for (size_t k = 0; k < count; k++)
        terms[k].replay_status = IKEV1_REPLAY_UNSAID;
    for (size_t i = 0; (p = ike_chain_find(&in->chain, IKEV1_PAYLOAD_NOTIFY, i)) != NULL; i++) {
        if (ike_notify_decode(&n, p->body, NULL) != IKEV1_OK)
            continue;
        for (size_t k = 0; k < count; k++) {
            if (!is_about(&terms[k], count, &n))
                continue;
            if (n.type == IKEV1_NOTIFY_RESPONDER_LIFETIME)
                got_lifetime(&terms[k], n.data);
            else if (n.type == IKEV1_NOTIFY_REPLAY_STATUS)
                got_replay(&terms[k], n.data);
        }
    }
}
