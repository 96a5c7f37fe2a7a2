/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "wire/wire.h"

#define CITE "beaulieu-ike-xauth 5"

/* The values of a round. Those without a bit are texts of the server's. */
static const struct field {
    uint16_t type;
    uint8_t offset, asks;
} FIELDS[] = {
    {IKEV1_ATTRC_XAUTH_USER_NAME, offsetof(ikev1_xauth, user), IKEV1_XAUTH_USER},
    {IKEV1_ATTRC_XAUTH_USER_PASSWORD, offsetof(ikev1_xauth, password), IKEV1_XAUTH_PASSWORD},
    {IKEV1_ATTRC_XAUTH_PASSCODE, offsetof(ikev1_xauth, passcode), IKEV1_XAUTH_PASSCODE},
    {IKEV1_ATTRC_XAUTH_DOMAIN, offsetof(ikev1_xauth, domain), IKEV1_XAUTH_DOMAIN},
    {IKEV1_ATTRC_XAUTH_NEXT_PIN, offsetof(ikev1_xauth, next_pin), IKEV1_XAUTH_NEXT_PIN},
    {IKEV1_ATTRC_XAUTH_ANSWER, offsetof(ikev1_xauth, answer), IKEV1_XAUTH_ANSWER},
    {IKEV1_ATTRC_XAUTH_MESSAGE, offsetof(ikev1_xauth, message), 0},
    {IKEV1_ATTRC_XAUTH_CHALLENGE, offsetof(ikev1_xauth, challenge), 0},
};
#define COUNT (sizeof FIELDS / sizeof *FIELDS)

static const struct field *field_of(uint16_t type) {
    for (size_t i = 0; i < COUNT; i++) {
        if (FIELDS[i].type == type)
            return &FIELDS[i];
    }
    return NULL;
}

static ikev1_bytes value_of(const ikev1_xauth *x, const struct field *f) {
    ikev1_bytes value;
    memcpy(&value, (const uint8_t *)x + f->offset, sizeof value);
    return value;
}

bool ike_xauth_has(uint16_t type) {
    return type >= IKEV1_ATTRC_XAUTH_TYPE && type <= IKEV1_ATTRC_XAUTH_ANSWER;
}

int ike_xauth_decode(ikev1_xauth *x, ikev1_bytes attrs, ikev1_why *why) {
    struct ike_reader r = ike_reader(attrs);
    struct ike_attr a;
    bool typed = false;
    *x = (ikev1_xauth){.size = sizeof *x};
    while (ike_attr_next(&r, &a) > 0) {
        const struct field *f = field_of(a.type);
        if (a.type == IKEV1_ATTRC_XAUTH_TYPE) {
            if (typed || a.value > UINT8_MAX)
                return ike_refuse(why, IKEV1_E_CONFIG_SYNTAX, IKEV1_PAYLOAD_CONFIG, 0, CITE);
            typed = true;
            x->type = (uint8_t)a.value;
        }
        if (f == NULL)
            continue;
        if (a.basic || value_of(x, f).data != NULL)
            return ike_refuse(why, IKEV1_E_CONFIG_SYNTAX, IKEV1_PAYLOAD_CONFIG, 0, CITE);
        memcpy((uint8_t *)x + f->offset, &a.bytes, sizeof a.bytes);
        x->asks |= f->asks;
    }
    return IKEV1_OK;
}

void ike_xauth_encode_request(struct ike_writer *w, const ikev1_xauth *x) {
    if (x->type != IKEV1_XAUTH_GENERIC)
        ike_attr_put_basic(w, IKEV1_ATTRC_XAUTH_TYPE, x->type);
    for (size_t i = 0; i < COUNT; i++) {
        const ikev1_bytes value = value_of(x, &FIELDS[i]);
        if (FIELDS[i].asks == 0 ? value.data != NULL : (x->asks & FIELDS[i].asks) != 0)
            ike_attr_put_bytes(w, FIELDS[i].type, value);
    }
}

void ike_xauth_encode_reply(struct ike_writer *w, const ikev1_xauth *x, uint32_t asked) {
    if (x->type != IKEV1_XAUTH_GENERIC)
        ike_attr_put_basic(w, IKEV1_ATTRC_XAUTH_TYPE, x->type);
    for (size_t i = 0; i < COUNT; i++) {
        const ikev1_bytes value = value_of(x, &FIELDS[i]);
        if ((asked & FIELDS[i].asks) != 0 && value.data != NULL)
            ike_attr_put_bytes(w, FIELDS[i].type, value);
    }
}
