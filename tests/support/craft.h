/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes a message on its way apart and puts it together again, changed: what an attacker in the
 * middle can do, and, since it borrows the receiver's keys, also what a broken or hostile peer can.
 *
 *     struct craft c;
 *     craft_open(&c, receiver->ike, datagram->data, datagram->len);
 *     craft_remove(&c, craft_find(&c, IKEV1_PAYLOAD_NONCE, 0));
 *     size_t len = craft_close(&c, buf, sizeof buf);       hash over the envelope as it must be
 */
#ifndef TEST_CRAFT_H
#define TEST_CRAFT_H

#include "api/api.h"

enum { CRAFT_PAYLOADS = 40, CRAFT_BODY = 2048, CRAFT_MESSAGE = 4096, CRAFT_NONE = -1 };

struct craft_payload {
    uint8_t type, reserved;
    int longer; /* what its length field claims too much or too little */
    size_t len;
    uint8_t body[CRAFT_BODY];
};

struct craft {
    const ikev1_engine *engine; /* of the receiver */
    const struct ike_sa *sa;    /* NULL: a first message */
    const struct ike_xchg *x;   /* NULL: it opens an exchange, or has no state */
    struct ike_header h;
    uint8_t hash; /* IKE_HASH_... of its row, IKE_NO_HASH when none */
    struct craft_payload at[CRAFT_PAYLOADS];
    int count;
    size_t trailing; /* bytes after the last payload, beyond what the cipher needs */
    size_t cut;      /* bytes taken off its end, before encryption */
    bool keep_hash;  /* HASH(n) stays as it was */
    bool clear;      /* not encrypted, though it should be */
    bool last_next;  /* the last payload says that another one follows: of type next_type */
    uint8_t next_type;
    uint8_t iv[IKEV1_MAX_BLOCK];
};

/* The test fails when it is no message that `receiver` waits for. */
void craft_open(struct craft *c, const ikev1_engine *receiver, const uint8_t *data, size_t len);
/* The same IV and keys, no payloads yet: a new message of this exchange. */
void craft_empty(struct craft *c);
int craft_find(const struct craft *c, uint8_t type, int nth); /* CRAFT_NONE */
void craft_remove(struct craft *c, int at);
void craft_insert(struct craft *c, int at, uint8_t type, const void *body, size_t len);
void craft_append(struct craft *c, uint8_t type, const void *body, size_t len);
void craft_swap(struct craft *c, int a, int b);
/* A body that is well formed for its type; 0 = there is no such type. */
size_t craft_sample(uint8_t type, uint8_t *body);
size_t craft_close(struct craft *c, uint8_t *out, size_t cap);
/* A Transaction that the peer begins, or carries on where one with that message ID is there. */
size_t craft_transaction(struct craft *c, const ikev1_engine *receiver, const struct ike_sa *sa,
                         uint32_t id, const struct ike_config *config, uint8_t *out, size_t cap);

#endif
