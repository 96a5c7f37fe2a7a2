/* SPDX-License-Identifier: Apache-2.0 */
#include "pair.h"

#include <ikev1/text.h>

/* ---- policy ---- */

static int asked(struct side *s, const ikev1_question *q, int kind) {
    s->questions++;
    if (s->inside != NULL)
        s->inside(s, kind == IKEV1_QUESTION_PHASE1   ? "phase1"
                     : kind == IKEV1_QUESTION_PSK    ? "psk"
                     : kind == IKEV1_QUESTION_PHASE2 ? "phase2"
                                                     : "spi");
    if (s->status[kind] == IKEV1_PENDING) {
        assert_true(s->ask_count < PAIR_ASKS);
        s->asks[s->ask_count++] = (struct pair_ask){q->ask, kind, q->sa, q->child, q->rule, false};
    }
    return s->status[kind];
}

static int ask_phase1(void *user, const ikev1_question *q, ikev1_phase1 *answer) {
    struct side *s = user;
    int status = asked(s, q, IKEV1_QUESTION_PHASE1);
    if (status == IKEV1_OK)
        *answer = s->phase1;
    return status;
}

static int ask_psk(void *user, const ikev1_question *q, ikev1_bytes *answer) {
    struct side *s = user;
    int status = asked(s, q, IKEV1_QUESTION_PSK);
    if (status == IKEV1_OK && s->psk != NULL)
        *answer = (ikev1_bytes){(const uint8_t *)s->psk, strlen(s->psk)};
    return status;
}

static int ask_phase2(void *user, const ikev1_question *q, ikev1_phase2 *answer) {
    struct side *s = user;
    int status = asked(s, q, IKEV1_QUESTION_PHASE2);
    if (status == IKEV1_OK)
        *answer = s->phase2;
    return status;
}

static int ask_spi(void *user, const ikev1_question *q, uint8_t protocol, uint32_t *answer) {
    struct side *s = user;
    (void)protocol;
    *answer = s->next_spi++;
    return asked(s, q, 0);
}

int side_answer(struct side *s, int kind, int status) {
    ikev1_answer answer = {.size = sizeof answer, .kind = kind, .status = status};
    answer.phase1 = s->phase1;
    answer.phase2 = s->phase2;
    answer.signature = (ikev1_bytes){s->signer.signature, s->signer.signature_len};
    answer.psk = (ikev1_bytes){(const uint8_t *)s->psk, s->psk != NULL ? strlen(s->psk) : 0};
    ikev1_xauth xauth;
    user_answer(s, kind, &answer, &xauth);
    for (size_t i = 0; i < s->ask_count; i++) {
        if (s->asks[i].kind != kind || s->asks[i].answered)
            continue;
        s->asks[i].answered = true;
        return ikev1_engine_answer(s->ike, s->pair->now, s->asks[i].ask, &answer);
    }
    fail_msg("%s has no open question of kind %d", s->name, kind);
    return IKEV1_E_STALE;
}

/* ---- what it says ---- */

static void keep_log(void *user, const ikev1_log_event *event) {
    struct side *s = user;
    if (event->why != NULL)
        s->cause = *event->why;
    if (s->line_count < PAIR_LINES)
        ikev1_log_format(event, s->lines[s->line_count++], PAIR_LINE);
    if (s->inside != NULL)
        s->inside(s, "log");
}

static ikev1_bytes keep(uint8_t *to, size_t cap, ikev1_bytes from) {
    assert_true(from.len <= cap);
    if (from.len != 0)
        memcpy(to, from.data, from.len);
    return (ikev1_bytes){to, from.len};
}

static void keep_ipsec(struct pair_event *e, const ikev1_event *event) {
    size_t first = 0, second = 0; /* bytes of keys so far */
    assert_true((event->ipsec != NULL) == (event->ipsec_count != 0));
    assert_true(event->ipsec_count <= IKEV1_MAX_BUNDLE);
    for (size_t i = 0; i < event->ipsec_count; i++) {
        ikev1_ipsec *s = &e->bundle[i];
        *s = event->ipsec[i];
        s->encryption_key = keep(e->encryption_key + first, PAIR_KEYS - first, s->encryption_key);
        s->integrity_key = keep(e->integrity_key + second, PAIR_KEYS - second, s->integrity_key);
        first += s->encryption_key.len;
        second += s->integrity_key.len;
    }
    if (event->ipsec_count != 0)
        e->at.ipsec = e->bundle;
}

