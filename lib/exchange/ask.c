/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to the host. Each is asked in one step of one message; an answer that comes later is
 * found here when that step runs again. Everything that is not a clear yes is a refusal.
 */
#include <string.h>

#include "exchange/ask.h"
#include "exchange/phase1.h"
#include "exchange/proposal.h"
#include "exchange/quick.h"
#include "exchange/transaction.h"

ikev1_question ike_question(const struct ike_sa *sa, const struct ike_xchg *x) {
    ikev1_question q = {.size = sizeof q, .sa = sa->handle, .rule = sa->rule, .path = sa->path};
    q.initiator = x->initiator;
    q.exchange = x->exchange;
    q.replaces = sa->initiator ? sa->replaces : 0; /* else it may be in places[] yet */
    if (x->child != NULL) {
        q.child = x->child->handle;
        q.replaces = x->child->replaces;
        if (x->child->rule != 0)
            q.rule = x->child->rule;
    }
    if (sa->access != NULL) {
        const struct ike_blob *user = &sa->access->user;
        q.user = user->len != 0 ? ike_bytes(user->data + 4, user->len - 4) : q.user;
        ike_lease_addresses(sa, &q.lease4, &q.lease6);
    }
    return q;
}

/* The answer that has come for a question of this kind, taken once. */
static const ikev1_answer *take(struct ike_context *ctx, int kind) {
    const ikev1_answer *a = ctx->answer;
    if (a == NULL || a->kind != kind)
        return NULL;
    ctx->answer = NULL;
    return a;
}

/* Numbers the question; its upper half finds the SA again. */
static void enter(struct ike_context *ctx, ikev1_question *q, ikev1_why *said) {
    q->ask = (q->sa & 0xffffffffu) << 32 | ++ctx->asks;
    q->why = said;
    ctx->inside = true;
}

static int leave(struct ike_context *ctx, ikev1_question *q, int kind, int status) {
    ctx->inside = false;
    q->why = NULL;
    if (status == IKEV1_PENDING) {
        ctx->asked = q->ask;
        ctx->asked_kind = (uint8_t)kind;
    }
    return status;
}

/* What the host says of its refusal. Nothing of it is taken for ours: no pointer, no code. */
static void take_why(ikev1_why *why, const ikev1_why *said) {
    enum { LAST = IKEV1_WHY_TEXT - 1, STATUS_TYPES = 16384 }; /* RFC 2408 3.14.1 */
    why->other_rule = said->other_rule;
    why->range = said->range;
    if (said->rule != 0)
        why->rule = said->rule;
    if (said->notify != 0 && said->notify < STATUS_TYPES)
        why->notify = said->notify;
    memcpy(why->ours, said->ours, LAST);
    memcpy(why->theirs, said->theirs, LAST);
    why->ours[LAST] = why->theirs[LAST] = '\0';
}

static int verdict(int status, ikev1_why *why, const ikev1_why *said, const char *cite) {
    if (status == IKEV1_OK || status == IKEV1_PENDING)
        return status;
    int r = ike_refuse(why, status < 0 ? status : IKEV1_E_REFUSED, 0, 0, cite);
    if (said != NULL)
        take_why(why, said);
    return r;
}

/* ---- how each kind is asked ---- */

#define ASKS(name)                                                                                 \
    static int name(const ikev1_policy *p, const ikev1_question *q, const void *what, void *answer)

ASKS(phase1) {
    (void)what;
    return p->phase1(p->user, q, answer);
}

ASKS(psk) {
    (void)what;
    return p->psk(p->user, q, answer);
}

ASKS(phase2) {
    (void)what;
    return p->phase2(p->user, q, answer);
}

ASKS(sign) {
    return p->sign(p->user, q, what, answer);
}

ASKS(verify) {
    (void)answer;
    return p->verify(p->user, q, what);
}

ASKS(dh) {
    return p->dh(p->user, q, what, answer);
}

ASKS(xauth_user) {
    return p->xauth_user(p->user, q, what, answer);
}

