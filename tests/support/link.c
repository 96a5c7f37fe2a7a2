/* SPDX-License-Identifier: Apache-2.0 */
#include "link.h"

#include <string.h>

#include "rows.h"

static struct datagram copy(const struct datagram *d) {
    struct datagram c = *d;
    c.data = malloc(d->len != 0 ? d->len : 1);
    assert_non_null(c.data);
    if (d->len != 0)
        memcpy(c.data, d->data, d->len);
    return c;
}

void link_release(struct datagram *d) {
    free(d->data);
    d->data = NULL;
}

void link_rule(struct link *l, uint8_t way, uint8_t action, uint32_t nth, uint32_t arg) {
    assert_true(l->rule_count < LINK_RULES);
    l->rules[l->rule_count++] = (struct link_rule){way, action, nth, arg};
}

void link_clear(struct link *l) {
    l->rule_count = 0;
}

void link_inject(struct link *l, const struct datagram *d, ikev1_time at) {
    assert_true(l->flight_count < LINK_FLIGHTS);
    struct datagram c = copy(d);
    c.at = at;
    l->flights[l->flight_count++] = c;
}

static void reflect(struct link *l, const struct datagram *d, ikev1_time now) {
    struct datagram back = *d;
    back.way = d->way == LINK_TO_RESPONDER ? LINK_TO_INITIATOR : LINK_TO_RESPONDER;
    back.path.local = d->path.remote;
    back.path.remote = d->path.local;
    link_inject(l, &back, now + LINK_MS);
}

static void move(struct link *l, struct datagram *d, uint16_t port) {
    l->inside = d->path.remote.port;
    l->outside = port;
    d->path.remote.port = port;
}

void link_send(struct link *l, const struct datagram *d, ikev1_time now) {
    struct datagram c = copy(d);
    uint32_t number = ++l->sent[d->way], more = 0;
    bool lost = false;
    assert_true(l->kept_count < LINK_KEPT);
    l->kept[l->kept_count++] = copy(d);
    c.at = now + LINK_MS;
    for (size_t i = 0; i < l->rule_count; i++) {
        const struct link_rule *r = &l->rules[i];
        if (r->way != d->way || (r->nth != 0 && r->nth != number))
            continue;
        if (r->action == LINK_DROP)
            lost = true;
        else if (r->action == LINK_DOUBLE)
            more = r->arg;
        else if (r->action == LINK_DELAY)
            c.at += r->arg;
        else if (r->action == LINK_CORRUPT && r->arg / 8 < c.len)
            c.data[r->arg / 8] ^= (uint8_t)(1u << r->arg % 8);
        else if (r->action == LINK_REFLECT)
            reflect(l, d, now);
        else if (r->action == LINK_MOVE)
            move(l, &c, (uint16_t)r->arg);
    }
    if (l->outside != 0 && c.path.local.port == l->outside)
        c.path.local.port = l->inside;
    for (uint32_t i = 0; !lost && !l->held && i <= more; i++)
        link_inject(l, &c, c.at);
    link_release(&c);
}

bool link_next(struct link *l, struct datagram *d) {
    size_t first = 0;
    if (l->flight_count == 0)
        return false;
    for (size_t i = 1; i < l->flight_count; i++) {
        if (l->flights[i].at < l->flights[first].at)
            first = i;
    }
    *d = l->flights[first];
    l->flight_count--;
    memmove(&l->flights[first], &l->flights[first + 1],
            (l->flight_count - first) * sizeof l->flights[0]);
    return true;
}

void link_flush(struct link *l) {
    for (size_t i = 0; i < l->flight_count; i++)
        link_release(&l->flights[i]);
    l->flight_count = 0;
}

void link_free(struct link *l) {
    link_flush(l);
    for (size_t i = 0; i < l->kept_count; i++)
        link_release(&l->kept[i]);
    l->kept_count = 0;
}

const struct datagram *link_kept(const struct link *l, uint8_t way, uint32_t nth) {
    for (size_t i = 0; i < l->kept_count; i++) {
        if (l->kept[i].way == way && --nth == 0)
            return &l->kept[i];
    }
    return NULL;
}
