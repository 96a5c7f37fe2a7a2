/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authentication by certificate. Everything is read at the start, so that what is wrong with a file
 * shows then and not when a peer calls. libcrypto takes the blocks of a PEM file apart, and tells
 * whether key and certificate belong together; signing and deciding is the library's.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ikev1/openssl.h>

#include "capsule.h"
#include "gateway_certs.h"

enum { MAX_FILE = 1 << 20 };

/* What one rule has. */
struct certs {
    ikev1_cert chain[IKEV1_MAX_CERTS];
    size_t chain_count;
    bool unasked; /* shown to a peer that does not ask for it, too */
    ikev1_key *key;
    ikev1_trust *trust;
    ikev1_bytes authorities[IKEV1_MAX_CERTREQS];
    uint8_t signature[IKEV1_MAX_SIGNATURE];
};

/* A file and the key of the rule file that names it; `rule` is NULL where that is in [gateway]. */
struct source {
    const struct rules *rules;
    const struct rule *rule;
    const char *key;
    char path[MAX_PATH];
    ikev1_bytes data;
};

/* Always false. */
static bool wrong(const struct source *source, const char *what, const char *expected) {
    return rules_complain(source->rules, source->rule, source->key, "%s: %s: %s; expected %s",
                          source->key, source->path, what, expected);
}

/* ---- reading ---- */

static bool read_file(struct source *source) {
    uint8_t *data = malloc(MAX_FILE);
    FILE *file = fopen(source->path, "rb");
    size_t len = file != NULL && data != NULL ? fread(data, 1, MAX_FILE, file) : 0;
    bool failed = file == NULL || data == NULL || ferror(file) != 0;
    const char *why = failed ? strerror(errno) : len == MAX_FILE ? "longer than 1 MB" : NULL;
    source->data = (ikev1_bytes){data, len};
    if (file != NULL) {
        fclose(file);
    }
    return why == NULL || wrong(source, why, "a file to be read");
}

static void forget_file(struct source *source) {
    if (source->data.data != NULL) {
        OPENSSL_cleanse((uint8_t *)source->data.data, source->data.len);
    }
    free((uint8_t *)source->data.data);
    source->data = (ikev1_bytes){NULL, 0};
}

static bool add_cert(struct certs *certs, X509 *cert) {
    uint8_t *der = NULL;
    int len = certs->chain_count < IKEV1_MAX_CERTS ? i2d_X509(cert, &der) : 0;
    if (len > 0) {
        certs->chain[certs->chain_count++] =
            (ikev1_cert){IKEV1_CERT_X509_SIGNATURE, {der, (size_t)len}};
    }
    return len > 0;
}

/* One certificate in DER, or one and its issuers in PEM. `own` is the first. */
static bool read_chain(struct certs *certs, const struct source *source, X509 **own) {
    BIO *bio = BIO_new_mem_buf(source->data.data, (int)source->data.len);
    X509 *cert = bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    if (cert == NULL && bio != NULL && BIO_reset(bio) == 1) {
        cert = d2i_X509_bio(bio, NULL);
    }
    bool good = true;
    while (cert != NULL && good) {
        good = add_cert(certs, cert);
        if (*own == NULL) {
            *own = cert;
        } else {
            X509_free(cert);
        }
        cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    }
    X509_free(cert);
    BIO_free(bio);
    ERR_clear_error(); /* the end of a PEM file is an error to libcrypto */
    if (!good) {
        return wrong(source, "too many certificates", "at most 8");
    }
    return *own != NULL || wrong(source, "no certificate", "one in PEM or DER, its issuers behind");
}

/* Whether the key is that of the certificate. */
static bool belongs(const struct source *source, const X509 *own) {
    BIO *bio = BIO_new_mem_buf(source->data.data, (int)source->data.len);
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, NULL, "") : NULL;
    if (key == NULL && bio != NULL && BIO_reset(bio) == 1) {
        key = d2i_PrivateKey_bio(bio, NULL);
    }
    bool same = key != NULL && X509_check_private_key(own, key) == 1;
    EVP_PKEY_free(key);
    BIO_free(bio);
    ERR_clear_error();
    return same;
}

/* A signature on trial shows whether the key can serve the rule's method. */
static bool read_key(struct certs *certs, const struct source *source, const X509 *own) {
    static const uint8_t HASH[20] = {0};
    const ikev1_signature trial = {
        .size = sizeof trial, .auth = source->rule->auth, .hash = {HASH, sizeof HASH}};
    size_t len;
    if (ikev1_key_new(&certs->key, source->data) != IKEV1_OK) {
        return wrong(source, "no private key", "RSA, DSA or EC in PEM or DER, no passphrase");
    }
    if (ikev1_key_sign(certs->key, &trial, certs->signature, &len) != IKEV1_OK) {
        return wrong(source, "not a key of the rule's auth", "the kind of key that auth names");
    }
    return belongs(source, own) ||
           wrong(source, "not the key of the certificate in cert", "the private key to it");
}