ASKS(xauth_verify) {
    return p->xauth_verify(p->user, q, what, answer);
}

ASKS(lease) {
    return p->lease(p->user, q, what, answer);
}

/* Where a later answer stands in ikev1_answer: in it; where a pointer leads, which must be there;
 * likewise, and it need not. */
enum { HELD, POINTED, OPTIONAL };

static const struct kind {
    int (*ask)(const ikev1_policy *p, const ikev1_question *q, const void *what, void *answer);
    const char *cite;
    uint16_t callback; /* in ikev1_policy */
    uint16_t at, size; /* of a later answer */
    uint8_t place;
    int16_t lacking; /* when nobody or nothing answers */
} KINDS[] = {
#define KIND(ask, cite, member, size, place, lacking)                                              \
    {                                                                                              \
        ask, cite, (uint16_t)offsetof(ikev1_policy, ask),                                          \
            (uint16_t)offsetof(ikev1_answer, member), (uint16_t)(size), place, lacking             \
    }
    [IKEV1_QUESTION_PHASE1] =
        KIND(phase1, "RFC 2409 5", phase1, sizeof(ikev1_phase1), HELD, IKEV1_E_NO_RULE),
    [IKEV1_QUESTION_PSK] =
        KIND(psk, "RFC 2409 5.4", psk, sizeof(ikev1_bytes), HELD, IKEV1_E_NO_CREDENTIAL),
    [IKEV1_QUESTION_PHASE2] =
        KIND(phase2, "RFC 2409 5.5", phase2, sizeof(ikev1_phase2), HELD, IKEV1_E_NO_RULE),
    [IKEV1_QUESTION_SIGN] =
        KIND(sign, "RFC 2409 5.1", signature, sizeof(ikev1_bytes), HELD, IKEV1_E_NO_CREDENTIAL),
    [IKEV1_QUESTION_VERIFY] = KIND(verify, "RFC 2409 5.1", status, 0, HELD, IKEV1_E_NO_CREDENTIAL),
    [IKEV1_QUESTION_DH] =
        KIND(dh, "RFC 2409 5", dh, sizeof(ikev1_bytes), HELD, IKEV1_E_NO_CREDENTIAL),
    [IKEV1_QUESTION_XAUTH_USER] = KIND(xauth_user, "beaulieu-ike-xauth 2", xauth,
                                       sizeof(ikev1_xauth), POINTED, IKEV1_E_NO_CREDENTIAL),
    [IKEV1_QUESTION_XAUTH_VERIFY] = KIND(xauth_verify, "beaulieu-ike-xauth 2", xauth,
                                         sizeof(ikev1_xauth), OPTIONAL, IKEV1_E_NO_CREDENTIAL),
    [IKEV1_QUESTION_LEASE] =
        KIND(lease, "isakmp-mode-cfg 3.3", lease, sizeof(ikev1_lease), POINTED, IKEV1_E_REFUSED),
};

static bool is_there(const ikev1_policy *p, const struct kind *k) {
    void (*callback)(void);
    memcpy(&callback, (const uint8_t *)p + k->callback, sizeof callback);
    return callback != NULL;
}

static int take_late(const struct kind *k, const ikev1_answer *late, void *answer) {
    const void *from = (const uint8_t *)late + k->at;
    if (k->place != HELD)
        memcpy(&from, from, sizeof from);
    if (from == NULL)
        return late->status == IKEV1_OK && k->place == POINTED ? k->lacking : late->status;
    memcpy(answer, from, k->size);
    return late->status;
}

/* `answer` holds what it is before anybody has answered. */
static int ask(struct ike_context *ctx, ikev1_question *q, int kind, const void *what, void *answer,
               ikev1_why *why) {
    const struct kind *k = &KINDS[kind];
    ikev1_why said = {0};
    const ikev1_answer *late = take(ctx, kind);
    if (late != NULL)
        return verdict(take_late(k, late, answer), why, late->why, k->cite);
    int r = k->lacking;
    if (is_there(&ctx->policy, k)) {
        enter(ctx, q, &said);
        r = leave(ctx, q, kind, k->ask(&ctx->policy, q, what, answer));
    }
    return verdict(r, why, &said, k->cite);
}

