/* SPDX-License-Identifier: Apache-2.0 */
/* Identities as people write them: RFC 2407 4.6.2, RFC 4514 2.4, RFC 3629 4, RFC 5280 4.1.2.4, App.
 * A; mission R5. */
#include "support/rows.h"

#include <ikev1/text.h>

#include "support/vectors.h"
#include "wire/wire.h"

/* The text and the content in blocks of exactly their size: a sanitizer sees what goes beyond. */
static int parse(const char *text, uint8_t *buf, size_t cap, ikev1_id *id,
                 ikev1_text_error *error) {
    ikev1_bytes copy = bytes_copy(ike_bytes(text, strlen(text) + 1));
    int r = ikev1_id_parse((const char *)copy.data, buf, cap, id, error);
    hex_free(copy);
    return r;
}

/* `plain`: the content as text; otherwise `hex`. */
static const struct good {
    const char *text;
    uint8_t type;
    const char *hex, *plain;
    const char *again; /* how it is written back; NULL = the same */
} GOOD[] = {
    {"192.0.2.1", IKEV1_ID_IPV4_ADDR, "c0000201", NULL, NULL},
    {" 192.0.2.1\t", IKEV1_ID_IPV4_ADDR, "c0000201", NULL, "192.0.2.1"},
    {"ipv4:192.0.2.1", IKEV1_ID_IPV4_ADDR, "c0000201", NULL, "192.0.2.1"},
    {"ipv4:#c0000201", IKEV1_ID_IPV4_ADDR, "c0000201", NULL, "192.0.2.1"},
    {"2001:db8::1", IKEV1_ID_IPV6_ADDR, "20010db8 00*11 01", NULL, NULL},
    {"fec0::1", IKEV1_ID_IPV6_ADDR, "fec0 00*13 01", NULL, NULL},
    {"ipv6:::1", IKEV1_ID_IPV6_ADDR, "00*15 01", NULL, "::1"},
    {"192.0.2.0/24", IKEV1_ID_IPV4_ADDR_SUBNET, "c0000200 ffffff00", NULL, NULL},
    {"192.0.2.1/32", IKEV1_ID_IPV4_ADDR_SUBNET, "c0000201 ffffffff", NULL, NULL},
    {"0.0.0.0/0", IKEV1_ID_IPV4_ADDR_SUBNET, "00*8", NULL, NULL},
    {"ipv4net:10.0.0.0/8", IKEV1_ID_IPV4_ADDR_SUBNET, "0a000000 ff000000", NULL, "10.0.0.0/8"},
    {"fec0::100/120", IKEV1_ID_IPV6_ADDR_SUBNET, "fec0 00*12 0100 ff*15 00", NULL, NULL},
    {"ipv6net:::/0", IKEV1_ID_IPV6_ADDR_SUBNET, "00*32", NULL, "::/0"},
    {"192.0.2.1-192.0.2.9", IKEV1_ID_IPV4_ADDR_RANGE, "c0000201 c0000209", NULL, NULL},
    {"192.0.2.0 - 192.0.2.255", IKEV1_ID_IPV4_ADDR_RANGE, "c0000200 c00002ff", NULL,
     "192.0.2.0-192.0.2.255"},
    {"ipv4range:10.0.0.1-10.0.0.1", IKEV1_ID_IPV4_ADDR_RANGE, "0a000001 0a000001", NULL,
     "10.0.0.1-10.0.0.1"},
    {"fec0::1-fec0::4fff", IKEV1_ID_IPV6_ADDR_RANGE, "fec0 00*13 01 fec0 00*12 4fff", NULL, NULL},
    {"ipv6range:::1-::2", IKEV1_ID_IPV6_ADDR_RANGE, "00*15 01 00*15 02", NULL, "::1-::2"},
    {"gw.example.org", IKEV1_ID_FQDN, NULL, "gw.example.org", NULL},
    {"gw", IKEV1_ID_FQDN, NULL, "gw", NULL},
    {"gw.example.org.", IKEV1_ID_FQDN, NULL, "gw.example.org.", NULL},
    {"a-b_c.*.0x", IKEV1_ID_FQDN, NULL, "a-b_c.*.0x", NULL},
    {"@gw.example.org", IKEV1_ID_FQDN, NULL, "gw.example.org", "gw.example.org"},
    {"@192.0.2.1", IKEV1_ID_FQDN, NULL, "192.0.2.1", "fqdn:192.0.2.1"},
    {"fqdn:192.0.2.1", IKEV1_ID_FQDN, NULL, "192.0.2.1", NULL},
    {"dns:gw", IKEV1_ID_FQDN, NULL, "gw", "gw"},
    {"fqdn: two words ", IKEV1_ID_FQDN, NULL, "two words", "fqdn:two words"},
    {"fqdn:C=DE", IKEV1_ID_FQDN, NULL, "C=DE", NULL},
    {"fqdn:back\\slash", IKEV1_ID_FQDN, NULL, "back\\slash", "fqdn:#6261636b5c736c617368"},
    {"fqdn:\xc3\xa9", IKEV1_ID_FQDN, "c3a9", NULL, "fqdn:#c3a9"},
    {"fqdn:#2367", IKEV1_ID_FQDN, NULL, "#g", "fqdn:#2367"},
    {"fqdn:#20", IKEV1_ID_FQDN, NULL, " ", "fqdn:#20"},
    {"user@example.org", IKEV1_ID_USER_FQDN, NULL, "user@example.org", NULL},
    {"first.last+tag@example.org", IKEV1_ID_USER_FQDN, NULL, "first.last+tag@example.org", NULL},
    {"email:tester", IKEV1_ID_USER_FQDN, NULL, "tester", "userfqdn:tester"},
    {"rfc822:a@b@c", IKEV1_ID_USER_FQDN, NULL, "a@b@c", "userfqdn:a@b@c"},
    {"userfqdn:user@example.org", IKEV1_ID_USER_FQDN, NULL, "user@example.org", "user@example.org"},
    {"@#6b6579", IKEV1_ID_KEY_ID, NULL, "key", NULL},
    {"@#6B65", IKEV1_ID_KEY_ID, NULL, "ke", "@#6b65"},
    {"keyid:key", IKEV1_ID_KEY_ID, NULL, "key", "@#6b6579"},
    {"keyid:#00ff", IKEV1_ID_KEY_ID, "00ff", NULL, "@#00ff"},
    {"asn1gn:#820161", IKEV1_ID_DER_ASN1_GN, "820161", NULL, NULL},
    {"CN=gw", IKEV1_ID_DER_ASN1_DN, "300d 310b 3009 0603550403 0c02 6777", NULL, NULL},
    {"C=DE, O=Example, CN=gw", IKEV1_ID_DER_ASN1_DN,
     "302c 310b 3009 0603550406 1302 4445 3110 300e 060355040a 0c07 4578616d706c65"
     "310b 3009 0603550403 0c02 6777",
     NULL, NULL},
    {"asn1dn:cn = gw", IKEV1_ID_DER_ASN1_DN, "300d 310b 3009 0603550403 0c02 6777", NULL, "CN=gw"},
    {"/C=DE/CN=g,w", IKEV1_ID_DER_ASN1_DN,
     "301b 310b 3009 0603550406 1302 4445 310c 300a 0603550403 0c03 672c77", NULL,
     "C=DE, CN=g\\,w"},
    {"asn1dn:#300d310b300906035504030c026777", IKEV1_ID_DER_ASN1_DN,
     "300d 310b 3009 0603550403 0c02 6777", NULL, "CN=gw"},
    /* string types that we would not choose: kept, and not shown */
    {"asn1dn:#300d310b3009060355040313026777", IKEV1_ID_DER_ASN1_DN,
     "300d 310b 3009 0603550403 1302 6777", NULL, "CN=gw"},
    {"emailaddress=a@b", IKEV1_ID_DER_ASN1_DN, "3014 3112 3010 06092a864886f70d010901 1603 614062",
     NULL, "E=a@b"},
    {"Email=a@b", IKEV1_ID_DER_ASN1_DN, "3014 3112 3010 06092a864886f70d010901 1603 614062", NULL,
     "E=a@b"},
    {"DC=b, UID=c", IKEV1_ID_DER_ASN1_DN,
     "3026 3111 300f 060a0992268993f22c640119 160162 3111 300f 060a0992268993f22c640101 0c0163",
     NULL, NULL},
    {"2.5.4.97=V", IKEV1_ID_DER_ASN1_DN, "300c 310a 3008 0603550461 0c01 56", NULL, NULL},
    {"2.999.4294967295=V", IKEV1_ID_DER_ASN1_DN, "3010 310e 300c 0607 8837 8fffffff7f 0c01 56",
     NULL, NULL},
    {"O=\\,\\+\\\\\\\"\\ ", IKEV1_ID_DER_ASN1_DN, "3010 310e 300c 060355040a 0c05 2c2b5c2220", NULL,
     NULL},
    {"O=\\xc3\\xa9", IKEV1_ID_DER_ASN1_DN, "300d 310b 3009 060355040a 0c02 c3a9", NULL, NULL},
    {"O=\\C3\\A9", IKEV1_ID_DER_ASN1_DN, "300d 310b 3009 060355040a 0c02 c3a9", NULL,
     "O=\\xc3\\xa9"},
    {"O=\xf0\x9f\x94\x91", IKEV1_ID_DER_ASN1_DN, "300f 310d 300b 060355040a 0c04 f09f9491", NULL,
     "O=\\xf0\\x9f\\x94\\x91"},
    {"O=a=b/c", IKEV1_ID_DER_ASN1_DN, "3010 310e 300c 060355040a 0c05 613d622f63", NULL, NULL},
};