static void keep_event(struct side *s, const ikev1_event *event) {
    assert_true(s->event_count < PAIR_EVENTS);
    struct pair_event *e = &s->events[s->event_count++];
    e->at = *event;
    if (event->info != NULL) {
        e->info = *event->info;
        e->at.info = &e->info;
        e->info.local_id.data =
            keep(e->local_id, PAIR_ID, (ikev1_bytes){e->info.local_id.data, e->info.local_id.len})
                .data;
        e->info.remote_id.data = keep(e->remote_id, PAIR_ID,
                                      (ikev1_bytes){e->info.remote_id.data, e->info.remote_id.len})
                                     .data;
    }
    keep_ipsec(e, event);
    if (event->notify != NULL) {
        e->notify = *event->notify;
        e->at.notify = &e->notify;
        e->notify.spi = (ikev1_bytes){NULL, e->notify.spi.len};
        e->notify.data = keep(e->data, PAIR_KEYS, e->notify.data);
    }
    if (event->user.len != 0)
        e->at.user = keep((uint8_t *)e->user, PAIR_ID, event->user);
    if (event->lease != NULL)
        e->at.lease = user_keep(&e->lease, event->lease);
    if (event->why != NULL) {
        e->why = *event->why;
        e->at.why = &e->why;
    }
}

size_t side_count(const struct side *s, uint16_t type) {
    size_t count = 0;
    for (size_t i = 0; i < s->event_count; i++)
        count += s->events[i].at.type == type;
    return count;
}

const struct pair_event *side_event(const struct side *s, uint16_t type, size_t nth) {
    for (size_t i = 0; i < s->event_count; i++) {
        if (s->events[i].at.type == type && nth-- == 0)
            return &s->events[i];
    }
    fail_msg("%s: no such event of type %u", s->name, type);
    return NULL;
}

size_t side_said_times(const struct side *s, const char *text) {
    size_t count = 0;
    for (size_t i = 0; i < s->line_count; i++)
        count += strstr(s->lines[i], text) != NULL;
    return count;
}

size_t side_attempts(const struct side *s) {
    return s == &s->pair->r ? side_said_times(s, "Mode request from") : 1;
}

bool side_said(const struct side *s, const char *text) {
    return side_said_times(s, text) != 0;
}

void side_forget(struct side *s) {
    s->event_count = s->line_count = 0;
}

ikev1_handle side_sa(const struct side *s) {
    return side_event(s, IKEV1_EVENT_SA_UP, 0)->at.sa;
}

ikev1_handle side_child(const struct side *s) {
    return side_event(s, IKEV1_EVENT_CHILD_UP, side_count(s, IKEV1_EVENT_CHILD_UP) - 1)->at.child;
}

/* ---- life ---- */

static void set_up(struct side *s, const ikev1_crypto *crypto, uint64_t seed) {
    null_crypto_init(&s->null, seed);
    rng_init(&s->rng, seed);
    counted_init(&s->memory);
    s->policy = (ikev1_policy)IKEV1_POLICY_INIT;
    s->policy.user = s;
    s->policy.phase1 = ask_phase1;
    s->policy.psk = ask_psk;
    s->policy.phase2 = ask_phase2;
    s->config = IKEV1_CONFIG_INIT;
    s->config.crypto = crypto != NULL ? crypto : &s->null.provider;
    s->config.policy = &s->policy;
    s->config.log = keep_log;
    s->config.log_user = s;
    s->config.log_level = IKEV1_LEVEL_DETAIL;
    s->config.limits.log_rate = 1000;
    s->config.allocator = &s->memory.allocator;
    s->config.random = rng_fill;
    s->config.random_user = &s->rng;
    s->psk = "correct horse battery staple";
    s->suites1[0] = (ikev1_suite1){IKEV1_CIPHER_AES,   128, IKEV1_HASH_SHA2_256, IKEV1_AUTH_PSK,
                                   IKEV1_GROUP_X25519, {0}};
    s->suites2[0] =
        (ikev1_suite2){IKEV1_PROTO_ESP, IKEV1_ESP_AES_CBC, 128, IKEV1_INTEG_HMAC_SHA2_256, 0};
    s->phase1 = (ikev1_phase1){.size = sizeof s->phase1,
                               .rule = PAIR_RULE,
                               .suites = s->suites1,
                               .suite_count = 1,
                               .natt = IKEV1_NATT_OFF};
    s->phase2 = (ikev1_phase2){.size = sizeof s->phase2,
                               .rule = PAIR_RULE,
                               .suites = s->suites2,
                               .suite_count = 1,
                               .mode = IKEV1_ENCAP_TUNNEL};
}

