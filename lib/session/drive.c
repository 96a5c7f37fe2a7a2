/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From message to message: what comes in is recognised, read, committed and answered; what has
 * finished is completed; what was refused with proof of its sender ends.
 */
#include <string.h>

#include "exchange/fragment.h"
#include "exchange/phase1.h"
#include "exchange/run.h"
#include "exchange/vendor.h"
#include "session/claim.h"
#include "session/access.h"
#include "session/life.h"
#include "session/pieces.h"
#include "session/dpd.h"

/* ---- out ---- */

static int complete(struct ike_xchg *x) {
    struct ike_sa *sa = x->sa;
    if (x == sa->phase1) {
        int r = ike_sa_establish(sa);
        if (r != IKEV1_OK) {
            ike_xchg_arm(x);
            return r;
        }
        ike_access_go_on(sa);
        return IKEV1_OK;
    }
    if (x->transaction != NULL) {
        ike_transaction_done(x);
        return IKEV1_OK;
    }
    if (x->commit && x->initiator)
        ike_quick_hold(x);
    else
        ike_quick_up(x);
    return IKEV1_OK;
}

/* After a message of ours: what it has fixed. An initiator's networks are those of the answer. */
static void settled(const struct ike_xchg *x, struct ike_child *child) {
    ike_child_index(child);
    if (!x->initiator || x->number > 2)
        ike_claim(child);
}

int ike_drive(struct ike_xchg *x, ikev1_why *why) {
    if (x->state == IKE_OWES && x->ask == 0) {
        int r = ike_run_send(x, why);
        for (struct ike_child *c = x->child; c != NULL; c = c->also)
            settled(x, c);
        if (r == IKEV1_PENDING || r == IKEV1_E_MEMORY) {
            ike_xchg_arm(x);
            return r;
        }
        if (r != IKEV1_OK) {
            ike_fail(x, why);
            return IKEV1_OK;
        }
        for (struct ike_child *c = x->initiator ? NULL : x->child; c != NULL; c = c->also) {
            c->replaces = ike_child_replaced_by(c);
            ike_event(x->sa, c, IKEV1_EVENT_CHILD_INBOUND, c->inbound); /* before it can be used */
            c->inbound = NULL;
            c->state = IKE_CHILD_INBOUND;
        }
    }
    if (x->state == IKE_FINISHED)
        return complete(x);
    ike_xchg_arm(x);
    return IKEV1_OK;
}

void ike_fail(struct ike_xchg *x, ikev1_why *why) {
    (void)ike_why_limit(x->sa->ctx, why->code, 0, why);
    if (x == x->sa->phase1)
        ike_sa_close(x->sa, why, false);
    else if (x->transaction != NULL)
        ike_transaction_failed(x, why);
    else if (x->child != NULL)
        ike_child_close(x->child, why, true); /* in message 2 the peer has its pair already */
    else
        ike_xchg_free(x);
}

/* ---- in ---- */

/* After decryption, what is no chain of payloads was most likely encrypted under another key. */
static bool is_gibberish(int code) {
    int number = -code % 256;
    return IKEV1_ERROR_CLASS(code) == IKEV1_CLASS_PEER && number >= -IKEV1_E_PAYLOAD_TYPE % 256 &&
           number <= -IKEV1_E_FRAGMENT % 256;
}

int ike_unreadable(ikev1_why *why) {
    why->theirs[0] = why->ours[0] = '\0';
    return why->code = IKEV1_E_PSK;
}

/* Signs of a wrong pre-shared key, of a peer that chooses what nobody offered, or of our own lack.
 * Nothing ends by such a message, since anybody can send it; but if nothing better comes, this will
 * have been why.
 */
static void suspect(struct ike_xchg *x, const struct ike_header *h, ikev1_why *why) {
    bool sealed = (h->flags & IKEV1_FLAG_ENCRYPTION) != 0;
    if (x != x->sa->phase1)
        return;
    if (sealed && is_gibberish(why->code) && ike_auth_shares(x->sa->auth))
        (void)ike_unreadable(why);
    int class = IKEV1_ERROR_CLASS(why->code);
    if (why->code == IKEV1_E_BAD_CHOICE || class == IKEV1_CLASS_POLICY ||
        class == IKEV1_CLASS_CRYPTO || class == IKEV1_CLASS_USAGE)
        x->suspect = (int16_t)why->code;
    if (why->code != IKEV1_E_PSK && why->code != IKEV1_E_AUTH)
        return;
    if (x->suspect != why->code)
        ike_log_xchg(x, IKEV1_LOG_KEYS_DIFFER, NULL);
    x->suspect = (int16_t)why->code;
}

