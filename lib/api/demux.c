/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose message is it? By cookies for what exists; a first message is admitted only when it is well
 * formed, so that a broken one costs no memory.
 */
#include <string.h>

#include "api/api.h"

static bool begins_sa(uint8_t exchange) {
    return exchange == IKEV1_EXCHANGE_MAIN || exchange == IKEV1_EXCHANGE_AGGRESSIVE ||
           exchange == IKEV1_EXCHANGE_BASE;
}

static bool is_spoken(uint8_t exchange) {
    return begins_sa(exchange) || exchange == IKEV1_EXCHANGE_QUICK ||
           exchange == IKEV1_EXCHANGE_INFORMATIONAL || exchange == IKEV1_EXCHANGE_TRANSACTION;
}

/* New Group Mode and Authentication-Only are among those: we never compute in a group that a peer
 * supplies (RFC 2409 5.6), and nothing is left to do where nothing is encrypted (RFC 2408 4.6). */
static int refuse_exchange(uint8_t exchange, ikev1_why *why) {
    struct ike_text t = ike_text(why->theirs, sizeof why->theirs);
    ike_text_name(&t, IKEV1_NAMES_EXCHANGE, exchange);
    return ike_refuse(why, IKEV1_E_EXCHANGE, 0, 18, "RFC 2408 3.1");
}

/* Everything about a first message that can be said without an SA. */
static int check_first(const struct ike_header *h, ikev1_bytes datagram, ikev1_why *why) {
    struct ike_chain chain;
    const struct ike_step *step = ike_step_find(h->exchange, 1, 0);
    ikev1_bytes body =
        ike_bytes(datagram.data + IKEV1_HEADER_SIZE, datagram.len - IKEV1_HEADER_SIZE);
    why->exchange = h->exchange;
    why->message = 1;
    if (h->flags & IKEV1_FLAG_ENCRYPTION)
        return ike_refuse(why, IKEV1_E_NO_KEY, 0, 19, step->cite);
    if (h->message_id != 0) {
        ike_why_numbers(why, h->message_id, 0, NULL);
        return ike_refuse(why, IKEV1_E_MESSAGE_ID, 0, 20, "RFC 2408 3.1");
    }
    int r = ike_chain_decode(&chain, h->next, body, 0, why);
    return r == IKEV1_OK ? ike_step_check(step, &chain, why) : r;
}

static int admit(struct ike_session *s, const struct ike_header *h, ikev1_bytes datagram,
                 const ikev1_path *path, ikev1_why *why) {
    struct ike_sa *sa;
    int r = check_first(h, datagram, why);
    if (r != IKEV1_OK)
        return r;
    const struct ike_origin origin = ike_origin(s, &path->remote);
    r = ike_rates_first(s, &origin, why);
    if (r == IKEV1_OK)
        r = ike_admission_check(s, &origin, why);
    if (r != IKEV1_OK)
        return r;
    r = ike_sa_new(s, path, h->icookie, h->exchange, &sa);
    if (r != IKEV1_OK)
        return ike_refuse(why, r, 0, 0, NULL);
    ike_log(&s->ctx, IKEV1_LOG_RECV_REQUEST, &(struct ike_log_about){.sa = sa, .header = h});
    return ike_receive(sa, h, datagram, path, why);
}

int ike_demux(struct ike_session *s, const struct ike_header *h, ikev1_bytes datagram,
              const ikev1_path *path, ikev1_why *why) {
    static const uint8_t none[IKEV1_COOKIE_SIZE] = {0};
    if (!is_spoken(h->exchange))
        return refuse_exchange(h->exchange, why);
    bool first = ike_no_cookie(h->rcookie);
    struct ike_sa *sa;
    if (first && begins_sa(h->exchange)) {
        if (ike_find_request(s, h->icookie, NULL) != NULL) /* PH1-05 */
            return ike_refuse(why, IKEV1_E_REFLECTED, 0, 0, "RFC 2409 5");
        sa = ike_find_request(s, h->icookie, &path->remote);
        return sa != NULL ? ike_receive(sa, h, datagram, path, why)
                          : admit(s, h, datagram, path, why);
    }
    sa = ike_find_sa(s, h->icookie, h->rcookie);
    if (sa == NULL && !first) /* the answer that tells us the responder's cookie */
        sa = ike_find_sa(s, h->icookie, none);
    if (sa == NULL)
        return ike_refuse(why, IKEV1_E_COOKIE, 0, 0, "RFC 2408 5.2");
    return ike_receive(sa, h, datagram, path, why);
}
