/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Main Mode (RFC 2409 5): SA, SA, KE+NONCE, KE+NONCE, ID+HASH, ID+HASH. Send and receive of each
 * message stand side by side; messages 3 and 4, and 5 and 6, are the same seen from two sides.
 */
#include "exchange/material.h"
#include "exchange/natt.h"
#include "exchange/phase1.h"

/* ---- message 1: what the initiator offers ---- */

IKE_PUT(ike_put_offer) {
    (void)why;
    ike_payload_put(m, IKEV1_PAYLOAD_SA, ike_blob_bytes(&x->sa_i));
    ike_vendors_put(x, m);
    ike_log_xchg(x, IKEV1_LOG_SEND_REQUEST, NULL);
    return IKEV1_OK;
}

IKE_GOT(ike_got_offer) {
    return ike_got_offered(x, in, NULL, st, why);
}

/* ---- message 2: what the responder chose ---- */

IKE_PUT(ike_put_choice) {
    int r = ike_put_chosen(x, m, why);
    ike_vendors_put(x, m);
    return r;
}

IKE_GOT(ike_got_choice) {
    /* Not covered by any hash, so a wrong answer is dropped: the right one may still come. */
    return ike_got_chosen(x, in, st, why);
}

/* ---- messages 3 and 4: public values and nonces ---- */

IKE_PUT(ike_put_ke) {
    int r = ike_material_draw(x, x->sa->algs.group, why);
    if (r != IKEV1_OK)
        return r;
    ike_put_own(x, m, IKEV1_PAYLOAD_KE);
    ike_put_own(x, m, IKEV1_PAYLOAD_NONCE);
    if (!x->initiator) /* RFC 4945 3.2.5: in messages 4 and 5 */
        r = ike_put_certreq(x, m, why);
    if (r != IKEV1_OK)
        return r;
    r = ike_natd_put(x, m);
    return r == IKEV1_OK ? r : ike_refuse(why, r, IKEV1_PAYLOAD_NAT_D, 0, "RFC 3947 3.2");
}

IKE_GOT(ike_got_ke) {
    const struct ike_sa *sa = x->sa;
    int r = ike_got_public(x, in, sa->algs.group, st, why);
    if (r != IKEV1_OK || sa->natt == 0)
        return r;
    r = ike_natd_got(x, &sa->algs, in, st);
    return r == IKEV1_OK ? r : ike_refuse(why, r, IKEV1_PAYLOAD_NAT_D, 0, "RFC 3947 3.2");
}

/* ---- messages 5 and 6: who it is, and the proof ---- */

IKE_PUT(ike_put_id_auth) {
    int r = ike_own_id(x);
    if (r != IKEV1_OK)
        return ike_refuse(why, r, IKEV1_PAYLOAD_ID, 0, "RFC 2409 5");
    ike_natt_float(x);
    ike_put_own(x, m, IKEV1_PAYLOAD_ID);
    r = ike_put_auth(x, m, why);
    if (r == IKEV1_OK && x->initiator)
        r = ike_put_certreq(x, m, why);
    if (r != IKEV1_OK)
        return r;
    ike_put_contact(x, m);
    ike_put_lifetime(x, m);
    return IKEV1_OK;
}

IKE_GOT(ike_got_id_auth) {
    const struct ike_sa *sa = x->sa;
    struct ike_exchanged e = ike_exchanged(x);
    /* Readable under keys of a Diffie-Hellman exchange: whoever sent this is whom we talk to,
     * proven or not. A wrong pre-shared key makes the message unreadable, so its hash proves more.
     */
    st->authentic = ike_auth_signs(sa->auth, !x->initiator);
    int r =
        x->proven ? IKEV1_OK : ike_verify_auth(x, in, sa->auth, &sa->algs, x->mat->skeyid, &e, why);
    if (r != IKEV1_OK)
        return r;
    st->authentic = st->proven = true;
    *(x->initiator ? &st->id_r : &st->id_i) = ike_peer_id_body(x, in);
    st->contact = ike_got_contact(x->sa, in);
    st->told = ike_got_lifetime(x, in);
    return !x->initiator && x->profile->ask_again ? ike_ask_phase1_again(x, in, st, why)
                                                  : ike_check_peer_id(x, in, NULL, why);
}
