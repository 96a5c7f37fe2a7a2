/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proof of phase 1: HASH_I or HASH_R under the pre-shared key, or a signature over it. Which of
 * them is the method that was negotiated, and nothing else is read (SAP-15).
 */
#include <string.h>

#include "exchange/ask.h"
#include "exchange/material.h"
#include "exchange/natt.h"
#include "exchange/phase1.h"
#include "exchange/run.h"
#include "exchange/vendor.h"

#define CITE "RFC 2409 5"

/* ---- the methods ---- */

enum { NOBODY, INITIATOR, RESPONDER };

/* HASH: that side proves nothing in phase 1 but that it has taken part in it; XAUTH follows. */
enum { HASH = IKEV1_AUTH_PSK };

static const struct method {
    uint16_t auth, initiator, responder; /* what each side proves itself with */
    uint8_t user;                        /* who passes XAUTH */
    bool shares;
} METHODS[] = {
    {IKEV1_AUTH_PSK, HASH, HASH, NOBODY, true},
    {IKEV1_AUTH_DSS, IKEV1_AUTH_DSS, IKEV1_AUTH_DSS, NOBODY, false},
    {IKEV1_AUTH_RSA, IKEV1_AUTH_RSA, IKEV1_AUTH_RSA, NOBODY, false},
    {IKEV1_AUTH_ECDSA_256, IKEV1_AUTH_ECDSA_256, IKEV1_AUTH_ECDSA_256, NOBODY, false},
    {IKEV1_AUTH_ECDSA_384, IKEV1_AUTH_ECDSA_384, IKEV1_AUTH_ECDSA_384, NOBODY, false},
    {IKEV1_AUTH_ECDSA_521, IKEV1_AUTH_ECDSA_521, IKEV1_AUTH_ECDSA_521, NOBODY, false},
    {IKEV1_AUTH_HYBRID_INIT_RSA, HASH, IKEV1_AUTH_RSA, INITIATOR, false},
    {IKEV1_AUTH_HYBRID_RESP_RSA, IKEV1_AUTH_RSA, HASH, RESPONDER, false},
    {IKEV1_AUTH_HYBRID_INIT_DSS, HASH, IKEV1_AUTH_DSS, INITIATOR, false},
    {IKEV1_AUTH_HYBRID_RESP_DSS, IKEV1_AUTH_DSS, HASH, RESPONDER, false},
    {IKEV1_AUTH_XAUTH_INIT_PSK, HASH, HASH, INITIATOR, true},
    {IKEV1_AUTH_XAUTH_RESP_PSK, HASH, HASH, RESPONDER, true},
    {IKEV1_AUTH_XAUTH_INIT_DSS, IKEV1_AUTH_DSS, IKEV1_AUTH_DSS, INITIATOR, false},
    {IKEV1_AUTH_XAUTH_RESP_DSS, IKEV1_AUTH_DSS, IKEV1_AUTH_DSS, RESPONDER, false},
    {IKEV1_AUTH_XAUTH_INIT_RSA, IKEV1_AUTH_RSA, IKEV1_AUTH_RSA, INITIATOR, false},
    {IKEV1_AUTH_XAUTH_RESP_RSA, IKEV1_AUTH_RSA, IKEV1_AUTH_RSA, RESPONDER, false},
};

static const struct method *method(uint16_t auth) {
    static const struct method none;
    for (size_t i = 0; i < sizeof METHODS / sizeof *METHODS; i++) {
        if (METHODS[i].auth == auth)
            return &METHODS[i];
    }
    return &none;
}

uint16_t ike_auth_of(uint16_t auth, bool initiator) {
    const struct method *m = method(auth);
    return initiator ? m->initiator : m->responder;
}

bool ike_auth_signs(uint16_t auth, bool initiator) {
    return ike_auth_of(auth, initiator) > HASH;
}

unsigned ike_auth_layout(uint16_t auth) {
    static const uint8_t LAYOUTS[] = {IKE_SIGNS_NOBODY, IKE_SIGNS_INITIATOR, IKE_SIGNS_RESPONDER,
                                      IKE_SIGNS_BOTH};
    unsigned who = (ike_auth_signs(auth, true) ? 1u : 0u) + (ike_auth_signs(auth, false) ? 2u : 0u);
    return method(auth)->auth != 0 ? LAYOUTS[who] : 0;
}

bool ike_auth_shares(uint16_t auth) {
    return method(auth)->shares;
}

bool ike_auth_xauth(uint16_t auth, bool initiator) {
    return method(auth)->user == (initiator ? INITIATOR : RESPONDER);
}

/* ---- ours ---- */

enum { PAYLOAD_HEAD = 4, CERT_HEAD = PAYLOAD_HEAD + 1 };

/* RFC 4945 3.2.7: of which CAs the peer wants a certificate. */
static size_t requests_of(const struct ike_xchg *x, ikev1_bytes *names) {
    struct ike_reader r = ike_reader(ike_blob_bytes(&x->mat->requests));
    size_t count = 0;
    while (ike_left(&r) != 0 && count < IKEV1_MAX_CERTREQS) {
        size_t len = ike_read_u16(&r);
        names[count++] = ike_read_bytes(&r, len);
    }
    return count;
}

