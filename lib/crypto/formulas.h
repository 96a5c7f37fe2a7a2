/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layer 3: the formulas of RFC 2409 over a provider's descriptors. No state of its own: every
 * function takes the keys it needs and gives its result. Intermediate secrets are wiped before
 * return, on every path.
 */
#ifndef IKE_FORMULAS_H
#define IKE_FORMULAS_H

#include <ikev1/crypto.h>
#include "wire/wire.h"

/* A provider together with its instance: what every formula needs. */
struct ike_crypto {
    const ikev1_crypto *provider;
    void *instance;
};

/* ---- lookup.c ---- */

const ikev1_hash_alg *ike_hash_alg(const struct ike_crypto *c, uint16_t id); /* NULL = lacks it */
const ikev1_cipher_alg *ike_cipher_alg(const struct ike_crypto *c, uint16_t id);
const ikev1_group_alg *ike_group_alg(const struct ike_crypto *c, uint16_t id);
const ikev1_prf_alg *ike_prf_alg(const struct ike_crypto *c, uint16_t id);
/* The key size in bytes that `key_bits` (0 = attribute absent) means; 0 = not possible. */
size_t ike_cipher_key_size(const ikev1_cipher_alg *alg, uint16_t key_bits);

/* The algorithms of a phase 1 suite, looked up once. */
struct ike_algs {
    const ikev1_hash_alg *hash;
    const ikev1_prf_alg *prf; /* NULL = HMAC of hash */
    const ikev1_cipher_alg *cipher;
    const ikev1_group_alg *group;
    uint16_t key_size; /* of the cipher, bytes */
};
/* IKEV1_OK, or IKEV1_E_UNSUPPORTED with the attribute named in why->diffs[0]. */
int ike_algs_find(struct ike_algs *a, const struct ike_crypto *c, const struct ike_suite *suite,
                  ikev1_why *why);
/* Names weak algorithms: the IKEV1_ALLOW_... bits (crypto.h) a suite needs. */
uint32_t ike_suite_weakness(const struct ike_suite *suite, int phase);
/* IKEV1_OK, or IKEV1_E_UNSUPPORTED, or IKEV1_E_WEAK: it needs other bits than those of `allow`. */
int ike_group_usable(const struct ike_crypto *c, uint16_t id, uint32_t allow);

/* ---- prf.c ---- */

size_t ike_prf_size(const struct ike_algs *a);
int ike_prf(const struct ike_crypto *c, const struct ike_algs *a, ikev1_bytes key,
            const ikev1_bytes *parts, size_t count, uint8_t *out);
/* K1 | K2 | ... with Kn = prf(key, Kn-1 | parts), to `len` bytes. K0 is empty, or the single byte 0
 * when `zero_start` (RFC 2409 App. B). */
int ike_prf_expand(const struct ike_crypto *c, const struct ike_algs *a, ikev1_bytes key,
                   const ikev1_bytes *parts, size_t count, bool zero_start, uint8_t *out,
                   size_t len);

/* ---- skeyid.c: RFC 2409 5, App. B ---- */

#define IKE_MAX_NONCE 256 /* bytes of Ni_b and Nr_b each, RFC 2409 5 */

/* The keys of an ISAKMP SA once SKEYID has been used up. */
struct ike_keys {
    uint8_t size;     /* of d and a: prf output */
    uint8_t key_size; /* of key */
    uint8_t skeyid_d[IKEV1_MAX_HASH], skeyid_a[IKEV1_MAX_HASH];
    uint8_t key[IKEV1_MAX_KEY]; /* cipher key, out of SKEYID_e */
};
struct ike_exchanged { /* what phase 1 has exchanged in public, plus g^xy */
    ikev1_bytes icookie, rcookie, ni, nr, gxi, gxr, gxy;
};
/* SKEYID by authentication method: PSK = prf(psk, Ni|Nr); signatures = prf(Ni|Nr, g^xy).
 * IKEV1_E_UNSUPPORTED for RSA encryption, which is refused by design. `skeyid` has prf size. */
