/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys of a negotiation that is watched: as they were told, or made of g^xy by the formulas of
 * RFC 2409 5; and whether the hash of a side is that of a known pre-shared key.
 */
#include <string.h>

#include "decode/decoder.h"

/* The next secret of a kind that fits the negotiation, from `*at` on; NULL = no more. */
static const struct ike_secret *next_secret(const struct ike_watching *m, uint8_t kind,
                                            size_t *at) {
    while (*at < m->d->secret_count) {
        const struct ike_secret *s = &m->d->secrets[(*at)++];
        if (s->kind == kind &&
            (s->any || memcmp(s->icookie, m->w->icookie, sizeof s->icookie) == 0))
            return s;
    }
    return NULL;
}

static struct ike_exchanged exchanged(const struct ike_watched *w, ikev1_bytes gxy) {
    return (struct ike_exchanged){
        .icookie = ike_bytes(w->icookie, sizeof w->icookie),
        .rcookie = ike_bytes(w->rcookie, sizeof w->rcookie),
        .ni = ike_blob_bytes(&w->said[true].nonce),
        .nr = ike_blob_bytes(&w->said[false].nonce),
        .gxi = ike_blob_bytes(&w->said[true].ke),
        .gxr = ike_blob_bytes(&w->said[false].ke),
        .gxy = gxy,
    };
}

static bool has_both_ke(const struct ike_watched *w) {
    return w->algs.cipher != NULL && w->said[0].ke.len > 0 && w->said[1].ke.len > 0;
}

static bool has_both_nonces(const struct ike_watched *w) {
    return w->said[0].nonce.len > 0 && w->said[1].nonce.len > 0;
}

static bool is_psk(uint16_t auth) {
    return auth == IKEV1_AUTH_PSK || auth == IKEV1_AUTH_XAUTH_INIT_PSK ||
           auth == IKEV1_AUTH_XAUTH_RESP_PSK;
}

/* The key out of SKEYID_e. With several pre-shared keys for any peer the first one counts. */
static int derive(const struct ike_watching *m, ikev1_bytes gxy) {
    const struct ike_exchanged x = exchanged(m->w, gxy);
    ikev1_bytes psk = {NULL, 0};
    struct ike_keys keys;
    uint8_t skeyid[IKEV1_MAX_HASH];
    if (is_psk(m->w->suite.auth)) {
        size_t at = 0;
        const struct ike_secret *s = next_secret(m, IKEV1_SECRET_PSK, &at);
        if (s == NULL)
            return IKEV1_OK;
        psk = ike_blob_bytes(&s->value);
    }
    int r = ike_skeyid(&m->d->c, &m->w->algs, m->w->suite.auth, psk, &x, skeyid);
    if (r == IKEV1_OK)
        r = ike_skeyid_keys(&m->d->c, &m->w->algs, skeyid, &x, &keys);
    if (r == IKEV1_OK) {
        memcpy(m->w->key, keys.key, m->w->algs.key_size);
        m->w->keyed = true;
    }
    m->d->mem.wipe(skeyid, sizeof skeyid);
    m->d->mem.wipe(&keys, sizeof keys);
    return r == IKEV1_E_UNSUPPORTED ? IKEV1_OK : r; /* a method without a formula: stays sealed */
}

int ike_watched_keys(const struct ike_watching *m) {
    struct ike_watched *w = m->w;
    const struct ike_secret *s;
    size_t at = 0;
    int r = IKEV1_OK;
    if (!has_both_ke(w))
        return IKEV1_OK;
    if (!w->started) {
        r = ike_iv_phase1(&m->d->c, &w->algs, ike_blob_bytes(&w->said[true].ke),
                          ike_blob_bytes(&w->said[false].ke), w->iv);
        w->started = r == IKEV1_OK;
    }
    while (r == IKEV1_OK && !w->keyed && (s = next_secret(m, IKEV1_SECRET_KEY, &at)) != NULL)
        if (s->value.len == w->algs.key_size) {
            memcpy(w->key, s->value.data, s->value.len);
            w->keyed = true;
        }
    at = 0;
    while (r == IKEV1_OK && !w->keyed && has_both_nonces(w) &&
           (s = next_secret(m, IKEV1_SECRET_DH, &at)) != NULL)
        r = derive(m, ike_blob_bytes(&s->value));
    return r;
}

/* HASH_I or HASH_R under one pre-shared key. */
static int proof_with(const struct ike_watching *m, ikev1_bytes psk, uint8_t *hash) {
    const struct ike_exchanged x = exchanged(m->w, ike_bytes(NULL, 0));
    const bool initiator = m->out->initiator;
    uint8_t skeyid[IKEV1_MAX_HASH];
    int r = ike_skeyid(&m->d->c, &m->w->algs, m->w->suite.auth, psk, &x, skeyid);
    if (r == IKEV1_OK)
        r = ike_hash_ir(&m->d->c, &m->w->algs, skeyid, initiator, &x,
                        ike_blob_bytes(&m->w->sa_body), ike_blob_bytes(&m->w->said[initiator].id),
                        hash);
    m->d->mem.wipe(skeyid, sizeof skeyid);
    return r;
}

/* Base Mode hashes something else; where nobody knows a key, nothing can be said. */
int ike_watched_proof(const struct ike_watching *m, uint8_t *proof) {
    const struct ike_payload *p = ike_chain_find(&m->chain, IKEV1_PAYLOAD_HASH, 0);
    const struct ike_watched *w = m->w;
    const struct ike_secret *s;
    size_t at = 0;
    int r = IKEV1_OK;
    if (p == NULL || m->header.exchange == IKEV1_EXCHANGE_BASE || !has_both_ke(w) ||
        !has_both_nonces(w) || !is_psk(w->suite.auth) || w->sa_body.len == 0 ||
        w->said[m->out->initiator].id.len == 0)
        return IKEV1_OK;
    while (r == IKEV1_OK && *proof != IKEV1_PROOF_GOOD &&
           (s = next_secret(m, IKEV1_SECRET_PSK, &at)) != NULL) {
        uint8_t hash[IKEV1_MAX_HASH];
        r = proof_with(m, ike_blob_bytes(&s->value), hash);
        *proof = r == IKEV1_OK && ike_bytes_equal(p->body, ike_bytes(hash, ike_prf_size(&w->algs)))
                     ? IKEV1_PROOF_GOOD
                     : IKEV1_PROOF_BAD;
    }
    return r;
}
