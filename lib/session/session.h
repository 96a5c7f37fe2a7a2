/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layer 5: the life of SAs. Makes and ends them, finds them, drives their exchanges from message to
 * message, and does what time makes due.
 */
#ifndef IKE_SESSION_H
#define IKE_SESSION_H

#include "exchange/quick.h"

enum {
    IKE_TIMER_XCHG = 1,
    IKE_TIMER_SA,
    IKE_TIMER_CHILD,
    IKE_TIMER_AGAIN,
    IKE_TIMER_ACCESS,
    IKE_TIMER_PIECES
};
enum { IKE_KIND_SA = 1, IKE_KIND_CHILD, IKE_KIND_AGAIN };
enum { IKE_TRY_AGAIN = 1000 }; /* ms, when memory ran out in the middle of something */
enum { IKE_GRACE = 100 };      /* ms that a half-open SA has before it may have to make room */

/* ---- handles.c: numbers that outlive what they name ---- */

struct ike_slot {
    void *object; /* NULL = free */
    uint32_t tag; /* upper half of the handle: kind in bits 30-31, generation below */
    uint32_t next_free;
};
struct ike_handles {
    struct ike_mem *mem;
    struct ike_slot *slots; /* slot 0 is never used: no handle is 0 */
    uint32_t room, used, free;
};

/* What throttle.c keeps beside the first messages of IKE_BY_ADDRESS and IKE_BY_PREFIX. */
enum { IKE_FAILURES = IKE_CROWDS, IKE_RATES };
enum { IKE_TABLES = 6 };

struct ike_session {
    struct ike_context ctx; /* first: an SA's ctx leads back here */
    struct ike_handles handles;
    union {
        struct ike_index tables[IKE_TABLES];
        struct {
            struct ike_index cookies;  /* CKY-I | CKY-R -> slot; CKY-R 0 until it is known */
            struct ike_index requests; /* CKY-I | peer's IP -> slot: a first message that comes
                                          again opens nothing as long as its SA lives (RTX-02,
                                          RTX-03); our own SAs under no IP, since theirs may come
                                          back to us (PH1-05) */
            struct ike_index rules;    /* rule -> slot of the first SA that a later ikev1_connect()
                                          may use; the others hang on that one: there may be very
                                          many */
            struct ike_index peers;  /* identity of an established SA's peer -> slot of the first */
            struct ike_index spis;   /* our inbound SPIs -> slot of the child */
            struct ike_index agains; /* rule -> slot of what connects it again */
        };
    };
    uint32_t claims;       /* slot: the first of live connections by networks: claim.h */
    struct ike_tally busy; /* rule -> how many of them */
    struct ike_tally crowds[IKE_CROWDS];              /* half-open SAs by where they come from */
    uint64_t *rates[IKE_RATES];                       /* throttle.c; NULL = no limit */
    struct ike_line unreached;                        /* of all of those, the ones in doubt */
    struct ike_pieces *newest_pieces, *oldest_pieces; /* messages that come in fragments */
    uint32_t pieces;
    struct ike_ending *dead, *last_dead;
    uint32_t sas, half_open, children;
    uint32_t spi_places; /* reserved in `spis`: one for each member of each child */
    uint32_t serials;    /* numbers established SAs */
};
_Static_assert(offsetof(struct ike_session, claims) - offsetof(struct ike_session, tables) ==
                   IKE_TABLES * sizeof(struct ike_index),
               "each table by name is one of `tables`");

/* The struct that a member is part of. */
#define IKE_OWNER(type, member, p) ((type *)(void *)((char *)(p)-offsetof(type, member)))

static inline struct ike_session *ike_session(const struct ike_sa *sa) {
    return (struct ike_session *)sa->ctx;
}

int ike_handle_new(struct ike_handles *h, int kind, void *object, ikev1_handle *handle);
void ike_handle_end(struct ike_handles *h, ikev1_handle handle);
void *ike_handle_find(const struct ike_handles *h, int kind,
                      ikev1_handle handle); /* NULL = stale */
