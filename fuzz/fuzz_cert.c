/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: what a peer sends to prove an identity. First a byte of which the low bits say whether the
 * host's clock is set and the method; then pieces of two length bytes each: identity (a type
 * first), signature, and up to nine certificates (an encoding first). The host trusts one anchor,
 * whose key nobody has: nothing is ever accepted. Each piece also goes to the host's own loaders.
 */
#include "holds.h"

#include <ikev1/openssl.h>

/* A CA, made once with the openssl command; its key was thrown away. It is good from 2000 on. */
static const char ANCHOR[] = "-----BEGIN CERTIFICATE-----\n"
                             "MIIBUTCB+KADAgECAgIQADAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARSb290MCAX\n"
                             "DTAwMDEwMTAwMDAwMFoYDzIwOTkxMjMxMjM1OTU5WjAPMQ0wCwYDVQQDDARSb290\n"
                             "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEoyQNMtPh7z++Zlm3kgt4cYC97dxG\n"
                             "9O/2OhGWjR1tHhBJSHriVuvkuByA02wg3eH5+kEGX02OIF/qW1Ntp9KijKNCMEAw\n"
                             "DwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwHQYDVR0OBBYEFBVCBDDQ\n"
                             "lOJRFPe6B6ofEolwd/WNMAoGCCqGSM49BAMCA0gAMEUCICMISnmjumyZJneUk6Bo\n"
                             "1I4ej6Imn8xZgi796tgBi3ajAiEA4IeeAhsYVMXChwaZxobsGVqv2ABWuMHXg5+j\n"
                             "MjkV+uM=\n"
                             "-----END CERTIFICATE-----\n";
enum { NOW = 1700000000, MOST = 9 };

struct piece {
    uint8_t kind; /* its first byte */
    ikev1_bytes rest;
};

static struct piece next_piece(const uint8_t **data, size_t *size) {
    struct piece p = {0, {NULL, 0}};
    if (*size < 3)
        return p;
    size_t len = (size_t)((*data)[0] << 8 | (*data)[1]);
    *data += 2;
    *size -= 2;
    if (len > *size)
        len = *size;
    if (len > 0)
        p = (struct piece){(*data)[0], {*data + 1, len - 1}};
    *data += len;
    *size -= len;
    return p;
}

/* In a block of its own, so that a sanitizer sees reads beyond it. */
static ikev1_bytes apart(ikev1_bytes from) {
    uint8_t *copy = malloc(from.len > 0 ? from.len : 1);
    HOLDS(copy != NULL);
    if (from.len > 0)
        memcpy(copy, from.data, from.len);
    return (ikev1_bytes){copy, from.len};
}

static void check_text(const char text[IKEV1_WHY_TEXT]) {
    HOLDS(memchr(text, '\0', IKEV1_WHY_TEXT) != NULL);
    for (; *text != '\0'; text++)
        HOLDS(*text >= 0x20 && *text < 0x7f);
}

static void check_verify(ikev1_trust *trust, const ikev1_signature *what) {
    ikev1_why why;
    int status = ikev1_trust_verify(trust, what, &why);
    HOLDS(status == IKEV1_E_CERT || status == IKEV1_E_AUTH);
    HOLDS(why.code == status && why.cite != NULL);
    check_text(why.theirs);
    check_text(why.ours);
}

/* A trust into which anything is loaded as the host's own; what then is accepted is its affair. */
static void check_loaders(const ikev1_signature *what) {
    ikev1_trust *trust;
    ikev1_bytes names[MOST];
    HOLDS(ikev1_trust_new(&trust) == IKEV1_OK);
    ikev1_trust_time(trust, NOW);
    for (size_t i = 0; i < what->cert_count; i++) {
        ikev1_key *key;
        int anchor = ikev1_trust_anchor(trust, what->certs[i].data);
        int crl = ikev1_trust_crl(trust, what->certs[i].data);
        HOLDS(anchor == IKEV1_OK || anchor == IKEV1_E_CONFIG);
        HOLDS(crl == IKEV1_OK || crl == IKEV1_E_CONFIG);
        if (ikev1_key_new(&key, what->certs[i].data) == IKEV1_OK)
            ikev1_key_free(key);
    }
    HOLDS(ikev1_trust_authorities(trust, names, MOST) <= what->cert_count);
    (void)ikev1_trust_verify(trust, what, NULL);
    ikev1_trust_free(trust);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const uint16_t METHODS[] = {IKEV1_AUTH_RSA,
                                       IKEV1_AUTH_DSS,
                                       IKEV1_AUTH_ECDSA_256,
                                       IKEV1_AUTH_ECDSA_384,
                                       IKEV1_AUTH_ECDSA_521,
                                       IKEV1_AUTH_PSK,
                                       0,
                                       1};
    ikev1_cert certs[MOST];
    ikev1_trust *trust;
    uint8_t choice = size > 0 ? data[0] : 0;
    data += size > 0;
    size -= size > 0;
    struct piece who = next_piece(&data, &size), signature = next_piece(&data, &size);
    const ikev1_id id = {.type = who.kind, .data = who.rest.data, .len = who.rest.len};
    ikev1_signature what = {.size = sizeof what,
                            .auth = METHODS[choice & 7],
                            .hash = ike_bytes("0123456789abcdefghij", 20),
                            .signature = apart(signature.rest),
                            .certs = certs,
                            .id = &id};
    for (; what.cert_count < MOST && size > 2; what.cert_count++) {
        struct piece p = next_piece(&data, &size);
        certs[what.cert_count] = (ikev1_cert){p.kind, apart(p.rest)};
    }
    HOLDS(ikev1_trust_new(&trust) == IKEV1_OK);
    HOLDS(ikev1_trust_anchor(trust, ike_bytes(ANCHOR, sizeof ANCHOR - 1)) == IKEV1_OK);
    if ((choice & 8) == 0)
        ikev1_trust_time(trust, NOW);
    check_verify(trust, &what);
    ikev1_trust_free(trust);
    if ((choice & 16) != 0)
        check_loaders(&what);
    free((void *)(uintptr_t)what.signature.data);
    for (size_t i = 0; i < what.cert_count; i++)
        free((void *)(uintptr_t)certs[i].data.data);
    return 0;
}
