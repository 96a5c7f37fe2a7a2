/* SPDX-License-Identifier: Apache-2.0 */
/* What a certificate says about its holder: RFC 4945 3.1, 5.1.3. */
#include "support/pki.h"
#include "support/rows.h"

#include "base/base.h"
#include "provider/pki.h"

#define SUBJECT "C=XX,O=Peers,CN=gw.example"
#define SAN     "DNS:gw.example,IP:192.0.2.1,IP:2001:db8::1,email:ops@gw.example"

static EVP_PKEY *key;

static int make_key(void **state) {
    (void)state;
    key = pki_ec_key("P-256");
    return 0;
}

static int free_key(void **state) {
    (void)state;
    EVP_PKEY_free(key);
    return 0;
}

static X509 *with(struct pki_spec spec) {
    spec.key = key;
    return pki_cert(&spec, NULL, NULL);
}

static ikev1_id id_of(uint8_t type, ikev1_bytes data) {
    return (ikev1_id){.type = type, .data = data.data, .len = data.len};
}

#define TEXT(s)                                                                                    \
    { (const uint8_t *)(s), sizeof(s) - 1 }

/* IDN-04, IDN-07, CRT-08 */
static const struct {
    const char *name, *subject, *san;
    uint8_t type;
    ikev1_bytes id;
    bool same;
} NAMES[] = {
    {"DNS name", SUBJECT, SAN, IKEV1_ID_FQDN, TEXT("gw.example"), true},
    {"DNS name, other letters", SUBJECT, SAN, IKEV1_ID_FQDN, TEXT("GW.Example"), true},
    {"e-mail", SUBJECT, SAN, IKEV1_ID_USER_FQDN, TEXT("ops@gw.example"), true},
    {"e-mail, other letters", SUBJECT, SAN, IKEV1_ID_USER_FQDN, TEXT("Ops@gw.EXAMPLE"), true},
    {"IPv4", SUBJECT, SAN, IKEV1_ID_IPV4_ADDR, TEXT("\xc0\x00\x02\x01"), true},
    {"IPv6", SUBJECT, SAN, IKEV1_ID_IPV6_ADDR, TEXT("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"),
     true},
    {"second DNS name", SUBJECT, "DNS:a.example,DNS:b.example", IKEV1_ID_FQDN, TEXT("b.example"),
     true},
    {"another DNS name", SUBJECT, SAN, IKEV1_ID_FQDN, TEXT("gx.example"), false},
    {"prefix", SUBJECT, SAN, IKEV1_ID_FQDN, TEXT("gw.exampl"), false},
    {"longer", SUBJECT, SAN, IKEV1_ID_FQDN, TEXT("gw.example."), false},
    {"NUL and more", SUBJECT, SAN, IKEV1_ID_FQDN, TEXT("gw.example\0.evil"), false},
    {"NUL at the end", SUBJECT, SAN, IKEV1_ID_FQDN, TEXT("gw.example\0"), false},
    {"empty", SUBJECT, SAN, IKEV1_ID_FQDN, TEXT(""), false},
    {"below a wildcard", SUBJECT, "DNS:*.example", IKEV1_ID_FQDN, TEXT("gw.example"), false},
    {"as wildcard", SUBJECT, SAN, IKEV1_ID_FQDN, TEXT("*.example"), false},
    {"8 bits", SUBJECT, SAN, IKEV1_ID_FQDN,
     TEXT("gw\xaf"
          "example"),
     false},
    {"DNS name in the CN only", SUBJECT, NULL, IKEV1_ID_FQDN, TEXT("gw.example"), false},
    {"e-mail in the subject only", "CN=x,emailAddress=ops@gw.example", NULL, IKEV1_ID_USER_FQDN,
     TEXT("ops@gw.example"), false},
    {"DNS name as e-mail", SUBJECT, "email:ops@gw.example", IKEV1_ID_FQDN, TEXT("ops@gw.example"),
     false},
    {"e-mail as DNS name", SUBJECT, "DNS:gw.example", IKEV1_ID_USER_FQDN, TEXT("gw.example"),
     false},
    {"DNS name as URI", SUBJECT, "URI:gw.example", IKEV1_ID_FQDN, TEXT("gw.example"), false},
    {"IPv4 as DNS name", SUBJECT, "DNS:192.0.2.1", IKEV1_ID_IPV4_ADDR, TEXT("\xc0\x00\x02\x01"),
     false},
    {"IPv4 in text", SUBJECT, SAN, IKEV1_ID_FQDN, TEXT("192.0.2.1"), false},
    {"another IPv4", SUBJECT, SAN, IKEV1_ID_IPV4_ADDR, TEXT("\xc0\x00\x02\x02"), false},
    {"IPv4 of 3 bytes", SUBJECT, SAN, IKEV1_ID_IPV4_ADDR, TEXT("\xc0\x00\x02"), false},
    {"IPv4 of 5 bytes", SUBJECT, SAN, IKEV1_ID_IPV4_ADDR, TEXT("\xc0\x00\x02\x01\x00"), false},
    {"IPv6 as IPv4", SUBJECT, SAN, IKEV1_ID_IPV4_ADDR,
     TEXT("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"), false},
    {"IPv4 as IPv6", SUBJECT, SAN, IKEV1_ID_IPV6_ADDR, TEXT("\xc0\x00\x02\x01"), false},
    {"IPv4 as key ID", SUBJECT, SAN, IKEV1_ID_KEY_ID, TEXT("\xc0\x00\x02\x01"), false},
    {"IPv4 subnet", SUBJECT, SAN, IKEV1_ID_IPV4_ADDR_SUBNET,
     TEXT("\xc0\x00\x02\x01\xff\xff\xff\xff"), false},
    {"DNS name as general name", SUBJECT, SAN, IKEV1_ID_DER_ASN1_GN, TEXT("\x82\x0agw.example"),
     false},
    {"DNS name as subject", SUBJECT, SAN, IKEV1_ID_DER_ASN1_DN, TEXT("gw.example"), false},
};