static ikev1_bytes wanted(const struct good *row) {
    return row->plain != NULL ? bytes_copy(ike_bytes(row->plain, strlen(row->plain)))
                              : hex_make(row->hex);
}

static void test_id_parse__good__type_bytes_and_back(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(GOOD); i++) {
        const struct good *row = &GOOD[i];
        ikev1_bytes want = wanted(row);
        uint8_t buf[128], back[128];
        char got[300];
        ikev1_id id, second;
        ikev1_text_error error;
        ROW_EQUAL(row->text, parse(row->text, buf, sizeof buf, &id, &error), IKEV1_OK);
        ROW_EQUAL(row->text, error.what == NULL && error.at == 0 && error.len == 0, true);
        ROW_EQUAL(row->text, id.type, row->type);
        ROW_EQUAL(row->text, id.len, want.len);
        ROW_EQUAL(row->text, memcmp(id.data, want.data, want.len), 0);
        ROW_EQUAL(row->text, id.protocol | id.port, 0);
        ROW_EQUAL(row->text, ike_id_is_good(&id), true);
        size_t len = ikev1_id_format(&id, got, sizeof got);
        ROW_EQUAL(row->text, len, strlen(got));
        ROW_TEXT(row->text, got, row->again != NULL ? row->again : row->text);
        ROW_EQUAL(row->text, parse(got, back, sizeof back, &second, NULL), IKEV1_OK);
        bool foreign = id.type == IKEV1_ID_DER_ASN1_DN && !ike_id_equal(&id, &second);
        ROW_EQUAL(row->text, foreign, strstr(row->text, "1302") != NULL);
        hex_free(want);
    }
}

