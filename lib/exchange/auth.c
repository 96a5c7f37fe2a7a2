/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proof of phase 1: HASH_I or HASH_R under the pre-shared key, or a signature over it. Which of
 * them is the method that was negotiated, and nothing else is read (SAP-15).
 */
#include <string.h>

#include "exchange/exchange.h"

#define CITE "RFC 2409 5"

bool ike_auth_signs(uint16_t auth) {
    switch (auth) {
    case IKEV1_AUTH_RSA:
    case IKEV1_AUTH_DSS:
    case IKEV1_AUTH_ECDSA_256:
    case IKEV1_AUTH_ECDSA_384:
    case IKEV1_AUTH_ECDSA_521:
        return true;
    default:
        return false;
    }
}

/* ---- ours ---- */

static int ask_certs(const struct ike_xchg *x, ikev1_certs *certs, ikev1_why *why) {
    ikev1_question q = ike_question(x->sa, x);
    int r = ike_ask_certs(x->sa->ctx, &q, certs);
    return r == IKEV1_OK ? r : ike_refuse(why, r, IKEV1_PAYLOAD_CERT, 0, CITE);
}

int ike_put_certreq(const struct ike_xchg *x, struct ike_message_writer *m, ikev1_why *why) {
    ikev1_certs certs;
    if (!ike_auth_signs(x->sa->auth))
        return IKEV1_OK;
    int r = ask_certs(x, &certs, why);
    for (size_t i = 0; r == IKEV1_OK && i < certs.authority_count; i++) {
        ike_payload_begin(m, IKEV1_PAYLOAD_CERTREQ);
        ike_write_u8(&m->w, IKEV1_CERT_X509_SIGNATURE);
        ike_write(&m->w, certs.authorities[i]);
        ike_payload_end(m);
    }
    return r;
}

static int put_certs(const struct ike_xchg *x, struct ike_message_writer *m, ikev1_why *why) {
    ikev1_certs certs;
    int r = ask_certs(x, &certs, why);
    for (size_t i = 0; r == IKEV1_OK && i < certs.chain_count; i++) {
        ike_payload_begin(m, IKEV1_PAYLOAD_CERT);
        ike_write_u8(&m->w, certs.chain[i].encoding);
        ike_write(&m->w, certs.chain[i].data);
        ike_payload_end(m);
    }
    return r;
}

static int put_signature(const struct ike_xchg *x, struct ike_message_writer *m, ikev1_bytes hash,
                         ikev1_why *why) {
    ikev1_question q = ike_question(x->sa, x);
    ikev1_signature what = {.size = sizeof what, .auth = x->sa->auth, .hash = hash};
    ikev1_bytes signature;
    int r = put_certs(x, m, why);
    if (r == IKEV1_OK)
        r = ike_ask_sign(x->sa->ctx, &q, &what, &signature, why);
    if (r == IKEV1_OK)
        ike_payload_put(m, IKEV1_PAYLOAD_SIG, signature);
    return r;
}

int ike_put_auth(const struct ike_xchg *x, struct ike_message_writer *m, ikev1_why *why) {
    const struct ike_sa *sa = x->sa;
    uint8_t hash[IKEV1_MAX_HASH];
    struct ike_exchanged e = ike_exchanged(x);
    size_t size = 0;
    int r = ike_proof(&sa->ctx->crypto, &sa->algs, sa->auth, x->mat->skeyid, x->initiator, &e,
                      ike_blob_bytes(&x->sa_i), ike_blob_bytes(ike_id_of(x->mat, x->initiator)),
                      hash, &size);
    if (r != IKEV1_OK)
        return ike_refuse(why, r, IKEV1_PAYLOAD_HASH, 0, CITE);
    ikev1_bytes proof = ike_bytes(hash, size);
    if (ike_auth_signs(sa->auth))
        return put_signature(x, m, proof, why);
    ike_payload_put(m, IKEV1_PAYLOAD_HASH, proof);
    return IKEV1_OK;
}

/* ---- the peer's ---- */

static int verify_hash(const struct ike_xchg *x, const struct ike_received *in, const uint8_t *hash,
                       size_t size, ikev1_why *why) {
    const struct ike_payload *theirs = ike_chain_find(&in->chain, IKEV1_PAYLOAD_HASH, 0);
    if (theirs->body.len == size &&
        x->sa->ctx->crypto.provider->equal(theirs->body.data, hash, size))
        return IKEV1_OK;
    return ike_refuse(why, IKEV1_E_AUTH, IKEV1_PAYLOAD_HASH, theirs->offset + IKEV1_HEADER_SIZE,
                      CITE);
}

static size_t collect_certs(const struct ike_received *in, ikev1_cert *certs) {
    const struct ike_payload *p;
    size_t n = 0;
    while (n < IKEV1_MAX_CERTS && (p = ike_chain_find(&in->chain, IKEV1_PAYLOAD_CERT, n)) != NULL) {
        certs[n].encoding = p->body.data[0];
        certs[n++].data = ike_bytes(p->body.data + 1, p->body.len - 1);
    }
    return n;
}

static int verify_signature(const struct ike_xchg *x, const struct ike_received *in, uint16_t auth,
                            ikev1_bytes hash, ikev1_why *why) {
    const struct ike_payload *p = ike_chain_find(&in->chain, IKEV1_PAYLOAD_SIG, 0);
    ikev1_question q = ike_question(x->sa, x);
    ikev1_cert certs[IKEV1_MAX_CERTS];
    ikev1_id id;
    int r = ike_id_decode(&id, ike_peer_id_body(x, in), why);
    if (r != IKEV1_OK)
        return r;
    ikev1_signature what = {.size = sizeof what,
                            .auth = auth,
                            .hash = hash,
                            .signature = p->body,
                            .certs = certs,
                            .cert_count = collect_certs(in, certs),
                            .id = &id};
    q.peer_id = &id;
    return ike_ask_verify(x->sa->ctx, &q, &what, why);
}

int ike_verify_auth(const struct ike_xchg *x, const struct ike_received *in, uint16_t auth,
                    const struct ike_algs *algs, const uint8_t *skeyid,
                    const struct ike_exchanged *e, ikev1_why *why) {
    const struct ike_context *ctx = x->sa->ctx;
    uint8_t hash[IKEV1_MAX_HASH];
    size_t size = 0;
    int r = ike_proof(&ctx->crypto, algs, auth, skeyid, !x->initiator, e, ike_blob_bytes(&x->sa_i),
                      ike_peer_id_body(x, in), hash, &size);
    if (r != IKEV1_OK)
        return ike_refuse(why, r, IKEV1_PAYLOAD_HASH, 0, CITE);
    r = ike_auth_signs(auth) ? verify_signature(x, in, auth, ike_bytes(hash, size), why)
                             : verify_hash(x, in, hash, size, why);
    ctx->mem.wipe(hash, sizeof hash);
    return r;
}
