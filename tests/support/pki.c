/* SPDX-License-Identifier: Apache-2.0 */
#include "pki.h"
#include "rows.h"

#include <openssl/asn1.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>

EVP_PKEY *pki_key(const char *pem) {
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    assert_non_null(key);
    BIO_free(bio);
    return key;
}

EVP_PKEY *pki_ec_key(const char *curve) {
    EVP_PKEY *key = EVP_EC_gen(curve);
    assert_non_null(key);
    return key;
}

EVP_PKEY *pki_rsa_public(const char *n, const char *e) {
    const char *const names[] = {OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E};
    const char *const hex[] = {n, e};
    BIGNUM *numbers[2];
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *key = NULL;
    for (size_t i = 0; i < 2; i++) {
        ikev1_bytes bytes = hex_make(hex[i]);
        numbers[i] = BN_bin2bn(bytes.data, (int)bytes.len, NULL);
        hex_free(bytes);
        assert_int_equal(OSSL_PARAM_BLD_push_BN(build, names[i], numbers[i]), 1);
    }
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(ctx);
    BN_free(numbers[0]);
    BN_free(numbers[1]);
    return key;
}

/* Takes what OpenSSL allocated. */
static ikev1_bytes taken(uint8_t *from, int len) {
    assert_true(len > 0);
    ikev1_bytes out = bytes_copy((ikev1_bytes){from, (size_t)len});
    OPENSSL_free(from);
    return out;
}

ikev1_bytes pki_key_der(const EVP_PKEY *key) {
    uint8_t *der = NULL;
    int len = i2d_PrivateKey(key, &der);
    return taken(der, len);
}

/* ---- certificates ---- */

