/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XAUTH and Mode Config from one Transaction to the next. Who is the server of one begins its
 * exchanges; each is done, or has failed, once (CFG-09).
 */
#include <string.h>

#include "session/access.h"
#include "session/life.h"
#include "exchange/run.h"
#include "exchange/vendor.h"

#define CITE "beaulieu-ike-xauth 2"

enum { NOTHING = IKE_TRANSACTIONS };

/* ---- exchanges ---- */

/* The oldest that only answers duplicates makes room: a peer may begin one after the other. */
static bool make_room(struct ike_sa *sa) {
    struct ike_xchg *oldest = NULL;
    size_t count = 0;
    for (struct ike_xchg *x = sa->xchgs; x != NULL; x = x->next) {
        if (x->exchange != IKEV1_EXCHANGE_TRANSACTION)
            continue;
        count++;
        if (x->state == IKE_FINISHED)
            oldest = x;
    }
    if (count < IKE_MAX_TRANSACTIONS)
        return true;
    if (oldest != NULL)
        ike_xchg_free(oldest);
    return oldest != NULL;
}

static int transaction_new(struct ike_sa *sa, uint32_t id, bool initiator, struct ike_xchg **out,
                           ikev1_why *why) {
    if (!make_room(sa)) {
        ike_why_number(why->ours, IKE_MAX_TRANSACTIONS, "Transactions"); /* not limits.exchanges */
        return IKEV1_E_EXCHANGES;
    }
    int r = ike_xchg_new(sa, IKEV1_EXCHANGE_TRANSACTION, id, initiator, out);
    if (r != IKEV1_OK)
        return r;
    struct ike_xchg *x = *out;
    x->transaction = ike_alloc(&sa->ctx->mem, sizeof *x->transaction);
    r = x->transaction == NULL
            ? IKEV1_E_MEMORY
            : ike_iv_exchange(&sa->ctx->crypto, &sa->algs, sa->live->last_block, id, x->iv);
    if (r != IKEV1_OK)
        ike_xchg_free(x);
    return r;
}

/* Until its hash is verified nothing of it is remembered, and what is refused after that is as if
 * it had not come. */
static int take(struct ike_xchg *x, const struct ike_header *h, ikev1_bytes datagram,
                const ikev1_path *path, ikev1_why *why) {
    struct ike_refusal refusal;
    int r = ike_run_receive(x, h, datagram, path, &refusal, why);
    if (r < 0)
        ike_xchg_free(x);
    return r;
}

static int taken(struct ike_xchg *x, uint64_t hash, const ikev1_path *path, ikev1_why *why) {
    ike_sa_confirm(x->sa);
    ike_follow(x->sa, path);
    x->seen = hash;
    return ike_drive(x, why);
}

int ike_transaction_open(struct ike_sa *sa, const struct ike_header *h, ikev1_bytes datagram,
                         uint64_t hash, const ikev1_path *path, ikev1_why *why) {
    struct ike_xchg *x;
    if (sa->state != IKE_SA_ESTABLISHED || sa->access == NULL) /* CFG-01 */
        return ike_refuse(why, IKEV1_E_UNEXPECTED_MESSAGE, 0, 0, "isakmp-mode-cfg 3");
    if (ike_msgid_used(sa, h->message_id))
        return ike_refuse(why, IKEV1_E_REPLAYED, 0, 20, "RFC 2408 3.1");
    int r = ike_msgid_reserve(sa);
    if (r == IKEV1_OK)
        r = transaction_new(sa, h->message_id, false, &x, why);
    if (r != IKEV1_OK)
        return ike_refuse(why, r, 0, 0, NULL);
    r = take(x, h, datagram, path, why);
    if (r < 0)
        return r;
    ike_msgid_claim(sa, h->message_id);
    return taken(x, hash, path, why);
}

/* An exchange like any other, but for its IV; it takes the place of the one that is over. */
int ike_transaction_push(struct ike_xchg *over, const struct ike_header *h, ikev1_bytes datagram,
                         uint64_t hash, const ikev1_path *path, ikev1_why *why) {
    struct ike_sa *sa = over->sa;
    struct ike_xchg *x;
    uint8_t iv[IKEV1_MAX_BLOCK];
    if (over->initiator || !ike_peer_may_begin(sa->access, IKE_PUSHES) ||
        (sa->quirks & IKEV1_QUIRK_CONFIG_IN_XAUTH) == 0)
        return ike_refuse(why, IKEV1_E_UNEXPECTED_MESSAGE, 0, 0, "isakmp-mode-cfg 3");
    memcpy(iv, over->iv, sizeof iv);
    int r = transaction_new(sa, h->message_id, false, &x, why);
    if (r != IKEV1_OK)
        return ike_refuse(why, r, 0, 0, NULL);
    memcpy(x->iv, iv, sizeof iv);
    r = take(x, h, datagram, path, why);
    if (r < 0)
        return r;
    (void)ike_quirk(sa, IKEV1_QUIRK_CONFIG_IN_XAUTH);
    for (over = x->next; over != NULL; over = over->next) {
        if (over->message_id == x->message_id)
            break;
    }
    if (over != NULL) /* or it has made room */
        ike_xchg_free(over);
    return taken(x, hash, path, why);
}

