/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the four kinds of Transaction have in common: an attribute payload, its type and identifier,
 * and who may begin which of them. A message that is refused here has no effect and ends nothing
 * (CFG-03): its sender has proved itself and is wrong, and the right one may still come.
 */
#include <string.h>

#include "exchange/phase1.h"
#include "exchange/transaction.h"
#include "exchange/vendor.h"

#define CITE "isakmp-mode-cfg 3.2"

static IKE_PUT(put_acknowledged_status) {
    (void)x, (void)why;
    ike_attr_put_basic(&m->w, IKEV1_ATTRC_XAUTH_STATUS, 0);
    return IKEV1_OK;
}

static IKE_GOT(got_acknowledgement) {
    (void)x, (void)in, (void)st, (void)why;
    return IKEV1_OK;
}

/* The first message of a kind and its answer. `put` writes attributes, and finds the payload open;
 * `got` finds them in st->transaction.attrs. */
static const struct kind {
    uint8_t type[2]; /* IKEV1_CFG_... */
    int (*put[2])(struct ike_xchg *, struct ike_message_writer *, ikev1_why *);
    int (*got[2])(const struct ike_xchg *, const struct ike_received *, struct ike_staged *,
                  ikev1_why *);
} KINDS[IKE_TRANSACTIONS] = {
    [IKE_ASKS_USER] = {{IKEV1_CFG_REQUEST, IKEV1_CFG_REPLY},
                       {ike_put_question, ike_put_user},
                       {ike_got_question, ike_got_user}},
    [IKE_SAYS_STATUS] = {{IKEV1_CFG_SET, IKEV1_CFG_ACK},
                         {ike_put_status, put_acknowledged_status},
                         {ike_got_status, got_acknowledgement}},
    [IKE_PULLS] = {{IKEV1_CFG_REQUEST, IKEV1_CFG_REPLY},
                   {ike_put_wish, ike_put_grant},
                   {ike_got_wish, ike_got_grant}},
    [IKE_PUSHES] = {{IKEV1_CFG_SET, IKEV1_CFG_ACK},
                    {ike_put_grant, ike_put_thanks},
                    {ike_got_grant, got_acknowledgement}},
};

static int refuse(struct ike_staged *st, ikev1_why *why, int code) {
    st->authentic = false; /* nothing ends by it */
    return ike_refuse(why, code, IKEV1_PAYLOAD_CONFIG, 0, CITE);
}

/* ---- out ---- */

static int put(struct ike_xchg *x, struct ike_message_writer *m, size_t message, ikev1_why *why) {
    const struct ike_transaction *t = x->transaction;
    const struct ike_config head = {.type = KINDS[t->kind].type[message],
                                    .identifier = t->identifier};
    ike_payload_begin(m, IKEV1_PAYLOAD_CONFIG);
    ike_config_encode(&m->w, &head);
    int r = KINDS[t->kind].put[message](x, m, why);
    ike_payload_end(m);
    return r;
}

IKE_PUT(ike_put_transaction) {
    return put(x, m, 0, why);
}

IKE_PUT(ike_put_answer) {
    return put(x, m, 1, why);
}

/* ---- in ---- */

static int decode(const struct ike_xchg *x, const struct ike_received *in, struct ike_config *c,
                  struct ike_staged *st, ikev1_why *why) {
    const struct ike_payload *p = ike_chain_find(&in->chain, IKEV1_PAYLOAD_CONFIG, 0);
    int r = ike_config_decode(c, p->body, why);
    if (r != IKEV1_OK)
        return r;
    if (c->padding != 0 && !ike_quirk(x->sa, IKEV1_QUIRK_CONFIG_PADDING))
        return refuse(st, why, IKEV1_E_CONFIG_SYNTAX);
    if (c->prefixed && !ike_quirk(x->sa, IKEV1_QUIRK_IP6_PREFIX))
        return refuse(st, why, IKEV1_E_CONFIG_SYNTAX);
    st->has_transaction = true;
    st->transaction.identifier = c->identifier;
    st->transaction.attrs = c->attrs;
    return IKEV1_OK;
}

static bool is_about_xauth(ikev1_bytes attrs) {
    struct ike_reader r = ike_reader(attrs);
    struct ike_attr a;
    while (ike_attr_next(&r, &a) > 0) {
        if (ike_xauth_has(a.type))
            return true;
    }
    return false;
}

static bool is_server(const struct ike_access *a) {
    return a->config == IKEV1_CONFIG_SERVE || a->config == IKEV1_CONFIG_PUSH;
}

bool ike_may_begin(const struct ike_access *a, enum ike_transaction_kind kind) {
    if (kind == IKE_ASKS_USER || kind == IKE_SAYS_STATUS)
        return a->xauth == IKE_SERVER;
    if (kind == IKE_PUSHES)
        return is_server(a);
    return a->config == IKEV1_CONFIG_PULL || a->config == IKEV1_CONFIG_AUTO;
}

