/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a negotiation makes and keeps: exchanges, ISAKMP SAs, children.
 */
#ifndef IKE_OBJECTS_H
#define IKE_OBJECTS_H

#include "exchange/context.h"
#include "exchange/lifetime.h"

/* An object that has ended waits in line until the host has pulled its last event: nothing needs to
 * be allocated to say that something ended. */
struct ike_ending {
    struct ike_ending *next;
    ikev1_why *why; /* on the heap; NULL when there was no memory for it */
    int16_t code;
    uint8_t event; /* IKEV1_EVENT_... */
    bool child;    /* of a struct ike_child, else of a struct ike_sa */
};

/* What phase 1 and Quick Mode collect until the keys are made. All but `held` stands in `room`, and
 * in blocks of its own where that is full: material.h. */
struct ike_material {
    struct ike_blob ni, nr, ke_i, ke_r;
    struct ike_blob id_i, id_r; /* ID bodies of initiator and responder */
    struct ike_blob secret;     /* g^xy */
    struct ike_blob requests;   /* names in the peer's certificate requests: auth.c */
    struct ike_blob held;       /* g^xy of a message that is parked: it is computed once */
    struct ike_more *more;      /* such blocks */
    uint8_t *free;              /* where the next one goes */
    size_t left;                /* bytes from there on */
    bool seeded;                /* the seed has been drawn */
    bool has_skeyid;
    uint8_t seed[IKEV1_MAX_SEED];
    uint8_t skeyid[IKEV1_MAX_HASH];
    ikev1_address original[2]; /* Quick Mode: of us and of the peer, as it says (NAT-OA) */
    uint8_t room[208];         /* for both nonces, names, and what a curve of 256 bits makes */
};

/* What the host's answer to the phase 1 question leaves behind until establishment: profile.c. */
struct ike_profile {
    struct ike_lifetime life; /* as offered */
    uint32_t announce;        /* IKE_CAN_BIT()s: vendor.h */
    uint16_t natt_local_port, natt_remote_port;
    uint32_t rekey_margin;
    uint16_t dpd_seconds;
    bool dpd_periodic;
    uint8_t remote_match, natt, unique, lifetime, rekey, psk_count;
    bool initial_contact, keep_children, ask_again, whole_answer;
    uint16_t local_size, remote_size,
        others_size; /* of what follows: half-open entries are small */
    uint8_t bytes[];
};

struct ike_parked { /* a message that waits for an answer, as it came */
    ikev1_path path;
    size_t len;
    uint8_t datagram[];
};

enum { IKE_AWAITS, IKE_OWES, IKE_FINISHED }; /* the peer's message; ours; none */

/* `suspect`, `before` and `notified` only choose the words of the final event; all other fields are
 * what a refused message must leave alone. */
struct ike_xchg {
    struct ike_xchg *next;
    struct ike_sa *sa;
    struct ike_child *child; /* Quick Mode: of the first SA payload; `also` leads to the others */
    union {
        struct ike_profile *profile;         /* phase 1 */
        struct ike_transaction *transaction; /* of a Transaction exchange */
    };
    struct ike_material *mat;
    uint32_t message_id;
    uint32_t wait;     /* ms until the next retransmission */
    int16_t suspect;   /* why it will have failed if nothing more comes */
    int16_t before;    /* the same of the attempt before, when this is a second one */
    uint16_t notified; /* the notification that goes with it */
    uint16_t came;    /* bytes of the peer's first message: what we may send before it is reached */
    uint8_t exchange; /* IKEV1_EXCHANGE_... */
    uint8_t number;   /* of the message that is awaited or owed */
    uint8_t state;
    uint8_t ask_kind;
    uint8_t tries, resends;
    uint8_t candidate; /* which pre-shared key */
    bool initiator : 1;
    bool commit : 1; /* Quick Mode: the responder has set the commit bit, or is to set it */
    bool proven : 1; /* the parked message: what is asked now comes after its proof */
    uint8_t iv[IKEV1_MAX_BLOCK];
    struct ike_timer timer;
    ikev1_time ends_at;   /* the whole exchange; when finished: until it is forgotten */
    uint64_t seen;        /* hash of the last datagram accepted, 0 = none */
    struct ike_blob sent; /* the last message we sent, as it was on the wire; not Main Mode's
                             second one, which can be written again (ike_run_again) */
    struct ike_blob sa_i; /* the initiator's SA body; in Quick Mode of each SA payload, with two
                             bytes of length before it (offer.c) */
    struct ike_parked *parked; /* a message that waits for an answer */
    ikev1_ask ask;             /* the open question, 0 = none */
};