static int begin(struct ike_sa *sa, ikev1_why *why) {
    struct ike_access *a = sa->access;
    struct ike_xchg *x;
    uint32_t id;
    int r = IKEV1_OK;
    if (a->next == IKE_ASKS_USER && a->question.len == 0)
        r = ike_xauth_begin(sa);
    if (r == IKEV1_OK)
        r = ike_msgid_draw(sa, &id);
    if (r == IKEV1_OK)
        r = transaction_new(sa, id, true, &x, why);
    if (r != IKEV1_OK) {
        (void)ike_refuse(why, r, 0, 0, CITE);
        return ike_why_limit(sa->ctx, r, 0, why);
    }
    x->transaction->kind = a->next;
    /* Some clients of XAUTH answer with 0, whatever was asked. */
    x->transaction->identifier = a->next == IKE_PULLS ? (uint16_t)id : 0;
    a->next = NOTHING;
    (void)ike_drive(x, why); /* what it cannot do yet stays owed, and the timer set */
    return IKEV1_OK;
}

/* ---- from one to the next ---- */

static void arm(struct ike_sa *sa, bool again) {
    struct ike_access *a = sa->access;
    ikev1_time at = ike_is_settled(sa) ? IKEV1_NEVER : a->ends_at;
    const ikev1_time soon = ike_after(sa->ctx, IKE_TRY_AGAIN);
    a->timer.kind = IKE_TIMER_ACCESS;
    ike_timer_set(&sa->ctx->timers, &a->timer, again && soon < at ? soon : at);
}

/* Names the user, and what stands in his way. */
static void complete(const struct ike_sa *sa, ikev1_why *why) {
    ike_user_refused(sa, why);
    (void)ike_why_limit(sa->ctx, why->code, 0, why);
}

static void fail(struct ike_sa *sa, int code) {
    ikev1_why why = {.code = code,
                     .rule = sa->rule,
                     .exchange = IKEV1_EXCHANGE_TRANSACTION,
                     .payload = IKEV1_PAYLOAD_CONFIG,
                     .cite = CITE};
    complete(sa, &why);
    if (!sa->access->passed && sa->access->failed == 0) /* else it was logged when it was judged */
        ike_xauth_log(sa, code);
    ike_sa_close(sa, &why, true);
}

/* What comes first once phase 1 is done, and once XAUTH is. */
static uint8_t first_of(const struct ike_access *a) {
    if (!a->passed)
        return a->xauth == IKE_SERVER ? IKE_ASKS_USER : NOTHING;
    if (a->leased)
        return NOTHING;
    if (a->config == IKEV1_CONFIG_PUSH)
        return IKE_PUSHES;
    return ike_may_begin(a, IKE_PULLS) ? IKE_PULLS : NOTHING;
}

void ike_access_go_on(struct ike_sa *sa) {
    struct ike_access *a = sa->access;
    ikev1_why why = {.rule = sa->rule};
    int r = IKEV1_OK;
    if (a != NULL && a->timer.kind == 0) /* phase 1 has just been done */
        a->next = first_of(a);
    if (a != NULL && a->next != NOTHING)
        r = begin(sa, &why);
    if (sa->state != IKE_SA_ESTABLISHED)
        return;
    if (a != NULL)
        arm(sa, r == IKEV1_E_MEMORY);
    if (r == IKEV1_OK)
        ike_child_wanted(sa);
    else if (r != IKEV1_E_MEMORY)
        ike_sa_close(sa, &why, true);
}

void ike_access_due(struct ike_sa *sa) {
    if (sa->access->ends_at <= sa->ctx->now)
        fail(sa, sa->access->passed ? IKEV1_E_NO_LEASE : IKEV1_E_XAUTH); /* CFG-12 */
    else
        ike_access_go_on(sa);
}

static void passed(struct ike_sa *sa) {
    struct ike_access *a = sa->access;
    a->passed = true;
    ike_blob_free(&sa->ctx->mem, &a->question);
    ike_xauth_log(sa, IKEV1_OK);
    ike_event(sa, NULL, IKEV1_EVENT_XAUTH, NULL);
    a->next = a->xauth == IKE_SERVER ? IKE_SAYS_STATUS : first_of(a);
    if (a->xauth == IKE_SERVER) {
        sa->live->loose = true; /* names of users are known within their rule */
        ike_peer_enter(sa);
        ike_admission_leave(sa);
    }
    ike_sa_confirm(sa); /* what has waited for it, older SAs of the same peer among it */
    if (sa->initiator && !sa->live->contact)
        ike_sa_settle(sa);
    ike_again_settle(sa, NULL);
}