static bool awaited_last(const struct ike_xchg *x) {
    return x->sa->live != NULL && x->number > 1 &&
           ike_step_find(x->exchange, x->number, x->sa->auth)->last;
}

/* Tells the peer why its phase 1 ends, if the host wants that: in one message for its message. Who
 * has not proven itself hears the same of all that it could probe. */
static void tell_refusal(struct ike_xchg *x, const struct ike_header *h,
                         const struct ike_refusal *refusal, const ikev1_why *why) {
    static const uint8_t none[IKEV1_COOKIE_SIZE];
    struct ike_sa *sa = x->sa;
    if (sa->live == NULL) {
        if (ike_no_cookie(sa->rcookie)) { /* Aggressive 2: by both it is known */
            memcpy(sa->rcookie, h->rcookie, sizeof sa->rcookie);
            ike_sa_rekey_cookies(sa, none);
        }
        ike_tell_clear(sa, why->notify);
        return;
    }
    memcpy(sa->live->last_block, refusal->iv, sizeof sa->live->last_block);
    if (awaited_last(x)) /* for the peer the SA is up: it has to know that it is not */
        ike_tell_delete(sa, NULL);
    else if (sa->ctx->clear_notify)
        ike_tell_notify(sa,
                        refusal->proven && why->notify != 0 ? why->notify
                                                            : IKEV1_NOTIFY_AUTHENTICATION_FAILED,
                        IKEV1_PROTO_ISAKMP, 0);
}

static int refused(struct ike_xchg *x, const struct ike_header *h, const ikev1_path *path, int code,
                   const struct ike_refusal *refusal, ikev1_why *why) {
    struct ike_sa *sa = x->sa;
    if (code == IKEV1_E_MEMORY && sa->ctx->resumed) /* its question stays open */
        return code;
    if (x == sa->phase1 && x->number == 1) { /* nothing is left behind (DOS-07) */
        ike_log_refused(sa, x, why);
        ike_tell_clear(sa, why->notify != 0 ? why->notify : refusal->notify);
        ike_sa_forget(sa);
        return code;
    }
    if (!refusal->fatal) {
        suspect(x, h, why);
        return why->code;
    }
    /* Behind a NAT only the way that it came by leads back. */
    if ((refusal->proven || sa->half_open) && (!sa->ctx->resumed || x == sa->phase1))
        ike_follow(sa, path);
    if (refusal->notify != 0 && sa->state == IKE_SA_ESTABLISHED)
        ike_tell_notify(sa, refusal->notify, refusal->protocol, refusal->spi);
    if (x == sa->phase1)
        tell_refusal(x, h, refusal, why);
    ike_fail(x, why);
    return IKEV1_OK;
}

static uint64_t mix(uint64_t h, const uint8_t *from) {
    uint64_t word;
    memcpy(&word, from, sizeof word);
    h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 32;
}

/* What a datagram is remembered by, never 0: all of it, so that no other passes for it by chance.
 * Who makes one that does has seen it, and could as well have sent it again: all it brings is the
 * answer once more. It leads to no place in a table either, so that the provider's hash would buy
 * nothing. */
static uint64_t datagram_hash(const struct ike_context *ctx, ikev1_bytes datagram) {
    const uint8_t *at = datagram.data, *last = at + datagram.len - sizeof(uint64_t);
    uint64_t h;
    memcpy(&h, ctx->table_key, sizeof h);
    for (h ^= datagram.len; at < last; at += sizeof(uint64_t))
        h = mix(h, at);
    h = mix(h, last); /* a header is longer than that */
    return h != 0 ? h : 1;
}

static void log_nat(const struct ike_xchg *x) {
    static const char *const WHERE[] = {NULL, "in front of us", "in front of the peer",
                                        "in front of both"};
    const struct ike_sa *sa = x->sa;
    unsigned which = (sa->nat_local ? 1u : 0u) + (sa->nat_remote ? 2u : 0u);
    if (which != 0)
        ike_log_xchg(x, IKEV1_LOG_NAT, WHERE[which]);
}

