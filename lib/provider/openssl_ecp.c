/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups over elliptic curves: RFC 5903 (19 to 21), RFC 5114 (25, 26), RFC 6954 (27 to 30). The
 * private value is seed mod (n - 1) + 1; a seed 64 bits longer than n leaves no bias that matters.
 * A public value is x | y, the secret x alone (RFC 5903 7).
 */
#include <string.h>

#include <openssl/ecerr.h>
#include <openssl/obj_mac.h>

#include "provider/instance.h"

enum { EXTRA_SEED = 8, MAX_FIELD = 66, MAX_POINT = 1 + 2 * MAX_FIELD };

static const struct {
    int nid;
    uint16_t size; /* bytes of a coordinate, and of n */
} ECP[IKE_ECP_GROUPS] = {
    {NID_X9_62_prime256v1, 32}, {NID_secp384r1, 48},       {NID_secp521r1, 66},
    {NID_X9_62_prime192v1, 24}, {NID_secp224r1, 28},       {NID_brainpoolP224r1, 28},
    {NID_brainpoolP256r1, 32},  {NID_brainpoolP384r1, 48}, {NID_brainpoolP512r1, 64},
};

/* A curve and n - 1: made at the first use of a group. */
static int prepare(struct ike_openssl *o, size_t index) {
    struct ike_ecp made = {0};

    if (o->ecp[index].curve != NULL)
        return IKEV1_OK;
    made.curve = EC_GROUP_new_by_curve_name_ex(o->lib, NULL, ECP[index].nid);
    if (made.curve == NULL)
        return IKEV1_E_UNSUPPORTED;
    made.order_minus_1 = BN_dup(EC_GROUP_get0_order(made.curve));
    if (made.order_minus_1 != NULL && BN_sub_word(made.order_minus_1, 1) == 1) {
        o->ecp[index] = made;
        return IKEV1_OK;
    }
    BN_free(made.order_minus_1);
    EC_GROUP_free(made.curve);
    return IKEV1_E_MEMORY;
}

/* o->exponent = seed mod (n - 1) + 1 */
static int scalar(struct ike_openssl *o, size_t index, const uint8_t *seed) {
    if (BN_bin2bn(seed, ECP[index].size + EXTRA_SEED, o->result) == NULL)
        return IKEV1_E_MEMORY;
    if (BN_nnmod(o->exponent, o->result, o->ecp[index].order_minus_1, o->bn) != 1 ||
        BN_add_word(o->exponent, 1) != 1)
        return IKEV1_E_PROVIDER;
    return IKEV1_OK;
}

/* Everything that a call needs: the scalar in o->exponent, and a point to work with. The point is
 * made anew each time because only freeing it clears it, and even the projective form of a public
 * value tells of the scalar. */
static int begin(struct ike_openssl *o, size_t index, const uint8_t *seed, EC_POINT **point) {
    int status;

    ERR_set_mark();
    status = ike_openssl_numbers(o);
    if (status == IKEV1_OK)
        status = prepare(o, index);
    if (status != IKEV1_OK)
        return status;
    *point = EC_POINT_new(o->ecp[index].curve);
    return *point != NULL ? scalar(o, index, seed) : IKEV1_E_MEMORY;
}

static void end(struct ike_openssl *o, EC_POINT *point) {
    EC_POINT_clear_free(point);
    ike_openssl_numbers_done(o);
    ERR_pop_to_mark();
}

static int generate(void *instance, size_t index, const uint8_t *seed, uint8_t *public_value) {
    struct ike_openssl *o = instance;
    const size_t size = 1 + 2u * ECP[index].size;
    uint8_t encoded[MAX_POINT]; /* 4 | x | y */
    EC_POINT *point = NULL;
    int status = begin(o, index, seed, &point);

    if (status == IKEV1_OK) {
        const EC_GROUP *curve = o->ecp[index].curve;

        if (EC_POINT_mul(curve, point, o->exponent, NULL, NULL, o->bn) != 1 ||
            EC_POINT_point2oct(curve, point, POINT_CONVERSION_UNCOMPRESSED, encoded, size, o->bn) !=
                size)
            status = IKEV1_E_PROVIDER;
    }
    end(o, point);
    if (status == IKEV1_OK)
        memcpy(public_value, encoded + 1, size - 1);
    return status;
}

/* Whose fault a point is that could not be decoded: lack of memory is not the peer's. */
static bool is_point_error(unsigned long error) {
    int reason = ERR_GET_REASON(error);

    return ERR_GET_LIB(error) == ERR_LIB_EC &&
           (reason == EC_R_POINT_IS_NOT_ON_CURVE || reason == EC_R_INVALID_ENCODING);
}

