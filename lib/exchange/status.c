/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The status notifications of RFC 2407 4.6.3 that travel in the last messages of phase 1:
 * protected, but covered by no hash.
 */
#include <string.h>

#include "exchange/phase1.h"

void ike_own_spi(const struct ike_sa *sa, uint8_t spi[2 * IKEV1_COOKIE_SIZE]) {
    memcpy(spi, sa->icookie, IKEV1_COOKIE_SIZE);
    memcpy(spi + IKEV1_COOKIE_SIZE, sa->rcookie, IKEV1_COOKIE_SIZE);
}

static void put(const struct ike_xchg *x, struct ike_message_writer *m, uint16_t type,
                ikev1_bytes data) {
    uint8_t spi[2 * IKEV1_COOKIE_SIZE];
    ike_own_spi(x->sa, spi);
    struct ike_notify n = {.protocol = IKEV1_PROTO_ISAKMP,
                           .type = type,
                           .spi = ike_bytes(spi, sizeof spi),
                           .data = data};
    ike_notify_put(m, &n);
}

/* Of this SA, by its cookies; some leave them out. In the clear it is nothing. */
static bool find(const struct ike_sa *sa, const struct ike_received *in, uint16_t type,
                 struct ike_notify *n) {
    uint8_t spi[2 * IKEV1_COOKIE_SIZE];
    const struct ike_payload *p;
    ike_own_spi(sa, spi);
    if ((in->header->flags & IKEV1_FLAG_ENCRYPTION) == 0)
        return false;
    for (size_t i = 0; (p = ike_chain_find(&in->chain, IKEV1_PAYLOAD_NOTIFY, i)) != NULL; i++) {
        if (ike_notify_decode(n, p->body, NULL) == IKEV1_OK && n->type == type &&
            n->protocol == IKEV1_PROTO_ISAKMP &&
            (n->spi.len == 0 || ike_bytes_equal(n->spi, ike_bytes(spi, sizeof spi))))
            return true;
    }
    return false;
}

/* ---- INITIAL-CONTACT (RFC 2407 4.6.3.3) ---- */

static bool is_first_contact(const struct ike_xchg *x) {
    const struct ike_sa *sa = x->sa;
    const struct ike_profile *profile = x->profile;
    uint8_t body[4 + 16];
    const struct ike_sa *other;
    struct ike_writer w = ike_writer(body, sizeof body);
    ikev1_id address = ike_id_from_address(&sa->path.remote);
    ike_id_encode(&w, &address);
    ikev1_bytes expected =
        profile->remote_size != 0 ? ike_profile_remote(profile) : ike_bytes(body, ike_written(&w));
    return sa->rule_next == NULL && sa->rule_before == NULL &&
           sa->ctx->peer_count(sa, sa->rule, expected, false, &other) == 0;
}

bool ike_says_contact(const struct ike_xchg *x) {
    return x->initiator && x->profile->initial_contact && is_first_contact(x);
}

void ike_put_contact(const struct ike_xchg *x, struct ike_message_writer *m) {
    if (ike_says_contact(x))
        put(x, m, IKEV1_NOTIFY_INITIAL_CONTACT, ike_bytes(NULL, 0));
}

bool ike_got_contact(const struct ike_sa *sa, const struct ike_received *in) {
    struct ike_notify n;
    return find(sa, in, IKEV1_NOTIFY_INITIAL_CONTACT, &n);
}

/* ---- RESPONDER-LIFETIME (RFC 2407 4.6.3.1) ---- */

void ike_put_lifetime(const struct ike_xchg *x, struct ike_message_writer *m) {
    uint8_t attributes[24];
    struct ike_writer w = ike_writer(attributes, sizeof attributes);
    if (x->initiator || !x->sa->tell_life)
        return;
    ike_lifetime_put(&w, x->sa->life);
    put(x, m, IKEV1_NOTIFY_RESPONDER_LIFETIME, ike_bytes(attributes, ike_written(&w)));
}

struct ike_lifetime ike_got_lifetime(const struct ike_xchg *x, const struct ike_received *in) {
    struct ike_notify n;
    if (!x->initiator || !find(x->sa, in, IKEV1_NOTIFY_RESPONDER_LIFETIME, &n))
        return (struct ike_lifetime){0, 0};
    return ike_lifetime_got(n.data);
}

void ike_sa_shorten(struct ike_sa *sa, struct ike_lifetime told) {
    struct ike_lifetime *life = &sa->life;
    uint32_t seconds = told.seconds > IKE_LIFETIME_LEAST ? told.seconds : IKE_LIFETIME_LEAST;
    if (told.kilobytes != 0 && (life->kilobytes == 0 || told.kilobytes < life->kilobytes))
        life->kilobytes = told.kilobytes;
    if (told.seconds == 0 || seconds >= life->seconds)
        return;
    if (sa->state == IKE_SA_ESTABLISHED) {
        uint64_t less = (uint64_t)(life->seconds - seconds) * 1000;
        ikev1_time left = sa->live->expires - sa->ctx->now;
        sa->live->expires = sa->ctx->now + (left > less ? left - less : 0);
        if (sa->live->rekey_at != IKEV1_NEVER) /* as long before the end as before */
            sa->live->rekey_at -= less < sa->live->rekey_at ? less : sa->live->rekey_at;
    }
    life->seconds = seconds;
}
