/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys, certificates and CRLs, made while a test runs, with OpenSSL's functions and by no code of
 * ours. Whatever cannot be made fails the test.
 */
#ifndef TEST_PKI_H
#define TEST_PKI_H

#include <ikev1/openssl.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

/* The day on which the tests take place. Certificates are good a day before and after. */
enum { PKI_NOW = 1700000000, PKI_DAY = 86400 };

/* Texts of private keys: pki_keys.c. */
extern const char PKI_RSA_2048[], PKI_RSA_2048_OTHER[], PKI_RSA_1024[], PKI_DSA_1024[];

EVP_PKEY *pki_key(const char *pem);
EVP_PKEY *pki_ec_key(const char *curve); /* a new one, "P-256" */
/* A public RSA key of these numbers, in hex as of hex_make(). */
EVP_PKEY *pki_rsa_public(const char *n, const char *e);
ikev1_bytes pki_key_der(const EVP_PKEY *key); /* traditional form; hex_free() */

/* One key of each kind that signs; the list ends with a NULL name. */
struct pki_kind {
    const char *name;
    uint16_t auth;
    const char *pem, *curve;
    size_t size; /* of its signatures */
};
extern const struct pki_kind PKI_KINDS[];
EVP_PKEY *pki_kind_key(const struct pki_kind *k);
EVP_PKEY *pki_kind_other(const struct pki_kind *k); /* another one, NULL = there is none */
ikev1_key *pki_host_key(const EVP_PKEY *key);       /* as a host has it; ikev1_key_free() */
ikev1_signature pki_over(uint16_t auth, ikev1_bytes digest);

/* A certificate to make; what is NULL or 0 is left out or as usual. Extensions are written as in
 * OpenSSL's configuration files. */
struct pki_spec {
    const char *subject; /* "C=XX,CN=gw": attributes of one RDN each; NULL = empty */
    EVP_PKEY *key;
    const char *san, *constraints, *usage, *purpose, *permitted, *points; /* of CRLs */
    ikev1_bytes dns;    /* a dNSName with any bytes in it */
    bool unknown;       /* a critical extension that nobody knows */
    const char *digest; /* NULL = SHA256 */
    int64_t from, to;   /* seconds since 1970 */
    bool version1;
};

/* `issuer` NULL = signed by itself. */
X509 *pki_cert(const struct pki_spec *spec, X509 *issuer, EVP_PKEY *issuer_key);
X509 *pki_ca(const char *subject, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key);
ikev1_bytes pki_der(const X509 *cert);                    /* hex_free() */
ikev1_bytes pki_pem(const X509 *cert);                    /* hex_free() */
ikev1_bytes pki_bundle(X509 *const *certs, size_t count); /* PKCS #7; hex_free() */

struct pki_crl_spec {
    X509 *issuer;
    EVP_PKEY *key;
    const X509 *revoked; /* or NULL */
    int64_t from, to;
    bool delta;
    const char *scope; /* issuingDistributionPoint */
    long number;       /* 0: 7 */
};
ikev1_bytes pki_crl(const struct pki_crl_spec *spec);        /* DER; hex_free() */
ikev1_bytes pki_crl_bundle(const struct pki_crl_spec *spec); /* in PKCS #7; hex_free() */

#endif