void *ike_handle_at(const struct ike_handles *h, int kind, uint32_t slot);
static inline uint32_t ike_slot_of(ikev1_handle handle) {
    return (uint32_t)handle;
}

/* What is in a slot that is known to be in use; 0 = NULL. */
static inline void *ike_slot_at(const struct ike_session *s, uint32_t slot) {
    return slot != 0 ? s->handles.slots[slot].object : NULL;
}

/* ---- lookup.c ---- */

uint32_t ike_hash_cookies(const struct ike_session *s, const uint8_t *icookie,
                          const uint8_t *rcookie);
uint32_t ike_hash_request(const struct ike_session *s, const uint8_t *icookie,
                          const ikev1_address *peer);
uint32_t ike_hash_own(const struct ike_sa *sa); /* as it stands in `requests` */
uint32_t ike_hash_number(const struct ike_session *s, uint32_t number);
/* Where first messages come from: by what the crowds of it are found. */
struct ike_origin {
    const ikev1_address *peer;
    uint32_t hash[IKE_CROWDS];
};
struct ike_origin ike_origin(const struct ike_session *s, const ikev1_address *peer);
/* Too many from there: "16 of 192.0.2.0/24"; count 0 = who knows how many. */
int ike_refuse_origin(const struct ike_session *s, int code, int crowd, uint32_t count,
                      const struct ike_origin *origin, ikev1_why *why);
struct ike_sa *ike_find_sa(const struct ike_session *s, const uint8_t *icookie,
                           const uint8_t *rcookie);
struct ike_sa *ike_find_request(const struct ike_session *s, const uint8_t *icookie,
                                const ikev1_address *peer); /* peer NULL: of our own */
/* An ID payload's body, by type and content. */
uint32_t ike_hash_id(const struct ike_session *s, ikev1_bytes id);
struct ike_sa *ike_find_peer(const struct ike_session *s, ikev1_bytes id);
struct ike_sa *ike_find_rule(const struct ike_session *s, uint32_t rule);
void ike_rule_enter(struct ike_sa *sa); /* room for one was reserved in `rules` */
void ike_rule_leave(struct ike_sa *sa); /* if it is there */
bool ike_spi_in_use(const struct ike_context *ctx, uint32_t spi);
bool ike_same_ip(const ikev1_address *a, const ikev1_address *b); /* whatever the port */
bool ike_address_equal(const ikev1_address *a, const ikev1_address *b);
bool ike_path_equal(const ikev1_path *a, const ikev1_path *b);

/* ---- admission.c: half-open SAs ---- */

/* May a first message from there make an SA? Whoever has to make room for it is gone then.
 * IKEV1_E_HALF_OPEN, IKEV1_E_SAS, IKEV1_E_MEMORY. */
int ike_admission_check(struct ike_session *s, const struct ike_origin *origin, ikev1_why *why);
int ike_admission_reserve(struct ike_session *s); /* for one more */
void ike_admission_enter(struct ike_sa *sa);
void ike_admission_reached(struct ike_sa *sa); /* it makes room for nobody any more */
void ike_admission_leave(struct ike_sa *sa);   /* it has ended */
void ike_admission_proven(struct ike_sa *sa);  /* the peer has authenticated, if that is all */

/* ---- throttle.c: how often ---- */

int ike_rates_init(struct ike_session *s);
void ike_rates_free(struct ike_session *s);
/* A first message from there: counted, or IKEV1_E_RATE, IKEV1_E_FAILURES. */
int ike_rates_first(struct ike_session *s, const struct ike_origin *origin, ikev1_why *why);
/* A peer's negotiation has ended by this code. */
void ike_rates_failed(struct ike_sa *sa, int code);

/* ---- sa.c: making and ending ISAKMP SAs ---- */