/* Decoding refuses coordinates that are not below the field's prime and points that are not on the
 * curve; all these curves have cofactor 1, so every point has full order (RFC 6989 2.3). */
static int decode(struct ike_openssl *o, size_t index, const uint8_t *peer, EC_POINT *point) {
    const size_t size = 1 + 2u * ECP[index].size;
    uint8_t encoded[MAX_POINT];

    encoded[0] = POINT_CONVERSION_UNCOMPRESSED;
    memcpy(encoded + 1, peer, size - 1);
    if (EC_POINT_oct2point(o->ecp[index].curve, point, encoded, size, o->bn) == 1)
        return IKEV1_OK;
    return is_point_error(ERR_peek_last_error()) ? IKEV1_E_KE_INVALID : IKEV1_E_PROVIDER;
}

/* x of o->exponent * point */
static int multiply(struct ike_openssl *o, size_t index, EC_POINT *point, uint8_t *secret) {
    const EC_GROUP *curve = o->ecp[index].curve;
    const int size = ECP[index].size;

    if (EC_POINT_mul(curve, point, NULL, point, o->exponent, o->bn) != 1)
        return IKEV1_E_PROVIDER;
    if (EC_POINT_is_at_infinity(curve, point) == 1)
        return IKEV1_E_KE_INVALID;
    if (EC_POINT_get_affine_coordinates(curve, point, o->result, NULL, o->bn) != 1 ||
        BN_bn2binpad(o->result, secret, size) != size)
        return IKEV1_E_PROVIDER;
    return IKEV1_OK;
}

static int agree(void *instance, size_t index, const uint8_t *seed, const uint8_t *peer,
                 uint8_t *secret) {
    struct ike_openssl *o = instance;
    EC_POINT *point = NULL;
    int status = begin(o, index, seed, &point);

    if (status == IKEV1_OK)
        status = decode(o, index, peer, point);
    if (status == IKEV1_OK)
        status = multiply(o, index, point, secret);
    end(o, point);
    return status;
}

void ike_openssl_ecp_close(struct ike_openssl *o) {
    for (size_t i = 0; i < IKE_ECP_GROUPS; i++) {
        BN_free(o->ecp[i].order_minus_1);
        EC_GROUP_free(o->ecp[i].curve);
    }
}

/* A descriptor's functions do not get the descriptor: so two of them for each row of ECP. */
#define ECP_FUNCTIONS(name, index)                                                                 \
    static int name##_generate(void *instance, const uint8_t *seed, uint8_t *public_value) {       \
        return generate(instance, index, seed, public_value);                                      \
    }                                                                                              \
    static int name##_agree(void *instance, const uint8_t *seed, const uint8_t *peer,              \
                            uint8_t *secret) {                                                     \
        return agree(instance, index, seed, peer, secret);                                         \
    }

ECP_FUNCTIONS(ecp256, 0)
ECP_FUNCTIONS(ecp384, 1)
ECP_FUNCTIONS(ecp521, 2)
ECP_FUNCTIONS(ecp192, 3)
ECP_FUNCTIONS(ecp224, 4)
ECP_FUNCTIONS(bp224, 5)
ECP_FUNCTIONS(bp256, 6)
ECP_FUNCTIONS(bp384, 7)
ECP_FUNCTIONS(bp512, 8)

#define ECP_ALG(short_name, number, bytes, text)                                                   \
    {                                                                                              \
        .id = number, .kind = IKEV1_GROUP_KIND_ECP, .public_size = 2 * bytes,                      \
        .secret_size = bytes, .seed_size = bytes + EXTRA_SEED, .name = text,                       \
        .generate = short_name##_generate, .agree = short_name##_agree,                            \
        .kats = ike_kats_##short_name                                                              \
    }

const ikev1_group_alg ike_openssl_ecp_algs[IKE_ECP_GROUPS] = {
    ECP_ALG(ecp256, IKEV1_GROUP_ECP256, 32, "ECP256"),
    ECP_ALG(ecp384, IKEV1_GROUP_ECP384, 48, "ECP384"),
    ECP_ALG(ecp521, IKEV1_GROUP_ECP521, 66, "ECP521"),
    ECP_ALG(ecp192, IKEV1_GROUP_ECP192, 24, "ECP192"),
    ECP_ALG(ecp224, IKEV1_GROUP_ECP224, 28, "ECP224"),
    ECP_ALG(bp224, IKEV1_GROUP_BRAINPOOL224, 28, "BP224"),
    ECP_ALG(bp256, IKEV1_GROUP_BRAINPOOL256, 32, "BP256"),
    ECP_ALG(bp384, IKEV1_GROUP_BRAINPOOL384, 48, "BP384"),
    ECP_ALG(bp512, IKEV1_GROUP_BRAINPOOL512, 64, "BP512"),
};
