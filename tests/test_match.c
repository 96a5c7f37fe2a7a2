/* SPDX-License-Identifier: Apache-2.0 */
/* Which claimed identities a rule takes: R-09, IDN-02, IDN-04, IDN-07, mission R5. */
#include "support/pair.h"

#include "wire/wire.h"

enum {
    ANY = IKEV1_MATCH_ANY,
    EXACT = IKEV1_MATCH_EXACT,
    WILD = IKEV1_MATCH_WILDCARD,
    RANGE = IKEV1_MATCH_RANGE,
    NAME = IKEV1_ID_FQDN,
    USER = IKEV1_ID_USER_FQDN,
    DN = IKEV1_ID_DER_ASN1_DN,
    V4 = IKEV1_ID_IPV4_ADDR,
    NET4 = IKEV1_ID_IPV4_ADDR_SUBNET,
    RANGE4 = IKEV1_ID_IPV4_ADDR_RANGE,
    V6 = IKEV1_ID_IPV6_ADDR,
    NET6 = IKEV1_ID_IPV6_ADDR_SUBNET,
    KEY = IKEV1_ID_KEY_ID,
};

/* Content as text; what begins with '=' is hex. */
static ikev1_bytes content(const char *text) {
    return text[0] == '=' ? hex_make(text + 1)
                          : bytes_copy((ikev1_bytes){(const uint8_t *)text, strlen(text)});
}

#define ORG(tag, len, hex) "310b 3009 060355040a " tag len hex
#define CN(tag, len, hex)  "310b 3009 0603550403 " tag len hex
#define STAR(oid)          "310a 3008 06035504" oid " 0c01 2a "
#define ORG_AC             ORG("0c", "02", "4163 ")
#define CN_GW              CN("0c", "02", "6777 ")