static X509_NAME *name_of(const char *text) {
    X509_NAME *name = X509_NAME_new();
    char copy[200], *rest = copy;
    assert_non_null(name);
    if (text == NULL)
        return name;
    assert_true(strlen(text) < sizeof(copy));
    strcpy(copy, text);
    while (rest != NULL) {
        char *field = rest, *value = strchr(rest, '=');
        assert_non_null(value);
        *value++ = '\0';
        rest = strchr(value, ',');
        if (rest != NULL)
            *rest++ = '\0';
        assert_int_equal(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                                    (const uint8_t *)value, -1, -1, 0),
                         1);
    }
    return name;
}

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value) {
    X509V3_CTX ctx;
    if (value == NULL)
        return;
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509V3_set_ctx_nodb(&ctx);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(cert, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static void add_dns(X509 *cert, ikev1_bytes dns) {
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();
    assert_int_equal(ASN1_STRING_set(text, dns.data, (int)dns.len), 1);
    GENERAL_NAME_set0_value(name, GEN_DNS, text);
    assert_true(sk_GENERAL_NAME_push(names, name) > 0);
    assert_int_equal(X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0), 1);
    GENERAL_NAMES_free(names);
}

static void add_unknown(X509 *cert) {
    ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.55555.1", 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    assert_int_equal(ASN1_OCTET_STRING_set(value, (const uint8_t *)"\x05\x00", 2), 1);
    X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, value);
    assert_int_equal(X509_add_ext(cert, extension, -1), 1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(oid);
}

static void add_extensions(X509 *cert, X509 *issuer, const struct pki_spec *spec) {
    add_extension(cert, issuer, NID_basic_constraints, spec->constraints);
    add_extension(cert, issuer, NID_key_usage, spec->usage);
    add_extension(cert, issuer, NID_ext_key_usage, spec->purpose);
    add_extension(cert, issuer, NID_subject_alt_name, spec->san);
    add_extension(cert, issuer, NID_name_constraints, spec->permitted);
    add_extension(cert, issuer, NID_crl_distribution_points, spec->points);
    if (spec->dns.len > 0)
        add_dns(cert, spec->dns);
    if (spec->unknown)
        add_unknown(cert);
}

X509 *pki_cert(const struct pki_spec *spec, X509 *issuer, EVP_PKEY *issuer_key) {
    const EVP_MD *md = EVP_get_digestbyname(spec->digest != NULL ? spec->digest : "SHA256");
    X509 *cert = X509_new();
    X509_NAME *subject = name_of(spec->subject);
    ASN1_INTEGER *serial = X509_get_serialNumber(cert);
    BIGNUM *number = BN_new();
    assert_non_null(cert);
    assert_int_equal(BN_rand(number, 64, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY), 1);
    assert_non_null(BN_to_ASN1_INTEGER(number, serial));
    BN_free(number);
    X509_set_version(cert, spec->version1 ? X509_VERSION_1 : X509_VERSION_3);
    X509_set_subject_name(cert, subject);
    X509_set_issuer_name(cert, issuer != NULL ? X509_get_subject_name(issuer) : subject);
    X509_NAME_free(subject);
    ASN1_TIME_set(X509_getm_notBefore(cert), spec->from != 0 ? spec->from : PKI_NOW - PKI_DAY);
    ASN1_TIME_set(X509_getm_notAfter(cert), spec->to != 0 ? spec->to : PKI_NOW + PKI_DAY);
    assert_int_equal(X509_set_pubkey(cert, spec->key), 1);
    if (!spec->version1)
        add_extensions(cert, issuer != NULL ? issuer : cert, spec);
    assert_true(X509_sign(cert, issuer_key != NULL ? issuer_key : spec->key, md) > 0);
    return cert;
}

X509 *pki_ca(const char *subject, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key) {
    const struct pki_spec spec = {.subject = subject,
                                  .key = key,
                                  .constraints = "critical,CA:TRUE",
                                  .usage = "critical,keyCertSign,cRLSign"};
    return pki_cert(&spec, issuer, issuer_key);
}

ikev1_bytes pki_der(const X509 *cert) {
    uint8_t *der = NULL;
    int len = i2d_X509(cert, &der);
    return taken(der, len);
}

ikev1_bytes pki_pem(const X509 *cert) {
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    assert_int_equal(PEM_write_bio_X509(bio, cert), 1);
    long len = BIO_get_mem_data(bio, &text);
    ikev1_bytes out = bytes_copy((ikev1_bytes){(const uint8_t *)text, (size_t)len});
    BIO_free(bio);
    return out;
}

static PKCS7 *empty_bundle(void) {
    PKCS7 *bundle = PKCS7_new();
    assert_int_equal(PKCS7_set_type(bundle, NID_pkcs7_signed), 1);
    assert_int_equal(PKCS7_content_new(bundle, NID_pkcs7_data), 1);
    assert_int_equal(PKCS7_set_detached(bundle, 1), 1);
    return bundle;
}

ikev1_bytes pki_bundle(X509 *const *certs, size_t count) {
    PKCS7 *bundle = empty_bundle();
    uint8_t *der = NULL;
    for (size_t i = 0; i < count; i++)
        assert_int_equal(PKCS7_add_certificate(bundle, certs[i]), 1);
    int len = i2d_PKCS7(bundle, &der);
    PKCS7_free(bundle);
    return taken(der, len);
}

/* ---- CRLs ---- */

static void revoke(X509_CRL *crl, const X509 *cert) {
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_TIME *when = ASN1_TIME_set(NULL, PKI_NOW - 3600);
    X509_REVOKED_set_serialNumber(entry, (ASN1_INTEGER *)(uintptr_t)X509_get0_serialNumber(cert));
    X509_REVOKED_set_revocationDate(entry, when);
    assert_int_equal(X509_CRL_add0_revoked(crl, entry), 1);
    ASN1_TIME_free(when);
}

static void add_number(X509_CRL *crl, int nid, long value, bool critical) {
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    ASN1_INTEGER_set(number, value != 0 ? value : 7);
    assert_int_equal(X509_CRL_add1_ext_i2d(crl, nid, number, critical, 0), 1);
    ASN1_INTEGER_free(number);
}

static void add_scope(X509_CRL *crl, const char *scope) {
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, NULL, NULL, NULL, crl, 0);
    X509V3_set_ctx_nodb(&ctx);
    X509_EXTENSION *extension =
        X509V3_EXT_conf_nid(NULL, &ctx, NID_issuing_distribution_point, scope);
    assert_non_null(extension);
    assert_int_equal(X509_CRL_add_ext(crl, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static X509_CRL *make_crl(const struct pki_crl_spec *spec) {
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *from = ASN1_TIME_set(NULL, spec->from != 0 ? spec->from : PKI_NOW - PKI_DAY);
    ASN1_TIME *to = ASN1_TIME_set(NULL, spec->to != 0 ? spec->to : PKI_NOW + PKI_DAY);
    X509_CRL_set_version(crl, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(spec->issuer));
    X509_CRL_set1_lastUpdate(crl, from);
    X509_CRL_set1_nextUpdate(crl, to);
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    if (spec->revoked != NULL)
        revoke(crl, spec->revoked);
    add_number(crl, NID_crl_number, spec->number, false);
    if (spec->delta)
        add_number(crl, NID_delta_crl, 0, true);
    if (spec->scope != NULL)
        add_scope(crl, spec->scope);
    X509_CRL_sort(crl);
    assert_true(X509_CRL_sign(crl, spec->key, EVP_sha256()) > 0);
    return crl;
}

ikev1_bytes pki_crl(const struct pki_crl_spec *spec) {
    X509_CRL *crl = make_crl(spec);
    uint8_t *der = NULL;
    int len = i2d_X509_CRL(crl, &der);
    X509_CRL_free(crl);
    return taken(der, len);
}

ikev1_bytes pki_crl_bundle(const struct pki_crl_spec *spec) {
    PKCS7 *bundle = empty_bundle();
    X509_CRL *crl = make_crl(spec);
    uint8_t *der = NULL;
    assert_int_equal(PKCS7_add_crl(bundle, crl), 1);
    int len = i2d_PKCS7(bundle, &der);
    X509_CRL_free(crl);
    PKCS7_free(bundle);
    return taken(der, len);
}
