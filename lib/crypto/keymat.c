/* SPDX-License-Identifier: Apache-2.0 */
/* KEYMAT (RFC 2409 5.5), and how many bytes of it each IPsec transform takes (QCK-12). */
#include "crypto/formulas.h"

/* Sizes in bytes. `fallback` is the key size without the attribute, 0 = the attribute must stand
 * there. A transform with an `icv` brings its own integrity and refuses another one. */
static const struct esp_row {
    uint8_t id, min, max, step, fallback, salt, icv;
} ESP[] = {
    {IKEV1_ESP_DES, 8, 8, 1, 8, 0, 0},           /* RFC 2405 */
    {IKEV1_ESP_3DES, 24, 24, 1, 24, 0, 0},       /* RFC 2451 2.2 */
    {IKEV1_ESP_CAST, 5, 16, 1, 16, 0, 0},        /* RFC 2451 2.2 */
    {IKEV1_ESP_BLOWFISH, 5, 56, 1, 16, 0, 0},    /* RFC 2451 2.2 */
    {IKEV1_ESP_NULL, 0, 0, 1, 0, 0, 0},          /* RFC 2410 */
    {IKEV1_ESP_AES_CBC, 16, 32, 8, 16, 0, 0},    /* RFC 3602; peers leave out 128 */
    {IKEV1_ESP_AES_CTR, 16, 32, 8, 0, 4, 0},     /* RFC 3686 5.1 */
    {IKEV1_ESP_AES_CCM_8, 16, 32, 8, 0, 3, 8},   /* RFC 4309 7.1 */
    {IKEV1_ESP_AES_CCM_12, 16, 32, 8, 0, 3, 12}, /* RFC 4309 7.1 */
    {IKEV1_ESP_AES_CCM_16, 16, 32, 8, 0, 3, 16}, /* RFC 4309 7.1 */
    {IKEV1_ESP_AES_GCM_8, 16, 32, 8, 0, 4, 8},   /* RFC 4106 8.1 */
    {IKEV1_ESP_AES_GCM_12, 16, 32, 8, 0, 4, 12}, /* RFC 4106 8.1 */
    {IKEV1_ESP_AES_GCM_16, 16, 32, 8, 0, 4, 16}, /* RFC 4106 8.1 */
    {IKEV1_ESP_CAMELLIA, 16, 32, 8, 16, 0, 0},   /* RFC 4312 */
    {IKEV1_ESP_AES_GMAC, 16, 32, 8, 0, 4, 16},   /* RFC 4543 5 */
};

/* `key`, `salt` and `icv` in bytes; `ah` is the AH transform that goes with it, 0 = none. */
static const struct integrity_row {
    uint8_t id, key, salt, icv, ah;
    bool esp;
} INTEGRITY[] = {
    {IKEV1_INTEG_HMAC_MD5, 16, 0, 12, IKEV1_AH_MD5, true},               /* RFC 2403 */
    {IKEV1_INTEG_HMAC_SHA1, 20, 0, 12, IKEV1_AH_SHA, true},              /* RFC 2404 */
    {IKEV1_INTEG_HMAC_SHA2_256, 32, 0, 16, IKEV1_AH_SHA2_256, true},     /* RFC 4868 2.6 */
    {IKEV1_INTEG_HMAC_SHA2_384, 48, 0, 24, IKEV1_AH_SHA2_384, true},     /* RFC 4868 2.6 */
    {IKEV1_INTEG_HMAC_SHA2_512, 64, 0, 32, IKEV1_AH_SHA2_512, true},     /* RFC 4868 2.6 */
    {IKEV1_INTEG_AES_XCBC, 16, 0, 12, IKEV1_AH_AES_XCBC, true},          /* RFC 3566 */
    {IKEV1_INTEG_AES_CMAC, 16, 0, 12, 0, true},                          /* RFC 4494 */
    {IKEV1_INTEG_AES_128_GMAC, 16, 4, 16, IKEV1_AH_AES_128_GMAC, false}, /* RFC 4543 5 */
    {IKEV1_INTEG_AES_192_GMAC, 24, 4, 16, IKEV1_AH_AES_192_GMAC, false}, /* RFC 4543 5 */
    {IKEV1_INTEG_AES_256_GMAC, 32, 4, 16, IKEV1_AH_AES_256_GMAC, false}, /* RFC 4543 5 */
};

