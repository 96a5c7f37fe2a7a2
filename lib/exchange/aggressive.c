/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Aggressive Mode (RFC 2409 5): everything at once, then the proof. With a pre-shared key, who
 * answers it shows a hash of the key to whoever asked; the host has to allow that by name.
 */
#include "exchange/ask.h"
#include "exchange/material.h"
#include "exchange/natt.h"
#include "exchange/phase1.h"

#define CITE "RFC 2409 5.4"

/* ---- message 1 ---- */

static void put_values(const struct ike_xchg *x, struct ike_message_writer *m) {
    ike_put_own(x, m, IKEV1_PAYLOAD_KE);
    ike_put_own(x, m, IKEV1_PAYLOAD_NONCE);
    ike_put_own(x, m, IKEV1_PAYLOAD_ID);
}

/* Our own values, drawn once. */
static int draw(struct ike_xchg *x, ikev1_why *why) {
    int r = ike_material_draw(x, x->sa->algs.group, why);
    if (r != IKEV1_OK)
        return r;
    r = ike_own_id(x);
    return r == IKEV1_OK ? r : ike_refuse(why, r, IKEV1_PAYLOAD_ID, 0, CITE);
}

IKE_PUT(ike_put_aggressive_offer) {
    int r = draw(x, why);
    if (r != IKEV1_OK)
        return r;
    ike_payload_put(m, IKEV1_PAYLOAD_SA, ike_blob_bytes(&x->sa_i));
    put_values(x, m);
    ike_vendors_put(x, m);
    ike_log_xchg(x, IKEV1_LOG_SEND_REQUEST, NULL);
    return ike_put_certreq(x, m, why);
}

IKE_GOT(ike_got_aggressive_offer) {
    const struct ike_payload *payload = ike_chain_find(&in->chain, IKEV1_PAYLOAD_ID, 0);
    ikev1_id id;
    int r = ike_id_decode(&id, payload->body, why);
    if (r == IKEV1_OK)
        r = ike_got_offered(x, in, &id, st, why);
    if (r != IKEV1_OK)
        return r;
    st->id_i = payload->body;
    return ike_got_public(x, in, ike_group_alg(&x->sa->ctx->crypto, st->suite.group), st, why);
}

/* ---- message 2 ---- */

static int put_proof(const struct ike_xchg *x, struct ike_message_writer *m, ikev1_why *why) {
    int r = ike_put_auth(x, m, why);
    if (r != IKEV1_OK)
        return r;
    r = ike_natd_put(x, m);
    return r == IKEV1_OK ? r : ike_refuse(why, r, IKEV1_PAYLOAD_NAT_D, 0, "RFC 3947 3.2");
}

IKE_PUT(ike_put_aggressive_choice) {
    int r = draw(x, why);
    if (r == IKEV1_OK)
        r = ike_phase1_keys(x, why);
    if (r == IKEV1_OK)
        r = ike_put_chosen(x, m, why);
    if (r != IKEV1_OK)
        return r;
    put_values(x, m);
    ike_vendors_put(x, m);
    r = ike_put_certreq(x, m, why);
    return r == IKEV1_OK ? put_proof(x, m, why) : r;
}

/* What both sides have said by the time message 2 is being read. */
static struct ike_exchanged staged_exchange(const struct ike_xchg *x, const struct ike_staged *st) {
    struct ike_exchanged e = ike_exchanged(x);
    e.rcookie = st->rcookie;
    e.nr = st->nonce;
    e.gxr = st->ke;
    e.gxy = ike_bytes(st->secret, st->secret_len);
    return e;
}

static int derive(const struct ike_xchg *x, const struct ike_algs *algs,
                  const struct ike_exchanged *e, struct ike_staged *st, ikev1_why *why) {
    ikev1_question q = ike_question(x->sa, x);
    ikev1_id peer;
    ikev1_bytes psk = {NULL, 0};
    int r = ike_id_decode(&peer, st->id_r, why);
    q.peer_id = &peer;
    if (r == IKEV1_OK && ike_auth_shares(st->suite.auth))
        r = ike_ask_psk(x->sa->ctx, &q, &psk, why);
    if (r != IKEV1_OK)
        return r;
    r = ike_skeyid(&x->sa->ctx->crypto, algs, st->suite.auth, psk, e, st->derived.skeyid);
    if (r == IKEV1_OK)
        r = ike_keys_derive(x->sa, algs, e, &st->derived);
    return r == IKEV1_OK ? r : ike_refuse(why, r, IKEV1_PAYLOAD_KE, 0, CITE);
}

IKE_GOT(ike_got_aggressive_choice) {
    struct ike_context *ctx = x->sa->ctx;
    struct ike_algs algs;
    int r = ike_got_chosen(x, in, st, why);
    if (r == IKEV1_OK)
        r = ike_algs_find(&algs, &ctx->crypto, &st->suite, why);
    if (r == IKEV1_OK)
        r = ike_got_public(x, in, algs.group, st, why);
    if (r != IKEV1_OK)
        return r;
    st->id_r = ike_chain_find(&in->chain, IKEV1_PAYLOAD_ID, 0)->body;
    struct ike_exchanged e = staged_exchange(x, st);
    r = derive(x, &algs, &e, st, why);
    if (r == IKEV1_OK)
        r = ike_verify_auth(x, in, st->suite.auth, &algs, st->derived.skeyid, &e, why);
    if (r != IKEV1_OK)
        return r;
    st->authentic = true;
    if (st->natt != 0 && ike_natd_got(x, &algs, in, st) != IKEV1_OK)
        return ike_refuse(why, IKEV1_E_PROVIDER, IKEV1_PAYLOAD_NAT_D, 0, "RFC 3947 3.2");
    return ike_check_peer_id(x, in, NULL, why);
}

/* ---- message 3: in the clear or encrypted, as the sender likes (RFC 2409 5) ---- */

IKE_PUT(ike_put_aggressive_auth) {
    ike_natt_float(x);
    return put_proof(x, m, why);
}

IKE_GOT(ike_got_aggressive_auth) {
    struct ike_exchanged e = ike_exchanged(x);
    int r = ike_verify_auth(x, in, x->sa->auth, &x->sa->algs, x->mat->skeyid, &e, why);
    if (r != IKEV1_OK)
        return r;
    st->authentic = st->proven = true;
    st->contact = ike_got_contact(x->sa, in);
    if (x->sa->natt != 0 && ike_natd_got(x, &x->sa->algs, in, st) != IKEV1_OK)
        return ike_refuse(why, IKEV1_E_PROVIDER, IKEV1_PAYLOAD_NAT_D, 0, "RFC 3947 3.2");
    return ike_check_peer_id(x, in, NULL, why);
}
