/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The script: what each message of each exchange holds. One row for each, with the functions that
 * write it and read it.
 */
#ifndef IKE_SCRIPT_H
#define IKE_SCRIPT_H

#include "exchange/objects.h"

struct ike_received { /* a message as `got` sees it */
    const struct ike_header *header;
    const ikev1_path *path;
    ikev1_bytes plain; /* payloads, decrypted */
    struct ike_chain chain;
};

struct ike_staged { /* what `got` found, to be committed if all of it is well */
    bool commit;    /* Quick Mode: the commit bit */
    bool authentic; /* the message proved who sent it: a refusal ends the exchange */
    bool proven;    /* and that by HASH or SIG */
    bool hopeless;  /* so does this: what we lack, no message can bring */
    bool has_phase1, has_suite, has_original, has_transaction;
    bool has_skeyid;     /* in `derived`, without keys: Base Mode */
    uint8_t terms_count; /* Quick Mode: of `terms` */
    uint8_t natt;
    bool nat_local, nat_remote, contact, tell_life;
    struct ike_lifetime told; /* by a RESPONDER-LIFETIME about this SA */
    uint32_t can;             /* what the message announces */
    uint32_t habits;          /* IKEV1_QUIRK_... that `got` has found */
    uint16_t refuse;          /* notification that tells the peer why, 0 = silence */
    uint8_t named_protocol;   /* Quick Mode: what the peer has offered first, to name it by */
    uint32_t named_spi;
    ikev1_bytes rcookie, sa_body, nonce, ke, id_i, id_r;
    const struct ike_chain *requests; /* that holds certificate requests; NULL = none */
    struct {
        uint8_t kind;
        uint16_t identifier;
        int16_t verdict;
        ikev1_bytes attrs;                     /* to be kept until they are answered */
        struct ike_blob question, user, lease; /* made for the SA: see ike_access */
    } transaction;
    struct ike_derived derived; /* keys made to verify this message; live NULL = none */
    size_t secret_len;          /* of `secret` */
    /* Large, and each is there only when the fields above say so: from here on `got` finds no
     * zeros. */
    ikev1_phase1 phase1;       /* the host's answer; what it points to is valid during the call */
    ikev1_address original[2]; /* NAT-OA: ours, theirs */
    struct ike_suite suite;
    struct ike_terms terms[IKEV1_MAX_SA_PAYLOADS]; /* Quick Mode: what this message settles */
    uint8_t secret[IKEV1_MAX_PUBLIC]; /* g^xy, where only it shows that the message is good */
};

enum { IKE_CLEAR, IKE_SEALED, IKE_EITHER }; /* either: sealed when we write it */
enum { IKE_NO_HASH, IKE_HASH_1, IKE_HASH_2, IKE_HASH_3 };

#define IKE_BIT(payload) (1u << (payload))

/* By what a method lays phase 1 out: who signs. A row is for one of these or for several. */
enum {
    IKE_SIGNS_NOBODY = 1,
    IKE_SIGNS_INITIATOR = 2,
    IKE_SIGNS_RESPONDER = 4,
    IKE_SIGNS_BOTH = 8,
    IKE_AUTH_KNOWN = 15, /* any of these */
    IKE_AUTH_ANY = 31,   /* and where the method is not known yet */
};

struct ike_step { /* one row: one message, for the side that writes it and the side that reads it */
    uint8_t exchange, number; /* the initiator writes the odd ones */
    bool last;                /* the exchange ends with it */
    uint8_t sealed;
    uint8_t auth;       /* IKE_SIGNS_... bits, or IKE_AUTH_ANY */
    uint8_t first;      /* payload that must lead, 0 = any order */
    uint8_t two;        /* payload that comes as a pair or not at all */
    uint8_t hash;       /* HASH(n) over the envelope, verified before any other payload is used */
    uint32_t must, may; /* IKE_BIT of payload types; in both: IKEV1_MAX_SA_PAYLOADS of it at most */
    int (*put)(struct ike_xchg *x, struct ike_message_writer *m, ikev1_why *why);
    int (*got)(const struct ike_xchg *x, const struct ike_received *in, struct ike_staged *st,
               ikev1_why *why);
    const char *cite;
};

/* NULL = no such message. `auth` is IKEV1_AUTH_..., 0 = not known yet. */
const struct ike_step *ike_step_find(uint8_t exchange, uint8_t number, uint16_t auth);
bool ike_sent_last(const struct ike_xchg *x); /* of one that has finished: was it us? */
const struct ike_step *ike_step_at(size_t i); /* every row in turn, for tests; NULL = end */
int ike_step_check(const struct ike_step *step, const struct ike_chain *chain, ikev1_why *why);

/* ---- main_mode.c, aggressive.c, base_mode.c, quick.c: `put` and `got` of the rows ---- */

#define IKE_PUT(name) int name(struct ike_xchg *x, struct ike_message_writer *m, ikev1_why *why)
#define IKE_GOT(name)                                                                              \
    int name(const struct ike_xchg *x, const struct ike_received *in, struct ike_staged *st,       \
             ikev1_why *why)
IKE_PUT(ike_put_offer);
IKE_GOT(ike_got_offer);
IKE_PUT(ike_put_choice);
IKE_GOT(ike_got_choice);
IKE_PUT(ike_put_ke);
IKE_GOT(ike_got_ke);
IKE_PUT(ike_put_id_auth);
IKE_GOT(ike_got_id_auth);
IKE_PUT(ike_put_aggressive_offer);
IKE_GOT(ike_got_aggressive_offer);
IKE_PUT(ike_put_aggressive_choice);
IKE_GOT(ike_got_aggressive_choice);
IKE_PUT(ike_put_aggressive_auth);
IKE_GOT(ike_got_aggressive_auth);
IKE_PUT(ike_put_base_offer);
IKE_GOT(ike_got_base_offer);
IKE_PUT(ike_put_base_choice);
IKE_GOT(ike_got_base_choice);
IKE_PUT(ike_put_base_auth);
IKE_GOT(ike_got_base_auth);
IKE_PUT(ike_put_base_done);
IKE_GOT(ike_got_base_done);
IKE_PUT(ike_put_quick_offer);
IKE_GOT(ike_got_quick_offer);
IKE_PUT(ike_put_quick_choice);
IKE_GOT(ike_got_quick_choice);
IKE_PUT(ike_put_quick_done);
IKE_GOT(ike_got_quick_done);

#endif
