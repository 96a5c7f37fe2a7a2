/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pair is of one engine and for one negotiation, and is wiped when that has it.
 */
#include <string.h>

#include "exchange/ahead.h"

struct ike_ahead {
    struct ike_ahead *next;
    const ikev1_group_alg *group;
    uint32_t most; /* that were wanted of its group */
    uint8_t seed[IKEV1_MAX_SEED];
    uint8_t value[]; /* public */
};

static void drop(struct ike_context *ctx, struct ike_ahead **at) {
    struct ike_ahead *pair = *at;
    *at = pair->next;
    ctx->ahead_count--;
    ike_free(&ctx->mem, pair, sizeof *pair + pair->group->public_size);
}

/* Where the nth of a group stands, from 0, or the end. */
static struct ike_ahead **find(struct ike_context *ctx, const ikev1_group_alg *group, uint32_t n) {
    struct ike_ahead **at = &ctx->ahead;
    while (*at != NULL && ((*at)->group != group || n-- != 0))
        at = &(*at)->next;
    return at;
}

int ike_ahead_make(struct ike_context *ctx, uint16_t number, uint32_t most) {
    const ikev1_group_alg *group = ike_group_alg(&ctx->crypto, number);
    struct ike_ahead **at, *pair;
    int r = ike_group_usable(&ctx->crypto, number, ctx->allow);
    if (r != IKEV1_OK)
        return r;
    if (most > ctx->limits.key_pairs)
        most = ctx->limits.key_pairs;
    while (*(at = find(ctx, group, most)) != NULL)
        drop(ctx, at);
    if (most == 0 || *find(ctx, group, most - 1) != NULL ||
        ctx->ahead_count == ctx->limits.key_pairs)
        return IKEV1_OK;
    *at = pair = ike_alloc(&ctx->mem, sizeof *pair + group->public_size);
    if (pair == NULL)
        return IKEV1_E_MEMORY;
    ctx->ahead_count++;
    pair->group = group;
    pair->most = most;
    r = ike_random(ctx, pair->seed, group->seed_size);
    if (r == IKEV1_OK)
        r = ike_group_generate(&ctx->crypto, group, pair->seed, pair->value);
    if (r == IKEV1_OK)
        return 1;
    drop(ctx, at);
    return r;
}

bool ike_ahead_take(const struct ike_xchg *x, const ikev1_group_alg *group, uint8_t *seed,
                    uint8_t *value) {
    struct ike_context *ctx = x->sa->ctx;
    struct ike_ahead **at = find(ctx, group, 0), *pair = *at;
    /* A flood under invented addresses leaves half to those who answer from theirs (DOS-02). */
    const bool stranger = x->sa->half_open && !x->sa->reached;
    if (pair == NULL || (stranger && *find(ctx, group, pair->most / 2) == NULL))
        return false;
    memcpy(seed, pair->seed, group->seed_size);
    memcpy(value, pair->value, group->public_size);
    drop(ctx, at);
    return true;
}

void ike_ahead_free(struct ike_context *ctx) {
    while (ctx->ahead != NULL)
        drop(ctx, &ctx->ahead);
}