/* ---- what makes an answer usable ---- */

/* CFG-11: behind a key that a group shares, a client would tell any of them its password. */
static int check_group_key(const struct ike_context *ctx, const ikev1_phase1 *p, bool initiator,
                           ikev1_why *why) {
    for (size_t i = 0; i < p->suite_count; i++) {
        const uint16_t auth = p->suites[i].auth;
        if (ike_auth_shares(auth) && ike_auth_xauth(auth, initiator) &&
            (ctx->allow & IKEV1_ALLOW_XAUTH_PSK) == 0)
            return ike_refuse(why, IKEV1_E_WEAK, IKEV1_PAYLOAD_SA, 0, "beaulieu-ike-xauth 7");
    }
    return IKEV1_OK;
}

int ike_ask_phase1(struct ike_context *ctx, ikev1_question *q, ikev1_phase1 *answer,
                   ikev1_why *why) {
    *answer = (ikev1_phase1){.size = sizeof *answer};
    int r = ask(ctx, q, IKEV1_QUESTION_PHASE1, NULL, answer, why);
    if (r == IKEV1_OK)
        r = ike_check_phase1(ctx, answer, why);
    return r == IKEV1_OK ? check_group_key(ctx, answer, q->initiator, why) : r;
}

/* PH1-15, PH1-16. The key itself is nowhere said, nor where it differs; how long it is, is. */
int ike_check_psk(const struct ike_context *ctx, ikev1_bytes psk, ikev1_why *why) {
    if (psk.len == 0 || psk.data == NULL)
        return ike_refuse(why, IKEV1_E_NO_CREDENTIAL, 0, 0, "RFC 2409 5.4");
    if (psk.len >= ctx->limits.psk_min)
        return IKEV1_OK;
    struct ike_text t = ike_text(why->ours, sizeof why->ours);
    ike_text_number(&t, "a pre-shared key of ", psk.len);
    ike_text_number(&t, " bytes, limits.psk_min is ", ctx->limits.psk_min);
    return ike_refuse(why, IKEV1_E_WEAK, 0, 0, "RFC 2409 5.4");
}

int ike_ask_psk(struct ike_context *ctx, ikev1_question *q, ikev1_bytes *answer, ikev1_why *why) {
    *answer = (ikev1_bytes){NULL, 0};
    int r = ask(ctx, q, IKEV1_QUESTION_PSK, NULL, answer, why);
    return r == IKEV1_OK ? ike_check_psk(ctx, *answer, why) : r;
}

int ike_ask_phase2(struct ike_context *ctx, ikev1_question *q, ikev1_phase2 *answer,
                   ikev1_why *why) {
    *answer = (ikev1_phase2){.size = sizeof *answer};
    int r = ask(ctx, q, IKEV1_QUESTION_PHASE2, NULL, answer, why);
    if (r == IKEV1_OK)
        r = ike_check_phase2(ctx, answer, why);
    return r == IKEV1_OK ? ctx->admits(ctx, q, answer, why) : r;
}

int ike_ask_spi(struct ike_context *ctx, ikev1_question *q, uint8_t protocol, uint32_t *spi) {
    if (ctx->policy.spi == NULL)
        return ike_random_u32(ctx, spi);
    *spi = 0;
    ctx->inside = true;
    int r = ctx->policy.spi(ctx->policy.user, q, protocol, spi);
    ctx->inside = false;
    return r <= 0 ? r : IKEV1_E_REFUSED; /* there is no "later" for an SPI */
}