static void test_names__each_type__its_own_kind_only(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(NAMES); i++) {
        X509 *cert = with((struct pki_spec){.subject = NAMES[i].subject, .san = NAMES[i].san});
        ikev1_bytes data = bytes_copy(NAMES[i].id);
        const ikev1_id id = id_of(NAMES[i].type, data);
        ROW_EQUAL(NAMES[i].name, ike_openssl_names(cert, &id), NAMES[i].same);
        X509_free(cert);
        hex_free(data);
    }
}

/* IDN-02: no other type names anybody. */
static void test_names__every_other_type__nobody(void **state) {
    (void)state;
    X509 *cert = with((struct pki_spec){.subject = SUBJECT, .san = SAN});
    for (unsigned type = 0; type < 256; type++) {
        const ikev1_id id = id_of((uint8_t)type, ike_bytes("gw.example", 10));
        assert_int_equal(ike_openssl_names(cert, &id), type == IKEV1_ID_FQDN);
    }
    X509_free(cert);
}

/* IDN-04: the certificate's name is as long as it says, with what is in it. */
static void test_names__nul_in_the_certificate__not_cut_off(void **state) {
    (void)state;
    static const char NAME[] = "gw.example\0.evil.example";
    X509 *cert =
        with((struct pki_spec){.subject = SUBJECT, .dns = ike_bytes(NAME, sizeof NAME - 1)});
    const ikev1_id cut = id_of(IKEV1_ID_FQDN, ike_bytes("gw.example", 10));
    const ikev1_id whole = id_of(IKEV1_ID_FQDN, ike_bytes(NAME, sizeof NAME - 1));
    assert_false(ike_openssl_names(cert, &cut));
    assert_true(ike_openssl_names(cert, &whole));
    X509_free(cert);
}

/* RFC 4945 3.1.5: the very bytes, and not of an empty name. */
static void test_names__subject__every_byte(void **state) {
    (void)state;
    X509 *cert = with((struct pki_spec){.subject = SUBJECT, .san = SAN});
    const uint8_t *der;
    size_t len;
    assert_int_equal(X509_NAME_get0_der(X509_get_subject_name(cert), &der, &len), 1);
    uint8_t *copy = malloc(len + 1);
    assert_non_null(copy);
    memcpy(copy, der, len);
    copy[len] = 0;
    ikev1_id id = id_of(IKEV1_ID_DER_ASN1_DN, ike_bytes(copy, len));
    assert_true(ike_openssl_names(cert, &id));
    for (size_t i = 0; i < len; i++) {
        copy[i] ^= 0x20; /* among others, the case of letters */
        assert_false(ike_openssl_names(cert, &id));
        copy[i] ^= 0x20;
    }
    id.len = len - 1;
    assert_false(ike_openssl_names(cert, &id));
    id.len = len + 1;
    assert_false(ike_openssl_names(cert, &id));
    X509_free(cert);
    free(copy);

    cert = with((struct pki_spec){.san = SAN});
    id = id_of(IKEV1_ID_DER_ASN1_DN, ike_bytes("\x30\x00", 2));
    assert_false(ike_openssl_names(cert, &id));
    X509_free(cert);
}