static const struct {
    const char *text;
    size_t at, len;
    const char *what;
} BAD[] = {
    {"", 0, 0, "not an identity"},
    {"   ", 3, 0, "not an identity"},
    {"@", 1, 0, "not an identity"},
    {"a b", 1, 1, "character that no name has"},
    {"gw.example.org\n", 14, 1, "character that no name has"},
    {"%any", 0, 1, "character that no name has"},
    {"gw/24", 2, 1, "character that no name has"},
    {"b\xc3\xbc"
     "ro.example",
     1, 1, "character that no name has"},
    {"a..b", 2, 1, "dot without a name before it"},
    {".a", 0, 1, "dot without a name before it"},
    {"@..", 1, 1, "dot without a name before it"}, /* IDN-04 */
    {"@user@example.org", 5, 1, "character that no name has"},
    {"@@user", 1, 1, "character that no name has"},
    {"us er@example.org", 2, 1, "character that no name has"},
    {"user@exa mple.org", 8, 1, "character that no name has"},
    {"a@b@c", 3, 1, "character that no name has"},
    {"user@", 0, 5, "no domain behind the @"},
    {"user@.org", 5, 1, "dot without a name before it"},
    {"192.0.2.300", 0, 11, "not an address"},
    {"192.0.2", 0, 7, "not an address"},
    {".", 0, 1, "not an address"},
    {"12345", 0, 5, "not an address"},
    {"192.0.2.1:500", 0, 13, "not an address"},
    {"192.0.2.0/33", 10, 2, "not a prefix length"},
    {"192.0.2.1/24", 0, 12, "the network has bits behind its prefix"},
    {"192.0.2.9-192.0.2.1", 10, 9, "not the end of that range"},
    {"fec0::1,fec0::2", 0, 15, "not an address"},
    {"fec0::1::", 0, 9, "not an address"},
    {"xmppaddr:a@b", 0, 0, NULL}, /* a user, in a domain of that name */
    {"foo:bar", 0, 4, "unknown prefix"},
    {"{0x02}:gw", 0, 7, "unknown prefix"},
    {"FQDN:gw", 0, 5, "unknown prefix"},
    {"@#", 2, 0, "not whole bytes"},
    {"@#6b6", 2, 3, "not whole bytes"},
    {"@#6g", 3, 1, "not a hexadecimal digit"},
    {"@#6b 65", 4, 1, "not a hexadecimal digit"},
    {"keyid:", 6, 0, "content of another type"},
    {"keyid:#", 7, 0, "not whole bytes"},
    {"fqdn:", 5, 0, "content of another type"},
    {"fqdn:a\tb", 6, 1, "control character"},
    {"fqdn:#00", 6, 2, "content of another type"}, /* IDN-04 */
    {"fqdn:#676f6f6400657669", 6, 16, "content of another type"},
    {"userfqdn:a\x7f", 10, 1, "control character"},
    {"ipv4:::1", 5, 3, "content of another type"},
    {"ipv4:192.0.2.0/24", 5, 12, "content of another type"},
    {"ipv4net:192.0.2.1", 8, 9, "content of another type"},
    {"ipv4range:192.0.2.0/24", 10, 12, "content of another type"},
    {"ipv6:192.0.2.1", 5, 9, "content of another type"},
    {"ipv6:gw", 5, 2, "not an address"},
    {"ipv6:#c0a80101", 6, 8, "content of another type"},
    {"ipv4net:#c0000200", 9, 8, "content of another type"},
    {"asn1gn:DNS", 8, 1, "not a hexadecimal digit"},
    {"asn1gn:#8200", 8, 4, "content of another type"},
    {"asn1dn:#3000", 8, 4, "content of another type"}, /* IDN-03 */
    {"asn1dn:#3080", 8, 4, "content of another type"},
    {"asn1dn:", 7, 0, "no = in a part of the name"},
    {"asn1dn:gw", 7, 2, "no = in a part of the name"},
    {"C=DE,", 5, 0, "no = in a part of the name"},
    {"C=DE, , CN=gw", 6, 0, "no = in a part of the name"},
    {"C=DE, O", 6, 1, "no = in a part of the name"},
    {"O=Example, Inc, CN=gw", 11, 3, "no = in a part of the name"},
    {"/C=DE//CN=gw", 6, 0, "no = in a part of the name"},
    {"=gw", 0, 0, "unknown attribute"},
    {"C=DE, XY=1", 6, 2, "unknown attribute"},
    {"C N=gw", 0, 3, "unknown attribute"},
    {"CNN=gw", 0, 3, "unknown attribute"},
    {"2=V", 0, 1, "unknown attribute"},
    {"3.5=V", 0, 3, "unknown attribute"},
    {"1.40=V", 0, 4, "unknown attribute"},
    {"2.5.=V", 0, 4, "unknown attribute"},
    {"2.5.4294967296=V", 0, 14, "unknown attribute"},
    {"1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20.21.22.23.24.25.26.27.28.29.30.31.32.33.34"
     ".35.36.37.38.39.40.41.42.43.44.45.46.47.48=V",
     0, 134, "unknown attribute"},
    {"CN=", 3, 0, "empty value"},
    {"CN= , C=DE", 3, 0, "empty value"},
    {"CN=a+b", 4, 1, "character that needs a backslash"},
    {"CN=\"a\"", 3, 1, "character that needs a backslash"},
    {"CN=a\\", 4, 1, "backslash before what needs none"},
    {"CN=a\\xc", 4, 2, "backslash before what needs none"},
    {"CN=a\\n", 4, 2, "backslash before what needs none"},
    {"CN=a\tb", 4, 1, "control character"},
    {"CN=good\\x00evil", 7, 4, "control character"}, /* IDN-04 */
    {"CN=a\\0a", 4, 3, "control character"},
    {"CN=a\x7f", 4, 1, "control character"},
    {"C=D_, CN=gw", 2, 2, "value that its attribute cannot have"},
    {"E=\xc3\xa9", 2, 2, "value that its attribute cannot have"},
    {"O=\\xc3", 2, 4, "value that its attribute cannot have"},
    {"O=\xc0\xaf", 2, 2, "value that its attribute cannot have"},
    {"O=\xed\xa0\x80", 2, 3, "value that its attribute cannot have"},
    {"O=\xf4\x90\x80\x80", 2, 4, "value that its attribute cannot have"},
    {"O=\xf8\x88\x80\x80\x80", 2, 5, "value that its attribute cannot have"},
    {"O=\x80", 2, 1, "value that its attribute cannot have"},
};

