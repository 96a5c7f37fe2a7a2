/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layer 4: one message at a time. The script says what each message of each exchange holds, the
 * runner reads and writes messages by it, and one file per exchange says what they mean.
 *
 * A message's way in: find the row -> decrypt into scratch -> split -> check against the row ->
 * verify the envelope hash -> `got` stages its change -> commit. `got` sees the exchange const:
 * a message that is refused has changed nothing. A message's way out: `put` writes it -> check
 * against the row -> encrypt -> commit. `put` may be called again after it failed or had to wait
 * for an answer: what it has drawn before is still there.
 */
#ifndef IKE_EXCHANGE_H
#define IKE_EXCHANGE_H

#include <ikev1/config.h>
#include <ikev1/event.h>
#include "crypto/formulas.h"
#include "exchange/lifetime.h"

#define IKE_NONCE_SIZE  32 /* ours; RFC 2409 5 allows 8 to 256 */
#define IKE_LOG_NUMBERS 64 /* a number of IKEV1_LOGS is below */
#define IKE_MAX_SUITES  32 /* that a host may name for one phase */

/* ---- what an engine shares with all its exchanges ---- */

struct ike_sa;
struct ike_xchg;
struct ike_child;

struct ike_bucket { /* token bucket of one log number */
    ikev1_time filled;
    uint32_t tokens, suppressed;
};

struct ike_packet { /* a datagram in the output arena */
    ikev1_path path;
    uint32_t offset, len;
    bool keepalive;
    ikev1_handle sa;
};

struct ike_output {
    struct ike_ring packets; /* of struct ike_packet */
    uint8_t *arena;
    size_t used, room;
};

struct ike_event { /* an event in its queue; detail is owned and wiped after it was pulled */
    uint16_t type;
    bool initiator;
    ikev1_handle sa, child;
    uint32_t rule;
    ikev1_path path;
    ikev1_handle replaces;
    struct ike_detail *detail;
};

struct ike_detail {
    size_t size;   /* of this allocation */
    uint8_t count; /* of `ipsec` */
    union {
        ikev1_sa_info info;
        ikev1_ipsec ipsec[IKEV1_MAX_BUNDLE];
        ikev1_notify notify;
        ikev1_why why;
    } as;
    uint8_t bytes[]; /* what the pointers above point to */
};

struct ike_context {
    struct ike_mem mem;
    struct ike_crypto crypto;
    /* What runs and what lasts: exchanges, of which there are few at a time, do not have to find
     * their places among the lifetimes of all SAs and children. */
    struct ike_timers timers, lifetimes;
    ikev1_policy policy;
    ikev1_limits limits;
    ikev1_timing timing;
    void (*log)(void *, const ikev1_log_event *);
    void *log_user;
    int (*random)(void *, uint8_t *, size_t);
    void *random_user;
    uint32_t allow;
    uint16_t shard, shards;
    uint8_t log_level;
    bool anonymous, clear_notify, analysis;

    ikev1_time now;
    bool inside;     /* a callback is running: no entry point may be used */
    bool resumed;    /* a parked message is being read again: its log lines stand */
    uint32_t asks;   /* numbers questions */
    ikev1_ask asked; /* the question that was answered "later", for the runner to keep */
    uint8_t asked_kind;
    const ikev1_answer *answer; /* one that has come, until the question is asked again */
    uint8_t table_key[16];
    /* The tables are a layer up. */
    bool (*spi_in_use)(const struct ike_context *ctx, uint32_t spi);
    int (*reserve_spis)(struct ike_context *ctx, uint32_t more);
    void (*release_spis)(struct ike_context *ctx, uint32_t count);
    struct ike_child *(*add_child)(struct ike_xchg *x); /* one more in a Quick Mode; NULL = no */
    void (*drop_child)(struct ike_child *child);
    uint32_t (*peer_count)(const struct ike_sa *sa, uint32_t rule, ikev1_bytes id, bool loose);
    int (*admits)(struct ike_context *ctx, const ikev1_question *q, const ikev1_phase2 *answer,
                  ikev1_why *why);
    ikev1_bytes (*lease_of)(const struct ike_sa *sa); /* another SA with the same peer has it */
    struct ike_lease_room *lease_room;                /* made with the first SA that may need it */
    struct ike_bucket buckets[IKE_LOG_NUMBERS];
    struct ike_ring events; /* of struct ike_event */
    struct ike_output out;
    uint8_t *scratch; /* two times limits.datagram: plaintext in, message out */
    uint64_t drops[IKEV1_ERRORS_MOST], refusals[IKEV1_ERRORS_MOST];
    uint64_t received, sent, dropped, retransmitted, established, failed;
};

