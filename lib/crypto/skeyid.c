/* SPDX-License-Identifier: Apache-2.0 */
/* SKEYID, what is made of it, and the hashes that authenticate phase 1: RFC 2409 5, App. B. */
#include <string.h>

#include "crypto/formulas.h"

/* How an authentication method makes SKEYID. Methods that are not here are refused: RSA encryption
 * by design, everything else because nobody knows it. */
enum formula { REFUSED, FROM_PSK, FROM_DH };

static const struct {
    uint16_t auth;
    uint8_t formula;
} FORMULAS[] = {
    {IKEV1_AUTH_PSK, FROM_PSK},
    {IKEV1_AUTH_XAUTH_INIT_PSK, FROM_PSK},
    {IKEV1_AUTH_XAUTH_RESP_PSK, FROM_PSK},
    {IKEV1_AUTH_DSS, FROM_DH},
    {IKEV1_AUTH_RSA, FROM_DH},
    {IKEV1_AUTH_ECDSA_256, FROM_DH},
    {IKEV1_AUTH_ECDSA_384, FROM_DH},
    {IKEV1_AUTH_ECDSA_521, FROM_DH},
    {IKEV1_AUTH_HYBRID_INIT_RSA, FROM_DH},
    {IKEV1_AUTH_HYBRID_RESP_RSA, FROM_DH},
    {IKEV1_AUTH_HYBRID_INIT_DSS, FROM_DH},
    {IKEV1_AUTH_HYBRID_RESP_DSS, FROM_DH},
    {IKEV1_AUTH_XAUTH_INIT_DSS, FROM_DH},
    {IKEV1_AUTH_XAUTH_RESP_DSS, FROM_DH},
    {IKEV1_AUTH_XAUTH_INIT_RSA, FROM_DH},
    {IKEV1_AUTH_XAUTH_RESP_RSA, FROM_DH},
};

static enum formula formula_of(uint16_t auth) {
    for (size_t i = 0; i < sizeof FORMULAS / sizeof *FORMULAS; i++)
        if (FORMULAS[i].auth == auth)
            return (enum formula)FORMULAS[i].formula;
    return REFUSED;
}

/* prf(Ni_b | Nr_b, g^xy): the key is given as one piece, so the nonces have to be joined. */
static int skeyid_from_dh(const struct ike_crypto *c, const struct ike_algs *a,
                          const struct ike_exchanged *x, uint8_t *skeyid) {
    uint8_t nonces[2 * IKE_MAX_NONCE];

    if (x->ni.len > IKE_MAX_NONCE || x->nr.len > IKE_MAX_NONCE)
        return IKEV1_E_NONCE;
    memcpy(nonces, x->ni.data, x->ni.len);
    memcpy(nonces + x->ni.len, x->nr.data, x->nr.len);
    return ike_prf(c, a, ike_bytes(nonces, x->ni.len + x->nr.len), &x->gxy, 1, skeyid);
}

int ike_skeyid(const struct ike_crypto *c, const struct ike_algs *a, uint16_t auth, ikev1_bytes psk,
               const struct ike_exchanged *x, uint8_t *skeyid) {
    const ikev1_bytes nonces[] = {x->ni, x->nr};

    switch (formula_of(auth)) {
    case FROM_PSK:
        return ike_prf(c, a, psk, nonces, 2, skeyid);
    case FROM_DH:
        return skeyid_from_dh(c, a, x, skeyid);
    default:
        return IKEV1_E_UNSUPPORTED;
    }
}

int ike_skeyid_next(const struct ike_crypto *c, const struct ike_algs *a, const uint8_t *skeyid,
                    const struct ike_exchanged *x, ikev1_bytes previous, uint8_t number,
                    uint8_t *out) {
    const ikev1_bytes parts[] = {previous, x->gxy, x->icookie, x->rcookie, {&number, 1}};

    return ike_prf(c, a, ike_bytes(skeyid, ike_prf_size(a)), parts, 5, out);
}

/* RFC 2409 App. B: of DES, the first eight bytes that are not a weak key. */
int ike_cipher_key(const struct ike_crypto *c, const struct ike_algs *a, const uint8_t *skeyid_e,
                   uint8_t *key, size_t len) {
    size_t size = ike_prf_size(a), at = 0;

    if (len > size)
        return ike_prf_expand(c, a, ike_bytes(skeyid_e, size), NULL, 0, true, key, len);
    while (a->cipher->id == IKEV1_CIPHER_DES && ike_des_weak(skeyid_e + at)) {
        at += len;
        if (at + len > size)
            return IKEV1_E_WEAK;
    }
    memcpy(key, skeyid_e + at, len);
    return IKEV1_OK;
}

