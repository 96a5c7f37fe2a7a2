/* SPDX-License-Identifier: Apache-2.0 */
#include "view.h"

#include <string.h>

static void take_id(struct view_id *v, const ikev1_id *id) {
    v->type = id->type;
    v->protocol = id->protocol;
    v->port = id->port;
    v->len = id->len;
    if (id->len != 0)
        memcpy(v->bytes, id->data, id->len < VIEW_ID ? id->len : VIEW_ID);
}

void view_take_sa(struct view_sa *v, const ikev1_event *event) {
    const ikev1_sa_info *info = event->info;
    memset(v, 0, sizeof *v);
    memcpy(v->cookies[0], info->icookie, 8);
    memcpy(v->cookies[1], info->rcookie, 8);
    v->initiator = event->initiator;
    v->responder = !event->initiator;
    v->exchange = info->exchange;
    v->cipher = info->cipher;
    v->key_bits = info->key_bits;
    v->hash = info->hash;
    v->prf = info->prf;
    v->auth = info->auth;
    v->group = info->group;
    v->natt = info->natt;
    v->life_seconds = info->life_seconds;
    v->life_kilobytes = info->life_kilobytes;
    v->nat_local = info->nat_local;
    v->nat_remote = info->nat_remote;
    take_id(&v->local_id, &info->local_id);
    take_id(&v->remote_id, &info->remote_id);
}

static void take_keys(struct view_keys *v, const ikev1_ipsec *sa) {
    const size_t first = sa->encryption_key.len, second = sa->integrity_key.len;
    memset(v, 0, sizeof *v);
    v->encryption = first;
    v->integrity = second;
    if (first + second > VIEW_KEYS)
        return; /* the lengths are enough to differ by */
    if (first != 0)
        memcpy(v->bytes, sa->encryption_key.data, first);
    if (second != 0)
        memcpy(v->bytes + first, sa->integrity_key.data, second);
}

/* What both directions of a pair have in common. */
static void take_terms(struct view_child *v, const ikev1_event *event) {
    const ikev1_ipsec *sa = event->ipsec;
    v->initiator = event->initiator;
    v->responder = !event->initiator;
    v->protocol = sa->protocol;
    v->transform = sa->transform;
    v->mode = sa->mode;
    v->salt_size = sa->salt_size;
    v->key_bits = sa->key_bits;
    v->integrity = sa->integrity;
    v->icv_bits = sa->icv_bits;
    v->pfs_group = sa->pfs_group;
    v->icv_ambiguous = sa->icv_ambiguous;
    v->udp = sa->udp;
    v->esn = sa->esn;
    v->life_seconds = sa->life_seconds;
    v->life_kilobytes = sa->life_kilobytes;
    v->local = sa->local;
    v->remote = sa->remote;
    v->packet_local = sa->packet_local;
    v->packet_remote = sa->packet_remote;
}

/* ---- tables ---- */

#define ROWS_OF(table) (sizeof(table) / sizeof *(table))

struct row {
    const char *name;
    size_t here, there, size;
};

#define SAME(type, field)                                                                          \
    {                                                                                              \
#field, offsetof(struct type, field), offsetof(struct type, field),                        \
            sizeof(((struct type *)NULL)->field)                                                   \
    }
#define CROSS(type, field, other)                                                                  \
    {#field " of one, " #other " of the other", offsetof(struct type, field),                      \
     offsetof(struct type, other), sizeof(((struct type *)NULL)->field)},                          \
    {                                                                                              \
#other " of one, " #field " of the other", offsetof(struct type, other),                   \
            offsetof(struct type, field), sizeof(((struct type *)NULL)->field)                     \
    }