/* `ms` from now, and never past the end of time (RTX-08). */
static inline ikev1_time ike_after(const struct ike_context *ctx, uint64_t ms) {
    return ctx->now < IKEV1_NEVER - ms ? ctx->now + ms : IKEV1_NEVER;
}

/* ---- the objects ---- */

/* An object that has ended waits in line until the host has pulled its last event: nothing needs to
 * be allocated to say that something ended. */
struct ike_ending {
    struct ike_ending *next;
    ikev1_why *why; /* on the heap; NULL when there was no memory for it */
    int16_t code;
    uint8_t event; /* IKEV1_EVENT_... */
    bool child;    /* of a struct ike_child, else of a struct ike_sa */
};

/* What phase 1 and Quick Mode collect until the keys are made. */
struct ike_material {
    struct ike_blob ni, nr, ke_i, ke_r;
    struct ike_blob id_i, id_r; /* ID bodies of initiator and responder */
    struct ike_blob secret;     /* g^xy */
    struct ike_blob held;       /* g^xy of a message that is parked: it is computed once */
    bool seeded;                /* the seed has been drawn */
    bool has_skeyid;
    uint8_t seed[IKEV1_MAX_SEED];
    uint8_t skeyid[IKEV1_MAX_HASH];
    ikev1_address original[2]; /* Quick Mode: of us and of the peer, as it says (NAT-OA) */
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
    bool initial_contact, keep_children, ask_again;
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

/* `suspect` and `notified` only choose the words of the final event; all other fields are what a
 * refused message must leave alone. */
struct ike_xchg {
    struct ike_xchg *next;
    struct ike_sa *sa;
    struct ike_child *child; /* Quick Mode: of the first SA payload; `also` leads to the others */
    union {
        struct ike_profile *profile;         /* phase 1 */
        struct ike_transaction *transaction; /* of a Transaction exchange */
    };
    struct ike_material *mat;
    struct ike_timer timer;
    ikev1_time ends_at;   /* the whole exchange; when finished: until it is forgotten */
    uint64_t seen;        /* keyed hash of the last datagram accepted, 0 = none */
    struct ike_blob sent; /* the last message we sent, as it was on the wire; not Main Mode's
                             second one, which can be written again (ike_run_again) */
    struct ike_blob sa_i; /* the initiator's SA body; in Quick Mode of each SA payload, with two
                             bytes of length before it (offer.c) */
    struct ike_parked *parked; /* a message that waits for an answer */
    ikev1_ask ask;             /* the open question, 0 = none */
    uint32_t message_id;
    uint32_t wait;     /* ms until the next retransmission */
    int16_t suspect;   /* why it will have failed if nothing more comes */
    uint16_t notified; /* the notification that goes with it */
    uint8_t exchange;  /* IKEV1_EXCHANGE_... */
    uint8_t number;    /* of the message that is awaited or owed */
    uint8_t state;
    uint8_t ask_kind;
    uint8_t tries, resends;
    uint8_t candidate; /* which pre-shared key */
    bool initiator : 1;
    bool commit : 1; /* Quick Mode: the responder has set the commit bit, or is to set it */
    bool proven : 1; /* the parked message: what is asked now comes after its proof */
    uint8_t iv[IKEV1_MAX_BLOCK];
};

/* Expired: its keys are gone; it is there for its children, until a newer SA takes them over. */
enum { IKE_SA_NEGOTIATING, IKE_SA_ESTABLISHED, IKE_SA_EXPIRED, IKE_SA_DEAD };

/* What an ISAKMP SA has from the time its keys are known. */
struct ike_live {
    struct ike_sa *sa;
    struct ike_blob remote_id;       /* the peer's ID payload body, as proven */
    uint32_t peer_next, peer_before; /* slots of others of the same identity; 0 = none */
    uint64_t sealed;                 /* bytes encrypted under it, both ways */
    ikev1_time expires, keepalive_at, rekey_at;
    struct ike_dpd *dpd; /* NULL = none */
    struct ike_timer timer;
    uint32_t *ids; /* message IDs that were used: open-addressed set */
    uint32_t id_count, id_room;
    uint32_t serial;       /* the older an SA, the smaller */
    uint32_t silent_until; /* second until which unknown SPIs are not told of */
    struct ike_keys keys;
    uint8_t last_block[IKEV1_MAX_BLOCK]; /* of phase 1: IVs of later exchanges start from it */
    uint8_t epoch;      /* how often it has been imported: our message IDs begin with it */
    uint8_t unique;     /* IKEV1_UNIQUE_... */
    bool loose : 1;     /* who has the key may have any name of several */
    bool contact : 1;   /* the peer has said INITIAL-CONTACT in phase 1 */
    bool confirmed : 1; /* a message under HASH(n) has come */
    bool keep : 1;      /* its children do not end with it */
    bool replaced : 1;  /* a newer one has taken over: it ends at `expires` */
    bool renewing : 1;  /* a phase 1 that is to replace it runs */
    bool silent : 1;    /* the peer never showed that it has it */
};

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
    ikev1_handle handle;
    uint8_t icookie[8], rcookie[8];
    ikev1_path path;
    uint16_t auth, key_bits;
    uint16_t child_count;
    uint32_t rule;
    struct ike_lifetime life;
    uint32_t can;    /* what the peer has announced, IKE_CAN_BIT()s: vendor.h */
    uint32_t quirks; /* which of its habits are tolerated, IKEV1_QUIRK_... */
    uint32_t begun;  /* the last serial number of any SA when this one began */
    struct ike_algs algs;
    struct ike_xchg *phase1; /* until it lingers no more */
    struct ike_xchg *xchgs;  /* of phase 2 */
    struct ike_child *children;
    struct ike_live *live;
    struct ike_access *access; /* XAUTH and Mode Config: transaction.h; NULL = neither */
    union {
        struct ike_place places[IKE_CROWDS + 1]; /* half open, not reached: in crowds and of all */
        struct {                                 /* begun by us, or established */
            struct ike_sa *rule_next, *rule_before; /* others of the same rule */
            ikev1_handle replaces;                  /* the SA whose place it is to take; 0 = none */
        };
        struct ike_ending ending; /* dead */
    };
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
    union {
        struct {
            struct ike_child *also;                /* while it negotiates: of the next SA payload */
            struct ike_detail *inbound, *outbound; /* keys made, event not yet due */
        };
        struct ike_ending ending; /* dead */
    };
    struct ike_claim claim;
    struct ike_timer timer; /* whatever comes first in its life */
    ikev1_handle replaces;  /* the pair whose place it takes; 0 = none */
    ikev1_time up_at, expires;
    struct ike_pace pace;
    uint32_t rekey_at; /* seconds after up_at; 0 = never */
    int32_t used_at;   /* likewise: when there last was traffic */
    uint32_t packets;  /* reported so far, the low bits: shows whether there was any */
    uint32_t rule;
    uint32_t life_seconds, life_kilobytes;
    struct ike_member *more; /* members beside the first */
    struct ike_member first; /* innermost of those that were offered (initiator) or chosen */
    ikev1_selector local, remote;
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
};