bool ike_peer_may_begin(const struct ike_access *a, enum ike_transaction_kind kind) {
    if (kind == IKE_ASKS_USER || kind == IKE_SAYS_STATUS)
        return a->xauth == IKE_CLIENT && !a->passed; /* CFG-04, CFG-10 */
    if (kind == IKE_PULLS)
        return is_server(a) && a->passed;
    return (a->config == IKEV1_CONFIG_WAIT || a->config == IKEV1_CONFIG_AUTO) && a->passed &&
           !a->leased;
}

IKE_GOT(ike_got_transaction) {
    struct ike_config c;
    int r = decode(x, in, &c, st, why);
    if (r != IKEV1_OK)
        return r;
    const bool xauth = is_about_xauth(c.attrs), asks = c.type == IKEV1_CFG_REQUEST;
    const enum ike_transaction_kind kind =
        xauth ? (asks ? IKE_ASKS_USER : IKE_SAYS_STATUS) : (asks ? IKE_PULLS : IKE_PUSHES);
    if (c.type != KINDS[kind].type[0] || x->sa->access == NULL ||
        !ike_peer_may_begin(x->sa->access, kind))
        return refuse(st, why, IKEV1_E_UNEXPECTED_MESSAGE);
    st->transaction.kind = (uint8_t)kind;
    r = KINDS[kind].got[0](x, in, st, why);
    if (r < 0)
        st->authentic = false;
    return r;
}

IKE_GOT(ike_got_answer) {
    const struct ike_transaction *t = x->transaction;
    struct ike_config c;
    int r = decode(x, in, &c, st, why);
    if (r != IKEV1_OK)
        return r;
    if (c.type != KINDS[t->kind].type[1] || c.identifier != t->identifier) /* CFG-03 */
        return refuse(st, why, IKEV1_E_UNEXPECTED_MESSAGE);
    st->transaction.kind = t->kind;
    r = KINDS[t->kind].got[1](x, in, st, why);
    if (r < 0)
        st->authentic = false;
    return r;
}

/* ---- what it leaves behind ---- */

static void move(struct ike_context *ctx, struct ike_blob *to, struct ike_blob *from) {
    if (from->data == NULL)
        return;
    ike_blob_free(&ctx->mem, to);
    *to = *from;
    *from = (struct ike_blob){NULL, 0};
}

void ike_transaction_settle(struct ike_xchg *x, struct ike_staged *st) {
    struct ike_context *ctx = x->sa->ctx;
    struct ike_access *a = x->sa->access;
    x->transaction->kind = st->transaction.kind;
    x->transaction->identifier = st->transaction.identifier;
    a->verdict = st->transaction.verdict;
    if (st->transaction.kind == IKE_ASKS_USER)
        a->rounds++;
    if (st->transaction.lease.data != NULL)
        a->leased = true;
    move(ctx, &a->question, &st->transaction.question);
    move(ctx, &a->user, &st->transaction.user);
    move(ctx, &a->lease, &st->transaction.lease);
    if (st->contact && ike_quirk(x->sa, IKEV1_QUIRK_XAUTH_CONTACT))
        x->sa->live->contact = true;
}

void ike_transaction_unstage(struct ike_context *ctx, struct ike_staged *st) {
    if (!st->has_transaction)
        return;
    ike_blob_free(&ctx->mem, &st->transaction.question);
    ike_blob_free(&ctx->mem, &st->transaction.user);
    ike_blob_free(&ctx->mem, &st->transaction.lease);
}

void ike_transaction_free(struct ike_context *ctx, struct ike_transaction **t) {
    if (*t == NULL)
        return;
    ike_blob_free(&ctx->mem, &(*t)->attrs);
    ike_free(&ctx->mem, *t, sizeof **t);
    *t = NULL;
}

/* ---- access: what an SA has to go through ---- */

/* What a client asks for when its host does not say. */
static const uint16_t USUAL[] = {
    IKEV1_ATTRC_IP4_ADDRESS,
    IKEV1_ATTRC_IP4_NETMASK,
    IKEV1_ATTRC_IP4_DNS,
    IKEV1_ATTRC_IP4_NBNS,
    IKEV1_ATTRC_IP4_SUBNET,
    IKEV1_ATTRC_EXPIRY,
    IKEV1_ATTRC_VERSION,
    IKEV1_ATTRC_UNITY_BANNER,
    IKEV1_ATTRC_UNITY_DOMAIN,
    IKEV1_ATTRC_UNITY_SPLIT_DOMAINS,
    IKEV1_ATTRC_UNITY_SPLIT_INCLUDE,
    IKEV1_ATTRC_UNITY_LOCAL_LAN,
    IKEV1_ATTRC_UNITY_SAVE_PASSWORD,
    IKEV1_ATTRC_UNITY_NATT_PORT,
    IKEV1_ATTRC_UNITY_PFS,
    IKEV1_ATTRC_UNITY_BACKUP_SERVERS,
};
enum { WITHOUT_UNITY = 7 };

