/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

#include "digest.h"

struct pair *kind_prepared(const struct pair_kind *kind) {
    struct pair *p = pair_new(NULL);
    pair_by(p, kind->auth, kind->mode);
    return p;
}

struct pair *kind_started(const struct pair_kind *kind) {
    struct pair *p = kind_prepared(kind);
    pair_start(p);
    return p;
}

size_t kind_messages(const struct pair_kind *kind) {
    return kind->mode == IKEV1_MODE_AGGRESSIVE ? 3 : kind->mode == IKEV1_MODE_BASE ? 4 : 6;
}

bool kind_signs(const struct pair_kind *kind) {
    return kind->auth != IKEV1_AUTH_PSK;
}

size_t attack_discard(struct side *s) {
    ikev1_packet packet;
    size_t count = 0;
    while (ikev1_engine_next_packet(s->ike, &packet) == 1)
        count++;
    return count;
}

int attack_feed(struct side *s, const struct datagram *d, const uint8_t *data, size_t len,
                ikev1_why *why) {
    return ikev1_engine_input(s->ike, s->pair->now, &d->path, data, len, why);
}

void attack_no_effect(const char *row, struct side *s, const struct datagram *d,
                      const uint8_t *data, size_t len, int code) {
    ikev1_why why;
    side_drain(s);
    uint64_t before = engine_digest(s->ike);
    ROW_EQUAL(row, attack_feed(s, d, data, len, &why), IKEV1_DROPPED);
    if (code != 0)
        ROW_EQUAL(row, why.code, code);
    ROW_EQUAL(row, engine_digest(s->ike) == before, true);
    ROW_EQUAL(row, attack_discard(s), 0);
}

void attack_fails_once(const char *row, struct side *s, int code) {
    ROW_EQUAL(row, side_count(s, IKEV1_EVENT_SA_UP), 0);
    ROW_EQUAL(row, side_count(s, IKEV1_EVENT_SA_FAILED), side_attempts(s));
    if (code != 0)
        ROW_EQUAL(row, side_event(s, IKEV1_EVENT_SA_FAILED, 0)->why.code, code);
}
