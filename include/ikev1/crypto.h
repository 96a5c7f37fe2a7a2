/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crypto.h
 * What the library asks of a crypto provider: NULL-terminated arrays of constant descriptors.
 *
 * A provider is constant and may serve any number of engines in any number of threads. What it
 * needs to reuse between calls (contexts, precomputed tables) lives in an instance that
 * ikev1_crypto.open makes once per engine. Raw keys live in the library's SAs and are passed in.
 *
 * Every function returns IKEV1_OK or an IKEV1_E_... code of class CRYPTO or LIMIT, writes its
 * outputs only when it returns IKEV1_OK, keeps no pointer it was given, and must not call into an
 * engine. `instance` is what open() made.
 *
 * Inputs come as a list of parts, hashed one after the other as if joined: the formulas of RFC 2409
 * are all of that shape, and nothing has to be copied together.
 *
 * Known answers travel with each algorithm; ikev1_crypto_selftest() runs them all.
 */
#ifndef IKEV1_CRYPTO_H
#define IKEV1_CRYPTO_H

#include <ikev1/const.h>
#include <ikev1/error.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IKEV1_MAX_HASH   64   /**< largest digest and prf output */
#define IKEV1_MAX_KEY    64   /**< largest cipher key */
#define IKEV1_MAX_BLOCK  16   /**< largest cipher block */
#define IKEV1_MAX_PUBLIC 1024 /**< largest public value and shared secret (MODP-8192) */
#define IKEV1_MAX_SEED   80   /**< largest seed of a private value */

/**
 * Names for what is weak: nothing of this is offered or accepted until its bit stands in
 * ikev1_config.allow (RFC 8247, RFC 9395; mission R9). Since 0.1.
 */
enum {
    IKEV1_ALLOW_DES = 1u << 0,          /**< DES in either phase: 56-bit keys */
    IKEV1_ALLOW_3DES = 1u << 1,         /**< 3DES: 64-bit blocks */
    IKEV1_ALLOW_MD5 = 1u << 2,          /**< MD5 and HMAC-MD5 */
    IKEV1_ALLOW_MODP768 = 1u << 3,      /**< group 1: broken for whoever has precomputed it */
    IKEV1_ALLOW_MODP1024 = 1u << 4,     /**< group 2: within reach of states (Logjam) */
    IKEV1_ALLOW_MODP1536 = 1u << 5,     /**< group 5 */
    IKEV1_ALLOW_SUBGROUPS = 1u << 6,    /**< groups 22 to 24: small subgroups */
    IKEV1_ALLOW_SMALL_CURVES = 1u << 7, /**< groups 25, 26, 27: below 128-bit strength */
    IKEV1_ALLOW_OLD_CIPHERS = 1u << 8,  /**< Blowfish, CAST: 64-bit blocks, retired by RFC 9395 */
    IKEV1_ALLOW_NULL = 1u << 9,         /**< ESP without encryption */
    /** As client: XAUTH behind a pre-shared key (CFG-11). Whoever else has the key, as all of a
     *  group have, can play the gateway and is told names and passwords. */
    IKEV1_ALLOW_XAUTH_PSK = 1u << 10,
};

/** A known answer; which fields count depends on the kind of algorithm. Hex text. Since 0.1. */
typedef struct ikev1_kat {
    const char *key;    /**< MAC or cipher key; seed of the private value for a group */
    const char *iv;     /**< cipher IV; the peer's public value for a group */
    const char *input;  /**< data; our public value that the seed gives, for a group */
    const char *output; /**< digest, MAC, ciphertext, shared secret */
} ikev1_kat;

/** A hash and the HMAC made of it (the prf of RFC 2409 4 when no other is negotiated). Since 0.1.
 */
typedef struct ikev1_hash_alg {
    uint16_t id;   /**< IKEV1_HASH_... */
    uint16_t size; /**< bytes of a digest, at most IKEV1_MAX_HASH */
    const char *name;
    int (*digest)(void *instance, const ikev1_bytes *parts, size_t count, uint8_t *out);
    int (*hmac)(void *instance, ikev1_bytes key, const ikev1_bytes *parts, size_t count,
                uint8_t *out);
    const ikev1_kat *digest_kats; /**< ends with an entry whose output is NULL */
    const ikev1_kat *hmac_kats;   /**< likewise */
} ikev1_hash_alg;

/** A prf that is not an HMAC, by its number in the PRF attribute. Since 0.1. */
typedef struct ikev1_prf_alg {
    uint16_t id;
    uint16_t size;
    const char *name;
    int (*mac)(void *instance, ikev1_bytes key, const ikev1_bytes *parts, size_t count,
               uint8_t *out);
    const ikev1_kat *kats;
} ikev1_prf_alg;

/** A block cipher in CBC mode (RFC 2409 App. B). Since 0.1. */
typedef struct ikev1_cipher_alg {
    uint16_t id;          /**< IKEV1_CIPHER_... */
    uint16_t block;       /**< bytes of a block and of the IV */
    uint16_t key_min;     /**< key sizes in bytes: from min */
    uint16_t key_max;     /**< to max */
    uint16_t key_step;    /**< in steps of this; 0 when min = max and the key has a fixed size */
    uint16_t key_default; /**< when the key length attribute is absent */
    const char *name;
    /** `len` is a multiple of `block`; `in` and `out` may be the same buffer. No padding is added
     * or removed and `iv` is not changed. */
    int (*encrypt)(void *instance, ikev1_bytes key, const uint8_t *iv, const uint8_t *in,
                   uint8_t *out, size_t len);
    int (*decrypt)(void *instance, ikev1_bytes key, const uint8_t *iv, const uint8_t *in,
                   uint8_t *out, size_t len);
    const ikev1_kat *kats;
} ikev1_cipher_alg;