/* Encrypted, or the message of Main Mode that some peers do not encrypt. */
static bool is_proof(const struct ike_xchg *x, const struct ike_header *h) {
    return (h->flags & IKEV1_FLAG_ENCRYPTION) != 0 ||
           (x->exchange == IKEV1_EXCHANGE_MAIN && x->number > 5);
}

static int deliver(struct ike_xchg *x, const struct ike_header *h, ikev1_bytes datagram,
                   uint64_t hash, const ikev1_path *path, ikev1_why *why) {
    struct ike_sa *sa = x->sa;
    struct ike_refusal refusal;
    uint8_t old[IKEV1_COOKIE_SIZE];
    bool nat = sa->nat_local || sa->nat_remote;
    memcpy(old, sa->rcookie, sizeof old);
    int r = ike_run_receive(x, h, datagram, path, &refusal, why);
    if (r == IKEV1_PENDING) {
        ike_xchg_arm(x);
        return r;
    }
    if (r != IKEV1_OK)
        return refused(x, h, path, r, &refusal, why);
    x->seen = hash;
    if (!nat)
        log_nat(x);
    if (!ike_no_cookie(h->rcookie))
        ike_admission_reached(sa);
    if (memcmp(old, sa->rcookie, sizeof old) != 0)
        ike_sa_rekey_cookies(sa, old);
    if (is_proof(x, h)) {
        ike_admission_proven(sa);
        if (!sa->ctx->resumed || x == sa->phase1) /* what was parked may have been overtaken */
            ike_follow(sa, path);
    }
    if (x != sa->phase1) {
        ike_sa_confirm(sa);
        ike_dpd_heard(sa);
    }
    return ike_drive(x, why);
}

/* The same datagram again: our answer was lost, or is not ready. */
static int duplicate(struct ike_xchg *x, ikev1_why *why) {
    struct ike_context *ctx = x->sa->ctx;
    struct ike_log_about about = {.sa = x->sa, .xchg = x};
    if (x == x->sa->phase1 && x->number <= 3)
        ike_log(ctx, IKEV1_LOG_DUPLICATE, &about);
    why->code = IKEV1_E_UNEXPECTED_MESSAGE;
    if (x->ask != 0)
        return IKEV1_DROPPED;
    if (x->state == IKE_OWES)
        return ike_drive(x, why);
    if (x->resends >= ctx->limits.resends)
        return IKEV1_DROPPED;
    ike_fragment_tried(x->sa, x->resends + 1u);
    int r = ike_run_again(x, why);
    if (r == IKEV1_OK) {
        x->resends++;
        ctx->retransmitted++;
    }
    return r;
}

/* The exchange and the child of a Quick Mode, or nothing of it. */
static int quick_new(struct ike_sa *sa, uint32_t id, bool initiator, uint32_t rule,
                     struct ike_xchg **out) {
    int r = ike_xchg_new(sa, IKEV1_EXCHANGE_QUICK, id, initiator, out);
    if (r != IKEV1_OK)
        return r;
    struct ike_xchg *x = *out;
    r = ike_iv_exchange(&sa->ctx->crypto, &sa->algs, sa->live->last_block, id, x->iv);
    if (r == IKEV1_OK)
        r = ike_child_new(sa, rule, x);
    if (r != IKEV1_OK)
        ike_xchg_free(x);
    return r;
}

/* A Quick Mode that the peer begins. Until its hash is verified nothing of it is remembered. */
static int open_quick(struct ike_sa *sa, const struct ike_header *h, ikev1_bytes datagram,
                      uint64_t hash, const ikev1_path *path, ikev1_why *why) {
    struct ike_xchg *x;
    if (sa->state != IKE_SA_ESTABLISHED)
        return ike_refuse(why, IKEV1_E_UNEXPECTED_MESSAGE, 0, 0, "RFC 2409 5.5");
    if (!ike_is_open(sa)) /* CFG-04 */
        return ike_refuse(why, IKEV1_E_XAUTH_FIRST, 0, 0, "beaulieu-ike-xauth 2");
    if (ike_msgid_used(sa, h->message_id))
        return ike_refuse(why, IKEV1_E_REPLAYED, 0, 20, "RFC 2408 3.1");
    int r = ike_msgid_reserve(sa);
    if (r == IKEV1_OK)
        r = quick_new(sa, h->message_id, false, 0, &x);
    if (r != IKEV1_OK)
        return ike_refuse(why, r, 0, 0, NULL);
    struct ike_refusal refusal;
    r = ike_run_receive(x, h, datagram, path, &refusal, why);
    if (r < 0 && !refusal.fatal) {
        ike_child_forget(x->child);
        return r;
    }
    ike_msgid_claim(sa, h->message_id);
    ike_sa_confirm(sa);
    if (r < 0)
        return refused(x, h, path, r, &refusal, why);
    ike_follow(sa, path);
    if (r == IKEV1_PENDING) {
        ike_xchg_arm(x);
        return r;
    }
    x->seen = hash;
    return ike_drive(x, why);
}