/* Expired: its keys are gone; it is there for its children, until a newer SA takes them over. */
enum { IKE_SA_NEGOTIATING, IKE_SA_ESTABLISHED, IKE_SA_EXPIRED, IKE_SA_DEAD };

/* What an ISAKMP SA has from the time its keys are known. */
struct ike_live {
    struct ike_sa *sa;
    struct ike_blob remote_id; /* the peer's ID payload body, as proven */
    struct ike_dpd *dpd;       /* NULL = none */
    uint8_t *keys;             /* SKEYID_d, SKEYID_a and the cipher's, in the same allocation */
    uint32_t *ids;             /* message IDs that were used: open-addressed set */
    uint32_t id_count, id_room;
    uint32_t peer_next, peer_before; /* slots of others of the same identity; 0 = none */
    uint64_t sealed;                 /* bytes encrypted under it, both ways */
    ikev1_time expires, keepalive_at, rekey_at;
    struct ike_timer timer;
    uint32_t serial;       /* the older an SA, the smaller */
    uint32_t silent_until; /* second until which unknown SPIs are not told of */
    uint8_t epoch;         /* how often it has been imported: our message IDs begin with it */
    uint8_t unique;        /* IKEV1_UNIQUE_... */
    bool loose : 1;        /* who has the key may have any name of several */
    bool contact : 1;      /* the peer has said INITIAL-CONTACT before `confirmed` */
    bool confirmed : 1;    /* a message under HASH(n) has come */
    bool keep : 1;         /* its children do not end with it */
    bool replaced : 1;     /* a newer one has taken over: it ends at `expires` */
    bool renewing : 1;     /* a phase 1 that is to replace it runs */
    bool silent : 1;       /* the peer never showed that it has it */
    uint8_t last_block[IKEV1_MAX_BLOCK]; /* of phase 1: IVs of later exchanges start from it */
    uint8_t prf_size, key_size;          /* of SKEYID_d and SKEYID_a each; of the cipher's key */
};

static inline size_t ike_keys_size(const struct ike_live *live) {
    return 2 * (size_t)live->prf_size + live->key_size;
}
static inline const uint8_t *ike_skeyid_d(const struct ike_live *live) {
    return live->keys;
}
static inline const uint8_t *ike_skeyid_a(const struct ike_live *live) {
    return live->keys + live->prf_size;
}
static inline const uint8_t *ike_live_key(const struct ike_live *live) {
    return live->keys + 2 * (size_t)live->prf_size;
}

struct ike_dpd {           /* dead peer detection, ours and the peer's: session/dpd.c */
    ikev1_time since;      /* when the peer was heard of, or asked */
    uint32_t asked, first; /* our last number; the first that is not answered */
    uint32_t peer;         /* the last number that the peer has asked with ... */
    uint8_t same;          /* ... and how often; 0 = it has not asked */
    uint8_t tries;
    uint16_t seconds; /* 0 = we do not ask */
    bool periodic;
    bool sent; /* traffic has gone to the peer since */
    bool dead; /* the host has been told */
};

struct ike_derived { /* phase 1 keys on their way into an SA */
    struct ike_live *live;
    uint8_t skeyid[IKEV1_MAX_HASH];
    uint8_t iv[IKEV1_MAX_BLOCK];
};

/* Where a half-open SA stands in a line, by slots: see session/admission.c. */
enum { IKE_BY_ADDRESS, IKE_BY_PREFIX, IKE_CROWDS };
struct ike_place {
    uint32_t next, before; /* 0 = nobody */
};