/* The server has looked at an answer. */
static void judged(struct ike_sa *sa) {
    struct ike_access *a = sa->access;
    const ikev1_limits *limits = &sa->ctx->limits;
    const bool more = a->rounds < limits->xauth_rounds;
    if (a->verdict == IKEV1_OK) {
        passed(sa);
        return;
    }
    a->next = IKE_ASKS_USER;
    if (a->verdict == IKEV1_PENDING && more)
        return;
    a->tries++;
    ike_xauth_log(sa, a->verdict); /* now: the peer may leave without hearing it */
    ike_rates_failed(sa, a->verdict);
    ike_blob_free(&sa->ctx->mem, &a->question);
    if (a->verdict == IKEV1_E_XAUTH && a->tries < limits->xauth_tries && more)
        return;
    a->failed = a->verdict == IKEV1_PENDING ? IKEV1_E_ROUNDS : a->verdict;
    a->next = IKE_SAYS_STATUS;
}

static void announce(struct ike_sa *sa) {
    if (sa->access->announced)
        return;
    sa->access->announced = true;
    ike_lease_log(sa);
    ike_event(sa, NULL, IKEV1_EVENT_CONFIG, NULL);
}

void ike_transaction_done(struct ike_xchg *x) {
    struct ike_sa *sa = x->sa;
    struct ike_access *a = sa->access;
    const uint8_t kind = x->transaction->kind;
    const bool server = ike_may_begin(a, kind) != (kind == IKE_PULLS);
    if (ike_sent_last(x)) /* answers if it was lost (RTX-04) */
        ike_xchg_linger(x);
    else
        ike_xchg_free(x);
    if (kind == IKE_ASKS_USER && server) {
        judged(sa);
    } else if (kind == IKE_SAYS_STATUS && server) {
        if (a->failed != 0) {
            fail(sa, a->failed);
            return;
        }
        a->next = first_of(a);
    } else if (!server && a->verdict != IKEV1_OK) {
        fail(sa, a->verdict);
        return;
    } else if (kind == IKE_SAYS_STATUS) {
        passed(sa);
    } else if (kind != IKE_ASKS_USER && a->leased) {
        announce(sa);
    }
    ike_access_go_on(sa);
}

/* Nobody answered, or the host did not. */
void ike_transaction_failed(struct ike_xchg *x, const ikev1_why *why) {
    struct ike_sa *sa = x->sa;
    struct ike_access *a = sa->access;
    ikev1_why final = *why;
    if (x->transaction->kind == IKE_PULLS && (a->leased || !x->initiator)) {
        ike_log_refused(sa, x, why);
        a->leased = true; /* whoever asks again gets what there is: nothing */
        ike_xchg_free(x);
        return;
    }
    if (a->failed != 0) {
        final.code = a->failed;
        complete(sa, &final);
    }
    ike_sa_close(sa, &final, true);
}

bool ike_access_is_over(const struct ike_sa *sa) {
    for (const struct ike_xchg *x = sa->xchgs; x != NULL; x = x->next) {
        if (x->exchange == IKEV1_EXCHANGE_TRANSACTION && x->state != IKE_FINISHED)
            return false;
    }
    return ike_is_settled(sa);
}

/* ---- leases ---- */

ikev1_bytes ike_lease_of(const struct ike_sa *sa) {
    const struct ike_session *s = ike_session(sa);
    const struct ike_access *a = sa->access;
    const bool client = ike_may_begin(a, IKE_PULLS);
    const struct ike_sa *found = NULL, *o = NULL;
    if (client)
        o = ike_find_rule(s, sa->rule);
    else if (!sa->live->loose || a->user.len != 0) /* one name for many is nobody's */
        o = ike_find_peer(s, ike_identity(sa));
    for (; o != NULL; o = client ? o->rule_next : ike_peer_next(o)) {
        if (o != sa && o->state == IKE_SA_ESTABLISHED && o->rule == sa->rule && o->access != NULL &&
            o->access->lease.len != 0 && (found == NULL || found->live->serial < o->live->serial))
            found = o;
    }
    return found != NULL ? ike_blob_bytes(&found->access->lease) : (ikev1_bytes){NULL, 0};
}

/* Has another SA of the same peer the same address? */
static bool is_held_on(const struct ike_sa *sa) {
    const ikev1_bytes other = ike_lease_of(sa);
    struct ike_attr ours, theirs;
    for (uint16_t type = IKEV1_ATTRC_IP4_ADDRESS; other.len != 0; type = IKEV1_ATTRC_IP6_ADDRESS) {
        const bool has = ike_config_find(ike_blob_bytes(&sa->access->lease), type, &ours);
        if (has != ike_config_find(other, type, &theirs) ||
            (has && !ike_bytes_equal(ours.bytes, theirs.bytes)))
            return false;
        if (type == IKEV1_ATTRC_IP6_ADDRESS)
            return true;
    }
    return false;
}

void ike_access_end(struct ike_sa *sa) {
    struct ike_access *a = sa->access;
    if (a == NULL)
        return;
    ike_timer_set(&sa->ctx->timers, &a->timer, IKEV1_NEVER);
    a->is_free = sa->state == IKE_SA_ESTABLISHED && a->lease.len != 0 &&
                 ike_may_begin(a, IKE_PUSHES) && !is_held_on(sa);
}
