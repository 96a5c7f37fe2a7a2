/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire.h"

#include <stddef.h>
#include <string.h>

/* Where the value of a basic attribute goes. An attribute that is not in its phase's table makes a
 * transform unusable: unknown, or one we never accept, such as a group of the peer's own (SAP-08).
 */
struct field {
    uint16_t attribute;
    uint16_t offset;
};

static const struct field FIELDS1[] = {
    {IKEV1_ATTR1_CIPHER, offsetof(struct ike_suite, cipher)},
    {IKEV1_ATTR1_HASH, offsetof(struct ike_suite, hash)},
    {IKEV1_ATTR1_AUTH, offsetof(struct ike_suite, auth)},
    {IKEV1_ATTR1_GROUP, offsetof(struct ike_suite, group)},
    {IKEV1_ATTR1_PRF, offsetof(struct ike_suite, prf)},
    {IKEV1_ATTR1_KEY_BITS, offsetof(struct ike_suite, key_bits)},
};

static const struct field FIELDS2[] = {
    {IKEV1_ATTR2_GROUP, offsetof(struct ike_suite, group)},
    {IKEV1_ATTR2_ENCAPSULATION, offsetof(struct ike_suite, encapsulation)},
    {IKEV1_ATTR2_INTEGRITY, offsetof(struct ike_suite, integrity)},
    {IKEV1_ATTR2_KEY_BITS, offsetof(struct ike_suite, key_bits)},
    {IKEV1_ATTR2_ESN, offsetof(struct ike_suite, esn)},
};

struct phase {
    const struct field *fields;
    size_t count;
    uint16_t life_type, life_duration;
};

static const struct phase PHASE1 = {FIELDS1, sizeof(FIELDS1) / sizeof(FIELDS1[0]),
                                    IKEV1_ATTR1_LIFE_TYPE, IKEV1_ATTR1_LIFE_DURATION};
static const struct phase PHASE2 = {FIELDS2, sizeof(FIELDS2) / sizeof(FIELDS2[0]),
                                    IKEV1_ATTR2_LIFE_TYPE, IKEV1_ATTR2_LIFE_DURATION};

/* What a transform's attributes have said so far about its lifetime: a duration belongs to the
 * type before it (RFC 2407 4.5). */
struct life {
    uint64_t type; /* that waits for its duration, 0 = none */
    bool seen[IKEV1_LIFE_KILOBYTES + 1];
};

static bool take_life_type(struct life *life, const struct ike_attr *a) {
    if (life->type != 0 || a->value < IKEV1_LIFE_SECONDS || a->value > IKEV1_LIFE_KILOBYTES)
        return false;
    life->type = a->value;
    return true;
}

static bool take_life_duration(struct ike_suite *s, struct life *life, const struct ike_attr *a) {
    if (life->type == 0 || (!a->basic && a->bytes.len == 0))
        return false;
    uint32_t duration = a->value < UINT32_MAX ? (uint32_t)a->value : UINT32_MAX;
    uint32_t *place = life->type == IKEV1_LIFE_SECONDS ? &s->life_seconds : &s->life_kilobytes;
    if (life->seen[life->type] && *place != duration)
        return false;
    *place = duration;
    life->seen[life->type] = true;
    life->type = 0;
    return true;
}

/* Zero is reserved in every registry we read, so that 0 can stand for "absent" (SAP-07, SAP-08). */
static bool take_field(struct ike_suite *s, const struct phase *phase, const struct ike_attr *a) {
    for (size_t i = 0; i < phase->count; i++) {
        if (phase->fields[i].attribute != a->type)
            continue;
        uint16_t value = (uint16_t)a->value, before;
        uint8_t *place = (uint8_t *)s + phase->fields[i].offset;
        memcpy(&before, place, sizeof(before));
        if (a->value == 0 || a->value > UINT16_MAX || (before != 0 && before != value))
            return false;
        memcpy(place, &value, sizeof(value));
        return true;
    }
    return false;
}

static void decode(struct ike_suite *s, const struct phase *phase, const struct ike_proposal *p,
                   const struct ike_transform *t) {
    *s = (struct ike_suite){
        .proposal = p->number, .protocol = p->protocol, .transform = t->number, .id = t->id};
    struct ike_reader r = ike_reader(t->attrs);
    struct life life = {0};
    struct ike_attr a;
    while (ike_attr_next(&r, &a) > 0) {
        bool good = a.type == phase->life_type       ? take_life_type(&life, &a)
                    : a.type == phase->life_duration ? take_life_duration(s, &life, &a)
                                                     : take_field(s, phase, &a);
        if (!good && s->bad == 0)
            s->bad = a.type != 0 ? a.type : UINT16_MAX;
    }
    if (life.type != 0 && s->bad == 0)
        s->bad = phase->life_type;
}

void ike_suite_decode1(struct ike_suite *s, const struct ike_proposal *p,
                       const struct ike_transform *t) {
    decode(s, &PHASE1, p, t);
}

