/* SPDX-License-Identifier: Apache-2.0 */
/* The profiles, one of them what RFC 4109 3 asks for, and weak algorithms by name. */
#include "api/scan.h"

#include <ikev1/crypto.h>
#include <string.h>

static const ikev1_profile PROFILES[] = {
    [IKEV1_PROFILE_MODERN] =
        {
            "modern",
            "aes256-sha256-x25519, aes256-sha384-ecp384, aes256-sha256-ecp256, "
            "aes128-sha256-x25519, aes128-sha256-ecp256, aes256-sha512-ecp521, "
            "aes256-sha384-modp4096, aes256-sha256-modp3072, aes128-sha256-modp3072, "
            "aes256-sha256-modp2048, aes128-sha256-modp2048",
            "aes256gcm16-ecp256, aes128gcm16-ecp256, aes256-sha512-ecp256, aes256-sha256-ecp256, "
            "aes128-sha256-ecp256",
            0,
        },
    [IKEV1_PROFILE_RFC4109] =
        {
            "rfc4109",
            "aes128-sha1-modp2048, 3des-sha1-modp2048, aes128-sha1-modp1024, 3des-sha1-modp1024",
            "aes128-sha1, 3des-sha1",
            IKEV1_ALLOW_3DES | IKEV1_ALLOW_MODP1024,
        },
    [IKEV1_PROFILE_LEGACY] =
        {
            "legacy",
            "aes256-sha256-modp2048, aes128-sha256-modp2048, aes256-sha1-modp2048, "
            "aes128-sha1-modp2048, 3des-sha1-modp2048, aes256-sha1-modp1536, "
            "aes128-sha1-modp1536, 3des-sha1-modp1536, aes256-sha1-modp1024, "
            "aes128-sha1-modp1024, 3des-sha1-modp1024, 3des-md5-modp1024, des-sha1-modp1024, "
            "des-md5-modp1024, des-sha1-modp768, des-md5-modp768",
            "aes256-sha256, aes128-sha256, aes256-sha1, aes128-sha1, 3des-sha1, 3des-md5, "
            "des-sha1, des-md5",
            IKEV1_ALLOW_DES | IKEV1_ALLOW_3DES | IKEV1_ALLOW_MD5 | IKEV1_ALLOW_MODP768 |
                IKEV1_ALLOW_MODP1024 | IKEV1_ALLOW_MODP1536,
        },
};

static const struct {
    char name[13];
    uint32_t allow;
} WEAK[] = {
    {"des", IKEV1_ALLOW_DES},
    {"3des", IKEV1_ALLOW_3DES},
    {"md5", IKEV1_ALLOW_MD5},
    {"modp768", IKEV1_ALLOW_MODP768},
    {"modp1024", IKEV1_ALLOW_MODP1024},
    {"modp1536", IKEV1_ALLOW_MODP1536},
    {"subgroups", IKEV1_ALLOW_SUBGROUPS},
    {"small-curves", IKEV1_ALLOW_SMALL_CURVES},
    {"old-ciphers", IKEV1_ALLOW_OLD_CIPHERS},
    {"null", IKEV1_ALLOW_NULL},
    {"xauth-psk", IKEV1_ALLOW_XAUTH_PSK},
};

const ikev1_profile *ikev1_profile_get(int number) {
    bool known = number >= 0 && (size_t)number < sizeof(PROFILES) / sizeof(PROFILES[0]);
    return known ? &PROFILES[number] : NULL;
}

const ikev1_profile *ikev1_profile_find(const char *name) {
    for (size_t i = 0; name != NULL && i < sizeof(PROFILES) / sizeof(PROFILES[0]); i++) {
        size_t len = strlen(PROFILES[i].name);
        if (strlen(name) == len && memcmp(PROFILES[i].name, name, len) == 0)
            return &PROFILES[i];
    }
    return NULL;
}

static bool find_allow(const struct ike_scan *name, uint32_t *allow) {
    for (size_t i = 0; i < sizeof(WEAK) / sizeof(WEAK[0]); i++)
        if (ike_scan_is(name, WEAK[i].name)) {
            *allow |= WEAK[i].allow;
            return true;
        }
    for (size_t i = 0; i < sizeof(PROFILES) / sizeof(PROFILES[0]); i++)
        if (ike_scan_is(name, PROFILES[i].name)) {
            *allow |= PROFILES[i].allow;
            return true;
        }
    return false;
}

int ikev1_allow_parse(const char *text, uint32_t *out, ikev1_text_error *error) {
    if (text == NULL || out == NULL)
        return IKEV1_E_ARGUMENT;
    struct ike_scan rest = ike_scan(text, error), name;
    uint32_t allow = 0;
    while (ike_scan_entry(&rest, ',', &name))
        if (!find_allow(&name, &allow))
            return ike_scan_fail(&name, name.p, name.end, "unknown name",
                                 "des, 3des, md5, modp768, modp1024, modp1536, subgroups, "
                                 "small-curves, old-ciphers, null; or a profile: modern, rfc4109, "
                                 "legacy");
    *out = allow;
    return IKEV1_OK;
}