static const struct row SA_ROWS[] = {
    SAME(view_sa, cookies),  CROSS(view_sa, initiator, responder),
    SAME(view_sa, exchange), SAME(view_sa, cipher),
    SAME(view_sa, key_bits), SAME(view_sa, hash),
    SAME(view_sa, prf),      SAME(view_sa, auth),
    SAME(view_sa, group),    CROSS(view_sa, local_id, remote_id),
};
static const struct row SA_OPEN_ROWS[] = {
    SAME(view_sa, life_seconds),
    SAME(view_sa, life_kilobytes),
    SAME(view_sa, natt),
    CROSS(view_sa, nat_local, nat_remote),
};

#define CHILD_TERMS                                                                                \
    SAME(view_child, protocol), SAME(view_child, transform), SAME(view_child, mode),               \
        SAME(view_child, salt_size), SAME(view_child, key_bits), SAME(view_child, integrity),      \
        SAME(view_child, icv_bits), SAME(view_child, pfs_group), SAME(view_child, icv_ambiguous),  \
        SAME(view_child, esn), SAME(view_child, life_seconds), SAME(view_child, life_kilobytes)

static const struct row CHILD_ROWS[] = {
    CROSS(view_child, initiator, responder),
    CROSS(view_child, spi_in, spi_out),
    CROSS(view_child, in, out),
    CROSS(view_child, local, remote),
    CHILD_TERMS,
};
static const struct row CHILD_OPEN_ROWS[] = {
    SAME(view_child, udp),
    CROSS(view_child, packet_local, packet_remote),
};

/* What both directions of one end have in common. */
static const struct row OWN_ROWS[] = {
    SAME(view_child, initiator),    SAME(view_child, local),         SAME(view_child, remote),
    SAME(view_child, packet_local), SAME(view_child, packet_remote), CHILD_TERMS,
};

static const char *differs(const struct row *rows, size_t count, const void *a, const void *b) {
    for (size_t i = 0; i < count; i++) {
        const uint8_t *here = (const uint8_t *)a + rows[i].here;
        const uint8_t *there = (const uint8_t *)b + rows[i].there;
        if (memcmp(here, there, rows[i].size) != 0)
            return rows[i].name;
    }
    return NULL;
}

const char *view_sa_differs(const struct view_sa *a, const struct view_sa *b) {
    return differs(SA_ROWS, ROWS_OF(SA_ROWS), a, b);
}

const char *view_child_differs(const struct view_child *a, const struct view_child *b) {
    return differs(CHILD_ROWS, ROWS_OF(CHILD_ROWS), a, b);
}

const char *view_sa_open_differs(const struct view_sa *a, const struct view_sa *b) {
    return differs(SA_OPEN_ROWS, ROWS_OF(SA_OPEN_ROWS), a, b);
}

const char *view_child_open_differs(const struct view_child *a, const struct view_child *b) {
    return differs(CHILD_OPEN_ROWS, ROWS_OF(CHILD_OPEN_ROWS), a, b);
}

const char *view_take_child(struct view_child *v, const ikev1_event *event) {
    const ikev1_ipsec *sa = event->ipsec;
    struct view_child next;
    const char *other = NULL;
    memset(&next, 0, sizeof next);
    if (!sa->inbound)
        next = *v;
    take_terms(&next, event);
    take_keys(sa->inbound ? &next.in : &next.out, sa);
    *(sa->inbound ? &next.spi_in : &next.spi_out) = sa->spi;
    if (!sa->inbound)
        other = differs(OWN_ROWS, ROWS_OF(OWN_ROWS), v, &next);
    *v = next;
    return other;
}

static bool same_address(const ikev1_address *a, const ikev1_address *b) {
    return a->family == b->family && a->port == b->port && memcmp(a->ip, b->ip, sizeof a->ip) == 0;
}

const char *view_path_differs(const ikev1_path *a, const ikev1_path *b) {
    if (a->encapsulated != b->encapsulated)
        return "encapsulation";
    return same_address(&a->local, &b->remote) && same_address(&a->remote, &b->local)
               ? NULL
               : "addresses and ports";
}