/* Every file of a list of the rule, or of [gateway] where the rule has none. */
static bool read_list(struct certs *certs, struct source source, const char *own,
                      const char *common) {
    bool crl = strcmp(source.key, "crl") == 0;
    const char *list = own[0] != '\0' ? own : common, *entry;
    size_t len;
    source.rule = own[0] != '\0' ? source.rule : NULL;
    bool good = true;
    list = list[0] != '\0' ? list : NULL;
    while (good && text_entry(&list, &entry, &len)) {
        snprintf(source.path, sizeof source.path, "%.*s", (int)len, entry);
        good = read_file(&source);
        if (good && crl && ikev1_trust_crl(certs->trust, source.data) != IKEV1_OK) {
            good = wrong(&source, "not a CRL", "one CRL, in PEM or DER");
        }
        if (good && !crl && ikev1_trust_anchor(certs->trust, source.data) != IKEV1_OK) {
            good = wrong(&source, "not a CA's certificate", "one such, in PEM or DER");
        }
        forget_file(&source);
    }
    return good;
}

static bool load(const struct rules *rules, struct rule *rule, bool sign) {
    const struct cert_files *files = &rule->files;
    struct source cert = {.rules = rules, .rule = rule, .key = "cert"}, key = cert, ca = cert;
    struct certs *certs = rule->certs = calloc(1, sizeof *certs);
    X509 *own = NULL;
    if (certs == NULL || ikev1_trust_new(&certs->trust) != IKEV1_OK) {
        return rules_complain(rules, rule, "auth", "out of memory");
    }
    memcpy(cert.path, files->cert, sizeof cert.path);
    memcpy(key.path, files->key, sizeof key.path);
    key.key = "key";
    ca.key = "ca";
    certs->unasked = files->unasked;
    bool good = files->cert[0] == '\0' || /* the user of a hybrid method has none */
                (read_file(&cert) && read_chain(certs, &cert, &own) &&
                 (!sign || (read_file(&key) && read_key(certs, &key, own))));
    good = good && read_list(certs, ca, files->ca, rules->files.ca);
    ca.key = "crl";
    good = good && read_list(certs, ca, files->crl, rules->files.crl);
    X509_free(own);
    forget_file(&cert);
    forget_file(&key);
    return good;
}

bool certs_load(struct rules *rules, bool sign) {
    for (size_t i = 0; i < rules->count; i++) {
        if (rules->rule[i].auth != IKEV1_AUTH_PSK && !load(rules, &rules->rule[i], sign)) {
            return false;
        }
    }
    return true;
}

void certs_free(struct certs *certs) {
    if (certs == NULL) {
        return;
    }
    for (size_t i = 0; i < certs->chain_count; i++) {
        OPENSSL_free((uint8_t *)certs->chain[i].data.data);
    }
    ikev1_key_free(certs->key);
    ikev1_trust_free(certs->trust);
    free(certs);
}

/* ---- answering ---- */

static struct certs *certs_of(const struct rules *rules, const ikev1_question *question) {
    const struct rule *rule = rules_find(rules, question->rule);
    return rule != NULL ? rule->certs : NULL;
}

static int answer_certs(void *user, const ikev1_question *question, ikev1_certs *answer) {
    struct certs *certs = certs_of(user, question);
    if (certs == NULL) {
        return IKEV1_E_NO_CREDENTIAL;
    }
    size_t count = ikev1_trust_authorities(certs->trust, certs->authorities, IKEV1_MAX_CERTREQS);
    answer->chain = certs->chain;
    answer->chain_count = certs->chain_count;
    answer->authorities = certs->authorities;
    answer->authority_count = count < IKEV1_MAX_CERTREQS ? count : IKEV1_MAX_CERTREQS;
    answer->unasked = certs->unasked;
    return IKEV1_OK;
}

static int answer_sign(void *user, const ikev1_question *question, const ikev1_signature *what,
                       ikev1_bytes *answer) {
    const struct rules *rules = user;
    struct certs *certs = certs_of(rules, question);
    if (certs == NULL) {
        return IKEV1_E_NO_CREDENTIAL;
    }
    int status = ikev1_key_sign(certs->key, what, certs->signature, &answer->len);
    answer->data = certs->signature;
    return capsule_note(rules->capsule, status, certs->signature, sizeof certs->signature,
                        &answer->len);
}

static int answer_verify(void *user, const ikev1_question *question, const ikev1_signature *what) {
    const struct rules *rules = user;
    const struct certs *certs = certs_of(rules, question);
    if (certs == NULL) {
        return IKEV1_E_NO_CREDENTIAL;
    }
    ikev1_why why = {0};
    uint64_t seconds = (uint64_t)time(NULL);
    capsule_note_number(rules->capsule, IKEV1_OK, &seconds);
    ikev1_trust_time(certs->trust, (int64_t)seconds);
    int status = ikev1_trust_verify(certs->trust, what, &why);
    if (status != IKEV1_OK) {
        char cause[512];
        ikev1_why_format(&why, cause, sizeof cause);
        printf("peer's certificate refused rule %u: %s\n", (unsigned)question->rule, cause);
    }
    return status;
}

void certs_answer(ikev1_policy *policy) {
    policy->certs = answer_certs;
    policy->sign = answer_sign;
    policy->verify = answer_verify;
}