static int ask_certs(const struct ike_xchg *x, ikev1_certs *certs, ikev1_why *why) {
    ikev1_question q = ike_question(x->sa, x);
    ikev1_bytes names[IKEV1_MAX_CERTREQS];
    *certs = (ikev1_certs){.size = sizeof *certs, .requests = names};
    certs->request_count = requests_of(x, names);
    int r = ike_ask_certs(x->sa->ctx, &q, certs);
    return r == IKEV1_OK ? r : ike_refuse(why, r, IKEV1_PAYLOAD_CERT, 0, CITE);
}

int ike_put_certreq(const struct ike_xchg *x, struct ike_message_writer *m, ikev1_why *why) {
    ikev1_certs certs;
    if (!ike_auth_signs(x->sa->auth, !x->initiator))
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

/* The chain when it is wanted (RFC 4945 3.3.6), or what of it there is room for before the `after`
 * bytes that have to follow. */
static void put_certs(const struct ike_xchg *x, struct ike_message_writer *m,
                      const ikev1_certs *certs, size_t after) {
    const size_t most = ike_answer_most(x);
    const bool wanted = certs->unasked || (x->sa->can & IKE_CAN_BIT(IKE_CAN_ASK_CERT)) != 0;
    for (size_t i = 0; wanted && i < certs->chain_count; i++) {
        const ikev1_cert *cert = &certs->chain[i];
        if (ike_written(&m->w) + CERT_HEAD + cert->data.len + after > most)
            break;
        ike_payload_begin(m, IKEV1_PAYLOAD_CERT);
        ike_write_u8(&m->w, cert->encoding);
        ike_write(&m->w, cert->data);
        ike_payload_end(m);
    }
}

static int put_signature(const struct ike_xchg *x, struct ike_message_writer *m, ikev1_bytes hash,
                         ikev1_why *why) {
    ikev1_question q = ike_question(x->sa, x);
    ikev1_signature what = {.size = sizeof what, .hash = hash};
    ikev1_bytes signature;
    ikev1_certs certs;
    what.auth = ike_auth_of(x->sa->auth, x->initiator);
    int r = ask_certs(x, &certs, why);
    if (r == IKEV1_OK)
        r = ike_ask_sign(x->sa->ctx, &q, &what, &signature, why);
    if (r != IKEV1_OK)
        return r;
    put_certs(x, m, &certs, PAYLOAD_HEAD + signature.len + ike_natd_size(x));
    ike_payload_put(m, IKEV1_PAYLOAD_SIG, signature);
    return IKEV1_OK;
}

/* What a side has to show or to sign: of ours, or of the peer's. */
static int proof_of(const struct ike_xchg *x, bool initiator, uint16_t auth,
                    const struct ike_algs *algs, const uint8_t *skeyid,
                    const struct ike_exchanged *e, ikev1_bytes id, uint8_t *out, size_t *size) {
    const struct ike_crypto *c = &x->sa->ctx->crypto;
    ikev1_bytes sa_i = ike_blob_bytes(&x->sa_i);
    if (x->exchange == IKEV1_EXCHANGE_BASE)
        return ike_base_proof(c, algs, auth, skeyid, initiator, e, sa_i,
                              ike_blob_bytes(&x->mat->id_i), id, out, size);
    return ike_proof(c, algs, auth, skeyid, initiator, e, sa_i, id, out, size);
}

int ike_put_auth(const struct ike_xchg *x, struct ike_message_writer *m, ikev1_why *why) {
    const struct ike_sa *sa = x->sa;
    uint8_t hash[IKEV1_MAX_HASH];
    struct ike_exchanged e = ike_exchanged(x);
    size_t size = 0;
    const uint16_t own = ike_auth_of(sa->auth, x->initiator);
    int r = proof_of(x, x->initiator, own, &sa->algs, x->mat->skeyid, &e,
                     ike_blob_bytes(ike_id_of(x->mat, x->initiator)), hash, &size);
    if (r != IKEV1_OK)
        return ike_refuse(why, r, IKEV1_PAYLOAD_HASH, 0, CITE);
    ikev1_bytes proof = ike_bytes(hash, size);
    if (ike_auth_signs(sa->auth, x->initiator))
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
    const uint16_t theirs = ike_auth_of(auth, !x->initiator);
    int r =
        proof_of(x, !x->initiator, theirs, algs, skeyid, e, ike_peer_id_body(x, in), hash, &size);
    if (r != IKEV1_OK)
        return ike_refuse(why, r, IKEV1_PAYLOAD_HASH, 0, CITE);
    r = ike_auth_signs(auth, !x->initiator)
            ? verify_signature(x, in, theirs, ike_bytes(hash, size), why)
            : verify_hash(x, in, hash, size, why);
    ctx->mem.wipe(hash, sizeof hash);
    return r;
}