/* RFC 4945 5.1.3.2, 5.1.3.12 */
static void test_may_sign__usages__as_the_profile_says(void **state) {
    (void)state;
    static const struct {
        const char *usage, *purpose;
        bool may;
    } ROWS[] = {
        {NULL, NULL, true},
        {"digitalSignature", NULL, true},
        {"nonRepudiation", NULL, true},
        {"critical,digitalSignature,keyEncipherment", NULL, true},
        {"keyEncipherment", NULL, false},
        {"critical,keyCertSign,cRLSign", NULL, false},
        {"keyAgreement", "1.3.6.1.5.5.7.3.17", false},
        {NULL, "serverAuth,clientAuth", true},
        {NULL, "critical,serverAuth", false},
        {NULL, "critical,serverAuth,1.3.6.1.5.5.7.3.17", true},
        {NULL, "critical,anyExtendedKeyUsage", true},
        {NULL, "critical,1.3.6.1.5.5.8.2.2", false},
    };
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        X509 *cert = with((struct pki_spec){.usage = ROWS[i].usage, .purpose = ROWS[i].purpose});
        if (ike_openssl_may_sign(cert) != ROWS[i].may)
            fail_msg("%s, %s", ROWS[i].usage, ROWS[i].purpose);
        X509_free(cert);
    }
}

/* ---- text ---- */

static const struct {
    const char *name;
    uint8_t type;
    ikev1_bytes data;
    const char *text;
} TEXTS[] = {
    {"IPv4", IKEV1_ID_IPV4_ADDR, TEXT("\xc0\x00\x02\x0a"), "192.0.2.10"},
    {"IPv6", IKEV1_ID_IPV6_ADDR, TEXT("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"),
     "2001:0db8:0000:0000:0000:0000:0000:0001"},
    {"IPv4 of 3 bytes", IKEV1_ID_IPV4_ADDR, TEXT("\xc0\x00\x02"), "\\xc0\\x00\\x02"},
    {"name", IKEV1_ID_FQDN, TEXT("gw.example"), "gw.example"},
    {"NUL, newline, backslash", IKEV1_ID_FQDN, TEXT("a\0b\nc\\d"), "a\\x00b\\x0ac\\\\d"},
    {"nothing", IKEV1_ID_FQDN, TEXT(""), ""},
    {"subject", IKEV1_ID_DER_ASN1_DN,
     TEXT("\x30\x1a\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02XX\x31\x0b\x30\x09\x06\x03\x55\x04"
          "\x03\x0c\x02g\n"),
     "C=XX, CN=g\\0A"},
    {"no subject", IKEV1_ID_DER_ASN1_DN, TEXT("\x30\x05x"), "0\\x05x"},
    {"79 letters", IKEV1_ID_FQDN,
     TEXT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"),
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"},
    {"80 letters", IKEV1_ID_FQDN,
     TEXT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbc"),
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"},
};

static void test_text__identity__printable_and_cut_off(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(TEXTS); i++) {
        ikev1_bytes data = bytes_copy(TEXTS[i].data);
        const ikev1_id id = id_of(TEXTS[i].type, data);
        char text[IKEV1_WHY_TEXT];
        ike_openssl_text_id(text, &id);
        ROW_TEXT(TEXTS[i].name, text, TEXTS[i].text);
        hex_free(data);
    }
    ERR_clear_error(); /* of the name that is none: its caller's mark takes that away */
}

static void test_text__subject__printable_and_cut_off(void **state) {
    (void)state;
    static const struct {
        const char *subject, *text;
    } ROWS[] = {
        {SUBJECT, "C=XX, O=Peers, CN=gw.example"},
        {NULL, ""},
        {"O=M\xc3\xbcller\x1b[2J,CN=a\"b", "O=M\\C3\\BCller\\1B[2J, CN=a\\\"b"},
        {"O=0123456789012345678901234567890123456789012345678901234567890123,CN=0123456789012345",
         "O=0123456789012345678901234567890123456789012345678901234567890123, CN=01234567"},
    };
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        X509 *cert = with((struct pki_spec){.subject = ROWS[i].subject});
        char text[IKEV1_WHY_TEXT];
        ike_openssl_text_name(text, X509_get_subject_name(cert));
        ROW_TEXT(ROWS[i].text, text, ROWS[i].text);
        X509_free(cert);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names__each_type__its_own_kind_only),
        cmocka_unit_test(test_names__every_other_type__nobody),
        cmocka_unit_test(test_names__nul_in_the_certificate__not_cut_off),
        cmocka_unit_test(test_names__subject__every_byte),
        cmocka_unit_test(test_may_sign__usages__as_the_profile_says),
        cmocka_unit_test(test_text__identity__printable_and_cut_off),
        cmocka_unit_test(test_text__subject__printable_and_cut_off),
    };
    return cmocka_run_group_tests(tests, make_key, free_key);
}
