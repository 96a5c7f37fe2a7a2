/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding SAs. What a peer chooses is hashed with a key it does not know (DOS-08).
 */
#include <string.h>

#include "session/access.h"

static const uint32_t SPREAD = 0x01000193; /* odd: no two numbers become one */

static uint64_t keyed64(const struct ike_session *s, const uint8_t *data, size_t len) {
    return s->ctx.crypto.provider->table_hash(s->ctx.table_key, data, len);
}

static uint32_t keyed(const struct ike_session *s, const uint8_t *data, size_t len) {
    uint64_t h = keyed64(s, data, len);
    return (uint32_t)(h ^ h >> 32);
}

uint32_t ike_hash_cookies(const struct ike_session *s, const uint8_t *icookie,
                          const uint8_t *rcookie) {
    uint8_t key[16];
    memcpy(key, icookie, 8);
    memcpy(key + 8, rcookie, 8);
    return keyed(s, key, sizeof key);
}

uint32_t ike_hash_request(const struct ike_session *s, const uint8_t *icookie,
                          const ikev1_address *peer) {
    uint8_t key[8 + 16];
    const size_t len = peer == NULL ? 0 : peer->family == 6 ? 16 : 4;
    memcpy(key, icookie, 8);
    if (peer != NULL)
        memcpy(key + 8, peer->ip, 16);
    return keyed(s, key, 8 + len);
}

uint32_t ike_hash_own(const struct ike_sa *sa) {
    return ike_hash_request(ike_session(sa), sa->icookie, sa->initiator ? NULL : &sa->path.remote);
}

uint32_t ike_hash_number(const struct ike_session *s, uint32_t number) {
    return keyed(s, (const uint8_t *)&number, sizeof number);
}

bool ike_same_ip(const ikev1_address *a, const ikev1_address *b) {
    return a->family == b->family && memcmp(a->ip, b->ip, sizeof a->ip) == 0;
}

bool ike_address_equal(const ikev1_address *a, const ikev1_address *b) {
    return a->family == b->family && a->port == b->port && memcmp(a->ip, b->ip, 16) == 0;
}

bool ike_path_equal(const ikev1_path *a, const ikev1_path *b) {
    return a->encapsulated == b->encapsulated && ike_address_equal(&a->local, &b->local) &&
           ike_address_equal(&a->remote, &b->remote);
}

/* An address is what one host is given, in IPv6 a /64; a prefix, which is one byte shorter, what
 * one site is given. Both come from one hash of the prefix: that byte sets its addresses apart. */
struct ike_origin ike_origin(const struct ike_session *s, const ikev1_address *peer) {
    const size_t len = peer->family == 6 ? 7 : 3;
    uint8_t key[1 + 7] = {peer->family};
    memcpy(key + 1, peer->ip, len);
    const uint64_t h = keyed64(s, key, sizeof key);
    return (struct ike_origin){peer,
                               {[IKE_BY_ADDRESS] = (uint32_t)(h >> 32) + peer->ip[len] * SPREAD,
                                [IKE_BY_PREFIX] = (uint32_t)h}};
}

int ike_refuse_origin(const struct ike_session *s, int code, int crowd, uint32_t count,
                      const struct ike_origin *origin, ikev1_why *why) {
    struct ike_text t = ike_text(why->theirs, sizeof why->theirs);
    ikev1_address a = *origin->peer;
    const size_t common = (a.family == 6 ? 7u : 3u) + (crowd == IKE_BY_ADDRESS);
    memset(a.ip + common, 0, sizeof a.ip - common);
    if (count != 0) {
        ike_text_u64(&t, count);
        ike_text_str(&t, " of ");
    }
    ike_text_address(&t, &a);
    if (common != 4) /* of IPv4 that is an address */
        ike_text_number(&t, "/", 8 * common);
    return ike_why_limit(&s->ctx, code, crowd, why);
}

uint32_t ike_hash_id(const struct ike_session *s, ikev1_bytes id) {
    return keyed(s, id.data + 4, id.len - 4) + id.data[0]; /* protocol and port do not count */
}

struct wanted {
    const struct ike_session *s;
    const uint8_t *icookie, *rcookie;
    const ikev1_address *peer;
    uint32_t number;
    ikev1_bytes id;
};

static const struct ike_sa *sa_at(const struct wanted *w, uint32_t slot) {
    return w->s->handles.slots[slot].object;
}

