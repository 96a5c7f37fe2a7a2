/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a certificate says about the one that holds its key: RFC 4945 3.1. An identity is compared
 * with names of its own type only, by length and content, so that no NUL cuts it off (IDN-04,
 * IDN-07, CRT-08). The subject's CN is no name of a host (RFC 4945 3.1.9).
 */
#include <string.h>

#include "provider/pki.h"

static bool same_bytes(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len) {
    return a_len == b_len && memcmp(a, b, a_len) == 0;
}

static uint8_t lower(uint8_t c) {
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* RFC 4945 3.1.2, 3.1.3: "case-insensitive string comparison MUST be performed". */
static bool same_letters(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len) {
    if (a_len != b_len)
        return false;
    for (size_t i = 0; i < a_len; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

static const struct kind {
    uint8_t id;
    uint8_t size; /* 0 = any but none */
    int name;     /* GEN_... */
    bool (*same)(const uint8_t *, size_t, const uint8_t *, size_t);
} KINDS[] = {
    {IKEV1_ID_IPV4_ADDR, 4, GEN_IPADD, same_bytes},
    {IKEV1_ID_IPV6_ADDR, 16, GEN_IPADD, same_bytes},
    {IKEV1_ID_FQDN, 0, GEN_DNS, same_letters},
    {IKEV1_ID_USER_FQDN, 0, GEN_EMAIL, same_letters},
};

static bool is_name(const struct kind *kind, const GENERAL_NAME *name, const ikev1_id *id) {
    const ASN1_STRING *text;
    int type;

    text = GENERAL_NAME_get0_value(name, &type);
    return type == kind->name && text != NULL && ASN1_STRING_length(text) > 0 &&
           kind->same(ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text), id->data,
                      id->len);
}

static bool alternative_names(const X509 *cert, const struct kind *kind, const ikev1_id *id) {
    GENERAL_NAMES *names;
    bool found = false;

    if (id->len == 0 || (kind->size != 0 && id->len != kind->size))
        return false;
    names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++)
        found = is_name(kind, sk_GENERAL_NAME_value(names, i), id);
    GENERAL_NAMES_free(names);
    return found;
}

/* RFC 4945 3.1.5: "a binary comparison", and never of an empty name. */
static bool subject(const X509 *cert, const ikev1_id *id) {
    const X509_NAME *name = X509_get_subject_name(cert);
    const uint8_t *der;
    size_t len;

    return X509_NAME_entry_count(name) > 0 && X509_NAME_get0_der(name, &der, &len) == 1 &&
           same_bytes(der, len, id->data, id->len);
}

bool ike_openssl_names(const X509 *cert, const ikev1_id *id) {
    if (id->type == IKEV1_ID_DER_ASN1_DN)
        return subject(cert, id);
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (KINDS[i].id == id->type)
            return alternative_names(cert, &KINDS[i], id);
    return false;
}

/* RFC 4945 5.1.3.12: who does not enforce this extension must still refuse it where it is critical,
 * unless it names IKE. */
static bool purpose_allows(const X509 *cert) {
    int critical;
    EXTENDED_KEY_USAGE *uses = X509_get_ext_d2i(cert, NID_ext_key_usage, &critical, NULL);
    bool allowed = uses != NULL ? critical == 0 : critical == -1; /* -1: there is none */

    for (int i = 0; i < sk_ASN1_OBJECT_num(uses) && !allowed; i++) {
        int use = OBJ_obj2nid(sk_ASN1_OBJECT_value(uses, i));

        allowed = use == NID_ipsec_IKE || use == NID_anyExtendedKeyUsage;
    }
    EXTENDED_KEY_USAGE_free(uses);
    return allowed;
}

bool ike_openssl_may_sign(X509 *cert) {
    uint32_t usage = X509_get_key_usage(cert); /* all bits: there is no such extension */

    return (usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0 && purpose_allows(cert);
}