static void test_id_parse__wrong__error_points_at_it(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(BAD); i++) {
        uint8_t buf[200];
        ikev1_id id = {.type = 77};
        ikev1_text_error error;
        int r = parse(BAD[i].text, buf, sizeof buf, &id, &error);
        ROW_EQUAL(BAD[i].text, r, BAD[i].what != NULL ? IKEV1_E_CONFIG : IKEV1_OK);
        if (BAD[i].what == NULL)
            continue;
        ROW_TEXT(BAD[i].text, error.what, BAD[i].what);
        ROW_EQUAL(BAD[i].text, error.at, BAD[i].at);
        ROW_EQUAL(BAD[i].text, error.len, BAD[i].len);
        ROW_EQUAL(BAD[i].text, error.expected != NULL && error.expected[0] != '\0', true);
        ROW_EQUAL(BAD[i].text, id.type, 77);
        ROW_EQUAL(BAD[i].text, parse(BAD[i].text, buf, sizeof buf, &id, NULL), IKEV1_E_CONFIG);
    }
}

static void test_id_parse__every_buffer_size__fits_or_is_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(GOOD); i++) {
        ikev1_bytes want = wanted(&GOOD[i]);
        for (size_t cap = 0; cap <= want.len + 1; cap++) {
            uint8_t *buf = malloc(cap > 0 ? cap : 1);
            ikev1_id id;
            ikev1_text_error error;
            int r = parse(GOOD[i].text, cap > 0 ? buf : NULL, cap, &id, &error);
            ROW_EQUAL(GOOD[i].text, r, cap < want.len ? IKEV1_E_CONFIG : IKEV1_OK);
            if (r != IKEV1_OK)
                ROW_TEXT(GOOD[i].text, error.what, "identity too long");
            free(buf);
        }
        hex_free(want);
    }
}

