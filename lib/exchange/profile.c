/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of the host's phase 1 answer has to be remembered until the SA is established, in one piece.
 */
#include <string.h>

#include "exchange/phase1.h"
#include "exchange/proposal.h"
#include "exchange/transaction.h"
#include "exchange/vendor.h"

enum { MAX_ID = 4 + 512 };

static size_t size_of(const struct ike_profile *p) {
    return sizeof *p + p->local_size + p->remote_size + p->others_size;
}

ikev1_bytes ike_profile_local(const struct ike_profile *profile) {
    return ike_bytes(profile->bytes, profile->local_size);
}

ikev1_bytes ike_profile_remote(const struct ike_profile *profile) {
    return ike_bytes(profile->bytes + profile->local_size, profile->remote_size);
}

ikev1_bytes ike_profile_others(const struct ike_profile *profile) {
    return ike_bytes(profile->bytes + profile->local_size + profile->remote_size,
                     profile->others_size);
}

/* The answer's content, without what points to something. */
static void take(struct ike_profile *head, const struct ike_context *ctx, const ikev1_phase1 *p) {
    *head = (struct ike_profile){
        .life = ike_lifetime1(p),
        .lifetime = p->lifetime,
        .psk_count = p->psk_count,
        .ask_again = p->ask_again,
        .announce = ike_announced(ctx, p),
        .natt_local_port = p->natt_local_port != 0 ? p->natt_local_port : IKEV1_PORT_NATT,
        .natt_remote_port = p->natt_remote_port != 0 ? p->natt_remote_port : IKEV1_PORT_NATT,
        .remote_match = p->remote_match,
        .natt = p->natt,
        .unique = p->unique,
        .initial_contact = p->initial_contact,
        .whole_answer = p->whole_answer,
        .rekey_margin = p->rekey_margin,
        .rekey = p->rekey,
        .dpd_seconds = p->dpd_seconds,
        .dpd_periodic = p->dpd_periodic,
        .keep_children = p->keep_children,
        .others_size = (uint16_t)(p->natt_address_count * sizeof *p->natt_addresses),
    };
}

static uint16_t put_id(struct ike_writer *w, const ikev1_id *id) {
    const size_t before = ike_written(w);
    if (id->type != 0)
        ike_id_encode(w, id);
    return (uint16_t)(ike_written(w) - before);
}

int ike_profile_keep(struct ike_sa *sa, struct ike_xchg *x, const ikev1_phase1 *p) {
    struct ike_context *ctx = sa->ctx;
    struct ike_profile head;
    uint8_t bytes[2 * MAX_ID + IKEV1_MAX_NATT_ADDRESSES * sizeof(ikev1_address)];
    struct ike_writer w = ike_writer(bytes, sizeof bytes);
    take(&head, ctx, p);
    head.local_size = put_id(&w, &p->local_id);
    head.remote_size = put_id(&w, &p->remote_id);
    ike_write(&w, ike_bytes((const uint8_t *)p->natt_addresses, head.others_size));
    struct ike_profile *profile = ike_alloc(&ctx->mem, size_of(&head));
    if (profile == NULL)
        return IKEV1_E_MEMORY;
    *profile = head;
    int r = ike_access_new(sa, p);
    if (r != IKEV1_OK) {
        ike_profile_free(ctx, &profile);
        return r;
    }
    memcpy(profile->bytes, bytes, ike_written(&w));
    ike_profile_free(ctx, &x->profile);
    x->profile = profile;
    sa->reconnect = x->initiator && p->reconnect;
    sa->rule = p->rule;
    sa->quirks = ike_quirks_of(p);
    sa->fragments = p->fragments;
    sa->fragment_size = p->fragment_size;
    return IKEV1_OK;
}

void ike_profile_free(struct ike_context *ctx, struct ike_profile **profile) {
    if (*profile == NULL)
        return;
    ike_free(&ctx->mem, *profile, size_of(*profile));
    *profile = NULL;
}
