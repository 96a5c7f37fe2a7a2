/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MODP groups over OpenSSL's big numbers. The seed is the private exponent, with its top bit taken
 * as set: so it is never 0 and always of one length. Its size is twice the strength of the group
 * (RFC 3526 8), rounded up to whole words of 64 bits, because BN_mod_exp_mont_consttime works on
 * all of a word's bits anyway; in groups 22 to 24 it is the size of the subgroup (RFC 5114 2).
 */
#include <string.h>

#include "provider/instance.h"

/* Safe primes have generator 2; those of RFC 5114 have one of their own, and a subgroup. */
static const uint8_t TWO[1] = {2};

static const struct {
    uint16_t id, size, seed_size;
    const uint8_t *prime, *generator;
    uint16_t generator_size;
    const uint8_t *order;
    uint16_t order_size;
} MODP[IKE_MODP_GROUPS] = {
    {IKEV1_GROUP_MODP768, 96, 24, ike_prime_768, TWO, 1, NULL, 0},
    {IKEV1_GROUP_MODP1024, 128, 24, ike_prime_1024, TWO, 1, NULL, 0},
    {IKEV1_GROUP_MODP1536, 192, 32, ike_prime_1536, TWO, 1, NULL, 0},
    {IKEV1_GROUP_MODP2048, 256, 32, ike_prime_2048, TWO, 1, NULL, 0},
    {IKEV1_GROUP_MODP3072, 384, 40, ike_prime_3072, TWO, 1, NULL, 0},
    {IKEV1_GROUP_MODP4096, 512, 48, ike_prime_4096, TWO, 1, NULL, 0},
    {IKEV1_GROUP_MODP6144, 768, 48, ike_prime_6144, TWO, 1, NULL, 0},
    {IKEV1_GROUP_MODP8192, 1024, 56, ike_prime_8192, TWO, 1, NULL, 0},
    {IKEV1_GROUP_MODP1024_160, 128, 20, ike_prime_1024_160, ike_generator_1024_160, 128,
     ike_order_1024_160, 20},
    {IKEV1_GROUP_MODP2048_224, 256, 28, ike_prime_2048_224, ike_generator_2048_224, 256,
     ike_order_2048_224, 28},
    {IKEV1_GROUP_MODP2048_256, 256, 32, ike_prime_2048_256, ike_generator_2048_256, 256,
     ike_order_2048_256, 32},
};

size_t ike_openssl_modp_index(uint16_t id) {
    size_t i = 0;

    while (i < IKE_MODP_GROUPS && MODP[i].id != id)
        i++;
    return i;
}

int ike_openssl_numbers(struct ike_openssl *o) {
    if (o->exponent == NULL)
        o->exponent = BN_new();
    if (o->base_number == NULL)
        o->base_number = BN_new();
    if (o->result == NULL)
        o->result = BN_new();
    o->bn = BN_CTX_new_ex(o->lib);
    if (o->exponent == NULL || o->base_number == NULL || o->result == NULL || o->bn == NULL)
        return IKEV1_E_MEMORY;
    BN_set_flags(o->exponent, BN_FLG_CONSTTIME);
    return IKEV1_OK;
}

void ike_openssl_numbers_done(struct ike_openssl *o) {
    if (o->exponent != NULL)
        BN_clear(o->exponent);
    if (o->result != NULL)
        BN_clear(o->result);
    BN_CTX_free(o->bn);
    o->bn = NULL;
}

/* Numbers and Montgomery constants of a group, made at its first use. */
static int prepare(struct ike_openssl *o, size_t index) {
    struct ike_modp made = {0};
    int ok = 1;

    if (o->modp[index].mont != NULL)
        return IKEV1_OK;
    made.prime = BN_bin2bn(MODP[index].prime, MODP[index].size, NULL);
    made.generator = BN_bin2bn(MODP[index].generator, MODP[index].generator_size, NULL);
    if (MODP[index].order != NULL) {
        made.order = BN_bin2bn(MODP[index].order, MODP[index].order_size, NULL);
        ok = made.order != NULL;
    }
    made.mont = BN_MONT_CTX_new();
    if (ok == 1 && made.prime != NULL && made.generator != NULL && made.mont != NULL &&
        BN_MONT_CTX_set(made.mont, made.prime, o->bn) == 1) {
        o->modp[index] = made;
        return IKEV1_OK;
    }
    BN_free(made.prime);
    BN_free(made.generator);
    BN_free(made.order);
    BN_MONT_CTX_free(made.mont);
    return IKEV1_E_MEMORY;
}

/* RFC 6989 2.2: where p is no safe prime, y must have the order of the subgroup (KEX-03). */
static int check_order(struct ike_openssl *o, size_t index, const BIGNUM *y) {
    const struct ike_modp *group = &o->modp[index];

    if (group->order == NULL)
        return IKEV1_OK;
    if (BN_mod_exp_mont(o->result, y, group->order, group->prime, o->bn, group->mont) != 1)
        return IKEV1_E_PROVIDER;
    return BN_is_one(o->result) ? IKEV1_OK : IKEV1_E_KE_INVALID;
}

/* o->result = base^o->exponent mod p, then into `out`. 0 or 1 is what only a value that slipped
 * through every check could give. */