static const struct esp_row *esp_row(uint8_t id) {
    for (size_t i = 0; i < sizeof ESP / sizeof *ESP; i++)
        if (ESP[i].id == id)
            return &ESP[i];
    return NULL;
}

bool ike_takes_key_bits(uint8_t protocol, uint8_t transform) {
    const struct esp_row *row = protocol == IKEV1_PROTO_ESP ? esp_row(transform) : NULL;
    return row != NULL && row->min < row->max;
}

static const struct integrity_row *integrity_row(uint16_t id) {
    for (size_t i = 0; i < sizeof INTEGRITY / sizeof *INTEGRITY; i++)
        if (INTEGRITY[i].id == id)
            return &INTEGRITY[i];
    return NULL;
}

/* The cipher's key without its salt; false = the attribute does not fit the transform. */
static bool esp_key_size(const struct esp_row *row, uint16_t key_bits, size_t *size) {
    if (key_bits == 0) {
        *size = row->fallback;
        return row->fallback != 0 || row->max == 0;
    }
    *size = key_bits / 8u;
    return key_bits % 8u == 0 && *size >= row->min && *size <= row->max &&
           (*size - row->min) % row->step == 0;
}

static int esp_layout(struct ike_key_layout *l, const struct ike_suite *suite) {
    const struct esp_row *row = esp_row(suite->id);
    const struct integrity_row *integrity = integrity_row(suite->integrity);
    size_t key;

    if (row == NULL || !esp_key_size(row, suite->key_bits, &key))
        return IKEV1_E_UNSUPPORTED;
    if (suite->integrity != 0 && (row->icv != 0 || integrity == NULL || !integrity->esp))
        return IKEV1_E_UNSUPPORTED;
    *l = (struct ike_key_layout){.encryption = (uint8_t)(key + row->salt),
                                 .salt = row->salt,
                                 .integrity = integrity != NULL ? integrity->key : 0,
                                 .icv = integrity != NULL ? integrity->icv : row->icv};
    return IKEV1_OK;
}

/* RFC 2407 4.5: the attribute must name what the transform names. */
static int ah_layout(struct ike_key_layout *l, const struct ike_suite *suite) {
    const struct integrity_row *row = integrity_row(suite->integrity);

    if (row == NULL || row->ah == 0 || row->ah != suite->id)
        return IKEV1_E_UNSUPPORTED;
    *l = (struct ike_key_layout){
        .salt = row->salt, .integrity = (uint8_t)(row->key + row->salt), .icv = row->icv};
    return IKEV1_OK;
}

/* Compression has no keys (RFC 3173), but stands in bundles with those that have. */
static int ipcomp_layout(struct ike_key_layout *l, const struct ike_suite *suite) {
    if (suite->id < IKEV1_IPCOMP_DEFLATE || suite->id > IKEV1_IPCOMP_LZJH || suite->integrity != 0)
        return IKEV1_E_UNSUPPORTED;
    *l = (struct ike_key_layout){0};
    return IKEV1_OK;
}

int ike_key_layout(struct ike_key_layout *l, const struct ike_suite *suite) {
    switch (suite->protocol) {
    case IKEV1_PROTO_ESP:
        return esp_layout(l, suite);
    case IKEV1_PROTO_AH:
        return ah_layout(l, suite);
    case IKEV1_PROTO_IPCOMP:
        return ipcomp_layout(l, suite);
    default:
        return IKEV1_E_UNSUPPORTED;
    }
}

int ike_keymat(const struct ike_crypto *c, const struct ike_algs *a, const uint8_t *skeyid_d,
               ikev1_bytes gxy, uint8_t protocol, uint32_t spi, ikev1_bytes ni, ikev1_bytes nr,
               uint8_t *out, size_t len) {
    uint8_t protocol_spi[5] = {protocol};
    const ikev1_bytes parts[] = {gxy, {protocol_spi, sizeof protocol_spi}, ni, nr};

    ike_put_u32(protocol_spi + 1, spi);
    return ike_prf_expand(c, a, ike_bytes(skeyid_d, ike_prf_size(a)), parts, 4, false, out, len);
}
