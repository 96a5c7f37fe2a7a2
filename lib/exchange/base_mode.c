/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Base Mode (RFC 2408 4.4, draft-ietf-ipsec-ike-base-mode-02): SA+NONCE+ID both ways, then KE and
 * the proof both ways, all of it in the clear. Several groups may be offered, since public values
 * come after the choice, and nothing is computed before our cookie has come back; names are as
 * public as in Aggressive Mode, and pre-shared keys can be tested against either proof.
 */
#include "exchange/material.h"
#include "exchange/phase1.h"
#include "exchange/vendor.h"

#define CITE "RFC 2408 4.4"

/* ---- messages 1 and 2: suites, nonces, names ---- */

static int put_names(struct ike_xchg *x, struct ike_message_writer *m, ikev1_why *why) {
    int r = ike_material_draw(x, NULL, why);
    if (r != IKEV1_OK)
        return r;
    r = ike_own_id(x);
    if (r != IKEV1_OK)
        return ike_refuse(why, r, IKEV1_PAYLOAD_ID, 0, CITE);
    ike_put_own(x, m, IKEV1_PAYLOAD_NONCE);
    ike_put_own(x, m, IKEV1_PAYLOAD_ID);
    ike_vendors_put(x, m);
    return IKEV1_OK;
}

static int got_names(const struct ike_received *in, ikev1_id *id, ikev1_bytes *body,
                     struct ike_staged *st, ikev1_why *why) {
    *body = ike_chain_find(&in->chain, IKEV1_PAYLOAD_ID, 0)->body;
    st->nonce = ike_chain_find(&in->chain, IKEV1_PAYLOAD_NONCE, 0)->body;
    return ike_id_decode(id, *body, why);
}

IKE_PUT(ike_put_base_offer) {
    ike_payload_put(m, IKEV1_PAYLOAD_SA, ike_blob_bytes(&x->sa_i));
    ike_log_xchg(x, IKEV1_LOG_SEND_REQUEST, NULL);
    return put_names(x, m, why);
}

IKE_GOT(ike_got_base_offer) {
    ikev1_id id;
    int r = got_names(in, &id, &st->id_i, st, why);
    if (r == IKEV1_OK)
        r = ike_got_offered(x, in, &id, st, why);
    return r;
}

IKE_PUT(ike_put_base_choice) {
    int r = ike_put_chosen(x, m, why);
    if (r == IKEV1_OK)
        r = put_names(x, m, why);
    return r == IKEV1_OK ? ike_put_certreq(x, m, why) : r;
}

IKE_GOT(ike_got_base_choice) {
    ikev1_id id;
    int r = got_names(in, &id, &st->id_r, st, why);
    if (r == IKEV1_OK)
        r = ike_got_chosen(x, in, st, why);
    return r;
}

/* ---- messages 3 and 4: public values and proofs ---- */

static int put_proof(struct ike_xchg *x, struct ike_message_writer *m, ikev1_why *why) {
    ike_put_own(x, m, IKEV1_PAYLOAD_KE);
    return ike_put_auth(x, m, why);
}

IKE_PUT(ike_put_base_auth) {
    struct ike_exchanged e;
    int r = ike_material_draw(x, x->sa->algs.group, why);
    if (r != IKEV1_OK)
        return r;
    e = ike_exchanged(x);
    if (ike_auth_shares(x->sa->auth) && !x->mat->has_skeyid)
        r = ike_phase1_skeyid(x, &x->sa->algs, &e, x->mat->skeyid, why);
    if (r != IKEV1_OK)
        return r;
    x->mat->has_skeyid = ike_auth_shares(x->sa->auth);
    r = put_proof(x, m, why);
    return r == IKEV1_OK ? ike_put_certreq(x, m, why) : r;
}

/* The proof covers what has been said in public, and a pre-shared key: g^xy comes later. */
IKE_GOT(ike_got_base_auth) {
    const struct ike_sa *sa = x->sa;
    struct ike_exchanged e = ike_exchanged(x);
    int r = ike_got_public(x, in, sa->algs.group, st, why);
    e.gxi = st->ke;
    if (r == IKEV1_OK && ike_auth_shares(sa->auth)) {
        r = ike_phase1_skeyid(x, &sa->algs, &e, st->derived.skeyid, why);
        st->has_skeyid = r == IKEV1_OK;
    }
    if (r == IKEV1_OK && !x->proven)
        r = ike_verify_auth(x, in, sa->auth, &sa->algs, st->derived.skeyid, &e, why);
    if (r != IKEV1_OK)
        return r;
    st->authentic = st->proven = true;
    return ike_check_peer_id(x, in, NULL, why);
}

IKE_PUT(ike_put_base_done) {
    int r = ike_material_draw(x, x->sa->algs.group, why);
    if (r == IKEV1_OK)
        r = ike_phase1_keys(x, why);
    return r == IKEV1_OK ? put_proof(x, m, why) : r;
}

IKE_GOT(ike_got_base_done) {
    struct ike_sa *sa = x->sa;
    struct ike_exchanged e = ike_exchanged(x);
    int r = ike_got_public(x, in, sa->algs.group, st, why);
    if (r != IKEV1_OK)
        return r;
    e.gxr = st->ke;
    e.gxy = ike_bytes(st->secret, st->secret_len);
    r = ike_phase1_skeyid(x, &sa->algs, &e, st->derived.skeyid, why);
    if (r != IKEV1_OK)
        return r;
    r = ike_keys_derive(sa, &sa->algs, &e, &st->derived);
    if (r != IKEV1_OK)
        return ike_refuse(why, r, IKEV1_PAYLOAD_KE, 0, CITE);
    if (!x->proven)
        r = ike_verify_auth(x, in, sa->auth, &sa->algs, st->derived.skeyid, &e, why);
    if (r != IKEV1_OK)
        return r;
    st->authentic = st->proven = true;
    return ike_check_peer_id(x, in, NULL, why);
}
