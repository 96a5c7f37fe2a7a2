/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures without keys: a signature over a hash is that hash with the name of its key in front.
 *
 *     struct pair *p = pair_new(NULL);
 *     pair_by(p, IKEV1_AUTH_RSA, IKEV1_MODE_MAIN);        Main Mode, both sides sign and verify
 *     p->i.signer.name = 'x';                   not the key that the responder trusts
 */
#ifndef TEST_SIGNER_H
#define TEST_SIGNER_H

#include <ikev1/policy.h>

enum { SIGNER_SIZE = 65 };

/* What a side's signer and verifier do, and saw. */
struct signer {
    int sign_status, verify_status;
    char name;  /* of the key it signs with */
    char trust; /* the key that its peer must have */
    uint8_t signature[SIGNER_SIZE];
    size_t signature_len;
    ikev1_ask ask;
    int asked_kind;
    size_t certs_seen, signed_times, verified_times;
    uint16_t auth;
};

struct pair;

/* The kinds of phase 1. */
struct pair_kind {
    const char *name;
    uint16_t auth;
    uint8_t mode; /* IKEV1_MODE_... */
};
enum { PAIR_KINDS = 6 };
extern const struct pair_kind pair_kinds[PAIR_KINDS];

/* How both sides of a pair that has not been started negotiate phase 1. */
void pair_by(struct pair *p, uint16_t auth, uint8_t mode);

#endif