int ike_skeyid(const struct ike_crypto *c, const struct ike_algs *a, uint16_t auth, ikev1_bytes psk,
               const struct ike_exchanged *x, uint8_t *skeyid);
int ike_skeyid_keys(const struct ike_crypto *c, const struct ike_algs *a, const uint8_t *skeyid,
                    const struct ike_exchanged *x, struct ike_keys *keys);
/* The two steps of which ike_skeyid_keys() consists, for the tests: SKEYID_d, _a, _e =
 * prf(SKEYID, previous | g^xy | CKY-I | CKY-R | number), and the cipher key out of SKEYID_e.
 * IKEV1_E_WEAK when that has only weak keys of DES. */
int ike_skeyid_next(const struct ike_crypto *c, const struct ike_algs *a, const uint8_t *skeyid,
                    const struct ike_exchanged *x, ikev1_bytes previous, uint8_t number,
                    uint8_t *out);
int ike_cipher_key(const struct ike_crypto *c, const struct ike_algs *a, const uint8_t *skeyid_e,
                   uint8_t *key, size_t len);
/* HASH_I (initiator) or HASH_R: RFC 2409 5. sai_b: the initiator's SA body; id_b: the sender's ID
 * body. */
int ike_hash_ir(const struct ike_crypto *c, const struct ike_algs *a, const uint8_t *skeyid,
                bool initiator, const struct ike_exchanged *x, ikev1_bytes sai_b, ikev1_bytes id_b,
                uint8_t *out);

/* What proves a side with the method `auth`: HASH_I or HASH_R, for a signature that is tied to a
 * hash function under the HMAC of that one instead of the negotiated prf (RFC 2409 5.1). `out` has
 * IKEV1_MAX_HASH bytes. IKEV1_E_UNSUPPORTED when the provider lacks that function. */
int ike_proof(const struct ike_crypto *c, const struct ike_algs *a, uint16_t auth,
              const uint8_t *skeyid, bool initiator, const struct ike_exchanged *x,
              ikev1_bytes sai_b, ikev1_bytes id_b, uint8_t *out, size_t *len);

/* The same in Base Mode, which proves a side before there is g^xy (ikev1_phase1.mode):
 *     HASH_I = prf(K, g^xi | CKY-I | CKY-R | SAi_b | IDii_b)
 *     HASH_R = as above with a pre-shared key, else
 *              prf(K, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b)
 * where K is SKEYID with a pre-shared key, else hash(Ni_b | Nr_b). */
int ike_base_proof(const struct ike_crypto *c, const struct ike_algs *a, uint16_t auth,
                   const uint8_t *skeyid, bool initiator, const struct ike_exchanged *x,
                   ikev1_bytes sai_b, ikev1_bytes idii_b, ikev1_bytes idir_b, uint8_t *out,
                   size_t *len);

/* ---- envelope.c: HASH(1), HASH(2), HASH(3), the informational hash; NAT-D ---- */

/* HASH(1) and the informational and transaction hash: prf(SKEYID_a, M-ID | rest). */
int ike_hash_1(const struct ike_crypto *c, const struct ike_algs *a, const uint8_t *skeyid_a,
               uint32_t message_id, ikev1_bytes rest, uint8_t *out);
/* HASH(2) = prf(SKEYID_a, M-ID | Ni_b | rest). */
int ike_hash_2(const struct ike_crypto *c, const struct ike_algs *a, const uint8_t *skeyid_a,
               uint32_t message_id, ikev1_bytes ni, ikev1_bytes rest, uint8_t *out);
/* HASH(3) = prf(SKEYID_a, 0 | M-ID | Ni_b | Nr_b). */
int ike_hash_3(const struct ike_crypto *c, const struct ike_algs *a, const uint8_t *skeyid_a,
               uint32_t message_id, ikev1_bytes ni, ikev1_bytes nr, uint8_t *out);