static inline struct ike_member *ike_member_at(const struct ike_child *child, size_t i) {
    return i == 0 ? (struct ike_member *)&child->first : &child->more[i - 1];
}

/* ---- script.c: every message of every exchange ---- */

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
    uint8_t natt;
    bool nat_local, nat_remote, contact, tell_life;
    struct ike_lifetime told; /* by a RESPONDER-LIFETIME about this SA */
    uint32_t can;             /* what the message announces */
    uint32_t habits;          /* IKEV1_QUIRK_... that `got` has found */
    uint16_t refuse;          /* notification that tells the peer why, 0 = silence */
    uint8_t named_protocol;   /* Quick Mode: what the peer has offered first, to name it by */
    uint32_t named_spi;
    ikev1_bytes rcookie, sa_body, nonce, ke, id_i, id_r;
    bool has_phase1, has_suite, has_original, has_transaction;
    bool has_skeyid;     /* in `derived`, without keys: Base Mode */
    uint8_t terms_count; /* Quick Mode: of `terms` */
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
enum { IKE_FROM_INITIATOR, IKE_FROM_RESPONDER };

#define IKE_BIT(payload) (1u << (payload))

/* By what a method lays phase 1 out: who signs. A row is for one of these or for several. */
enum {
    IKE_SIGNS_NOBODY = 1,
    IKE_SIGNS_INITIATOR = 2,
    IKE_SIGNS_RESPONDER = 4,
    IKE_SIGNS_BOTH = 8,
    IKE_AUTH_ANY = 15, /* and where the method is not known yet */
};