/* A new SA with its phase 1 exchange, in all tables. icookie NULL: we are the initiator. */
int ike_sa_new(struct ike_session *s, const ikev1_path *path, const uint8_t *icookie,
               uint8_t exchange, struct ike_sa **out);
/* In all tables, as any that is not established. */
int ike_sa_enter(struct ike_sa *sa);
/* A new attempt of ours under new cookies, the one before having led nowhere. Not IKEV1_OK: it is
 * as it was. */
int ike_sa_restart(struct ike_sa *sa);
/* The responder's cookie is known now. */
void ike_sa_rekey_cookies(struct ike_sa *sa, const uint8_t *old_rcookie);
/* Phase 1 has succeeded: handshake material goes, the event is queued. */
int ike_sa_establish(struct ike_sa *sa);
/* Of one that has been imported: it goes on. Its event's content: NULL = no memory. */
void ike_sa_resume(struct ike_sa *sa);
struct ike_detail *ike_sa_describe(const struct ike_sa *sa);
/* Ends an SA and its children; `tell` sends deletes. Its event waits for the host. */
void ike_sa_close(struct ike_sa *sa, const ikev1_why *why, bool tell);
/* Ends all of an SA but its name and its children: the event comes with the last of them. */
void ike_sa_expire(struct ike_sa *sa);
/* Frees an SA that nobody has heard of. */
void ike_sa_forget(struct ike_sa *sa);
void ike_sa_arm(struct ike_sa *sa); /* sets the timer of an established SA */
void ike_sa_free(struct ike_sa *sa);
void ike_sa_due(struct ike_sa *sa);

/* ---- unique.c: several SAs with one peer ---- */

void ike_peer_enter(struct ike_sa *sa); /* room was reserved in `peers` */
void ike_peer_leave(struct ike_sa *sa);
struct ike_sa *ike_peer_first(const struct ike_sa *sa); /* of its identity */
struct ike_sa *ike_peer_next(const struct ike_sa *sa); /* another one of its identity; NULL = end */
/* How many other SAs there are with this peer, within this rule only if `loose`; and one of them.
 */
uint32_t ike_peer_count(const struct ike_sa *sa, uint32_t rule, ikev1_bytes id, bool loose,
                        const struct ike_sa **one);
bool ike_id_body_equal(ikev1_bytes a, ikev1_bytes b);
/* The peer has said INITIAL-CONTACT, in a message under HASH(n) or confirmed by one. */
void ike_contact(struct ike_sa *sa);
/* A message under HASH(n) has been verified: what waited for the first of them happens. */
void ike_sa_confirm(struct ike_sa *sa);

/* ---- pair.c: making and ending children ---- */

/* A child in all tables, of no exchange. */
int ike_child_enter(struct ike_sa *sa, struct ike_child **out);
/* A child of a Quick Mode, behind those that it has. */
int ike_child_new(struct ike_sa *sa, uint32_t rule, struct ike_xchg *x);
struct ike_child *ike_child_add(struct ike_xchg *x); /* for one more SA payload; NULL = no */
void ike_child_index(struct ike_child *child);       /* its inbound SPIs may be known now */
bool ike_child_has_spi(const struct ike_child *child, uint32_t spi); /* of our inbound ones */
int ike_spis_reserve(struct ike_context *ctx, uint32_t more);
void ike_spis_release(struct ike_context *ctx, uint32_t count);
void ike_child_up(struct ike_child *child);
/* While it negotiates, all of its exchange end with it. */
void ike_child_close(struct ike_child *child, const ikev1_why *why, bool tell);
void ike_child_forget(struct ike_child *child);
void ike_child_free(struct ike_child *child);
void ike_child_due(struct ike_child *child);
void ike_child_arm(struct ike_child *child); /* sets the timer of one that is up */
/* Puts an ended object in line for the host; the next event pulled from there. */
void ike_bury(struct ike_session *s, struct ike_ending *ending, uint8_t event,
              const ikev1_why *why);

