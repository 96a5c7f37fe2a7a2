/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/base.h"

/* Every list of names: what KINDS below begins with. */
#define LISTS(X)                                                                                   \
    X(EXCHANGE, IKEV1_EXCHANGES)                                                                   \
    X(PAYLOAD, IKEV1_PAYLOADS)                                                                     \
    X(PROTOCOL, IKEV1_PROTOCOLS)                                                                   \
    X(ATTR1, IKEV1_ATTRS1)                                                                         \
    X(CIPHER, IKEV1_CIPHERS)                                                                       \
    X(HASH, IKEV1_HASHES)                                                                          \
    X(AUTH, IKEV1_AUTHS)                                                                           \
    X(GROUP, IKEV1_GROUPS)                                                                         \
    X(LIFE, IKEV1_LIFES)                                                                           \
    X(ATTR2, IKEV1_ATTRS2)                                                                         \
    X(ESP, IKEV1_ESPS)                                                                             \
    X(AH, IKEV1_AHS)                                                                               \
    X(IPCOMP, IKEV1_IPCOMPS)                                                                       \
    X(ENCAP, IKEV1_ENCAPS)                                                                         \
    X(INTEG, IKEV1_INTEGS)                                                                         \
    X(ID, IKEV1_IDS)                                                                               \
    X(NOTIFY, IKEV1_NOTIFIES)                                                                      \
    X(CERT, IKEV1_CERTS)                                                                           \
    X(CFG, IKEV1_CFGS)                                                                             \
    X(ATTRC, IKEV1_ATTRSC)

/* Numbers in arrays, names one after the other in texts, all of them in one struct each: a table of
 * pointers would cost a shared library a relocation for each, several times what it holds. */
#define ONE(id, number, text)    +1
#define NUMBER(id, number, text) number,
#define TEXT(id, number, text)   text "\0"

#define NUMBERS_(name, LISTED) uint16_t name[0 LISTED(ONE)];
#define TEXTS_(name, LISTED)   char name[sizeof(LISTED(TEXT))];
#define NUMBERS(name, LISTED)  {LISTED(NUMBER)},
#define TEXTS(name, LISTED)    LISTED(TEXT),
#define KIND(name, LISTED)                                                                         \
    [IKEV1_NAMES_##                                                                                \
        name] = {offsetof(struct numbers, name), offsetof(struct texts, name), 0 LISTED(ONE)},

static const struct numbers { LISTS(NUMBERS_) } ALL_NUMBERS = {LISTS(NUMBERS)};
static const struct texts { LISTS(TEXTS_) } ALL_TEXTS = {LISTS(TEXTS)};
static const struct {
    uint16_t numbers, texts, count; /* where they begin */
} KINDS[] = {LISTS(KIND)};

const char *ikev1_name(int kind, uint32_t number) {
    if (kind < 0 || (size_t)kind >= sizeof KINDS / sizeof *KINDS)
        return NULL;
    const char *text = (const char *)&ALL_TEXTS + KINDS[kind].texts;
    for (size_t i = 0; i < KINDS[kind].count; i++) {
        uint16_t here;
        memcpy(&here, (const uint8_t *)&ALL_NUMBERS + KINDS[kind].numbers + 2 * i, sizeof here);
        if (here == number)
            return text;
        text = ike_text_after(text);
    }
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