static bool has_cookies(const void *ctx, uint32_t slot) {
    const struct wanted *w = ctx;
    const struct ike_sa *sa = sa_at(w, slot);
    return memcmp(sa->icookie, w->icookie, 8) == 0 && memcmp(sa->rcookie, w->rcookie, 8) == 0;
}

/* Ports may change on the way (RFC 3947 4); a cookie and an address are enough. */
static bool is_request(const void *ctx, uint32_t slot) {
    const struct wanted *w = ctx;
    const struct ike_sa *sa = sa_at(w, slot);
    if (sa->initiator != (w->peer == NULL) || memcmp(sa->icookie, w->icookie, 8) != 0)
        return false;
    return sa->initiator || memcmp(sa->path.remote.ip, w->peer->ip, 16) == 0;
}

static bool has_rule(const void *ctx, uint32_t slot) {
    const struct wanted *w = ctx;
    return sa_at(w, slot)->rule == w->number;
}

static bool has_peer(const void *ctx, uint32_t slot) {
    const struct wanted *w = ctx;
    return ike_id_body_equal(ike_identity(sa_at(w, slot)), w->id);
}

static bool has_spi(const void *ctx, uint32_t slot) {
    const struct wanted *w = ctx;
    const struct ike_child *child = w->s->handles.slots[slot].object;
    return ike_child_has_spi(child, w->number);
}

static void *find(const struct ike_index *index, uint32_t hash, ike_index_match match,
                  const struct wanted *w) {
    uint32_t slot = ike_index_find(index, hash, match, w);
    return slot != 0 ? w->s->handles.slots[slot].object : NULL;
}

struct ike_sa *ike_find_sa(const struct ike_session *s, const uint8_t *icookie,
                           const uint8_t *rcookie) {
    struct wanted w = {.s = s, .icookie = icookie, .rcookie = rcookie};
    return find(&s->cookies, ike_hash_cookies(s, icookie, rcookie), has_cookies, &w);
}

struct ike_sa *ike_find_request(const struct ike_session *s, const uint8_t *icookie,
                                const ikev1_address *peer) {
    struct wanted w = {.s = s, .icookie = icookie, .peer = peer};
    return find(&s->requests, ike_hash_request(s, icookie, peer), is_request, &w);
}

struct ike_sa *ike_find_peer(const struct ike_session *s, ikev1_bytes id) {
    struct wanted w = {.s = s, .id = id};
    return find(&s->peers, ike_hash_id(s, id), has_peer, &w);
}

struct ike_sa *ike_find_rule(const struct ike_session *s, uint32_t rule) {
    struct wanted w = {.s = s, .number = rule};
    return find(&s->rules, ike_hash_number(s, rule), has_rule, &w);
}

/* A table of equal keys would be a list that every entry has to walk. */
void ike_rule_enter(struct ike_sa *sa) {
    struct ike_session *s = ike_session(sa);
    struct ike_sa *first = ike_find_rule(s, sa->rule);
    if (first == NULL) {
        ike_index_add(&s->rules, ike_hash_number(s, sa->rule), ike_slot_of(sa->handle));
        return;
    }
    sa->rule_before = first;
    sa->rule_next = first->rule_next;
    if (sa->rule_next != NULL)
        sa->rule_next->rule_before = sa;
    first->rule_next = sa;
}

void ike_rule_leave(struct ike_sa *sa) {
    struct ike_session *s = ike_session(sa);
    const uint32_t hash = ike_hash_number(s, sa->rule);
    struct ike_sa *next = sa->rule_next;
    if (next != NULL)
        next->rule_before = sa->rule_before;
    if (sa->rule_before != NULL) {
        sa->rule_before->rule_next = next;
    } else {
        ike_index_remove(&s->rules, hash, ike_slot_of(sa->handle));
        if (next != NULL)
            ike_index_add(&s->rules, hash, ike_slot_of(next->handle));
    }
    sa->rule_next = sa->rule_before = NULL;
}

bool ike_spi_in_use(const struct ike_context *ctx, uint32_t spi) {
    const struct ike_session *s = (const struct ike_session *)(const void *)ctx;
    struct wanted w = {.s = s, .number = spi};
    return find(&s->spis, ike_hash_number(s, spi), has_spi, &w) != NULL;
}