struct ike_sa {
    struct ike_context *ctx;
    struct ike_live *live;
    struct ike_xchg *phase1; /* until it lingers no more */
    struct ike_xchg *xchgs;  /* of phase 2 */
    struct ike_child *children;
    struct ike_access *access; /* XAUTH and Mode Config: transaction.h; NULL = neither */
    ikev1_handle handle;
    uint32_t rule;
    uint16_t auth, key_bits;
    uint16_t child_count;
    uint16_t fragment_size, fragment_id;
    uint8_t fragments; /* IKEV1_FRAGMENTS_... */
    uint8_t natt;      /* the variant of NAT traversal that both sides speak: natt.h; 0 = none */
    uint8_t state : 2; /* IKE_SA_... */
    bool initiator : 1;
    bool nat_local : 1;  /* a NAT in front of us */
    bool nat_remote : 1; /* a NAT in front of the peer */
    bool half_open : 1;  /* begun by a peer that has not authenticated */
    bool reached : 1;    /* our cookie has come back: it does receive */
    bool want_child : 1; /* connect: Quick Mode for the same rule follows */
    bool tell_life : 1;  /* ours is shorter than the peer thinks, and it shall know */
    bool reconnect : 1;  /* the host wants the rule to come again when it is lost */
    bool in_pieces : 1;  /* fragments have been found worth trying: fragment.h */
    bool has_pieces : 1; /* of a message of the peer: session/pieces.h */
    ikev1_path path;
    uint8_t icookie[8], rcookie[8];
    struct ike_lifetime life;
    uint32_t can;    /* what the peer has announced, IKE_CAN_BIT()s: vendor.h */
    uint32_t quirks; /* which of its habits are tolerated, IKEV1_QUIRK_... */
    uint32_t begun;  /* the last serial number of any SA when this one began */
    struct ike_algs algs;
    union {
        struct ike_place places[IKE_CROWDS + 1]; /* half open, not reached: in crowds and of all */
        struct {                                 /* begun by us, or established */
            struct ike_sa *rule_next, *rule_before; /* others of the same rule */
            ikev1_handle replaces;                  /* the SA whose place it is to take; 0 = none */
        };
        struct ike_ending ending; /* dead */
    };
};

enum { IKE_CHILD_NEGOTIATING, IKE_CHILD_INBOUND, IKE_CHILD_UP, IKE_CHILD_DEAD };

/* One protocol of a pair of IPsec SAs, in both directions. */
struct ike_member {
    uint32_t spi_in, spi_out; /* of IPCOMP the CPIs */
    struct ike_suite suite;   /* as offered; id 0: only its protocol is known, it is not chosen */
    uint8_t place;            /* among those of its proposal number in the offer */
};

/* What a message of Quick Mode settles of one pair of IPsec SAs. */
struct ike_terms {
    ikev1_selector local, remote;
    uint32_t rule, life_seconds, life_kilobytes;
    uint16_t group;
    uint8_t replay_window, replay_status, match, sha256_bits;
    struct ike_pace pace;
    bool tell_life; /* it is shorter than the initiator thinks, and it shall know */
    uint8_t count;  /* of members, innermost first */
    struct ike_member members[IKEV1_MAX_BUNDLE]; /* spi_in is not of them */
    bool ids;
};

/* The place of its networks among those of all live connections: session/claim.c. By slots, which
 * are half as long as pointers; 0 = none. */
struct ike_claim {
    uint32_t left, right;
    uint32_t furthest; /* of itself and all below it */
    uint32_t weight;   /* 0 = it has no place */
};

struct ike_child {
    struct ike_child *next;
    struct ike_sa *sa;
    struct ike_xchg *xchg; /* while it negotiates */
    ikev1_handle handle;
    uint32_t rule;
    uint16_t group;
    uint8_t member_count; /* all of them */
    uint8_t indexed;      /* how many of them stand in the table by their inbound SPI */
    uint8_t replay_window, replay_status, match, sha256_bits, lifetime;
    uint8_t place; /* among those of its exchange */
    uint8_t state : 2;
    bool initiator : 1, ids : 1, tell_life : 1;
    bool heard : 1;    /* the peer uses it */
    bool worn : 1;     /* so much has passed through it that it has to be replaced */
    bool replaced : 1; /* another pair has its place: it ends at `expires` */
    bool sure : 1;     /* the peer does without it by then */
    bool told : 1;     /* has been told of its end */
    union {
        struct {
            struct ike_child *also;                /* while it negotiates: of the next SA payload */
            struct ike_detail *inbound, *outbound; /* keys made, event not yet due */
        };
        struct ike_ending ending; /* dead */
    };
    ikev1_handle replaces; /* the pair whose place it takes; 0 = none */
    ikev1_time up_at, expires;
    struct ike_member *more; /* members beside the first */
    uint32_t rekey_at;       /* seconds after up_at; 0 = never */
    int32_t used_at;         /* likewise: when there last was traffic */
    uint32_t packets;        /* reported so far, the low bits: shows whether there was any */
    uint32_t life_seconds, life_kilobytes;
    struct ike_timer timer; /* whatever comes first in its life */
    struct ike_pace pace;
    struct ike_member first; /* innermost of those that were offered (initiator) or chosen */
    ikev1_selector local, remote;
    struct ike_claim claim;
};

static inline struct ike_member *ike_member_at(const struct ike_child *child, size_t i) {
    return i == 0 ? (struct ike_member *)&child->first : &child->more[i - 1];
}

#endif