static int power(struct ike_openssl *o, size_t index, const BIGNUM *base, uint8_t *out) {
    const struct ike_modp *group = &o->modp[index];

    if (BN_mod_exp_mont_consttime(o->result, base, o->exponent, group->prime, o->bn, group->mont) !=
        1)
        return IKEV1_E_PROVIDER;
    if (BN_is_zero(o->result) || BN_is_one(o->result))
        return IKEV1_E_KE_INVALID;
    return BN_bn2binpad(o->result, out, MODP[index].size) == MODP[index].size ? IKEV1_OK
                                                                              : IKEV1_E_PROVIDER;
}

int ike_openssl_modp_power(struct ike_openssl *o, size_t index, const uint8_t *base,
                           const uint8_t *exponent, size_t exponent_len, uint8_t *out) {
    const BIGNUM *b = NULL;
    int status;

    ERR_set_mark();
    status = ike_openssl_numbers(o);
    if (status == IKEV1_OK)
        status = prepare(o, index);
    if (status == IKEV1_OK && BN_bin2bn(exponent, (int)exponent_len, o->exponent) == NULL)
        status = IKEV1_E_MEMORY;
    if (status == IKEV1_OK && base == NULL)
        b = o->modp[index].generator;
    if (status == IKEV1_OK && base != NULL) {
        b = BN_bin2bn(base, MODP[index].size, o->base_number);
        status = b != NULL ? check_order(o, index, b) : IKEV1_E_MEMORY;
    }
    if (status == IKEV1_OK)
        status = power(o, index, b, out);
    ike_openssl_numbers_done(o);
    ERR_pop_to_mark();
    return status;
}

static int with_seed(void *instance, size_t index, const uint8_t *seed, const uint8_t *base,
                     uint8_t *out) {
    uint8_t exponent[IKEV1_MAX_SEED];
    int status;

    memcpy(exponent, seed, MODP[index].seed_size);
    exponent[0] |= 0x80;
    status = ike_openssl_modp_power(instance, index, base, exponent, MODP[index].seed_size, out);
    ike_sodium_wipe(exponent, sizeof exponent);
    return status;
}

void ike_openssl_modp_close(struct ike_openssl *o) {
    for (size_t i = 0; i < IKE_MODP_GROUPS; i++) {
        BN_free(o->modp[i].prime);
        BN_free(o->modp[i].generator);
        BN_free(o->modp[i].order);
        BN_MONT_CTX_free(o->modp[i].mont);
    }
    BN_clear_free(o->exponent);
    BN_free(o->base_number);
    BN_clear_free(o->result);
}

/* A descriptor's functions do not get the descriptor: so two of them for each row of MODP. */
#define MODP_FUNCTIONS(name, index)                                                                \
    static int name##_generate(void *instance, const uint8_t *seed, uint8_t *public_value) {       \
        return with_seed(instance, index, seed, NULL, public_value);                               \
    }                                                                                              \
    static int name##_agree(void *instance, const uint8_t *seed, const uint8_t *peer,              \
                            uint8_t *secret) {                                                     \
        return with_seed(instance, index, seed, peer, secret);                                     \
    }

MODP_FUNCTIONS(modp_768, 0)
MODP_FUNCTIONS(modp_1024, 1)
MODP_FUNCTIONS(modp_1536, 2)
MODP_FUNCTIONS(modp_2048, 3)
MODP_FUNCTIONS(modp_3072, 4)
MODP_FUNCTIONS(modp_4096, 5)
MODP_FUNCTIONS(modp_6144, 6)
MODP_FUNCTIONS(modp_8192, 7)
MODP_FUNCTIONS(modp_1024_160, 8)
MODP_FUNCTIONS(modp_2048_224, 9)
MODP_FUNCTIONS(modp_2048_256, 10)

#define MODP_ALG(short_name, number, bytes, seed, text)                                            \
    {                                                                                              \
        .id = number, .kind = IKEV1_GROUP_KIND_MODP, .public_size = bytes, .secret_size = bytes,   \
        .seed_size = seed, .name = text, .prime = ike_prime_##short_name,                          \
        .generate = modp_##short_name##_generate, .agree = modp_##short_name##_agree,              \
        .kats = ike_kats_modp_##short_name                                                         \
    }

const ikev1_group_alg ike_openssl_modp_algs[IKE_MODP_GROUPS] = {
    MODP_ALG(768, IKEV1_GROUP_MODP768, 96, 24, "MODP768"),
    MODP_ALG(1024, IKEV1_GROUP_MODP1024, 128, 24, "MODP1024"),
    MODP_ALG(1536, IKEV1_GROUP_MODP1536, 192, 32, "MODP1536"),
    MODP_ALG(2048, IKEV1_GROUP_MODP2048, 256, 32, "MODP2048"),
    MODP_ALG(3072, IKEV1_GROUP_MODP3072, 384, 40, "MODP3072"),
    MODP_ALG(4096, IKEV1_GROUP_MODP4096, 512, 48, "MODP4096"),
    MODP_ALG(6144, IKEV1_GROUP_MODP6144, 768, 48, "MODP6144"),
    MODP_ALG(8192, IKEV1_GROUP_MODP8192, 1024, 56, "MODP8192"),
    MODP_ALG(1024_160, IKEV1_GROUP_MODP1024_160, 128, 20, "MODP1024S160"),
    MODP_ALG(2048_224, IKEV1_GROUP_MODP2048_224, 256, 28, "MODP2048S224"),
    MODP_ALG(2048_256, IKEV1_GROUP_MODP2048_256, 256, 32, "MODP2048S256"),
};