int ike_skeyid_keys(const struct ike_crypto *c, const struct ike_algs *a, const uint8_t *skeyid,
                    const struct ike_exchanged *x, struct ike_keys *keys) {
    const size_t size = ike_prf_size(a);
    const ikev1_bytes none = {NULL, 0};
    uint8_t skeyid_e[IKEV1_MAX_HASH];
    struct ike_keys made = {.size = (uint8_t)size, .key_size = (uint8_t)a->key_size};
    int status = ike_skeyid_next(c, a, skeyid, x, none, 0, made.skeyid_d);

    if (status == IKEV1_OK)
        status = ike_skeyid_next(c, a, skeyid, x, ike_bytes(made.skeyid_d, size), 1, made.skeyid_a);
    if (status == IKEV1_OK)
        status = ike_skeyid_next(c, a, skeyid, x, ike_bytes(made.skeyid_a, size), 2, skeyid_e);
    if (status == IKEV1_OK)
        status = ike_cipher_key(c, a, skeyid_e, made.key, a->key_size);
    if (status == IKEV1_OK)
        *keys = made;
    c->provider->wipe(skeyid_e, sizeof skeyid_e);
    c->provider->wipe(&made, sizeof made);
    return status;
}

/* `over` computes it; SKEYID is as long as `a` has made it. */
static int hash_ir(const struct ike_crypto *c, const struct ike_algs *over,
                   const struct ike_algs *a, const uint8_t *skeyid, bool initiator,
                   const struct ike_exchanged *x, ikev1_bytes sai_b, ikev1_bytes id_b,
                   uint8_t *out) {
    const ikev1_bytes as_initiator[] = {x->gxi, x->gxr, x->icookie, x->rcookie, sai_b, id_b};
    const ikev1_bytes as_responder[] = {x->gxr, x->gxi, x->rcookie, x->icookie, sai_b, id_b};

    return ike_prf(c, over, ike_bytes(skeyid, ike_prf_size(a)),
                   initiator ? as_initiator : as_responder, 6, out);
}

int ike_hash_ir(const struct ike_crypto *c, const struct ike_algs *a, const uint8_t *skeyid,
                bool initiator, const struct ike_exchanged *x, ikev1_bytes sai_b, ikev1_bytes id_b,
                uint8_t *out) {
    return hash_ir(c, a, a, skeyid, initiator, x, sai_b, id_b, out);
}

/* 0: the method is tied to none. */
static uint16_t tied_hash(uint16_t auth) {
    static const uint16_t TIED[][2] = {
        {IKEV1_AUTH_DSS, IKEV1_HASH_SHA1},
        {IKEV1_AUTH_ECDSA_256, IKEV1_HASH_SHA2_256}, /* RFC 4754 4 */
        {IKEV1_AUTH_ECDSA_384, IKEV1_HASH_SHA2_384},
        {IKEV1_AUTH_ECDSA_521, IKEV1_HASH_SHA2_512},
    };

    for (size_t i = 0; i < sizeof TIED / sizeof *TIED; i++)
        if (TIED[i][0] == auth)
            return TIED[i][1];
    return 0;
}

/* What a proof is computed with; hash NULL: the provider lacks it. */
static struct ike_algs proving(const struct ike_crypto *c, const struct ike_algs *a,
                               uint16_t auth) {
    uint16_t hash = tied_hash(auth);
    struct ike_algs over = *a;

    if (hash != 0) {
        over.hash = ike_hash_alg(c, hash);
        over.prf = NULL;
    }
    return over;
}

int ike_proof(const struct ike_crypto *c, const struct ike_algs *a, uint16_t auth,
              const uint8_t *skeyid, bool initiator, const struct ike_exchanged *x,
              ikev1_bytes sai_b, ikev1_bytes id_b, uint8_t *out, size_t *len) {
    struct ike_algs over = proving(c, a, auth);

    if (over.hash == NULL)
        return IKEV1_E_UNSUPPORTED;
    *len = ike_prf_size(&over);
    return hash_ir(c, &over, a, skeyid, initiator, x, sai_b, id_b, out);
}

int ike_base_proof(const struct ike_crypto *c, const struct ike_algs *a, uint16_t auth,
                   const uint8_t *skeyid, bool initiator, const struct ike_exchanged *x,
                   ikev1_bytes sai_b, ikev1_bytes idii_b, ikev1_bytes idir_b, uint8_t *out,
                   size_t *len) {
    const ikev1_bytes as_initiator[] = {x->gxi, x->icookie, x->rcookie, sai_b, idii_b};
    const ikev1_bytes as_responder[] = {x->gxi, x->gxr, x->icookie, x->rcookie, sai_b, idii_b};
    const ikev1_bytes nonces[] = {x->ni, x->nr};
    struct ike_algs over = proving(c, a, auth);
    uint8_t digest[IKEV1_MAX_HASH];
    ikev1_bytes key = ike_bytes(skeyid, ike_prf_size(a));

    if (over.hash == NULL)
        return IKEV1_E_UNSUPPORTED;
    *len = ike_prf_size(&over);
    if (auth == IKEV1_AUTH_PSK && !initiator)
        return ike_hash_ir(c, a, skeyid, false, x, sai_b, idir_b, out);
    if (auth != IKEV1_AUTH_PSK) {
        int r = a->hash->digest(c->instance, nonces, 2, digest);
        if (r != IKEV1_OK)
            return r;
        key = ike_bytes(digest, a->hash->size);
    }
    return initiator ? ike_prf(c, &over, key, as_initiator, 5, out)
                     : ike_prf(c, &over, key, as_responder, 6, out);
}
