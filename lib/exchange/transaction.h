/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Transaction exchange (isakmp-mode-cfg 3): one message and its answer. Four kinds of it are
 * spoken; whoever is the server of XAUTH or Mode Config is so for the life of the SA.
 */
#ifndef IKE_TRANSACTION_H
#define IKE_TRANSACTION_H

#include "exchange/script.h"

enum {
    IKE_MAX_TRANSACTIONS = 8, /* at once in one SA, those included that only answer duplicates */
    IKE_MAX_QUESTION = 2048,  /* bytes of attributes in a round of XAUTH that we ask */
    IKE_CHAP_CHALLENGE = 16,
};

enum ike_transaction_kind {
    IKE_ASKS_USER,   /* server to client: REQUEST and REPLY */
    IKE_SAYS_STATUS, /* server to client: SET and ACK */
    IKE_PULLS,       /* client to server: REQUEST and REPLY */
    IKE_PUSHES,      /* server to client: SET and ACK */
    IKE_TRANSACTIONS,
};

struct ike_transaction { /* of one exchange */
    uint8_t kind;
    uint16_t identifier;
    struct ike_blob attrs; /* what the peer has sent, until it is answered */
};

enum { IKE_NO_PART, IKE_CLIENT, IKE_SERVER };

/* What stands between phase 1 and Quick Mode; an SA that needs neither XAUTH nor Mode Config has
 * none. */
struct ike_access {
    struct ike_timer timer; /* until all is done */
    struct ike_sa *sa;
    ikev1_time ends_at;
    uint8_t xauth;   /* our part */
    uint8_t type;    /* server: IKEV1_XAUTH_... */
    uint8_t rounds;  /* that have been asked, by either side */
    uint8_t tries;   /* server: that have failed */
    uint8_t config;  /* IKEV1_CONFIG_... */
    uint8_t next;    /* a kind that is ours to begin; IKE_TRANSACTIONS = none */
    bool passed;     /* XAUTH has succeeded, or there is none: Quick Mode is open */
    bool answered;   /* client: the user's data has been sent */
    bool leased;     /* Mode Config is done, or the host has been asked for the lease */
    bool is_free;    /* server: the SA has ended, and nobody else has its lease */
    bool announced;  /* of Mode Config there has been an event */
    int16_t failed;  /* server: why XAUTH has failed for good; 0 = it has not */
    int16_t verdict; /* of the last round: IKEV1_OK, IKEV1_PENDING = another one follows, a code */
    struct ike_blob question; /* server: attributes of the next REQUEST */
    struct ike_blob user;     /* server: the name, shaped as an ID body of type 0 */
    struct ike_blob types;    /* client: what to ask for, uint16_t each */
    struct ike_blob lease;    /* attributes that were given or received */
};

/* ---- transaction.c ---- */

IKE_PUT(ike_put_transaction);
IKE_GOT(ike_got_transaction);
IKE_PUT(ike_put_answer);
IKE_GOT(ike_got_answer);
/* Which of the kinds have we to begin? The others are the peer's: may it now? */
bool ike_may_begin(const struct ike_access *a, enum ike_transaction_kind kind);
bool ike_peer_may_begin(const struct ike_access *a, enum ike_transaction_kind kind);
void ike_transaction_free(struct ike_context *ctx, struct ike_transaction **t);
/* What a message has staged for it, kept; nothing here can fail. */
void ike_transaction_settle(struct ike_xchg *x, struct ike_staged *st);
void ike_transaction_unstage(struct ike_context *ctx, struct ike_staged *st);

/* As the host's answer to the phase 1 question has it, if it has anything. */
int ike_access_new(struct ike_sa *sa, const ikev1_phase1 *p);
/* One of which nothing is known yet. IKEV1_E_MEMORY: there is none. */
int ike_access_make(struct ike_sa *sa);
/* The method is known, and phase 1 done: our part, and until when. */
void ike_access_open(struct ike_sa *sa);
void ike_access_free(struct ike_sa *sa); /* its timer is not set any more */

bool ike_is_open(const struct ike_sa *sa);    /* may there be Quick Modes? */
bool ike_is_settled(const struct ike_sa *sa); /* and has Mode Config been done, if we want it? */
/* Is it a peer that has to pass XAUTH, and has not? */
bool ike_is_unproven(const struct ike_sa *sa);
/* Who the peer is: its user's name where there is one, else its phase 1 identity. */
ikev1_bytes ike_identity(const struct ike_sa *sa);

/* ---- xauth.c ---- */

IKE_PUT(ike_put_question);
IKE_GOT(ike_got_question);
IKE_PUT(ike_put_user);
IKE_GOT(ike_got_user);
IKE_PUT(ike_put_status);
IKE_GOT(ike_got_status);
/* The first round, with a challenge where the type has one. */
int ike_xauth_begin(struct ike_sa *sa);
void ike_xauth_log(struct ike_sa *sa, int code); /* IKEV1_OK: it has succeeded */
/* Whom a cause is about that ends an SA after XAUTH; nothing where that is not known. */
void ike_user_refused(const struct ike_sa *sa, ikev1_why *why);

/* ---- mode_config.c ---- */

IKE_PUT(ike_put_wish);
IKE_GOT(ike_got_wish);
IKE_PUT(ike_put_grant);
IKE_GOT(ike_got_grant);
IKE_PUT(ike_put_thanks);
void ike_lease_addresses(const struct ike_sa *sa, ikev1_address *ip4, ikev1_address *ip6);
void ike_lease_log(struct ike_sa *sa);

#endif
