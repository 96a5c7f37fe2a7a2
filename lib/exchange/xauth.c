/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XAUTH (draft-beaulieu-ike-xauth): the server asks, the client answers, as often as it takes; then
 * the server says how it went. It passes by the server's own decision and nothing else (CFG-04).
 */
#include <string.h>

#include "exchange/ask.h"
#include "exchange/phase1.h"
#include "exchange/transaction.h"
#include "exchange/vendor.h"

#define CITE "beaulieu-ike-xauth 2"

enum { FAIL = 0, OK = 1 }; /* XAUTH_STATUS */

static int refuse(ikev1_why *why, int code) {
    return ike_refuse(why, code, IKEV1_PAYLOAD_CONFIG, 0, CITE);
}

/* ---- the server's question ---- */

static int keep_question(struct ike_context *ctx, const ikev1_xauth *x, struct ike_blob *out) {
    uint8_t buf[IKE_MAX_QUESTION];
    struct ike_writer w = ike_writer(buf, sizeof buf);
    ike_xauth_encode_request(&w, x);
    return w.bad ? IKEV1_E_CONFIG : ike_blob_set(&ctx->mem, out, ike_bytes(buf, ike_written(&w)));
}

int ike_xauth_begin(struct ike_sa *sa) {
    struct ike_access *a = sa->access;
    uint8_t challenge[IKE_CHAP_CHALLENGE];
    ikev1_xauth x = {.type = a->type, .asks = IKEV1_XAUTH_USER | IKEV1_XAUTH_PASSWORD};
    int r = IKEV1_OK;
    if (a->type == IKEV1_XAUTH_CHAP) {
        r = ike_random(sa->ctx, challenge, sizeof challenge);
        x.challenge = ike_bytes(challenge, sizeof challenge);
    } else if (a->type != IKEV1_XAUTH_GENERIC) {
        x.asks = IKEV1_XAUTH_USER; /* the challenge hangs on who it is */
    }
    return r == IKEV1_OK ? keep_question(sa->ctx, &x, &a->question) : r;
}

IKE_PUT(ike_put_question) {
    (void)why;
    ike_write(&m->w, ike_blob_bytes(&x->sa->access->question));
    return IKEV1_OK;
}

IKE_GOT(ike_got_question) {
    const struct ike_sa *sa = x->sa;
    ikev1_xauth asked;
    if (sa->access->rounds >= sa->ctx->limits.xauth_rounds) {
        ike_why_number(why->theirs, sa->access->rounds + 1u, "rounds");
        return refuse(why, IKEV1_E_ROUNDS);
    }
    st->contact = ike_got_contact(x->sa, in);
    return ike_xauth_decode(&asked, st->transaction.attrs, why);
}

/* ---- the client's answer ---- */

IKE_PUT(ike_put_user) {
    struct ike_access *a = x->sa->access;
    ikev1_question q = ike_question(x->sa, x);
    ikev1_xauth request, answer;
    (void)ike_xauth_decode(&request, ike_blob_bytes(&x->transaction->attrs), NULL); /* was good */
    request.round = a->rounds;
    int r = ike_ask_xauth_user(x->sa->ctx, &q, &request, &answer, why);
    if (r == IKEV1_PENDING || r == IKEV1_E_MEMORY)
        return r;
    a->verdict = (int16_t)r;
    if (r != IKEV1_OK) { /* beaulieu-ike-xauth 2: the client may end it */
        ike_attr_put_basic(&m->w, IKEV1_ATTRC_XAUTH_STATUS, FAIL);
        return IKEV1_OK;
    }
    answer.type = request.type;
    ike_xauth_encode_reply(&m->w, &answer, request.asks);
    a->answered = true;
    return IKEV1_OK;
}

/* The name of this round, or of the one that had it; as an ID body of type 0, which none has. */
static int stage_user(const struct ike_xchg *x, ikev1_bytes name, struct ike_staged *st) {
    uint8_t body[4 + IKEV1_MAX_CONFIG_VALUE];
    struct ike_writer w = ike_writer(body, sizeof body);
    if (name.data == NULL && x->sa->access->user.len != 0)
        return IKEV1_OK;
    ike_write_u32(&w, 0);
    ike_write(&w, name);
    return ike_blob_set(&x->sa->ctx->mem, &st->transaction.user, ike_bytes(body, ike_written(&w)));
}

static int check_unique(const struct ike_sa *sa, const struct ike_blob *user, ikev1_why *why) {
    return ike_check_place(sa, sa->rule, ike_blob_bytes(user), true, sa->live->unique, why);
}

