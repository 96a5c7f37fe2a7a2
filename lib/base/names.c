/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

struct name {
    uint32_t number;
    const char *name;
};

#define NAME(id, number, text) {number, text},

static const struct name EXCHANGES[] = {IKEV1_EXCHANGES(NAME)};
static const struct name PAYLOADS[] = {IKEV1_PAYLOADS(NAME)};
static const struct name PROTOCOLS[] = {IKEV1_PROTOCOLS(NAME)};
static const struct name ATTRS1[] = {IKEV1_ATTRS1(NAME)};
static const struct name CIPHERS[] = {IKEV1_CIPHERS(NAME)};
static const struct name HASHES[] = {IKEV1_HASHES(NAME)};
static const struct name AUTHS[] = {IKEV1_AUTHS(NAME)};
static const struct name GROUPS[] = {IKEV1_GROUPS(NAME)};
static const struct name LIFES[] = {IKEV1_LIFES(NAME)};
static const struct name ATTRS2[] = {IKEV1_ATTRS2(NAME)};
static const struct name ESPS[] = {IKEV1_ESPS(NAME)};
static const struct name AHS[] = {IKEV1_AHS(NAME)};
static const struct name IPCOMPS[] = {IKEV1_IPCOMPS(NAME)};
static const struct name ENCAPS[] = {IKEV1_ENCAPS(NAME)};
static const struct name INTEGS[] = {IKEV1_INTEGS(NAME)};
static const struct name IDS[] = {IKEV1_IDS(NAME)};
static const struct name NOTIFIES[] = {IKEV1_NOTIFIES(NAME)};
static const struct name CERTS[] = {IKEV1_CERTS(NAME)};
static const struct name CFGS[] = {IKEV1_CFGS(NAME)};

#define LIST(list)                                                                                 \
    { list, sizeof(list) / sizeof(list[0]) }

static const struct {
    const struct name *names;
    size_t count;
} KINDS[] = {
    [IKEV1_NAMES_EXCHANGE] = LIST(EXCHANGES), [IKEV1_NAMES_PAYLOAD] = LIST(PAYLOADS),
    [IKEV1_NAMES_PROTOCOL] = LIST(PROTOCOLS), [IKEV1_NAMES_ATTR1] = LIST(ATTRS1),
    [IKEV1_NAMES_CIPHER] = LIST(CIPHERS),     [IKEV1_NAMES_HASH] = LIST(HASHES),
    [IKEV1_NAMES_AUTH] = LIST(AUTHS),         [IKEV1_NAMES_GROUP] = LIST(GROUPS),
    [IKEV1_NAMES_LIFE] = LIST(LIFES),         [IKEV1_NAMES_ATTR2] = LIST(ATTRS2),
    [IKEV1_NAMES_ESP] = LIST(ESPS),           [IKEV1_NAMES_AH] = LIST(AHS),
    [IKEV1_NAMES_IPCOMP] = LIST(IPCOMPS),     [IKEV1_NAMES_ENCAP] = LIST(ENCAPS),
    [IKEV1_NAMES_INTEG] = LIST(INTEGS),       [IKEV1_NAMES_ID] = LIST(IDS),
    [IKEV1_NAMES_NOTIFY] = LIST(NOTIFIES),    [IKEV1_NAMES_CERT] = LIST(CERTS),
    [IKEV1_NAMES_CFG] = LIST(CFGS),
};

const char *ikev1_name(int kind, uint32_t number) {
    if (kind < 0 || (size_t)kind >= sizeof(KINDS) / sizeof(KINDS[0]))
        return NULL;
    for (size_t i = 0; i < KINDS[kind].count; i++)
        if (KINDS[kind].names[i].number == number)
            return KINDS[kind].names[i].name;
    return NULL;
}

/* Which names the values of an attribute have; the others are numbers. */
static const struct {
    bool phase1;
    uint16_t attribute;
    int kind;
} VALUES[] = {
    {true, IKEV1_ATTR1_CIPHER, IKEV1_NAMES_CIPHER},
    {true, IKEV1_ATTR1_HASH, IKEV1_NAMES_HASH},
    {true, IKEV1_ATTR1_AUTH, IKEV1_NAMES_AUTH},
    {true, IKEV1_ATTR1_GROUP, IKEV1_NAMES_GROUP},
    {true, IKEV1_ATTR1_LIFE_TYPE, IKEV1_NAMES_LIFE},
    {false, IKEV1_ATTR2_LIFE_TYPE, IKEV1_NAMES_LIFE},
    {false, IKEV1_ATTR2_GROUP, IKEV1_NAMES_GROUP},
    {false, IKEV1_ATTR2_ENCAPSULATION, IKEV1_NAMES_ENCAP},
    {false, IKEV1_ATTR2_INTEGRITY, IKEV1_NAMES_INTEG},
};

void ike_text_attr_value(struct ike_text *t, bool phase1, uint16_t attribute, uint32_t value) {
    for (size_t i = 0; i < sizeof(VALUES) / sizeof(VALUES[0]); i++)
        if (VALUES[i].phase1 == phase1 && VALUES[i].attribute == attribute) {
            ike_text_name(t, VALUES[i].kind, value);
            return;
        }
    ike_text_u64(t, value);
}
