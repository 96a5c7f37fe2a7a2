/* SPDX-License-Identifier: Apache-2.0 */
/* Names and identities as text, for ikev1_why. They are a peer's bytes: escaped like the core
 * does. */
#include <string.h>

#include "provider/pki.h"

struct text {
    char *out; /* IKEV1_WHY_TEXT */
    size_t len;
};

static void put(struct text *t, const char *s, size_t len) {
    if (len > IKEV1_WHY_TEXT - 1 - t->len)
        len = IKEV1_WHY_TEXT - 1 - t->len;
    memcpy(t->out + t->len, s, len);
    t->len += len;
    t->out[t->len] = '\0';
}

static struct text begin(char *out) {
    out[0] = '\0';
    return (struct text){out, 0};
}

static void put_hex(struct text *t, unsigned byte) {
    static const char HEX[] = "0123456789abcdef";
    const char pair[2] = {HEX[byte >> 4 & 15], HEX[byte & 15]};

    put(t, pair, sizeof pair);
}

static void put_escaped(struct text *t, const uint8_t *bytes, size_t len) {
    for (size_t i = 0; i < len && t->len < IKEV1_WHY_TEXT - 1; i++) {
        if (bytes[i] == '\\') {
            put(t, "\\\\", 2);
        } else if (bytes[i] >= 0x20 && bytes[i] < 0x7f) {
            put(t, (const char *)&bytes[i], 1);
        } else {
            put(t, "\\x", 2);
            put_hex(t, bytes[i]);
        }
    }
}

static void put_ipv4(struct text *t, const uint8_t *ip) {
    for (size_t i = 0; i < 4; i++) {
        const char digits[3] = {(char)('0' + ip[i] / 100), (char)('0' + ip[i] / 10 % 10),
                                (char)('0' + ip[i] % 10)};
        size_t skip = ip[i] < 10 ? 2 : ip[i] < 100 ? 1 : 0;

        if (i > 0)
            put(t, ".", 1);
        put(t, digits + skip, sizeof digits - skip);
    }
}

static void put_ipv6(struct text *t, const uint8_t *ip) {
    for (size_t i = 0; i < 16; i++) {
        if (i > 0 && i % 2 == 0)
            put(t, ":", 1);
        put_hex(t, ip[i]);
    }
}

void ike_openssl_text(char out[IKEV1_WHY_TEXT], const char *text) {
    struct text t = begin(out);

    put_escaped(&t, (const uint8_t *)text, strlen(text));
}

/* "C=DE, O=Example, CN=gw": OpenSSL escapes within it all but printable ASCII. */
void ike_openssl_text_name(char out[IKEV1_WHY_TEXT], const X509_NAME *name) {
    const unsigned long form = ASN1_STRFLGS_RFC2253 | XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_FN_SN;
    BIO *bio = BIO_new(BIO_s_mem());
    struct text t = begin(out);
    char *written;
    long len;

    if (bio == NULL)
        return;
    if (X509_NAME_print_ex(bio, name, 0, form) >= 0) {
        len = BIO_get_mem_data(bio, &written);
        for (long i = 0; i < len; i++)
            put(&t, written[i] >= 0x20 && written[i] < 0x7f ? &written[i] : "?", 1);
    }
    BIO_free(bio);
}

static bool put_name(char *out, const ikev1_id *id) {
    const uint8_t *p = id->data;
    X509_NAME *name = d2i_X509_NAME(NULL, &p, (long)id->len);

    if (name == NULL)
        return false;
    ike_openssl_text_name(out, name);
    X509_NAME_free(name);
    return true;
}

void ike_openssl_text_id(char out[IKEV1_WHY_TEXT], const ikev1_id *id) {
    struct text t = begin(out);

    if (id->type == IKEV1_ID_IPV4_ADDR && id->len == 4)
        put_ipv4(&t, id->data);
    else if (id->type == IKEV1_ID_IPV6_ADDR && id->len == 16)
        put_ipv6(&t, id->data);
    else if (id->type != IKEV1_ID_DER_ASN1_DN || !put_name(out, id))
        put_escaped(&t, id->data, id->len);
}