struct ike_step { /* one row: one message, for the side that writes it and the side that reads it */
    uint8_t exchange, number, writer, sealed;
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

/* NULL = no such message: the exchange has ended. `auth` is IKEV1_AUTH_..., 0 = not known yet. */
const struct ike_step *ike_step_find(uint8_t exchange, uint8_t number, uint16_t auth);
bool ike_sent_last(const struct ike_xchg *x); /* of one that has finished: was it us? */
const struct ike_step *ike_step_at(size_t i); /* every row in turn, for tests; NULL = end */
int ike_step_check(const struct ike_step *step, const struct ike_chain *chain, ikev1_why *why);

/* ---- commit.c: from what is staged to what is ---- */

/* Takes over `st` and what goes with it. `sealed`: bytes of it that were encrypted. Not IKEV1_OK:
 * nothing has changed. */
int ike_commit(struct ike_xchg *x, struct ike_staged *st, const uint8_t *next_iv, size_t sealed,
               ikev1_why *why);
void ike_count_sealed(struct ike_sa *sa, size_t bytes); /* of its lifetime in kilobytes */

/* ---- run.c: the runner ---- */

struct ike_refusal {
    uint8_t iv[IKEV1_MAX_BLOCK]; /* fatal: the exchange's, as the peer has it */
    bool fatal;                  /* the refused message was authentic: the exchange must end */
    bool proven;                 /* its sender has shown who it is, by HASH or SIG */
    uint16_t notify;             /* which notification says so to the peer, 0 = none */
    uint8_t protocol;            /* Quick Mode: what the peer offered first, to name it by */
    uint32_t spi;
};
/*
 * Reads the message that `x` awaits, and commits it. IKEV1_OK: x owes the next message or has
 * finished. IKEV1_PENDING: the datagram is parked and x->ask is open. Else refused, and nothing has
 * changed.
 */
int ike_run_receive(struct ike_xchg *x, const struct ike_header *h, ikev1_bytes datagram,
                    const ikev1_path *path, struct ike_refusal *refusal, ikev1_why *why);
void ike_parked_free(struct ike_context *ctx, struct ike_parked **parked);
/* Writes the message that `x` owes. IKEV1_PENDING, IKEV1_E_MEMORY: call again later. */
int ike_run_send(struct ike_xchg *x, ikev1_why *why);
/* Sends the last message again. IKEV1_DROPPED: there was none. */
int ike_run_again(struct ike_xchg *x, ikev1_why *why);
/* Decrypts, splits and verifies an Informational message, which has no state of its own; or with
 * `chain_iv`, which is advanced, one that a peer has appended to another exchange. */
int ike_run_informational(struct ike_sa *sa, const struct ike_header *h, ikev1_bytes datagram,
                          uint8_t *chain_iv, struct ike_received *in, ikev1_why *why);
/* Sends one protected Informational message with one payload (RFC 2409 5.7). */
int ike_send_informational(struct ike_sa *sa, uint32_t message_id, uint8_t payload,
                           ikev1_bytes body);

/* ---- main_mode.c, aggressive.c, quick.c: `put` and `got` of the rows ---- */

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

/* ---- material.c: nonces, public values, g^xy, in both phases ---- */

/* Our nonce and, where a group is given, our public value; drawn once. */
int ike_material_draw(struct ike_xchg *x, const ikev1_group_alg *group, ikev1_why *why);
/* g^xy of our seed and the peer's committed public value, into mat->secret; computed once. */
int ike_material_agree(struct ike_xchg *x, const ikev1_group_alg *group, ikev1_why *why);
/* One Diffie-Hellman operation of ours, here or elsewhere: our public value, or g^xy with `peer`.
 */
int ike_dh(const struct ike_xchg *x, const ikev1_group_alg *group, ikev1_bytes peer, uint8_t *out,
           ikev1_why *why);
void ike_material_free(struct ike_context *ctx, struct ike_material **mat);
struct ike_exchanged ike_exchanged(const struct ike_xchg *x); /* as the formulas want it */

/* ---- proposal.c, choice.c: what is offered, chosen, and why nothing was ---- */

/* The host's ith suite as the wire has it. */
struct ike_lifetime ike_lifetime1(const ikev1_phase1 *p); /* the default settled */
struct ike_suite ike_suite1(const ikev1_phase1 *p, size_t i);
void ike_offer1(struct ike_writer *w, const ikev1_phase1 *p);
void ike_chosen1(struct ike_writer *w, const struct ike_suite *suite);
/* The first of our suites that the peer offers. IKEV1_E_NO_PROPOSAL with the differences, nearest
 * pair first. */
int ike_choose1(const struct ike_context *ctx, const ikev1_phase1 *p, ikev1_bytes sa_body,
                struct ike_suite *chosen, ikev1_why *why);
/* Is a suite that was chosen before one of these as well? Likewise. */
int ike_allows1(const struct ike_context *ctx, const ikev1_phase1 *p,
                const struct ike_suite *chosen, ikev1_why *why);
/* The peer's answer must be one of the transforms in our own SA body. IKEV1_E_BAD_CHOICE. */
int ike_check_choice1(const struct ike_context *ctx, ikev1_bytes offered, ikev1_bytes answer,
                      struct ike_suite *chosen, ikev1_why *why);
/* Is the host's answer usable with this engine? IKEV1_E_CONFIG, _UNSUPPORTED, _WEAK. */
int ike_check_phase1(const struct ike_context *ctx, const ikev1_phase1 *p, ikev1_why *why);
int ike_check_phase2(const struct ike_context *ctx, const ikev1_phase2 *p, ikev1_why *why);

/* NAT traversal is in natt.h, vendor IDs and habits of peers are in vendor.h. */

/* ---- ask.c: questions to the host ---- */

ikev1_question ike_question(const struct ike_sa *sa, const struct ike_xchg *x);
int ike_ask_phase1(struct ike_context *ctx, const ikev1_question *q, ikev1_phase1 *answer,
                   ikev1_why *why);
int ike_ask_psk(struct ike_context *ctx, const ikev1_question *q, ikev1_bytes *answer,
                ikev1_why *why);
int ike_ask_phase2(struct ike_context *ctx, const ikev1_question *q, ikev1_phase2 *answer,
                   ikev1_why *why);
int ike_ask_certs(struct ike_context *ctx, const ikev1_question *q, ikev1_certs *answer);
int ike_ask_sign(struct ike_context *ctx, const ikev1_question *q, const ikev1_signature *what,
                 ikev1_bytes *answer, ikev1_why *why);
int ike_ask_verify(struct ike_context *ctx, const ikev1_question *q, const ikev1_signature *what,
                   ikev1_why *why);
int ike_ask_dh(struct ike_context *ctx, const ikev1_question *q, const ikev1_dh *what,
               ikev1_bytes *answer, ikev1_why *why);
int ike_ask_spi(struct ike_context *ctx, const ikev1_question *q, uint8_t protocol, uint32_t *spi);

/* ---- output.c: packets and events on their way out ---- */

int ike_random(struct ike_context *ctx, uint8_t *out, size_t len);
int ike_send(struct ike_sa *sa, ikev1_bytes message);
int ike_send_to(struct ike_context *ctx, ikev1_handle sa, const ikev1_path *path,
                ikev1_bytes message, bool keepalive);
struct ike_detail *ike_detail_new(struct ike_context *ctx, size_t extra); /* NULL = no memory */
void ike_detail_free(struct ike_context *ctx, struct ike_detail *detail);
/* Queues an event about an SA or one of its children. Takes `detail`. Room was reserved. */
void ike_event(struct ike_sa *sa, const struct ike_child *child, uint16_t type,
               struct ike_detail *detail);
void ike_event_replacing(struct ike_sa *sa, const struct ike_child *child, uint16_t type,
                         struct ike_detail *detail, ikev1_handle replaces);

#include "exchange/log.h"

#endif