static const struct {
    const char *name;
    uint8_t match, type;
    const char *expected;
    uint8_t claimed_type;
    const char *claimed;
    bool want;
} ROWS[] = {
    {"any", ANY, NAME, "a.example", KEY, "x", true},
    {"exact", EXACT, NAME, "a.example", NAME, "a.example", true},
    {"exact, star is a character", EXACT, NAME, "*.example", NAME, "a.example", false},
    {"exact, other case", EXACT, NAME, "a.example", NAME, "A.example", false},
    {"exact, other type", EXACT, NAME, "a.example", USER, "a.example", false},
    {"label", WILD, NAME, "*.example.org", NAME, "gw.example.org", true},
    {"one letter", WILD, NAME, "*.example.org", NAME, "g.example.org", true},
    {"no label", WILD, NAME, "*.example.org", NAME, ".example.org", false},
    {"parent", WILD, NAME, "*.example.org", NAME, "example.org", false},
    {"two labels", WILD, NAME, "*.example.org", NAME, "a.b.example.org", false},
    {"end differs", WILD, NAME, "*.example.org", NAME, "gw.example.net", false},
    {"end continues", WILD, NAME, "*.example.org", NAME, "gw.example.org.evil", false},
    {"no border", WILD, NAME, "*.example.org", NAME, "evilexample.org", false},
    {"other case", WILD, NAME, "*.example.org", NAME, "gw.Example.org", false},
    {"star itself", WILD, NAME, "*.example.org", NAME, "*.example.org", false},
    {"star inside", WILD, NAME, "*.example.org", NAME, "a*.example.org", false},
    {"NUL inside", WILD, NAME, "*.o", NAME, "=612e6f00 2e65", false}, /* IDN-04 */
    {"no star", WILD, NAME, "a.example", NAME, "a.example", true},
    {"no star, another", WILD, NAME, "a.example", NAME, "b.example", false},
    {"name for user", WILD, USER, "*@example.org", NAME, "a@example.org", false},
    {"user", WILD, USER, "*@example.org", USER, "first.last@example.org", true},
    {"user, none", WILD, USER, "*@example.org", USER, "@example.org", false},
    {"user, two at", WILD, USER, "*@example.org", USER, "a@b@example.org", false},
    {"user, below", WILD, USER, "*@example.org", USER, "a@gw.example.org", false},
    {"DN, same", WILD, DN, "=301a " ORG_AC CN_GW, DN, "=301a " ORG_AC CN_GW, true},
    {"DN, star", WILD, DN, "=3019 " ORG_AC STAR("03"), DN, "=301a " ORG_AC CN_GW, true},
    {"DN, star, other string", WILD, DN, "=3019 " ORG_AC STAR("03"), DN,
     "=301a " ORG_AC CN("13", "02", "6777"), true},
    {"DN, star, empty", WILD, DN, "=3019 " ORG_AC STAR("03"), DN,
     "=3018 " ORG_AC "3109 3007 0603550403 0c00", false},
    {"DN, other value", WILD, DN, "=3019 " ORG_AC STAR("03"), DN,
     "=301a " ORG("0c", "02", "4164 ") CN_GW, false},
    {"DN, other string type", WILD, DN, "=301a " ORG_AC CN_GW, DN,
     "=301a " ORG_AC CN("13", "02", "6777"), false},
    {"DN, other attribute", WILD, DN, "=3019 " ORG_AC STAR("0b"), DN, "=301a " ORG_AC CN_GW, false},
    {"DN, one more", WILD, DN, "=300c " STAR("03"), DN, "=301a " CN_GW ORG_AC, false},
    {"DN, one less", WILD, DN, "=3019 " ORG_AC STAR("03"), DN, "=300d " ORG_AC, false},
    {"DN, order", WILD, DN, "=3019 " ORG_AC STAR("03"), DN, "=301a " CN_GW ORG_AC, false},
    {"DN, two in a set", WILD, DN, "=300c " STAR("03"), DN,
     "=3018 3116 3009 0603550403 0c02 6777 3009 060355040b 0c02 4f55", false},
    {"DN for a name", WILD, DN, "=300c " STAR("03"), NAME, "gw", false},
    {"subnet", RANGE, NET4, "=0a010000 ffff0000", V4, "=0a01ff07", true},
    {"subnet, first", RANGE, NET4, "=0a010000 ffff0000", V4, "=0a010000", true},
    {"subnet, last", RANGE, NET4, "=0a010000 ffff0000", V4, "=0a01ffff", true},
    {"subnet, before", RANGE, NET4, "=0a010000 ffff0000", V4, "=0a00ffff", false},
    {"subnet, after", RANGE, NET4, "=0a010000 ffff0000", V4, "=0a020000", false},
    {"subnet, a subnet of it", RANGE, NET4, "=0a010000 ffff0000", NET4, "=0a010100 ffffff00",
     false},
    {"subnet, itself", RANGE, NET4, "=0a010000 ffff0000", NET4, "=0a010000 ffff0000", false},
    {"range, first", RANGE, RANGE4, "=0a010005 0a010009", V4, "=0a010005", true},
    {"range, last", RANGE, RANGE4, "=0a010005 0a010009", V4, "=0a010009", true},
    {"range, before", RANGE, RANGE4, "=0a010005 0a010009", V4, "=0a010004", false},
    {"range, after", RANGE, RANGE4, "=0a010005 0a010009", V4, "=0a01000a", false},
    {"address", RANGE, V4, "=0a010005", V4, "=0a010005", true},
    {"address, another", RANGE, V4, "=0a010005", V4, "=0a010006", false},
    {"IPv6", RANGE, NET6, "=20010db8 00*12 ffffffff 00*12", V6, "=20010db8 00*11 07", true},
    {"IPv6, outside", RANGE, NET6, "=20010db8 00*12 ffffffff 00*12", V6, "=20010db9 00*12", false},
    {"families", RANGE, NET4, "=00000000 00000000", V6, "=00*16", false},
    {"name for an address", RANGE, NET4, "=00000000 00000000", NAME, "10.1.0.5", false},
    {"no such match", 4, NAME, "a.example", NAME, "a.example", false},
};

static void test_match__table__yes_or_no(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        ikev1_bytes want = content(ROWS[i].expected), have = content(ROWS[i].claimed);
        ikev1_id expected = {ROWS[i].type, 0, 0, want.data, want.len};
        ikev1_id claimed = {ROWS[i].claimed_type, 17, 500, have.data, have.len};
        if (ROWS[i].type == DN)
            ROW_EQUAL(ROWS[i].name, ike_dn_check(want), true);
        if (ROWS[i].claimed_type == DN)
            ROW_EQUAL(ROWS[i].name, ike_dn_check(have), true);
        ROW_EQUAL(ROWS[i].name, ike_id_matches(ROWS[i].match, &expected, &claimed), ROWS[i].want);
        hex_free(want);
        hex_free(have);
    }
}