struct pair *pair_new(const ikev1_crypto *crypto) {
    static const ikev1_address A = {4, {192, 0, 2, 1}, IKEV1_PORT};
    static const ikev1_address B = {4, {192, 0, 2, 2}, IKEV1_PORT};
    static const ikev1_selector NET_A = {4, 0, 0, {10, 1, 0, 0}, {10, 1, 255, 255}};
    static const ikev1_selector NET_B = {4, 0, 0, {10, 2, 0, 0}, {10, 2, 0, 255}};
    struct pair *p = calloc(1, sizeof *p);
    assert_non_null(p);
    set_up(&p->i, crypto, 1);
    set_up(&p->r, crypto, 2);
    p->i.name = "initiator";
    p->r.name = "responder";
    p->i.pair = p->r.pair = p;
    p->i.phase1.path.local = p->r.phase1.path.remote = A;
    p->i.phase1.path.remote = p->r.phase1.path.local = B;
    p->i.phase2.local = p->r.phase2.remote = NET_A;
    p->i.phase2.remote = p->r.phase2.local = NET_B;
    return p;
}

int pair_start_side(struct side *s) {
    if (s->next_spi != 0)
        s->policy.spi = ask_spi;
    return ikev1_engine_new(&s->ike, &s->config);
}

void pair_start(struct pair *p) {
    assert_int_equal(pair_start_side(&p->i), IKEV1_OK);
    assert_int_equal(pair_start_side(&p->r), IKEV1_OK);
}

void pair_stop(struct pair *p) {
    ikev1_engine_free(p->i.ike);
    ikev1_engine_free(p->r.ike);
    p->i.ike = p->r.ike = NULL;
}

static void check_memory(const struct side *s) {
    ROW_EQUAL(s->name, s->memory.live, 0);
    ROW_EQUAL(s->name, s->memory.live_bytes, 0);
    ROW_EQUAL(s->name, s->memory.wrong_length, 0);
    ROW_EQUAL(s->name, s->memory.unwiped, 0);
}

void pair_free(struct pair *p) {
    pair_stop(p);
    check_memory(&p->i);
    check_memory(&p->r);
    link_free(&p->link);
    free(p);
}

/* ---- the loop ---- */

static int any_rule(void *user, const ikev1_question *q, ikev1_phase1 *answer) {
    struct side *s = user;
    *answer = s->phase1;
    answer->rule = q->rule != 0 ? q->rule : PAIR_RULE;
    return IKEV1_OK;
}

static int any_rule2(void *user, const ikev1_question *q, ikev1_phase2 *answer) {
    struct side *s = user;
    *answer = s->phase2;
    answer->rule = q->rule;
    return IKEV1_OK;
}

void pair_any_rule(struct pair *p) {
    p->i.policy.phase1 = p->r.policy.phase1 = any_rule;
    p->i.policy.phase2 = p->r.policy.phase2 = any_rule2;
}

void pair_several(struct pair *p, size_t more) {
    struct side *both[] = {&p->i, &p->r};
    assert_true(more <= IKEV1_MAX_SA_PAYLOADS);
    for (size_t s = 0; s < 2; s++) {
        struct side *side = both[s];
        for (size_t i = more; i > 0; i--) {
            side->next[i - 1] = side->phase2;
            side->next[i - 1].rule = (uint32_t)(PAIR_RULE + i);
            side->next[i - 1].next = i < more ? &side->next[i] : NULL;
        }
        side->phase2.next = more > 0 ? side->next : NULL;
    }
}

struct pair *pair_with_suites(const ikev1_crypto *crypto, const char *initiator,
                              const char *responder) {
    struct pair *p = pair_new(crypto);
    struct side *both[] = {&p->i, &p->r};
    const char *texts[] = {initiator, responder};
    uint32_t legacy;
    assert_int_equal(
        ikev1_allow_parse("legacy, null, subgroups, small-curves, old-ciphers", &legacy, NULL),
        IKEV1_OK);
    for (size_t s = 0; s < 2; s++) {
        ikev1_text_error error;
        if (ikev1_suites2_parse(texts[s], both[s]->suites2, 32, &both[s]->phase2.suite_count,
                                &both[s]->phase2.pfs_group, &error) != IKEV1_OK)
            fail_msg("%s: %s", texts[s], error.what);
        both[s]->config.allow = legacy;
    }
    pair_start(p);
    return p;
}

int pair_connect(struct pair *p) {
    return ikev1_connect(p->i.ike, p->now, p->i.phase1.rule, NULL);
}

void side_drain(struct side *s) {
    struct pair *p = s->pair;
    ikev1_event event;
    ikev1_packet packet;
    while (ikev1_engine_next_event(s->ike, &event) == 1)
        keep_event(s, &event);
    while (ikev1_engine_next_packet(s->ike, &packet) == 1) {
        struct datagram d = {.keepalive = packet.keepalive, .sa = packet.sa, .len = packet.len};
        d.way = s == &p->i ? LINK_TO_RESPONDER : LINK_TO_INITIATOR;
        d.path = (ikev1_path){packet.path.remote, packet.path.local, packet.path.encapsulated};
        union { /* the link copies: it writes nothing here */
            const uint8_t *from;
            uint8_t *to;
        } data = {packet.data};
        d.data = data.to;
        link_send(&p->link, &d, p->now);
    }
}

