/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

/* The numbers of a list in an array, its names one after the other in one text: a table of pointers
 * would cost a shared library a relocation for each, several times what it holds. */
struct names {
    const uint16_t *numbers;
    const char *texts;
    size_t count;
};

#define NUMBER(id, number, text) number,
#define TEXT(id, number, text)   text "\0"
#define LIST(name, LISTED)                                                                         \
    static const uint16_t name##_NUMBERS[] = {LISTED(NUMBER)};                                     \
    static const char name##_TEXTS[] = LISTED(TEXT)

LIST(EXCHANGE, IKEV1_EXCHANGES);
LIST(PAYLOAD, IKEV1_PAYLOADS);
LIST(PROTOCOL, IKEV1_PROTOCOLS);
LIST(ATTR1, IKEV1_ATTRS1);
LIST(CIPHER, IKEV1_CIPHERS);
LIST(HASH, IKEV1_HASHES);
LIST(AUTH, IKEV1_AUTHS);
LIST(GROUP, IKEV1_GROUPS);
LIST(LIFE, IKEV1_LIFES);
LIST(ATTR2, IKEV1_ATTRS2);
LIST(ESP, IKEV1_ESPS);
LIST(AH, IKEV1_AHS);
LIST(IPCOMP, IKEV1_IPCOMPS);
LIST(ENCAP, IKEV1_ENCAPS);
LIST(INTEG, IKEV1_INTEGS);
LIST(ID, IKEV1_IDS);
LIST(NOTIFY, IKEV1_NOTIFIES);
LIST(CERT, IKEV1_CERTS);
LIST(CFG, IKEV1_CFGS);
LIST(ATTRC, IKEV1_ATTRSC);

#define KIND(name)                                                                                 \
    [IKEV1_NAMES_##                                                                                \
        name] = {name##_NUMBERS, name##_TEXTS, sizeof name##_NUMBERS / sizeof *name##_NUMBERS}

static const struct names KINDS[] = {
    KIND(EXCHANGE), KIND(PAYLOAD), KIND(PROTOCOL), KIND(ATTR1), KIND(CIPHER),
    KIND(HASH),     KIND(AUTH),    KIND(GROUP),    KIND(LIFE),  KIND(ATTR2),
    KIND(ESP),      KIND(AH),      KIND(IPCOMP),   KIND(ENCAP), KIND(INTEG),
    KIND(ID),       KIND(NOTIFY),  KIND(CERT),     KIND(CFG),   KIND(ATTRC),
};

const char *ikev1_name(int kind, uint32_t number) {
    if (kind < 0 || (size_t)kind >= sizeof KINDS / sizeof *KINDS)
        return NULL;
    const struct names *names = &KINDS[kind];
    const char *text = names->texts;
    for (size_t i = 0; i < names->count; i++) {
        if (names->numbers[i] == number)
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
