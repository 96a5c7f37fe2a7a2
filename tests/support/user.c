/* SPDX-License-Identifier: Apache-2.0 */
#include "user.h"

#include "pair.h"

static ikev1_bytes text(const char *s) {
    return (ikev1_bytes){(const uint8_t *)s, s != NULL ? strlen(s) : 0};
}

static bool is(ikev1_bytes value, const char *s) {
    return s != NULL && value.data != NULL && value.len == strlen(s) &&
           memcmp(value.data, s, value.len) == 0;
}

static void copy(void *to, ikev1_bytes from) {
    size_t len = from.len < USER_TEXT ? from.len : USER_TEXT - 1;
    memset(to, 0, USER_TEXT);
    if (len != 0)
        memcpy(to, from.data, len);
}

static int asked(struct side *s, const ikev1_question *q, int kind) {
    s->questions++;
    if (s->inside != NULL)
        s->inside(s, kind == IKEV1_QUESTION_LEASE ? "lease" : "xauth");
    if (s->status[kind] == IKEV1_PENDING) {
        assert_true(s->ask_count < PAIR_ASKS);
        s->asks[s->ask_count++] = (struct pair_ask){q->ask, kind, q->sa, q->child, q->rule, false};
    }
    return s->status[kind];
}

static void see(struct user *u, const ikev1_xauth *x, const ikev1_question *q) {
    assert_int_equal(x->size, sizeof *x);
    u->seen.type = x->type;
    u->seen.round = x->round;
    u->seen.asks = x->asks;
    u->seen.has_user = x->user.data != NULL;
    u->seen.has_password = x->password.data != NULL;
    u->seen.user_len = x->user.len;
    u->seen.password_len = x->password.len;
    u->seen.challenge_len = x->challenge.len;
    copy(u->seen.user, x->user);
    copy(u->seen.password, x->password);
    copy(u->seen.message, x->message);
    copy(u->seen.challenge, x->challenge);
    copy(u->seen.of, q->user);
}

/* ---- the client ---- */

static void answer_user(struct side *s, ikev1_xauth *answer) {
    struct user *u = &s->user;
    const struct side *server = s == &s->pair->i ? &s->pair->r : &s->pair->i;
    answer->user = text(u->name);
    answer->password = text(u->password);
    answer->password.len += u->nul ? 1 : 0;
    if (u->seen.round >= 2 && u->seen.round < USER_ROUNDS)
        answer->answer = text(server->user.answers[u->seen.round - 2]);
}

static int xauth_user(void *user, const ikev1_question *q, const ikev1_xauth *request,
                      ikev1_xauth *answer) {
    struct side *s = user;
    s->user.asked++;
    see(&s->user, request, q);
    int status = asked(s, q, IKEV1_QUESTION_XAUTH_USER);
    if (status == IKEV1_OK)
        answer_user(s, answer);
    return status;
}

/* ---- the server ---- */

/* What is not there is not an empty one. */
static bool given(const struct user *u, ikev1_bytes password) {
    return u->seen.has_password && is(password, u->knows_password);
}

static int judge(struct side *s, ikev1_xauth *next) {
    struct user *u = &s->user;
    const size_t before = u->seen.round - 1u;
    const ikev1_bytes password = {(const uint8_t *)u->seen.password, u->seen.password_len};
    if (strcmp(u->seen.of, u->knows_name != NULL ? u->knows_name : "") != 0 ||
        (before == 0 && !u->name_only && !given(u, password)))
        return IKEV1_E_XAUTH;
    if (before >= USER_ROUNDS || u->messages[before] == NULL)
        return IKEV1_OK;
    next->message = text(u->messages[before]);
    next->asks = IKEV1_XAUTH_ANSWER;
    return IKEV1_OK;
}

static int xauth_verify(void *user, const ikev1_question *q, const ikev1_xauth *reply,
                        ikev1_xauth *next) {
    struct side *s = user;
    s->user.verified++;
    see(&s->user, reply, q);
    if (reply->round >= 2 && !is(reply->answer, s->user.answers[reply->round - 2]))
        return IKEV1_E_XAUTH;
    int status = asked(s, q, IKEV1_QUESTION_XAUTH_VERIFY);
    return status == IKEV1_OK ? judge(s, next) : status;
}

static int lease(void *user, const ikev1_question *q, const ikev1_lease_request *request,
                 ikev1_lease *answer) {
    struct side *s = user;
    struct user *u = &s->user;
    u->leased++;
    u->wish.type_count = request->type_count;
    u->wish.ip4 = request->ip4;
    u->wish.ip6 = request->ip6;
    u->wish.has_previous = request->previous != NULL;
    if (request->previous != NULL)
        u->wish.previous = request->previous->ip4;
    copy(u->wish.user, q->user);
    assert_non_null(q->peer_id);
    int status = asked(s, q, IKEV1_QUESTION_LEASE);
    if (status == IKEV1_OK)
        *answer = u->lease;
    return status;
}

