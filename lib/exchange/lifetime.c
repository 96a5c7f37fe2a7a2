/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/lifetime.h"

static bool is_allowed(uint8_t policy, uint32_t ours, uint32_t theirs) {
    switch (policy) {
    case IKEV1_LIFETIME_STRICT:
        return ours == 0 || theirs <= ours;
    case IKEV1_LIFETIME_EXACT:
        return ours == theirs;
    default:
        return true;
    }
}

/* Where the peer says nothing ours holds. */
static uint32_t pick(uint8_t policy, uint32_t ours, uint32_t theirs) {
    bool take = theirs != 0 && (policy == IKEV1_LIFETIME_OBEY || ours == 0 || theirs < ours);
    return take ? theirs : ours;
}

static void text(char out[IKEV1_WHY_TEXT], struct ike_lifetime life) {
    struct ike_text t = ike_text(out, IKEV1_WHY_TEXT);
    ike_text_u64(&t, life.seconds);
    ike_text_str(&t, " s");
    if (life.kilobytes != 0) {
        ike_text_number(&t, ", ", life.kilobytes);
        ike_text_str(&t, " KB");
    }
}

int ike_lifetime_settle(uint8_t policy, struct ike_lifetime ours, struct ike_lifetime theirs,
                        struct ike_lifetime *used, bool *tell, ikev1_why *why) {
    if (!is_allowed(policy, ours.seconds, theirs.seconds) ||
        !is_allowed(policy, ours.kilobytes, theirs.kilobytes)) {
        if (why != NULL) {
            text(why->ours, ours);
            text(why->theirs, theirs);
        }
        return ike_refuse(why, IKEV1_E_LIFETIME, IKEV1_PAYLOAD_SA, IKEV1_HEADER_SIZE,
                          "RFC 2407 4.5");
    }
    used->seconds = pick(policy, ours.seconds, theirs.seconds);
    used->kilobytes = pick(policy, ours.kilobytes, theirs.kilobytes);
    *tell = policy == IKEV1_LIFETIME_CLAIM &&
            (used->seconds != theirs.seconds || used->kilobytes != theirs.kilobytes);
    return IKEV1_OK;
}

static void put(struct ike_writer *w, uint16_t type, uint32_t duration) {
    if (duration == 0)
        return;
    ike_attr_put_basic(w, IKEV1_ATTR2_LIFE_TYPE, type);
    ike_attr_put_number(w, IKEV1_ATTR2_LIFE_DURATION, duration);
}

void ike_lifetime_put(struct ike_writer *w, struct ike_lifetime life) {
    put(w, IKEV1_LIFE_SECONDS, life.seconds);
    put(w, IKEV1_LIFE_KILOBYTES, life.kilobytes);
}

/* Of an ISAKMP SA some use the numbers that phase 1 has for the same (RFC 2409 App. A). A type
 * without a duration says nothing. */
struct ike_lifetime ike_lifetime_got(ikev1_bytes attributes) {
    struct ike_lifetime life = {0, 0};
    struct ike_reader r = ike_reader(attributes);
    struct ike_attr a;
    uint64_t type = 0;
    while (ike_attr_next(&r, &a) > 0) {
        uint32_t value = a.value < UINT32_MAX ? (uint32_t)a.value : UINT32_MAX;
        if (a.type == IKEV1_ATTR2_LIFE_TYPE || a.type == IKEV1_ATTR1_LIFE_TYPE)
            type = a.value;
        else if (a.type != IKEV1_ATTR2_LIFE_DURATION && a.type != IKEV1_ATTR1_LIFE_DURATION)
            type = 0;
        else if (type == IKEV1_LIFE_SECONDS)
            life.seconds = value;
        else if (type == IKEV1_LIFE_KILOBYTES)
            life.kilobytes = value;
    }
    return life;
}