/* Each length form of DER, around where it changes; above 64 KB there is none we take. */
static void test_id_parse__long_names__der_in_its_shortest_form(void **state) {
    (void)state;
    static const size_t LENGTHS[] = {1,   115, 116, 117, 118, 119, 120, 121,  122,
                                     123, 127, 128, 129, 239, 240, 241, 242,  243,
                                     244, 245, 246, 247, 255, 256, 257, 60000};
    for (size_t i = 0; i < COUNT(LENGTHS); i++) {
        char *text = malloc(LENGTHS[i] + 4);
        uint8_t *buf = malloc(LENGTHS[i] + 30);
        ikev1_id id;
        memcpy(text, "CN=", 3);
        memset(text + 3, 'x', LENGTHS[i]);
        text[3 + LENGTHS[i]] = '\0';
        assert_int_equal(parse(text, buf, LENGTHS[i] + 30, &id, NULL), IKEV1_OK);
        assert_true(ike_id_is_good(&id));
        char *again = malloc(LENGTHS[i] + 4);
        assert_int_equal(ikev1_id_format(&id, again, LENGTHS[i] + 4), LENGTHS[i] + 3);
        assert_string_equal(again, text);
        free(again);
        free(buf);
        free(text);
    }
    char *text = malloc(70004);
    uint8_t *buf = malloc(80000);
    ikev1_id id;
    ikev1_text_error error;
    memset(text, 'x', 70003);
    memcpy(text, "CN=", 3);
    text[70003] = '\0';
    assert_int_equal(parse(text, buf, 80000, &id, &error), IKEV1_E_CONFIG);
    assert_string_equal(error.what, "identity too long");
    free(text);
    free(buf);
}