void ike_suite_decode2(struct ike_suite *s, const struct ike_proposal *p,
                       const struct ike_transform *t) {
    decode(s, &PHASE2, p, t);
}

void ike_sa_begin(struct ike_sa_writer *s, struct ike_writer *w) {
    *s = (struct ike_sa_writer){.w = w};
    ike_write_u32(w, IKEV1_DOI_IPSEC);
    ike_write_u32(w, IKEV1_SITUATION_IDENTITY_ONLY);
}

/* Patches the length of what began at `at`. */
static void close_at(struct ike_writer *w, size_t at) {
    if (at == 0 || w->bad)
        return;
    size_t len = ike_written(w) - at;
    if (len > UINT16_MAX)
        w->bad = true;
    else
        ike_patch_u16(w, at + 2, (uint16_t)len);
}

static void close_proposal(struct ike_sa_writer *s) {
    close_at(s->w, s->transform_at);
    close_at(s->w, s->proposal_at);
    if (s->proposal_at != 0)
        ike_patch_u8(s->w, s->proposal_at + 7, s->transforms);
    s->transform_at = 0;
    s->transforms = 0;
}

void ike_sa_proposal(struct ike_sa_writer *s, uint8_t number, uint8_t protocol, ikev1_bytes spi) {
    close_proposal(s);
    if (s->proposal_at != 0)
        ike_patch_u8(s->w, s->proposal_at, IKEV1_PAYLOAD_PROPOSAL);
    s->proposal_at = ike_written(s->w);
    ike_write_u32(s->w, 0); /* next, reserved, length */
    ike_write_u8(s->w, number);
    ike_write_u8(s->w, protocol);
    ike_write_u8(s->w, (uint8_t)spi.len);
    ike_write_u8(s->w, 0); /* transforms */
    ike_write(s->w, spi);
    if (spi.len > UINT8_MAX)
        s->w->bad = true;
}

static void begin_transform(struct ike_sa_writer *s, const struct ike_suite *suite) {
    close_at(s->w, s->transform_at);
    if (s->transform_at != 0)
        ike_patch_u8(s->w, s->transform_at, IKEV1_PAYLOAD_TRANSFORM);
    if (s->transforms == UINT8_MAX)
        s->w->bad = true;
    s->transforms++;
    s->transform_at = ike_written(s->w);
    ike_write_u32(s->w, 0); /* next, reserved, length */
    ike_write_u8(s->w, suite->transform);
    ike_write_u8(s->w, suite->id);
    ike_write_u16(s->w, 0); /* reserved */
}

static void put_if(struct ike_writer *w, uint16_t attribute, uint16_t value) {
    if (value != 0)
        ike_attr_put_basic(w, attribute, value);
}

static void put_life(struct ike_writer *w, const struct phase *phase, uint16_t type,
                     uint32_t duration) {
    if (duration == 0)
        return;
    ike_attr_put_basic(w, phase->life_type, type);
    ike_attr_put_number(w, phase->life_duration, duration);
}

/* Both in strongSwan's order: some peers print or compare it. */
void ike_sa_transform1(struct ike_sa_writer *s, const struct ike_suite *suite) {
    begin_transform(s, suite);
    put_if(s->w, IKEV1_ATTR1_CIPHER, suite->cipher);
    put_if(s->w, IKEV1_ATTR1_KEY_BITS, suite->key_bits);
    put_if(s->w, IKEV1_ATTR1_HASH, suite->hash);
    put_if(s->w, IKEV1_ATTR1_GROUP, suite->group);
    put_if(s->w, IKEV1_ATTR1_AUTH, suite->auth);
    put_if(s->w, IKEV1_ATTR1_PRF, suite->prf);
    put_life(s->w, &PHASE1, IKEV1_LIFE_SECONDS, suite->life_seconds);
    put_life(s->w, &PHASE1, IKEV1_LIFE_KILOBYTES, suite->life_kilobytes);
}

void ike_sa_transform2(struct ike_sa_writer *s, const struct ike_suite *suite) {
    begin_transform(s, suite);
    put_if(s->w, IKEV1_ATTR2_KEY_BITS, suite->key_bits);
    put_if(s->w, IKEV1_ATTR2_INTEGRITY, suite->integrity);
    put_if(s->w, IKEV1_ATTR2_GROUP, suite->group);
    put_if(s->w, IKEV1_ATTR2_ENCAPSULATION, suite->encapsulation);
    put_life(s->w, &PHASE2, IKEV1_LIFE_SECONDS, suite->life_seconds);
    put_life(s->w, &PHASE2, IKEV1_LIFE_KILOBYTES, suite->life_kilobytes);
    put_if(s->w, IKEV1_ATTR2_ESN, suite->esn);
}

void ike_sa_end(struct ike_sa_writer *s) {
    close_proposal(s);
}