static bool is_parked(const struct ike_xchg *x, ikev1_bytes datagram) {
    const struct ike_parked *parked = x->parked;
    return parked != NULL && parked->len == datagram.len &&
           memcmp(parked->datagram, datagram.data, datagram.len) == 0;
}

/* A fragment, and when it was the last that was missing, its message: one of the same SA that is no
 * fragment itself (FRG-09). */
static int receive_piece(struct ike_sa *sa, const struct ike_header *h, ikev1_bytes datagram,
                         const ikev1_path *path, ikev1_why *why) {
    struct ike_context *ctx = sa->ctx;
    struct ike_blob whole = {NULL, 0};
    struct ike_header inner;
    int r = ike_pieces_got(sa, h, datagram, &whole, why);
    if (r != IKEV1_OK)
        return r == IKEV1_PENDING ? IKEV1_OK : r;
    r = ike_header_decode(&inner, ike_blob_bytes(&whole), why);
    if (r != IKEV1_OK || inner.next == IKEV1_PAYLOAD_FRAGMENT ||
        memcmp(whole.data, datagram.data, 2 * IKEV1_COOKIE_SIZE) != 0) {
        r = ike_refuse(why, IKEV1_E_FRAGMENT, IKEV1_PAYLOAD_FRAGMENT, IKEV1_HEADER_SIZE, NULL);
    } else {
        sa->can |= IKE_CAN_BIT(IKE_CAN_FRAGMENTS); /* who sends them can read them */
        r = ike_receive(sa, &inner, ike_blob_bytes(&whole), path, why);
    }
    ike_blob_free(&ctx->mem, &whole);
    return r;
}

int ike_receive(struct ike_sa *sa, const struct ike_header *h, ikev1_bytes datagram,
                const ikev1_path *path, ikev1_why *why) {
    bool phase1 = h->exchange == IKEV1_EXCHANGE_MAIN || h->exchange == IKEV1_EXCHANGE_AGGRESSIVE ||
                  h->exchange == IKEV1_EXCHANGE_BASE;
    if (h->next == IKEV1_PAYLOAD_FRAGMENT)
        return receive_piece(sa, h, datagram, path, why);
    if ((h->message_id == 0) != phase1) { /* HDR-08 */
        if (phase1)                       /* else ours is any other */
            ike_why_numbers(why, h->message_id, 0, NULL);
        return ike_refuse(why, IKEV1_E_MESSAGE_ID, 0, 20, "RFC 2408 3.1");
    }
    if (h->exchange == IKEV1_EXCHANGE_INFORMATIONAL)
        return ike_informational(sa, h, datagram, path, why);
    struct ike_xchg *x = ike_xchg_find(sa, h->message_id);
    const uint64_t hash = datagram_hash(sa->ctx, datagram);
    if (x == NULL && h->exchange == IKEV1_EXCHANGE_TRANSACTION)
        return ike_transaction_open(sa, h, datagram, hash, path, why);
    if (x == NULL && !phase1)
        return open_quick(sa, h, datagram, hash, path, why);
    if (x == NULL || x->exchange != h->exchange)
        return ike_refuse(why, IKEV1_E_UNEXPECTED_MESSAGE, 0, 0, "RFC 2409 5");
    why->exchange = x->exchange;
    why->message = x->number;
    if (hash == x->seen || is_parked(x, datagram))
        return duplicate(x, why);
    if (x->state == IKE_FINISHED && x->exchange == IKEV1_EXCHANGE_TRANSACTION)
        return ike_transaction_push(x, h, datagram, hash, path, why);
    if (x->state == IKE_FINISHED && x->initiator && !phase1)
        return ike_quick_4(x, h, datagram, path, why);
    if (x->state != IKE_AWAITS || x->ask != 0)
        return ike_refuse(why, IKEV1_E_UNEXPECTED_MESSAGE, 0, 0, "RFC 2409 5");
    /* Only the first message may leave our cookie out: what comes later has to show that its sender
     * has seen our answer, before we compute anything for it (KEX-08). */
    if (x->number > 1 && ike_no_cookie(h->rcookie))
        return ike_refuse(why, IKEV1_E_COOKIE, 0, 8, "RFC 2408 2.5.3");
    return deliver(x, h, datagram, hash, path, why);
}