static void test_id_parse__null_arguments__refused(void **state) {
    (void)state;
    uint8_t buf[8];
    ikev1_id id;
    assert_int_equal(ikev1_id_parse(NULL, buf, 8, &id, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_id_parse("gw", NULL, 8, &id, NULL), IKEV1_E_ARGUMENT);
    assert_int_equal(ikev1_id_parse("gw", buf, 8, NULL, NULL), IKEV1_E_ARGUMENT);
}

/* What a peer can send, whatever its shape, is shown in printable ASCII. */
static void test_id_format__what_a_peer_sends__printable(void **state) {
    (void)state;
    static const struct {
        uint8_t type;
        const char *hex, *want;
    } rows[] = {
        {0, "", "none"},
        {IKEV1_ID_FQDN, "", "fqdn:#"},
        {IKEV1_ID_FQDN, "676f6f6400", "fqdn:#676f6f6400"}, /* IDN-04 */
        {IKEV1_ID_FQDN, "403132", "fqdn:@12"},
        {IKEV1_ID_USER_FQDN, "6777", "userfqdn:gw"},
        {IKEV1_ID_USER_FQDN, "ff", "userfqdn:#ff"},
        {IKEV1_ID_IPV4_ADDR, "c00002", "ipv4:#c00002"},
        {IKEV1_ID_IPV4_ADDR_SUBNET, "c0000200 ff00ff00", "ipv4net:#c0000200ff00ff00"},
        {IKEV1_ID_IPV4_ADDR_SUBNET, "c0000201 ffffff00", "ipv4net:#c0000201ffffff00"},
        {IKEV1_ID_IPV4_ADDR_RANGE, "c0000209 c0000201", "ipv4range:#c0000209c0000201"},
        {IKEV1_ID_DER_ASN1_DN, "3000", "asn1dn:#3000"},
        {IKEV1_ID_DER_ASN1_GN, "820161", "asn1gn:#820161"},
        {IKEV1_ID_KEY_ID, "00", "@#00"},
        {200, "c0", "@#c0"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ikev1_bytes content = hex_make(rows[i].hex);
        char got[100];
        const ikev1_id id = {.type = rows[i].type, .data = content.data, .len = content.len};
        size_t len = ikev1_id_format(&id, got, sizeof got);
        ROW_TEXT(rows[i].want, got, rows[i].want);
        ROW_EQUAL(rows[i].want, len, strlen(got));
        hex_free(content);
    }
}

static void test_id_format__every_size__cut_and_terminated(void **state) {
    (void)state;
    static const char *const TEXTS[] = {"C=DE, O=Example, CN=gw", "fqdn:192.0.2.1", "@#6b6579",
                                        "fqdn:#c3a9", "user@example.org"};
    for (size_t i = 0; i < COUNT(TEXTS); i++)
        for (size_t cap = 0; cap <= strlen(TEXTS[i]) + 2; cap++) {
            uint8_t buf[100];
            ikev1_id id;
            char *out = malloc(cap + 1);
            out[cap] = '!';
            ROW_EQUAL(TEXTS[i], parse(TEXTS[i], buf, sizeof buf, &id, NULL), IKEV1_OK);
            size_t len = ikev1_id_format(&id, out, cap);
            ROW_EQUAL(TEXTS[i], len, strlen(TEXTS[i]));
            ROW_EQUAL(TEXTS[i], out[cap], '!');
            if (cap > 0) {
                ROW_EQUAL(TEXTS[i], strlen(out), cap - 1 < len ? cap - 1 : len);
                ROW_EQUAL(TEXTS[i], memcmp(out, TEXTS[i], strlen(out)), 0);
            }
            free(out);
        }
}

/* strongSwan's own corpus: as it is (with a line's end), and without it. Never a crash; what is
 * read survives the way to text and back. */
static void test_id_parse__strongswan_corpus__read_or_refused(void **state) {
    (void)state;
    static const char *const FILES[] = {"fuzz_seeds/strongswan_ids.txt",
                                        "fuzz_seeds/strongswan_ids_2.txt"};
    size_t cases = 0, read = 0;
    for (size_t i = 0; i < COUNT(FILES); i++) {
        struct vec_file *f = vec_open(FILES[i]);
        if (f == NULL)
            skip();
        while (vec_next(f)) {
            ikev1_bytes data = vec_hex(f, "data");
            for (size_t cut = 0; cut < 2 && cut < data.len; cut++) {
                char text[200], shown[400];
                uint8_t buf[200], back[200];
                ikev1_id id, again;
                snprintf(text, sizeof text, "%.*s", (int)(data.len - cut), (const char *)data.data);
                if (parse(text, buf, sizeof buf, &id, NULL) != IKEV1_OK)
                    continue;
                read++;
                ikev1_id_format(&id, shown, sizeof shown);
                ROW_EQUAL(text, parse(shown, back, sizeof back, &again, NULL), IKEV1_OK);
                ROW_EQUAL(text, ike_id_equal(&id, &again), true);
            }
            cases++;
        }
        vec_close(f);
    }
    assert_int_equal(cases, 20);
    assert_int_equal(read, 14);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_id_parse__good__type_bytes_and_back),
        cmocka_unit_test(test_id_parse__wrong__error_points_at_it),
        cmocka_unit_test(test_id_parse__every_buffer_size__fits_or_is_refused),
        cmocka_unit_test(test_id_parse__long_names__der_in_its_shortest_form),
        cmocka_unit_test(test_id_parse__null_arguments__refused),
        cmocka_unit_test(test_id_format__what_a_peer_sends__printable),
        cmocka_unit_test(test_id_format__every_size__cut_and_terminated),
        cmocka_unit_test(test_id_parse__strongswan_corpus__read_or_refused),
    };
    return cmocka_run_group_tests_name("text_id", tests, NULL, NULL);
}