bool pair_step(struct pair *p) {
    struct datagram d;
    side_drain(&p->i);
    side_drain(&p->r);
    if (!link_next(&p->link, &d))
        return false;
    struct side *to = d.way == LINK_TO_RESPONDER ? &p->r : &p->i;
    if (d.at > p->now)
        p->now = d.at;
    if (!d.keepalive)
        ikev1_engine_input(to->ike, p->now, &d.path, d.data, d.len, NULL);
    link_release(&d);
    side_drain(to);
    return true;
}

void pair_run(struct pair *p) {
    while (pair_step(p))
        ;
}

static ikev1_time soonest(const struct pair *p) {
    ikev1_time a = ikev1_engine_deadline(p->i.ike), b = ikev1_engine_deadline(p->r.ike);
    ikev1_time next = a < b ? a : b;
    for (size_t i = 0; i < p->link.flight_count; i++) {
        if (p->link.flights[i].at < next)
            next = p->link.flights[i].at;
    }
    return next;
}

void pair_wait(struct pair *p, ikev1_time ms) {
    ikev1_time end = p->now + ms;
    side_drain(&p->i);
    side_drain(&p->r);
    for (ikev1_time at; (at = soonest(p)) <= end && at != IKEV1_NEVER;) {
        struct datagram d;
        if (at > p->now)
            p->now = at;
        for (bool more = true; more;) {
            more = false;
            for (size_t i = 0; i < p->link.flight_count; i++)
                more = more || p->link.flights[i].at <= p->now;
            if (more && link_next(&p->link, &d)) {
                struct side *to = d.way == LINK_TO_RESPONDER ? &p->r : &p->i;
                if (!d.keepalive)
                    ikev1_engine_input(to->ike, p->now, &d.path, d.data, d.len, NULL);
                link_release(&d);
                side_drain(to);
            }
        }
        ikev1_engine_tick(p->i.ike, p->now);
        ikev1_engine_tick(p->r.ike, p->now);
        side_drain(&p->i);
        side_drain(&p->r);
    }
    p->now = end;
}

void pair_up(struct pair *p) {
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    pair_check_up(p, 1);
}

/* ---- what must hold when both are up ---- */

void pair_check_same_packets(const struct pair *one, const struct pair *other) {
    assert_int_equal(one->link.kept_count, other->link.kept_count);
    for (size_t i = 0; i < one->link.kept_count; i++) {
        const struct datagram *a = &one->link.kept[i], *b = &other->link.kept[i];
        assert_int_equal(a->len, b->len);
        assert_memory_equal(a->data, b->data, a->len);
    }
}

static void same_key(const ikev1_bytes *a, const ikev1_bytes *b) {
    assert_true(a->len != 0 || b->len == 0);
    assert_int_equal(a->len, b->len);
    if (a->len != 0)
        assert_memory_equal(a->data, b->data, a->len);
}

static void same_pair(const ikev1_ipsec *in, const ikev1_ipsec *out) {
    assert_true(in->inbound);
    assert_false(out->inbound);
    assert_int_equal(in->spi, out->spi);
    assert_int_equal(in->other_spi, out->other_spi);
    same_key(&in->encryption_key, &out->encryption_key);
    same_key(&in->integrity_key, &out->integrity_key);
    assert_int_equal(in->transform, out->transform);
    assert_int_equal(in->protocol, out->protocol);
    assert_int_equal(in->mode, out->mode);
    assert_int_equal(in->pfs_group, out->pfs_group);
    assert_memory_equal(in->local.start, out->remote.start, 16);
    assert_memory_equal(in->remote.end, out->local.end, 16);
}

static const ikev1_ipsec *by_spi(const struct side *s, uint16_t type, uint32_t spi) {
    for (size_t i = 0; i < s->event_count; i++) {
        if (s->events[i].at.type == type && s->events[i].ipsec.spi == spi)
            return &s->events[i].ipsec;
    }
    fail_msg("%s has no SA with SPI %08x", s->name, (unsigned)spi);
    return NULL;
}

void pair_check_up(const struct pair *p, size_t children) {
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_UP), 1);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_UP), 1);
    pair_check_children(p, children);
}

void pair_check_children(const struct pair *p, size_t children) {
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), children);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_UP), children);
    for (size_t n = 0; n < children; n++) {
        const ikev1_ipsec *out = &side_event(&p->i, IKEV1_EVENT_CHILD_UP, n)->ipsec;
        const ikev1_ipsec *in = by_spi(&p->i, IKEV1_EVENT_CHILD_INBOUND, out->other_spi);
        same_pair(by_spi(&p->r, IKEV1_EVENT_CHILD_INBOUND, out->spi), out);
        same_pair(in, by_spi(&p->r, IKEV1_EVENT_CHILD_UP, in->spi));
    }
}