static int take_answer(struct ike_sa *sa, const ikev1_phase1 *p, struct ike_access *a) {
    const bool client = p->config >= IKEV1_CONFIG_PULL && p->config <= IKEV1_CONFIG_AUTO;
    const size_t usual = p->unity ? sizeof USUAL / sizeof *USUAL : WITHOUT_UNITY;
    const bool own = p->config_type_count != 0;
    const size_t count = own ? p->config_type_count : usual;
    a->type = p->xauth_type;
    a->config = p->config;
    return client ? ike_blob_set(&sa->ctx->mem, &a->types,
                                 ike_bytes(own ? p->config_types : USUAL, count * sizeof *USUAL))
                  : IKEV1_OK;
}

static bool has_user(const ikev1_phase1 *p) {
    for (size_t i = 0; i < p->suite_count; i++) {
        if (ike_auth_xauth(p->suites[i].auth, true) || ike_auth_xauth(p->suites[i].auth, false))
            return true;
    }
    return false;
}

int ike_access_make(struct ike_sa *sa) {
    struct ike_context *ctx = sa->ctx;
    if (ctx->lease_room == NULL)
        ctx->lease_room = ike_alloc(&ctx->mem, sizeof *ctx->lease_room);
    if (ctx->lease_room == NULL || ike_timers_reserve(&ctx->timers, 1) != IKEV1_OK)
        return IKEV1_E_MEMORY;
    struct ike_access *a = ike_alloc(&ctx->mem, sizeof *a);
    if (a == NULL) {
        ike_timers_release(&ctx->timers, 1);
        return IKEV1_E_MEMORY;
    }
    a->sa = sa;
    a->next = IKE_TRANSACTIONS;
    sa->access = a;
    return IKEV1_OK;
}

int ike_access_new(struct ike_sa *sa, const ikev1_phase1 *p) {
    ike_access_free(sa); /* of an attempt that led nowhere */
    if (p->config == IKEV1_CONFIG_NONE && !has_user(p))
        return IKEV1_OK;
    int r = ike_access_make(sa);
    if (r == IKEV1_OK)
        r = take_answer(sa, p, sa->access);
    if (r != IKEV1_OK)
        ike_access_free(sa);
    return r;
}

void ike_access_open(struct ike_sa *sa) {
    struct ike_access *a = sa->access;
    if (a == NULL)
        return;
    a->ends_at = ike_after(sa->ctx, sa->ctx->timing.xauth);
    if (ike_auth_xauth(sa->auth, sa->initiator))
        a->xauth = IKE_CLIENT;
    else if (ike_auth_xauth(sa->auth, !sa->initiator))
        a->xauth = IKE_SERVER;
    a->passed = a->xauth == IKE_NO_PART;
    if (a->passed && a->config == IKEV1_CONFIG_NONE) /* another method was chosen */
        ike_access_free(sa);
}

void ike_access_free(struct ike_sa *sa) {
    struct ike_context *ctx = sa->ctx;
    struct ike_access *a = sa->access;
    if (a == NULL)
        return;
    ike_timers_release(&ctx->timers, 1);
    ike_blob_free(&ctx->mem, &a->question);
    ike_blob_free(&ctx->mem, &a->user);
    ike_blob_free(&ctx->mem, &a->types);
    ike_blob_free(&ctx->mem, &a->lease);
    ike_free(&ctx->mem, a, sizeof *a);
    sa->access = NULL;
}

bool ike_is_open(const struct ike_sa *sa) {
    return sa->access == NULL || sa->access->passed;
}

bool ike_is_settled(const struct ike_sa *sa) {
    const struct ike_access *a = sa->access;
    if (a == NULL)
        return true;
    bool waits = a->config >= IKEV1_CONFIG_PULL && a->config <= IKEV1_CONFIG_AUTO && !a->leased;
    return a->passed && !waits && a->next == IKE_TRANSACTIONS;
}

/* Before there is an access its method tells. */
bool ike_is_unproven(const struct ike_sa *sa) {
    return ike_auth_xauth(sa->auth, !sa->initiator) && (sa->access == NULL || !sa->access->passed);
}

ikev1_bytes ike_identity(const struct ike_sa *sa) {
    const struct ike_access *a = sa->access;
    return a != NULL && a->user.len != 0 ? ike_blob_bytes(&a->user)
                                         : ike_blob_bytes(&sa->live->remote_id);
}