void user_answer(struct side *s, int kind, ikev1_answer *answer, ikev1_xauth *xauth) {
    *xauth = (ikev1_xauth){.size = sizeof *xauth};
    answer->lease = &s->user.lease;
    answer->xauth = xauth;
    if (kind == IKEV1_QUESTION_XAUTH_USER)
        answer_user(s, xauth);
    if (kind == IKEV1_QUESTION_XAUTH_VERIFY && answer->status == IKEV1_OK)
        answer->status = judge(s, xauth);
}

/* ---- setting up ---- */

static void set_up(struct side *s) {
    static const ikev1_address dns[] = {{4, {10, 2, 0, 53}, 0}, {4, {10, 2, 0, 54}, 0}};
    s->policy.xauth_user = xauth_user;
    s->policy.xauth_verify = xauth_verify;
    s->policy.lease = lease;
    s->config.allow |= IKEV1_ALLOW_XAUTH_PSK;
    s->user.name = s->user.knows_name = "alice";
    s->user.password = s->user.knows_password = "open sesame";
    s->user.lease = (ikev1_lease){.size = sizeof s->user.lease,
                                  .ip4 = {4, {10, 93, 0, 7}, 0},
                                  .netmask4 = {255, 255, 255, 0},
                                  .dns = dns,
                                  .dns_count = 2};
}

static bool client_responds(uint16_t auth) {
    return auth == IKEV1_AUTH_XAUTH_RESP_PSK || auth == IKEV1_AUTH_XAUTH_RESP_RSA ||
           auth == IKEV1_AUTH_XAUTH_RESP_DSS || auth == IKEV1_AUTH_HYBRID_RESP_RSA ||
           auth == IKEV1_AUTH_HYBRID_RESP_DSS;
}

struct side *pair_client(struct pair *p) {
    return client_responds(p->i.suites1[0].auth) ? &p->r : &p->i;
}

struct side *pair_server(struct pair *p) {
    return client_responds(p->i.suites1[0].auth) ? &p->i : &p->r;
}

void pair_with_user(struct pair *p, uint16_t auth, bool aggressive) {
    const bool keyed = auth == IKEV1_AUTH_XAUTH_INIT_PSK || auth == IKEV1_AUTH_XAUTH_RESP_PSK;
    pair_by(p, keyed ? IKEV1_AUTH_PSK : IKEV1_AUTH_RSA, aggressive);
    p->i.suites1[0].auth = p->r.suites1[0].auth = auth;
    set_up(&p->i);
    set_up(&p->r);
}

void pair_with_config(struct pair *p, uint8_t client, uint8_t server) {
    set_up(&p->i);
    set_up(&p->r);
    pair_client(p)->phase1.config = client;
    pair_server(p)->phase1.config = server;
}

/* ---- what came of it ---- */

static ikev1_bytes keep_text(uint8_t *to, ikev1_bytes from) {
    copy(to, from);
    return (ikev1_bytes){from.data != NULL ? to : NULL, from.len};
}

const ikev1_lease *user_keep(struct user_lease *to, const ikev1_lease *l) {
    const ikev1_address **servers[] = {&to->at.dns, &to->at.nbns, &to->at.dhcp};
    const ikev1_selector **networks[] = {&to->at.subnets, &to->at.split, &to->at.local_lan};
    ikev1_bytes *texts[] = {&to->at.version, &to->at.banner, &to->at.domain, &to->at.split_domains,
                            &to->at.backup_servers};
    to->at = *l;
    const size_t server_counts[] = {l->dns_count, l->nbns_count, l->dhcp_count};
    const size_t network_counts[] = {l->subnet_count, l->split_count, l->local_lan_count};
    for (size_t i = 0; i < 3; i++) {
        assert_true(server_counts[i] <= 16 && network_counts[i] <= USER_LIST);
        if (server_counts[i] != 0)
            memcpy(to->servers[i], *servers[i], server_counts[i] * sizeof **servers[i]);
        if (network_counts[i] != 0)
            memcpy(to->networks[i], *networks[i], network_counts[i] * sizeof **networks[i]);
        *servers[i] = server_counts[i] != 0 ? to->servers[i] : NULL;
        *networks[i] = network_counts[i] != 0 ? to->networks[i] : NULL;
    }
    for (size_t i = 0; i < COUNT(texts); i++)
        *texts[i] = keep_text(to->texts[i], *texts[i]);
    assert_true(l->attributes.len <= USER_RAW);
    if (l->attributes.len != 0)
        memcpy(to->raw, l->attributes.data, l->attributes.len);
    to->at.attributes.data = to->raw;
    return &to->at;
}
