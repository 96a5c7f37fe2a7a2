/* SPDX-License-Identifier: Apache-2.0 */
/* From numbers on the wire to a provider's descriptors, and which numbers are weak. */
#include "crypto/formulas.h"

/* All descriptor structs begin with their id, but C gives no licence to read one through another's
 * type: so one small loop for each kind. */
#define IKE_FIND_(list, number)                                                                    \
    for (size_t i = 0; (list) != NULL && (list)[i] != NULL; i++)                                   \
        if ((list)[i]->id == (number))                                                             \
            return (list)[i];                                                                      \
    return NULL

const ikev1_hash_alg *ike_hash_alg(const struct ike_crypto *c, uint16_t id) {
    IKE_FIND_(c->provider->hashes, id);
}

const ikev1_cipher_alg *ike_cipher_alg(const struct ike_crypto *c, uint16_t id) {
    IKE_FIND_(c->provider->ciphers, id);
}

const ikev1_group_alg *ike_group_alg(const struct ike_crypto *c, uint16_t id) {
    IKE_FIND_(c->provider->groups, id);
}

const ikev1_prf_alg *ike_prf_alg(const struct ike_crypto *c, uint16_t id) {
    IKE_FIND_(c->provider->prfs, id);
}

size_t ike_cipher_key_size(const ikev1_cipher_alg *alg, uint16_t key_bits) {
    size_t size = key_bits / 8u;

    if (key_bits == 0)
        return alg->key_default;
    if (key_bits % 8u != 0 || size < alg->key_min || size > alg->key_max || size > IKEV1_MAX_KEY)
        return 0;
    /* RFC 2409 App. A forbids the attribute for a fixed size; peers that say what is so anyway do
     * no harm. */
    if (alg->key_step == 0)
        return size;
    return (size - alg->key_min) % alg->key_step == 0 ? size : 0;
}

static int lacks(ikev1_why *why, uint16_t attribute, uint32_t value) {
    if (why != NULL) {
        why->code = IKEV1_E_UNSUPPORTED;
        why->diff_count = 1;
        why->diffs[0] = (ikev1_diff){.attribute = attribute, .ours = value, .theirs = value};
    }
    return IKEV1_E_UNSUPPORTED;
}

int ike_algs_find(struct ike_algs *a, const struct ike_crypto *c, const struct ike_suite *suite,
                  ikev1_why *why) {
    struct ike_algs found = {0};

    found.cipher = ike_cipher_alg(c, suite->cipher);
    int r = found.cipher == NULL         ? IKEV1_E_UNSUPPORTED
            : c->provider->ready != NULL ? c->provider->ready(c->instance, found.cipher)
                                         : IKEV1_OK;
    if (r != IKEV1_OK)
        return r == IKEV1_E_UNSUPPORTED ? lacks(why, IKEV1_ATTR1_CIPHER, suite->cipher) : r;
    found.key_size = (uint16_t)ike_cipher_key_size(found.cipher, suite->key_bits);
    if (found.key_size == 0)
        return lacks(why, IKEV1_ATTR1_KEY_BITS, suite->key_bits);
    found.hash = ike_hash_alg(c, suite->hash);
    if (found.hash == NULL)
        return lacks(why, IKEV1_ATTR1_HASH, suite->hash);
    if (suite->prf != 0) {
        found.prf = ike_prf_alg(c, suite->prf);
        if (found.prf == NULL)
            return lacks(why, IKEV1_ATTR1_PRF, suite->prf);
    }
    found.group = ike_group_alg(c, suite->group);
    if (found.group == NULL)
        return lacks(why, IKEV1_ATTR1_GROUP, suite->group);
    *a = found;
    return IKEV1_OK;
}

/* Where in a suite a weak number can stand. */
enum place { CIPHER, HASH, GROUP, INTEGRITY, ESP, AH, PLACES };

