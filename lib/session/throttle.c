/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often an address or a prefix may begin, and how often it may fail to authenticate. Each has a
 * place in a table of fixed size, found by keyed hash, which holds the time at which it will have
 * been quiet for long enough: whoever shares a place shares its rate.
 */
#include "session/session.h"

enum { SLOTS = 1024, SCALE = 1000 }; /* times are in thousandths of a millisecond */

/* The rate of one table: one event each `interval`, `burst` of them at once. */
static uint64_t interval_of(const struct ike_context *ctx, int which) {
    if (which == IKE_FAILURES)
        return (uint64_t)ctx->timing.auth_penalty * SCALE;
    return 1000 * SCALE /
           (which == IKE_BY_ADDRESS ? ctx->limits.first_rate_address
                                    : ctx->limits.first_rate_prefix);
}

static uint64_t burst_of(const struct ike_context *ctx, int which) {
    if (which == IKE_FAILURES)
        return ctx->limits.auth_failures;
    return 2u * (which == IKE_BY_ADDRESS ? ctx->limits.first_rate_address
                                         : ctx->limits.first_rate_prefix);
}

int ike_rates_init(struct ike_session *s) {
    const ikev1_limits *most = &s->ctx.limits;
    const uint32_t wanted[IKE_RATES] = {[IKE_BY_ADDRESS] = most->first_rate_address,
                                        [IKE_BY_PREFIX] = most->first_rate_prefix,
                                        [IKE_FAILURES] = most->auth_failures};
    for (int i = 0; i < IKE_RATES; i++) {
        if (wanted[i] != 0 &&
            (s->rates[i] = ike_alloc(&s->ctx.mem, SLOTS * sizeof *s->rates[i])) == NULL)
            return IKEV1_E_MEMORY;
    }
    return IKEV1_OK;
}

void ike_rates_free(struct ike_session *s) {
    for (int i = 0; i < IKE_RATES; i++) {
        if (s->rates[i] != NULL)
            ike_free(&s->ctx.mem, s->rates[i], SLOTS * sizeof *s->rates[i]);
    }
}

static int crowd_of(int which) {
    return which == IKE_FAILURES ? IKE_BY_ADDRESS : which;
}

static uint64_t *place(const struct ike_session *s, int which, const struct ike_origin *origin) {
    return &s->rates[which][origin->hash[crowd_of(which)] % SLOTS];
}

static bool is_full(const struct ike_session *s, int which, const struct ike_origin *origin) {
    if (s->rates[which] == NULL)
        return false;
    const uint64_t now = s->ctx.now * SCALE, quiet = *place(s, which, origin);
    return quiet > now &&
           quiet - now > (burst_of(&s->ctx, which) - 1) * interval_of(&s->ctx, which);
}

static void charge(struct ike_session *s, int which, const struct ike_origin *origin) {
    if (s->rates[which] == NULL)
        return;
    const uint64_t now = s->ctx.now * SCALE;
    uint64_t *quiet = place(s, which, origin);
    *quiet = (*quiet > now ? *quiet : now) + interval_of(&s->ctx, which);
}

int ike_rates_first(struct ike_session *s, const struct ike_origin *origin, ikev1_why *why) {
    for (int i = IKE_RATES - 1; i >= 0; i--) {
        if (is_full(s, i, origin))
            return ike_refuse_origin(s, i == IKE_FAILURES ? IKEV1_E_FAILURES : IKEV1_E_RATE,
                                     crowd_of(i), 0, origin, why);
    }
    charge(s, IKE_BY_ADDRESS, origin);
    charge(s, IKE_BY_PREFIX, origin);
    return IKEV1_OK;
}

void ike_rates_failed(struct ike_sa *sa, int code) {
    if (!sa->initiator &&
        (code == IKEV1_E_AUTH || code == IKEV1_E_PSK || code == IKEV1_E_CERT ||
         code == IKEV1_E_PEER_ID || code == IKEV1_E_NO_CREDENTIAL || code == IKEV1_E_XAUTH)) {
        const struct ike_origin origin = ike_origin(ike_session(sa), &sa->path.remote);
        charge(ike_session(sa), IKE_FAILURES, &origin);
    }
}