/** Kinds of groups: they differ in how a public value is checked before it is used. */
enum { IKEV1_GROUP_KIND_MODP = 1, IKEV1_GROUP_KIND_ECP, IKEV1_GROUP_KIND_MONTGOMERY };

/**
 * A Diffie-Hellman group. The library draws the seed of every private value from its own random
 * source, so that the same seed gives the same run; generate() turns it into a private value
 * uniformly distributed enough for the group. Since 0.1.
 */
typedef struct ikev1_group_alg {
    uint16_t id;          /**< IKEV1_GROUP_... */
    uint8_t kind;         /**< IKEV1_GROUP_KIND_... */
    uint16_t public_size; /**< bytes of a public value, always left-padded to this */
    uint16_t secret_size; /**< bytes of the shared secret, always left-padded to this */
    uint16_t seed_size;   /**< bytes of random that generate() wants, at most IKEV1_MAX_SEED */
    const char *name;
    const uint8_t *prime; /**< MODP: the prime, big endian, public_size bytes; else NULL */
    /** Makes our public value of `seed`. The seed is the private value: the library keeps it. */
    int (*generate)(void *instance, const uint8_t *seed, uint8_t *public_value);
    /**
     * The shared secret of our `seed` and the peer's public value. The provider checks what only it
     * can check: a point must lie on its curve, the result must not be zero or infinity
     * (IKEV1_E_KE_INVALID; RFC 6989). The library has checked size and MODP range before.
     */
    int (*agree)(void *instance, const uint8_t *seed, const uint8_t *peer, uint8_t *secret);
    const ikev1_kat *kats;
} ikev1_group_alg;

/** Sizes of what seals exported state, in bytes. */
#define IKEV1_SEAL_KEY   32
#define IKEV1_SEAL_NONCE 24
#define IKEV1_SEAL_TAG   16

/** A provider. Since 0.1. */
typedef struct ikev1_crypto {
    size_t size;      /**< sizeof(ikev1_crypto) as the provider was compiled */
    const char *name; /**< for logs, as "openssl+sodium" */

    /** Makes and frees an instance. `close` gets what `open` gave. */
    int (*open)(const struct ikev1_crypto *self, void **instance);
    void (*close)(void *instance);

    int (*random)(void *instance, uint8_t *out, size_t len);
    /** True when both are equal, in time that depends on `len` only. */
    bool (*equal)(const void *a, const void *b, size_t len);
    /** Overwrites with zeros, however clever the compiler. */
    void (*wipe)(void *p, size_t len);
    /** Keyed hash for tables whose keys a peer chooses: unpredictable without `key` (SipHash). */
    uint64_t (*table_hash)(const uint8_t key[16], const uint8_t *data, size_t len);

    const ikev1_hash_alg *const *hashes;
    const ikev1_prf_alg *const *prfs;
    const ikev1_cipher_alg *const *ciphers;
    const ikev1_group_alg *const *groups;

    /**
     * Authenticated encryption of exported state, XChaCha20-Poly1305 or its equal: a random nonce
     * may be used without counting. Both NULL: nothing can be exported.
     * @param bound authenticated, not encrypted
     * @param out   `len` bytes and a tag of IKEV1_SEAL_TAG behind them. May not overlap `in`
     */
    int (*seal)(const uint8_t key[IKEV1_SEAL_KEY], const uint8_t nonce[IKEV1_SEAL_NONCE],
                ikev1_bytes bound, const uint8_t *in, size_t len, uint8_t *out);
    /** The reverse: `len` counts the tag, `out` gets as much less. @return IKEV1_OK, or
     *  IKEV1_E_AUTH and nothing that is worth reading in `out`. */
    int (*unseal)(const uint8_t key[IKEV1_SEAL_KEY], const uint8_t nonce[IKEV1_SEAL_NONCE],
                  ikev1_bytes bound, const uint8_t *in, size_t len, uint8_t *out);
    /**
     * Whether this machine has a cipher that stands in the table: one may live in a module of its
     * own that is not there. Asked when a configuration is checked and when an algorithm is
     * negotiated, so answer from what is known already. NULL: all that is listed is there.
     * @return IKEV1_OK; IKEV1_E_UNSUPPORTED it has not
     */
    int (*ready)(void *instance, const ikev1_cipher_alg *alg);
} ikev1_crypto;

/**
 * Runs every known answer of a provider. Call it once at start-up; it takes some fifty
 * milliseconds, most of them for MODP-8192. An algorithm that answers IKEV1_E_UNSUPPORTED is passed
 * over: it is absent on this machine, not wrong.
 * @param crypto the provider
 * @param failed NULL, or receives the name of the algorithm that failed (static), else NULL
 * @return IKEV1_OK; IKEV1_E_SELFTEST a wrong answer: do not use the provider;
 *         another code of class CRYPTO, LIMIT or USAGE: it could not be run. Since 0.1.
 */
IKEV1_API int ikev1_crypto_selftest(const ikev1_crypto *crypto, const char **failed);

#ifdef __cplusplus
}
#endif
#endif