static int ask_verify(const struct ike_xchg *x, ikev1_xauth *reply, struct ike_staged *st,
                      ikev1_why *why) {
    const struct ike_sa *sa = x->sa;
    const struct ike_access *a = sa->access;
    ikev1_question q = ike_question(sa, x);
    ikev1_xauth asked, next;
    (void)ike_xauth_decode(&asked, ike_blob_bytes(&a->question), NULL); /* it is ours */
    reply->type = asked.type;
    reply->round = (uint8_t)(a->rounds + 1);
    reply->challenge = asked.challenge;
    reply->message = asked.message;
    if (reply->user.data != NULL)
        q.user = reply->user;
    if (reply->password.len != 0 && reply->password.data[reply->password.len - 1] == 0 &&
        reply->type != IKEV1_XAUTH_CHAP && ike_quirk(sa, IKEV1_QUIRK_XAUTH_NUL))
        reply->password.len--;
    int r = ike_ask_xauth_verify(sa->ctx, &q, reply, &next, why);
    if (r != IKEV1_OK || next.asks == 0)
        return r;
    return keep_question(sa->ctx, &next, &st->transaction.question); /* another round */
}

IKE_GOT(ike_got_user) {
    struct ike_attr status;
    ikev1_xauth reply;
    int r = ike_xauth_decode(&reply, st->transaction.attrs, why);
    if (r != IKEV1_OK)
        return r;
    st->contact = ike_got_contact(x->sa, in);
    const bool gives_up = ike_config_find(st->transaction.attrs, IKEV1_ATTRC_XAUTH_STATUS, &status);
    st->transaction.attrs = (ikev1_bytes){NULL, 0}; /* a password is not kept */
    if (gives_up) {
        st->transaction.verdict = IKEV1_E_REFUSED;
        return IKEV1_OK;
    }
    r = stage_user(x, reply.user, st);
    if (r == IKEV1_OK)
        r = ask_verify(x, &reply, st, why);
    if (r == IKEV1_PENDING || r == IKEV1_E_MEMORY)
        return r;
    const bool more = r == IKEV1_OK && st->transaction.question.data != NULL;
    const struct ike_blob *user =
        st->transaction.user.data != NULL ? &st->transaction.user : &x->sa->access->user;
    if (r == IKEV1_OK && !more)
        r = check_unique(x->sa, user, NULL);
    st->transaction.verdict = (int16_t)(more ? IKEV1_PENDING : r);
    return IKEV1_OK;
}

/* ---- the server's verdict ---- */

IKE_PUT(ike_put_status) {
    (void)why;
    ike_attr_put_basic(&m->w, IKEV1_ATTRC_XAUTH_STATUS, x->sa->access->passed ? OK : FAIL);
    return IKEV1_OK;
}

IKE_GOT(ike_got_status) {
    struct ike_attr status;
    (void)in;
    if (!x->sa->access->answered) /* of what? */
        return refuse(why, IKEV1_E_UNEXPECTED_MESSAGE);
    if (!ike_config_find(st->transaction.attrs, IKEV1_ATTRC_XAUTH_STATUS, &status))
        return refuse(why, IKEV1_E_CONFIG_SYNTAX);
    st->transaction.verdict = status.value == OK ? IKEV1_OK : IKEV1_E_XAUTH;
    return IKEV1_OK;
}

/* False: there is none, or it is ours. */
static bool put_name(const struct ike_access *a, char text[IKEV1_WHY_TEXT]) {
    struct ike_text t = ike_text(text, IKEV1_WHY_TEXT);
    if (a->user.len <= 4)
        return false;
    ike_text_bytes(&t, ike_bytes(a->user.data + 4, a->user.len - 4));
    return true;
}

void ike_user_refused(const struct ike_sa *sa, ikev1_why *why) {
    if (put_name(sa->access, why->theirs) && why->code == IKEV1_E_NOT_UNIQUE)
        (void)check_unique(sa, &sa->access->user, why);
}

void ike_xauth_log(struct ike_sa *sa, int code) {
    const struct ike_access *a = sa->access;
    char name[IKEV1_WHY_TEXT];
    const char *text = a->xauth == IKE_CLIENT ? "(ours)" : "(no name)";
    if (put_name(a, name))
        text = name;
    ike_log_sa(sa, code == IKEV1_OK ? IKEV1_LOG_XAUTH_DONE : IKEV1_LOG_XAUTH_FAILED, text);
}