static const struct {
    uint8_t place, number;
    uint16_t allow;
} WEAK[] = {
    {CIPHER, IKEV1_CIPHER_DES, IKEV1_ALLOW_DES},
    {CIPHER, IKEV1_CIPHER_3DES, IKEV1_ALLOW_3DES},
    {CIPHER, IKEV1_CIPHER_BLOWFISH, IKEV1_ALLOW_OLD_CIPHERS},
    {CIPHER, IKEV1_CIPHER_CAST, IKEV1_ALLOW_OLD_CIPHERS},
    {CIPHER, IKEV1_CIPHER_IDEA, IKEV1_ALLOW_OLD_CIPHERS},
    {CIPHER, IKEV1_CIPHER_RC5, IKEV1_ALLOW_OLD_CIPHERS},
    {HASH, IKEV1_HASH_MD5, IKEV1_ALLOW_MD5},
    {GROUP, IKEV1_GROUP_MODP768, IKEV1_ALLOW_MODP768},
    {GROUP, IKEV1_GROUP_MODP1024, IKEV1_ALLOW_MODP1024},
    {GROUP, IKEV1_GROUP_MODP1536, IKEV1_ALLOW_MODP1536},
    {GROUP, IKEV1_GROUP_MODP1024_160, IKEV1_ALLOW_SUBGROUPS},
    {GROUP, IKEV1_GROUP_MODP2048_224, IKEV1_ALLOW_SUBGROUPS},
    {GROUP, IKEV1_GROUP_MODP2048_256, IKEV1_ALLOW_SUBGROUPS},
    {GROUP, IKEV1_GROUP_ECP192, IKEV1_ALLOW_SMALL_CURVES},
    {GROUP, IKEV1_GROUP_ECP224, IKEV1_ALLOW_SMALL_CURVES},
    {GROUP, IKEV1_GROUP_BRAINPOOL224, IKEV1_ALLOW_SMALL_CURVES},
    {INTEGRITY, IKEV1_INTEG_HMAC_MD5, IKEV1_ALLOW_MD5},
    {INTEGRITY, IKEV1_INTEG_DES_MAC, IKEV1_ALLOW_DES},
    {INTEGRITY, IKEV1_INTEG_KPDK, IKEV1_ALLOW_MD5},
    {ESP, IKEV1_ESP_DES_IV64, IKEV1_ALLOW_DES},
    {ESP, IKEV1_ESP_DES, IKEV1_ALLOW_DES},
    {ESP, IKEV1_ESP_3DES, IKEV1_ALLOW_3DES},
    {ESP, IKEV1_ESP_RC5, IKEV1_ALLOW_OLD_CIPHERS},
    {ESP, IKEV1_ESP_IDEA, IKEV1_ALLOW_OLD_CIPHERS},
    {ESP, IKEV1_ESP_CAST, IKEV1_ALLOW_OLD_CIPHERS},
    {ESP, IKEV1_ESP_BLOWFISH, IKEV1_ALLOW_OLD_CIPHERS},
    {ESP, IKEV1_ESP_NULL, IKEV1_ALLOW_NULL},
    {ESP, IKEV1_ESP_AES_GMAC, IKEV1_ALLOW_NULL}, /* authenticates, hides nothing: RFC 4543 3 */
    {AH, IKEV1_AH_MD5, IKEV1_ALLOW_MD5},
    {AH, IKEV1_AH_DES, IKEV1_ALLOW_DES},
};

uint32_t ike_suite_weakness(const struct ike_suite *suite, int phase) {
    uint16_t at[PLACES] = {0}; /* 0 names no algorithm anywhere, and no row has it */
    uint32_t allow = 0;

    at[GROUP] = suite->group;
    if (phase == 1) {
        at[CIPHER] = suite->cipher;
        at[HASH] = suite->hash;
    } else {
        at[INTEGRITY] = suite->integrity;
        at[ESP] = suite->protocol == IKEV1_PROTO_ESP ? suite->id : 0;
        at[AH] = suite->protocol == IKEV1_PROTO_AH ? suite->id : 0;
    }
    for (size_t i = 0; i < sizeof WEAK / sizeof *WEAK; i++)
        if (at[WEAK[i].place] == WEAK[i].number)
            allow |= WEAK[i].allow;
    return allow;
}

int ike_group_usable(const struct ike_crypto *c, uint16_t id, uint32_t allow) {
    const struct ike_suite suite = {.group = id};

    if (ike_group_alg(c, id) == NULL)
        return IKEV1_E_UNSUPPORTED;
    return ike_suite_weakness(&suite, 2) & ~allow ? IKEV1_E_WEAK : IKEV1_OK;
}