void ike_ending_free(struct ike_session *s, struct ike_ending *ending);

/* ---- xchg.c: exchanges and their timers ---- */

int ike_xchg_new(struct ike_sa *sa, uint8_t exchange, uint32_t message_id, bool initiator,
                 struct ike_xchg **out);
void ike_xchg_free(struct ike_xchg *x); /* also takes it out of its SA */
struct ike_xchg *ike_xchg_find(const struct ike_sa *sa, uint32_t message_id);
void ike_xchg_arm(struct ike_xchg *x);
void ike_xchg_due(struct ike_xchg *x);
uint32_t ike_jittered(struct ike_context *ctx, uint32_t wait); /* a little shorter, at random */
void ike_xchg_extend(struct ike_xchg *x); /* of a half-open SA: its peer is there */
void ike_xchg_linger(struct ike_xchg *x); /* finished: keeps only what answers duplicates */

/* ---- msgid.c: a message ID opens one exchange per SA, ever (R-11) ---- */

int ike_msgid_reserve(struct ike_sa *sa); /* IKEV1_E_MESSAGE_IDS when they are used up */
bool ike_msgid_used(const struct ike_sa *sa, uint32_t id);
void ike_msgid_claim(struct ike_sa *sa, uint32_t id);
int ike_msgid_draw(struct ike_sa *sa, uint32_t *id); /* reserved and claimed */

/* ---- drive.c: from message to message ---- */

/* Sends what is owed, completes what has finished. */
int ike_drive(struct ike_xchg *x, ikev1_why *why);
/* A message for a known SA. */
int ike_receive(struct ike_sa *sa, const struct ike_header *h, ikev1_bytes datagram,
                const ikev1_path *path, ikev1_why *why);
/* The parked message again, or the owed one: an answer has come. IKEV1_E_MEMORY: the question stays
 * open. */
int ike_resume(struct ike_xchg *x, ikev1_why *why);
/* Ends the exchange, and with phase 1 its SA. */
void ike_fail(struct ike_xchg *x, ikev1_why *why);
/* IKEV1_E_PSK: what was found in a message under another key is no value of anybody's. */
int ike_unreadable(ikev1_why *why);
/* old: the pair that is to be replaced, NULL = none. */
int ike_quick_start(struct ike_sa *sa, uint32_t rule, const struct ike_child *old,
                    ikev1_handle *child, ikev1_why *why);
/* The Quick Mode that was asked for together with the SA. */
void ike_child_wanted(struct ike_sa *sa);

/* ---- inform.c: Informational, both ways ---- */

int ike_informational(struct ike_sa *sa, const struct ike_header *h, ikev1_bytes datagram,
                      const ikev1_path *path, ikev1_why *why);
/* A fourth message of a Quick Mode of ours, which some peers send: it is read as an Informational
 * message would be. */
int ike_quick_4(struct ike_xchg *x, const struct ike_header *h, ikev1_bytes datagram,
                const ikev1_path *path, ikev1_why *why);
/* An unprotected notification, if the host wants that: for a message that was refused before there
 * were keys. Type 0: none. */
void ike_tell_clear(struct ike_sa *sa, uint16_t type);
void ike_tell_notify(struct ike_sa *sa, uint16_t type, uint8_t protocol, uint32_t spi);
/* A notification about the SA itself. */
void ike_tell_status(struct ike_sa *sa, uint16_t type, ikev1_bytes data);
void ike_tell_lifetime(struct ike_sa *sa); /* RESPONDER-LIFETIME about the SA itself */
void ike_tell_delete(struct ike_sa *sa, const struct ike_child *child); /* NULL: SA and all of it */
void ike_tell_delete_sa(struct ike_sa *sa);                             /* without its children */
/* The peer of an authenticated message is where it came from, where NAT makes that possible. */
void ike_follow(struct ike_sa *sa, const ikev1_path *path);

#endif