/* ---- what a rule may say ---- */

static const struct {
    const char *name;
    uint8_t match, type;
    const char *expected;
    bool want;
} RULES[] = {
    {"exact, none", EXACT, 0, "", true},
    {"any, none", ANY, 0, "", true},
    {"wildcard, none", WILD, 0, "", false},
    {"range, none", RANGE, 0, "", false},
    {"name", WILD, NAME, "*.org", true},
    {"name, no star", WILD, NAME, "gw.org", true},
    {"name, star alone", WILD, NAME, "*", false},
    {"name, star and border alone", WILD, NAME, "*.", false},
    {"name, no border", WILD, NAME, "*org", false},
    {"name, wrong border", WILD, NAME, "*@example.org", false},
    {"name, star behind", WILD, NAME, "gw.*", false},
    {"name, star in a label", WILD, NAME, "g*.org", false},
    {"name, two stars", WILD, NAME, "*.*.org", false},
    {"user", WILD, USER, "*@org", true},
    {"user, star behind", WILD, USER, "a@*", false},
    {"user, wrong border", WILD, USER, "*.org", false},
    {"key ID", WILD, KEY, "*.org", false},
    {"address", WILD, V4, "=0a010005", false},
    {"range of a name", RANGE, NAME, "10.1.0.0/16", false},
    {"range of a key ID", RANGE, KEY, "=0a010000 ffff0000", false},
    {"mask with a hole", RANGE, NET4, "=0a010000 ff00ff00", false},
    {"range from end to start", RANGE, RANGE4, "=0a010009 0a010005", false},
    {"no such match", 4, NAME, "a.example", false},
    {"no such match", 255, NAME, "a.example", false},
};

static void test_match__rule__usable_or_refused(void **state) {
    struct pair *p = pair_new(NULL);
    (void)state;
    pair_start(p);
    for (size_t i = 0; i < COUNT(RULES); i++) {
        ikev1_bytes want = content(RULES[i].expected);
        ikev1_phase1 answer = p->i.phase1;
        answer.remote_match = RULES[i].match;
        answer.remote_id = (ikev1_id){RULES[i].type, 0, 0, want.data, want.len};
        ROW_EQUAL(RULES[i].name, ikev1_check_phase1(p->i.ike, &answer, NULL),
                  RULES[i].want ? IKEV1_OK : IKEV1_E_CONFIG);
        hex_free(want);
    }
    pair_free(p);
}

/* ---- in a negotiation, either side being the one that looks ---- */

static void negotiate(const char *name, bool responder_looks, uint8_t type, bool fits) {
    static const uint8_t NET[] = {192, 0, 2, 0, 255, 255, 255, 0};
    struct pair *p = pair_new(NULL);
    struct side *looks = responder_looks ? &p->r : &p->i, *says = responder_looks ? &p->i : &p->r;
    if (type == NET4) {
        looks->phase1.remote_match = RANGE;
        looks->phase1.remote_id = (ikev1_id){NET4, 0, 0, NET, sizeof NET};
    } else {
        looks->phase1.remote_match = WILD;
        looks->phase1.remote_id = (ikev1_id){NAME, 0, 0, (const uint8_t *)"*.example", 9};
    }
    if (type == NAME || !fits)
        says->phase1.local_id =
            (ikev1_id){NAME, 0, 0, (const uint8_t *)(fits ? "a.example" : "b"), fits ? 9 : 1};
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    pair_run(p);
    ROW_EQUAL(name, side_count(looks, IKEV1_EVENT_SA_UP), fits);
    ROW_EQUAL(name, side_count(looks, IKEV1_EVENT_SA_FAILED), !fits);
    if (!fits)
        ROW_EQUAL(name, side_event(looks, IKEV1_EVENT_SA_FAILED, 0)->why.code, IKEV1_E_PEER_ID);
    pair_free(p);
}

static void test_match__main_mode__both_sides(void **state) {
    (void)state;
    for (int responder = 0; responder < 2; responder++) {
        negotiate("name", responder, NAME, true);
        negotiate("another name", responder, NAME, false);
        negotiate("subnet", responder, NET4, true);
        negotiate("name for subnet", responder, NET4, false);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match__table__yes_or_no),
        cmocka_unit_test(test_match__rule__usable_or_refused),
        cmocka_unit_test(test_match__main_mode__both_sides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