int ike_ask_certs(struct ike_context *ctx, ikev1_question *q, ikev1_certs *answer) {
    if (ctx->policy.certs == NULL)
        return IKEV1_OK;
    ctx->inside = true;
    int r = ctx->policy.certs(ctx->policy.user, q, answer);
    ctx->inside = false;
    if (r == IKEV1_OK &&
        (answer->chain_count > IKEV1_MAX_CERTS || answer->authority_count > IKEV1_MAX_CERTREQS))
        return IKEV1_E_CONFIG;
    return r <= 0 ? r : IKEV1_E_REFUSED; /* there is no "later" for what is only read */
}

int ike_ask_sign(struct ike_context *ctx, ikev1_question *q, const ikev1_signature *what,
                 ikev1_bytes *answer, ikev1_why *why) {
    *answer = (ikev1_bytes){NULL, 0};
    int r = ask(ctx, q, IKEV1_QUESTION_SIGN, what, answer, why);
    if (r == IKEV1_OK && (answer->len == 0 || answer->data == NULL))
        return ike_refuse(why, IKEV1_E_NO_CREDENTIAL, IKEV1_PAYLOAD_SIG, 0, "RFC 2409 5.1");
    return r;
}

int ike_ask_verify(struct ike_context *ctx, ikev1_question *q, const ikev1_signature *what,
                   ikev1_why *why) {
    uint8_t nothing;
    return ask(ctx, q, IKEV1_QUESTION_VERIFY, what, &nothing, why);
}

int ike_ask_dh(struct ike_context *ctx, ikev1_question *q, const ikev1_dh *what,
               ikev1_bytes *answer, ikev1_why *why) {
    const size_t size = what->peer.len != 0 ? what->group->secret_size : what->group->public_size;
    *answer = (ikev1_bytes){NULL, 0};
    int r = ask(ctx, q, IKEV1_QUESTION_DH, what, answer, why);
    if (r == IKEV1_OK && (answer->len != size || answer->data == NULL))
        return ike_refuse(why, IKEV1_E_CONFIG, IKEV1_PAYLOAD_KE, 0, NULL);
    /* What comes back from outside is held to what is asked of a provider (RFC 6989). */
    if (r == IKEV1_OK && ike_is_zero(answer->data, answer->len))
        return ike_refuse(why, IKEV1_E_KE_INVALID, IKEV1_PAYLOAD_KE, 0, "RFC 2409 5");
    return r;
}

static int check_good(int r, bool good, ikev1_why *why, const char *cite) {
    return r != IKEV1_OK || good ? r : ike_refuse(why, IKEV1_E_CONFIG, 0, 0, cite);
}

int ike_ask_xauth_user(struct ike_context *ctx, ikev1_question *q, const ikev1_xauth *request,
                       ikev1_xauth *answer, ikev1_why *why) {
    *answer = (ikev1_xauth){.size = sizeof *answer, .type = request->type};
    int r = ask(ctx, q, IKEV1_QUESTION_XAUTH_USER, request, answer, why);
    return check_good(r, answer->size == sizeof *answer, why, "beaulieu-ike-xauth 2");
}

int ike_ask_xauth_verify(struct ike_context *ctx, ikev1_question *q, const ikev1_xauth *reply,
                         ikev1_xauth *next, ikev1_why *why) {
    *next = (ikev1_xauth){.size = sizeof *next, .type = reply->type};
    int r = ask(ctx, q, IKEV1_QUESTION_XAUTH_VERIFY, reply, next, why);
    return check_good(r, next->size == sizeof *next && next->type <= IKEV1_XAUTH_SKEY, why,
                      "beaulieu-ike-xauth 2");
}

int ike_ask_lease(struct ike_context *ctx, ikev1_question *q, const ikev1_lease_request *request,
                  ikev1_lease *answer, ikev1_why *why) {
    *answer = (ikev1_lease){.size = sizeof *answer};
    int r = ask(ctx, q, IKEV1_QUESTION_LEASE, request, answer, why);
    return check_good(r, r != IKEV1_OK || ike_lease_is_good(answer), why, "isakmp-mode-cfg 3.3");
}
