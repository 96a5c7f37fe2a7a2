/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: the number of a reader, then the text. An error points into the text; what is read
 * survives the way to text and back; texts are printable.
 */
#include "holds.h"

#include <ikev1/text.h>

static void check_result(int r, const ikev1_text_error *error, const char *text) {
    size_t len = strlen(text);
    HOLDS(r == IKEV1_OK || r == IKEV1_E_CONFIG);
    HOLDS((r == IKEV1_OK) == (error->what == NULL));
    HOLDS((error->what == NULL) == (error->expected == NULL));
    HOLDS(error->at <= len && error->len <= len - error->at);
}

static void check_printable(const char *text, size_t len) {
    HOLDS(strlen(text) == len);
    for (size_t i = 0; i < len; i++)
        HOLDS(text[i] >= 0x20 && text[i] < 0x7f);
}

static void read_suites1(const char *text) {
    ikev1_suite1 s[8], again;
    ikev1_text_error error;
    size_t count = 0, one;
    char out[IKEV1_TEXT_SIZE];
    int r = ikev1_suites1_parse(text, IKEV1_AUTH_PSK, s, 8, &count, &error);
    check_result(r, &error, text);
    HOLDS(count <= 8 && (count > 0) == (r == IKEV1_OK));
    for (size_t i = 0; i < count; i++) {
        check_printable(out, ikev1_suite1_format(&s[i], out, sizeof(out)));
        HOLDS(ikev1_suites1_parse(out, IKEV1_AUTH_PSK, &again, 1, &one, NULL) == IKEV1_OK);
        HOLDS(memcmp(&again, &s[i], sizeof(again)) == 0);
    }
}

static void read_suites2(const char *text) {
    ikev1_suite2 s[8], again;
    ikev1_text_error error;
    size_t count = 0, one;
    uint16_t group, same;
    char out[IKEV1_TEXT_SIZE];
    int r = ikev1_suites2_parse(text, s, 8, &count, &group, &error);
    check_result(r, &error, text);
    HOLDS(count <= 8 && (count > 0) == (r == IKEV1_OK));
    for (size_t i = 0; i < count; i++) {
        check_printable(out, ikev1_suite2_format(&s[i], group, out, sizeof(out)));
        HOLDS(ikev1_suites2_parse(out, &again, 1, &one, &same, NULL) == IKEV1_OK);
        HOLDS(memcmp(&again, &s[i], sizeof(again)) == 0 && same == group);
    }
}

static void read_address(const char *text) {
    ikev1_address a, again;
    ikev1_text_error error;
    char out[IKEV1_TEXT_SIZE];
    int r = ikev1_address_parse(text, &a, &error);
    check_result(r, &error, text);
    if (r != IKEV1_OK)
        return;
    check_printable(out, ikev1_address_format(&a, out, sizeof(out)));
    HOLDS(ikev1_address_parse(out, &again, NULL) == IKEV1_OK);
    HOLDS(memcmp(&a, &again, sizeof(a)) == 0);
}

static void read_selector(const char *text) {
    ikev1_selector s, again;
    ikev1_text_error error;
    char out[IKEV1_TEXT_SIZE];
    int r = ikev1_selector_parse(text, &s, &error);
    check_result(r, &error, text);
    if (r != IKEV1_OK)
        return;
    check_printable(out, ikev1_selector_format(&s, out, sizeof(out)));
    HOLDS(ikev1_selector_parse(out, &again, NULL) == IKEV1_OK);
    HOLDS(memcmp(&s, &again, sizeof(s)) == 0);
}

static void read_id(const char *text) {
    uint8_t buf[64], back[64];
    ikev1_id id, again;
    ikev1_text_error error;
    char out[400];
    int r = ikev1_id_parse(text, buf, sizeof(buf), &id, &error);
    check_result(r, &error, text);
    if (r != IKEV1_OK)
        return;
    HOLDS(is_inside(ike_bytes(id.data, id.len), buf, sizeof(buf)));
    HOLDS(ike_id_is_good(&id));
    check_printable(out, ikev1_id_format(&id, out, sizeof(out)));
    /* A foreign distinguished name may have string types that its text does not show. */
    if (id.type != IKEV1_ID_DER_ASN1_DN)
        HOLDS(ikev1_id_parse(out, back, sizeof(back), &again, NULL) == IKEV1_OK &&
              ike_id_equal(&id, &again));
}

static void read_allow(const char *text) {
    uint32_t allow;
    ikev1_text_error error;
    check_result(ikev1_allow_parse(text, &allow, &error), &error, text);
}

static void read_psk(const char *text) {
    HOLDS(ikev1_psk_strength(ike_bytes(text, strlen(text))) <= 256 * 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static void (*const READERS[])(const char *) = {
        read_suites1, read_suites2, read_address, read_selector, read_id, read_allow, read_psk,
    };
    if (size == 0 || size > 4096)
        return 0;
    char *text = malloc(size);
    HOLDS(text != NULL);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    READERS[data[0] % (sizeof(READERS) / sizeof(READERS[0]))](text);
    free(text);
    return 0;
}