int ike_resume(struct ike_xchg *x, ikev1_why *why) {
    struct ike_context *ctx = x->sa->ctx;
    struct ike_parked *parked = x->parked;
    struct ike_header h;
    uint8_t number = x->number;
    ikev1_ask ask = x->ask;
    int r;
    x->ask = 0;
    if (parked == NULL) {
        r = ike_drive(x, why);
    } else {
        x->parked = NULL;
        ikev1_bytes datagram = ike_bytes(parked->datagram, parked->len);
        (void)ike_header_decode(&h, datagram, NULL); /* it was decoded before it was parked */
        ctx->resumed = true;
        r = deliver(x, &h, datagram, datagram_hash(ctx, datagram), &parked->path, why);
        ctx->resumed = false;
    }
    if (r == IKEV1_E_MEMORY && x->number == number) { /* it waits for the answer as before */
        x->ask = ask;
        x->parked = parked;
        ike_xchg_arm(x);
        return r;
    }
    ike_parked_free(ctx, &parked);
    return IKEV1_OK;
}

/* ---- a Quick Mode of ours ---- */

static bool negotiates(const struct ike_sa *sa, uint32_t rule) {
    for (const struct ike_child *c = sa->children; c != NULL; c = c->next) {
        if (c->rule == rule && c->initiator && c->state == IKE_CHILD_NEGOTIATING)
            return true;
    }
    return false;
}

static int may_start(const struct ike_sa *sa, uint32_t rule, const struct ike_child *old) {
    if (sa->state != IKE_SA_ESTABLISHED || !ike_is_open(sa))
        return IKEV1_E_STATE;
    if (old == NULL && negotiates(sa, rule))
        return IKEV1_E_BUSY;
    if (sa->child_count >= sa->ctx->limits.children + (old != NULL ? 1u : 0u))
        return IKEV1_E_CHILDREN;
    return ike_running(sa) < sa->ctx->limits.exchanges ? IKEV1_OK : IKEV1_E_EXCHANGES;
}

/* The new pair is for what the old one is for, whatever a wider rule would allow. */
static void take_place(struct ike_child *child, const struct ike_child *old) {
    child->replaces = old->handle;
    child->local = old->local;
    child->remote = old->remote;
    child->ids = old->ids;
}

int ike_quick_start(struct ike_sa *sa, uint32_t rule, const struct ike_child *old,
                    ikev1_handle *child, ikev1_why *why) {
    struct ike_xchg *x;
    uint32_t id;
    why->rule = rule;
    int r = may_start(sa, rule, old);
    if (r == IKEV1_OK)
        r = ike_msgid_draw(sa, &id);
    if (r == IKEV1_OK)
        r = quick_new(sa, id, true, rule, &x);
    if (r != IKEV1_OK)
        return ike_why_limit(sa->ctx, r, 0, why);
    if (old != NULL)
        take_place(x->child, old);
    if (child != NULL)
        *child = x->child->handle;
    r = ike_drive(x, why);
    return r == IKEV1_E_MEMORY ? IKEV1_OK : r; /* the timer tries again */
}

void ike_child_wanted(struct ike_sa *sa) {
    ikev1_why why = {0};
    if (!sa->want_child || !ike_is_settled(sa))
        return;
    sa->want_child = false;
    int r = ike_quick_start(sa, sa->rule, NULL, NULL, &why);
    struct ike_detail *detail = r < 0 ? ike_detail_new(sa->ctx, 0) : NULL;
    if (r == IKEV1_E_MEMORY || (r < 0 && detail == NULL)) {
        ike_detail_free(sa->ctx, detail);
        sa->want_child = true;
        ike_sa_arm(sa); /* its timer tries again */
    } else if (r < 0) {
        ike_log_refused(sa, NULL, &why);
        detail->as.why = why;
        ike_event(sa, NULL, IKEV1_EVENT_CHILD_FAILED, detail);
    }
}
