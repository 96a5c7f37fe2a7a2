/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log events on their way to the host. What somebody can cause without having authenticated goes
 * through a token bucket per event number, which counts what it leaves out (DOS-09).
 */
#include <string.h>

#include "exchange/objects.h"

/* Names stand one after the other: pointers would cost a shared library more than they hold. */
#define ROOM_(name, n, level, dotted, text) char name[sizeof dotted];
#define NAME_(name, n, level, dotted, text) dotted,
#define EVENT_(name, n, level, dotted, text)                                                       \
    [n] = {offsetof(struct names, name), IKEV1_LEVEL_##level},
static const struct names { IKEV1_LOGS(ROOM_) } NAMES = {IKEV1_LOGS(NAME_)};
static const struct {
    uint16_t name;
    uint8_t level;
} EVENTS[] = {IKEV1_LOGS(EVENT_)};
_Static_assert(sizeof EVENTS / sizeof *EVENTS <= IKE_LOG_NUMBERS, "each number has a bucket");

/* A full bucket lets one busy moment through whole; then it is the rate that counts. */
#define BURST_SECONDS 20

static bool let_through(struct ike_context *ctx, struct ike_bucket *b) {
    uint32_t rate = ctx->limits.log_rate;
    uint64_t passed = ctx->now > b->filled ? ctx->now - b->filled : 0;
    uint64_t fresh =
        passed >= 1000u * BURST_SECONDS ? (uint64_t)rate * BURST_SECONDS : passed * rate / 1000;
    if (fresh != 0 || b->filled == 0) {
        uint64_t tokens = b->filled == 0 ? (uint64_t)rate * BURST_SECONDS : b->tokens + fresh;
        uint64_t full = (uint64_t)rate * BURST_SECONDS;
        b->tokens = (uint32_t)(tokens < full ? tokens : full);
        b->filled = ctx->now != 0 ? ctx->now : 1;
    }
    if (b->tokens == 0) {
        b->suppressed++;
        return false;
    }
    b->tokens--;
    return true;
}

/* What a message can cause before its sender is known, even one for an SA that is established. */
static bool is_by_anybody(uint16_t number) {
    switch (number) {
    case IKEV1_LOG_RECV_REQUEST:
    case IKEV1_LOG_RECV:
    case IKEV1_LOG_DUPLICATE:
    case IKEV1_LOG_NO_PROPOSAL:
    case IKEV1_LOG_DROPPED:
    case IKEV1_LOG_UNPROTECTED_NOTIFY:
    case IKEV1_LOG_PEER:
    case IKEV1_LOG_QUIRK:
    case IKEV1_LOG_FINGERPRINT:
    case IKEV1_LOG_KEYS_DIFFER:
    case IKEV1_LOG_UNKNOWN_SPI:
        return true;
    default:
        return false;
    }
}

static bool is_trusted(uint16_t number, const struct ike_log_about *about) {
    const struct ike_sa *sa = about->sa;
    if (about->authentic)
        return true;
    return sa != NULL && (sa->initiator || sa->state == IKE_SA_ESTABLISHED) &&
           !is_by_anybody(number);
}

static void fill(ikev1_log_event *ev, const struct ike_log_about *about) {
    const struct ike_sa *sa = about->sa;
    if (sa != NULL) {
        ev->sa = sa->handle;
        ev->rule = sa->rule;
        ev->path = sa->path;
        memcpy(ev->icookie, sa->icookie, sizeof ev->icookie);
        memcpy(ev->rcookie, sa->rcookie, sizeof ev->rcookie);
    }
    if (about->header != NULL) {
        memcpy(ev->icookie, about->header->icookie, sizeof ev->icookie);
        memcpy(ev->rcookie, about->header->rcookie, sizeof ev->rcookie);
        ev->exchange = about->header->exchange;
        ev->message_id = about->header->message_id;
    }
    if (about->xchg != NULL) {
        ev->exchange = about->xchg->exchange;
        ev->message_id = about->xchg->message_id;
    }
    const struct ike_child *child =
        about->child == NULL && about->xchg != NULL ? about->xchg->child : about->child;
    if (child != NULL) {
        ev->child = child->handle;
        ev->rule = child->rule != 0 ? child->rule : ev->rule;
    }
    if (about->path != NULL)
        ev->path = *about->path;
    if (ev->rule == 0)
        ev->rule = about->rule != 0 || about->why == NULL ? about->rule : about->why->rule;
    ev->why = about->why;
    ev->text = about->text;
}

bool ike_log_wanted(const struct ike_context *ctx, uint16_t number) {
    return ctx->log != NULL && EVENTS[number].level <= ctx->log_level;
}

void ike_log(struct ike_context *ctx, uint16_t number, const struct ike_log_about *about) {
    uint8_t level = EVENTS[number].level;
    if (!ike_log_wanted(ctx, number))
        return;
    struct ike_bucket *bucket = &ctx->buckets[number];
    if (!is_trusted(number, about) && !let_through(ctx, bucket))
        return;
    uint8_t types[IKE_MAX_PAYLOADS];
    ikev1_log_event ev = {.size = sizeof ev, .number = number, .level = level, .at = ctx->now};
    ev.name = (const char *)&NAMES + EVENTS[number].name;
    ev.suppressed = bucket->suppressed;
    bucket->suppressed = 0;
    fill(&ev, about);
    if (about->lone != 0) {
        types[0] = about->lone;
        ev.payloads = types;
        ev.payload_count = 1;
    }
    if (about->chain != NULL) {
        for (size_t i = 0; i < about->chain->count; i++)
            types[i] = about->chain->at[i].type;
        ev.payloads = types;
        ev.payload_count = about->chain->count;
    }
    ctx->inside = true;
    ctx->log(ctx->log_user, &ev);
    ctx->inside = false;
}

void ike_log_refusal(struct ike_context *ctx, const struct ike_log_about *about) {
    static const struct {
        int16_t code;
        uint16_t number;
    } LINES[] = {
        {IKEV1_E_NO_PROPOSAL, IKEV1_LOG_NO_PROPOSAL},
        {IKEV1_E_LOCAL_ID, IKEV1_LOG_LOCAL_ID},
        {IKEV1_E_REMOTE_ID, IKEV1_LOG_REMOTE_ID},
        {IKEV1_E_PEER_ID, IKEV1_LOG_PEER_ID},
        {IKEV1_E_CHILDREN, IKEV1_LOG_EXCEEDED},
        {IKEV1_E_EXCHANGES, IKEV1_LOG_EXCEEDED},
        {IKEV1_E_SILENT, IKEV1_LOG_TOO_MANY_ERRORS},
        {IKEV1_E_UNREAD, IKEV1_LOG_TOO_MANY_ERRORS},
        {IKEV1_E_PSK, IKEV1_LOG_TOO_MANY_ERRORS},
        {IKEV1_E_BUSY, IKEV1_LOG_IN_PROCESS},
        {IKEV1_E_RULE_LIMIT, IKEV1_LOG_EXCEEDED},
        {IKEV1_E_RULE_CONFLICT, IKEV1_LOG_RULE_CONFLICT},
        {IKEV1_E_LIVE_CONFLICT, IKEV1_LOG_LIVE_CONFLICT},
        {IKEV1_E_UNRESOLVED, IKEV1_LOG_UNRESOLVED},
    };
    const int index = ikev1_error_index(about->why->code);
    if (index >= 0)
        ctx->refusals[index]++;
    for (size_t i = 0; i < sizeof LINES / sizeof *LINES; i++) {
        if (about->why->code == LINES[i].code)
            ike_log(ctx, LINES[i].number, about);
    }
    ike_log(ctx, IKEV1_LOG_CAUSE, about);
}

void ike_log_sa(const struct ike_sa *sa, uint16_t number, const char *text) {
    ike_log(sa->ctx, number, &(struct ike_log_about){.sa = sa, .text = text});
}

void ike_log_xchg(const struct ike_xchg *x, uint16_t number, const char *text) {
    ike_log(x->sa->ctx, number, &(struct ike_log_about){.sa = x->sa, .xchg = x, .text = text});
}

void ike_log_refused(const struct ike_sa *sa, const struct ike_xchg *x, const ikev1_why *why) {
    ike_log_refusal(sa->ctx, &(struct ike_log_about){.sa = sa, .xchg = x, .why = why});
}
