/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NAT traversal (RFC 3947): announced by vendor ID, detected by hashes of both addresses, followed
 * by a move to the encapsulated ports. None of it is authenticated: all it can do is to turn
 * encapsulation on or off (NAT-03).
 */
#include <string.h>

#include "exchange/exchange.h"

static bool is_forced(const struct ike_xchg *x) {
    return x->profile->natt == IKEV1_NATT_FORCE;
}

static int put_one(const struct ike_xchg *x, struct ike_message_writer *m,
                   const ikev1_address *address, bool spoil) {
    const struct ike_sa *sa = x->sa;
    uint8_t hash[IKEV1_MAX_HASH];
    int r = ike_natd_hash(&sa->ctx->crypto, &sa->algs, sa->icookie, sa->rcookie, address, hash);
    if (r != IKEV1_OK)
        return r;
    if (spoil)
        hash[0] ^= 0xff; /* no address hashes to this: the peer sees a NAT */
    ike_payload_put(m, IKEV1_PAYLOAD_NAT_D, ike_bytes(hash, sa->algs.hash->size));
    return IKEV1_OK;
}

int ike_natd_put(const struct ike_xchg *x, struct ike_message_writer *m) {
    if (!x->sa->natt)
        return IKEV1_OK;
    /* The receiver's address first, then the sender's (RFC 3947 3.2). */
    int r = put_one(x, m, &x->sa->path.remote, false);
    return r == IKEV1_OK ? put_one(x, m, &x->sa->path.local, is_forced(x)) : r;
}

static int matches(const struct ike_context *ctx, const struct ike_algs *algs,
                   const struct ike_header *h, const struct ike_payload *payload,
                   const ikev1_address *address, bool *equal) {
    uint8_t hash[IKEV1_MAX_HASH];
    int r = ike_natd_hash(&ctx->crypto, algs, h->icookie, h->rcookie, address, hash);
    *equal = r == IKEV1_OK && ike_bytes_equal(payload->body, ike_bytes(hash, algs->hash->size));
    return r;
}

int ike_natd_got(const struct ike_xchg *x, const struct ike_algs *algs,
                 const struct ike_received *in, struct ike_staged *st) {
    const struct ike_context *ctx = x->sa->ctx;
    const struct ike_payload *p = ike_chain_find(&in->chain, IKEV1_PAYLOAD_NAT_D, 0);
    if (p == NULL || p->wire_type != IKEV1_PAYLOAD_NAT_D) /* a draft's number: NAT-05 */
        return IKEV1_OK;
    bool equal = false;
    int r = matches(ctx, algs, in->header, p, &in->path->local, &equal);
    st->nat_local = !equal || is_forced(x);
    st->nat_remote = true;
    for (size_t n = 1; r == IKEV1_OK; n++) {
        p = ike_chain_find(&in->chain, IKEV1_PAYLOAD_NAT_D, n);
        if (p == NULL)
            break;
        r = matches(ctx, algs, in->header, p, &in->path->remote, &equal);
        if (equal)
            st->nat_remote = false;
    }
    return r;
}

void ike_natt_float(struct ike_xchg *x) {
    struct ike_sa *sa = x->sa;
    if (!x->initiator || !(sa->nat_local || sa->nat_remote) || sa->path.encapsulated)
        return;
    sa->path.local.port = x->profile->natt_local_port;
    sa->path.remote.port = x->profile->natt_remote_port;
    sa->path.encapsulated = true;
}

uint16_t ike_encapsulation(const struct ike_sa *sa, uint8_t mode) {
    if (!sa->nat_local && !sa->nat_remote)
        return mode;
    return mode == IKEV1_ENCAP_TUNNEL ? IKEV1_ENCAP_UDP_TUNNEL : IKEV1_ENCAP_UDP_TRANSPORT;
}

uint8_t ike_plain_mode(uint16_t encapsulation) {
    switch (encapsulation) {
    case IKEV1_ENCAP_TUNNEL:
    case IKEV1_ENCAP_UDP_TUNNEL:
        return IKEV1_ENCAP_TUNNEL;
    case IKEV1_ENCAP_TRANSPORT:
    case IKEV1_ENCAP_UDP_TRANSPORT:
        return IKEV1_ENCAP_TRANSPORT;
    default:
        return 0;
    }
}