/* NAT-D: hash(CKY-I | CKY-R | IP | Port), RFC 3947 3.2. */
int ike_natd_hash(const struct ike_crypto *c, const struct ike_algs *a, const uint8_t *icookie,
                  const uint8_t *rcookie, const ikev1_address *address, uint8_t *out);

/* ---- iv.c: RFC 2409 App. B ---- */

/* Phase 1: hash(g^xi | g^xr), cut to the block. */
int ike_iv_phase1(const struct ike_crypto *c, const struct ike_algs *a, ikev1_bytes gxi,
                  ikev1_bytes gxr, uint8_t *iv);
/* A later exchange: hash(last phase 1 block | M-ID), cut to the block. */
int ike_iv_exchange(const struct ike_crypto *c, const struct ike_algs *a, const uint8_t *last_block,
                    uint32_t message_id, uint8_t *iv);

/* ---- body.c: the encrypted part of a message ---- */

/* Decrypts `in` to `out` (same size) and gives the IV for the next message in `next_iv`; `iv`
 * itself is not touched, so that only a verified message advances the chain (CRY-01).
 * IKEV1_E_CIPHERTEXT when `in` is empty or not whole blocks. */
int ike_body_decrypt(const struct ike_crypto *c, const struct ike_algs *a, const uint8_t *key,
                     const uint8_t *iv, ikev1_bytes in, uint8_t *out, uint8_t *next_iv);
/* Encrypts in place; `len` is whole blocks. Gives the next IV. */
int ike_body_encrypt(const struct ike_crypto *c, const struct ike_algs *a, const uint8_t *key,
                     const uint8_t *iv, uint8_t *data, size_t len, uint8_t *next_iv);

/* ---- group.c: Diffie-Hellman with the checks of RFC 6989 and KEX-01..05 ---- */

/* IKEV1_OK, or IKEV1_E_KE_INVALID: exact size; MODP 1 < y < p-1. */
int ike_group_check(const ikev1_group_alg *g, ikev1_bytes peer);
int ike_group_generate(const struct ike_crypto *c, const ikev1_group_alg *g, const uint8_t *seed,
                       uint8_t *public_value);
/* Checks `peer`, then g^xy. */
int ike_group_agree(const struct ike_crypto *c, const ikev1_group_alg *g, const uint8_t *seed,
                    ikev1_bytes peer, uint8_t *secret);

/* ---- keymat.c: RFC 2409 5.5 and the key layout of each IPsec transform ---- */

/* Key sizes of an ESP or AH suite: encryption key (with its salt, for CTR/CCM/GCM/GMAC) and
 * integrity key. IKEV1_E_UNSUPPORTED when the pair is not one we know (QCK-12). */
struct ike_key_layout {
    uint8_t encryption; /* bytes, salt included */
    uint8_t salt; /* the last `salt` bytes of that are the salt; of `integrity` for AH with GMAC */
    uint8_t integrity;
    uint8_t icv; /* bytes of integrity check value in a packet; 0: it does not authenticate */
};
int ike_key_layout(struct ike_key_layout *l, const struct ike_suite *suite);
bool ike_takes_key_bits(uint8_t protocol, uint8_t transform); /* a cipher of several key sizes */
/* KEYMAT = prf(SKEYID_d, [g(qm)^xy |] protocol | SPI | Ni_b | Nr_b), expanded to `len`.
 * gxy of length 0: without PFS. */
int ike_keymat(const struct ike_crypto *c, const struct ike_algs *a, const uint8_t *skeyid_d,
               ikev1_bytes gxy, uint8_t protocol, uint32_t spi, ikev1_bytes ni, ikev1_bytes nr,
               uint8_t *out, size_t len);

/* ---- weak_key.c ---- */

bool ike_des_weak(const uint8_t *key); /* of 8 bytes */
/* The encryption key of an ESP transform: weak for DES, two of three the same for 3DES. */
bool ike_esp_key_weak(uint8_t transform, const uint8_t *key);

/* selftest.c implements ikev1_crypto_selftest(). */

#endif
