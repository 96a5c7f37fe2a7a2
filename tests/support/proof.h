/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A peer that proves an identity by certificates: what it sends, and what a host says to it.
 */
#ifndef TEST_PROOF_H
#define TEST_PROOF_H

#include <ikev1/openssl.h>

#include "pki.h"

#define PROOF_NAME    "gw.example"
#define PROOF_SUBJECT "C=XX,O=Peers,CN=gw"

/* A root, a CA below it, a peer below that; the keys of all (EC), and of somebody else. */
struct proof {
    EVP_PKEY *root_key, *mid_key, *key, *other_key;
    X509 *root, *mid, *leaf;
    ikev1_trust *trust; /* in the root, on PKI_NOW */
};
extern struct proof pki;

/* Of a cmocka group. */
int proof_setup(void **state);
int proof_teardown(void **state);

extern const ikev1_bytes proof_hash; /* what is signed */

/* A certificate of the peer: its key, PROOF_SUBJECT, PROOF_NAME and 192.0.2.1, but as `spec` says.
 */
X509 *leaf_with(struct pki_spec spec, X509 *issuer, EVP_PKEY *issuer_key);

ikev1_trust *trust_in(const X509 *anchor); /* NULL = in nobody; on PKI_NOW */
void add_anchor(ikev1_trust *trust, const X509 *cert);

/* What a peer sends: a signature of `key` for `id`, and certificates. */
struct sent {
    EVP_PKEY *key;      /* NULL = pki.key */
    uint16_t auth;      /* 0 = ECDSA-256 */
    const ikev1_id *id; /* NULL = PROOF_NAME */
    ikev1_cert certs[12];
    size_t count;
};
void send_cert(struct sent *s, const X509 *cert);
void send_bytes(struct sent *s, uint8_t encoding, ikev1_bytes data); /* takes `data` */

/* The status that the host's question is answered with. */
int judge(ikev1_trust *trust, const struct sent *s, ikev1_why *why);
int judged(ikev1_trust *trust, struct sent *s); /* and frees what was sent */
int judged_certs(ikev1_trust *trust, X509 *const *certs, size_t count);

#endif
