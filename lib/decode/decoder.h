/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The passive decoder: an optional part beside the rule table. It sees base, wire and crypto; no
 * exchange, no session: what it knows of a negotiation it has only watched.
 */
#ifndef IKE_DECODER_H
#define IKE_DECODER_H

#include <ikev1/decode.h>
#include "crypto/formulas.h"

enum {
    IKE_WATCHED_EXCHANGES = 32, /* of phase 2, of one SA; the oldest is forgotten */
    IKE_WATCHED_MESSAGES = 32,  /* that are known when they come again, likewise */
    IKE_WATCHED_PIECES = 32,    /* of one message, and one message of an SA at a time */
    IKE_WATCHED_MOST = 65535,   /* bytes of a message */
    IKE_WATCHED_PADDING = 255,  /* behind the last payload: no peer is known to add more */
};

struct ike_secret {
    uint8_t kind; /* IKEV1_SECRET_... */
    bool any;     /* of whatever negotiation */
    uint8_t icookie[IKEV1_COOKIE_SIZE];
    struct ike_blob value;
};

/* What one side has said in phase 1. */
struct ike_said {
    struct ike_blob ke, nonce, id;
};

/* Where a chain of IVs stands. An Informational exchange may have the message ID of the Quick Mode
 * that it is about (RFC 2408 3.1, CONNECTED). */
struct ike_watched_exchange {
    uint8_t exchange;
    uint32_t message_id;
    uint8_t iv[IKEV1_MAX_BLOCK];
};

struct ike_watched_message {
    uint64_t hash;               /* of its bytes, keyed */
    uint8_t iv[IKEV1_MAX_BLOCK]; /* it was read with */
};

/* An ISAKMP SA as somebody sees it who stands beside. */
struct ike_watched {
    uint64_t number, used; /* from 1; the decoder's clock when it was used last */
    uint8_t icookie[IKEV1_COOKIE_SIZE], rcookie[IKEV1_COOKIE_SIZE]; /* the latter 0 = not yet */
    ikev1_address ends[2];                                          /* responder, initiator */
    struct ike_said said[2];                                        /* likewise */
    struct ike_blob sa_body;                                        /* the initiator's */
    struct ike_suite suite;                                         /* the responder's choice */
    struct ike_algs algs; /* of it; cipher NULL = not known */
    bool keyed, started;  /* `key` is there; `iv` is */
    uint8_t key[IKEV1_MAX_KEY];
    uint8_t iv[IKEV1_MAX_BLOCK]; /* where the chain of phase 1 stands */
    struct ike_watched_exchange exchanges[IKE_WATCHED_EXCHANGES];
    size_t exchange_count; /* all there have been: the place of the next */
    struct ike_watched_message messages[IKE_WATCHED_MESSAGES];
    size_t message_count; /* likewise */
    struct ike_blob pieces[IKE_WATCHED_PIECES];
    uint16_t pieces_id;
    uint8_t pieces_last; /* number of the last one, 0 = not seen */
};

struct ikev1_decoder {
    struct ike_mem mem;
    struct ike_crypto c;
    uint8_t hash_key[16];
    struct ike_watched *watched[IKEV1_DECODER_SAS];
    size_t watched_count;
    uint64_t clock, numbers;
    struct ike_secret *secrets;
    size_t secret_count, secret_room;
    /* the datagram that is being pulled */
    ikev1_time at;
    ikev1_address source, destination;
    struct ike_blob wire, plain, whole;
    enum { IKE_PULL_NOTHING, IKE_PULL_DATAGRAM, IKE_PULL_WHOLE } pull;
    uint8_t types[IKE_MAX_PAYLOADS];
    ikev1_payload payloads[IKE_MAX_PAYLOADS];
    ikev1_why why;
    char text[IKEV1_DECODER_TEXT];
};

/* One message on its way through. */
struct ike_watching {
    ikev1_decoder *d;
    struct ike_watched *w; /* NULL = of no negotiation */
    struct ike_header header;
    ikev1_bytes body; /* what follows the header, as sent; then decrypted */
    struct ike_chain chain;
    uint64_t hash;
    ikev1_decoded *out;
};

/* ---- watched.c: which negotiation, who speaks, what has been said ---- */

/* The negotiation of a message; a new one where there is none. IKEV1_E_MEMORY. */
int ike_watched_find(struct ike_watching *m);
void ike_watched_free(ikev1_decoder *d, struct ike_watched *w);
/* When the message came before, that time; else NULL. */
const struct ike_watched_message *ike_watched_again(const struct ike_watching *m);
void ike_watched_remember(const struct ike_watching *m, const uint8_t *iv);
/* Keeps of a message of phase 1 that could be read what keys are made of. */
int ike_watched_learn(const struct ike_watching *m);

/* ---- keys.c: from what was said and what is known to keys, and to whether a hash is right ---- */

/* Key and first IV, when enough is known for them. */
int ike_watched_keys(const struct ike_watching *m);
/* IKEV1_PROOF_... of the message. */
int ike_watched_proof(const struct ike_watching *m, uint8_t *proof);

/* ---- open.c: what is encrypted, what is in pieces ---- */

/* Splits the message into payloads, decrypted where that can be done. What is wrong with it goes
 * into the decoder's `why`; only what keeps from looking at all is returned. */
int ike_watched_open(struct ike_watching *m);
/* A fragment that completes a message makes it the decoder's `whole`. */
int ike_watched_join(const struct ike_watching *m);

#endif
