/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: the body of an ID payload. What decodes encodes to the same; a range survives the way to
 * an identity and back; its text is printable.
 */
#include "holds.h"

static void check_selector(const ikev1_id *id) {
    ikev1_selector s, again;
    ikev1_id written;
    uint8_t buf[32];
    if (ike_selector_from_id(&s, id) != IKEV1_OK)
        return;
    ike_selector_to_id(&written, &s, buf);
    HOLDS(is_inside(ike_bytes(written.data, written.len), buf, sizeof(buf)));
    HOLDS(ike_selector_from_id(&again, &written) == IKEV1_OK);
    HOLDS(ike_selector_equal(&s, &again) && ike_selector_contains(&s, &again));
}

static void check_text(const ikev1_id *id) {
    char text[300];
    struct ike_text t = ike_text(text, sizeof(text));
    ike_id_text(&t, id);
    for (const char *p = text; *p != '\0'; p++)
        HOLDS(*p >= 0x20 && *p < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ikev1_id id;
    ikev1_why why = {0};
    int code = ike_id_decode(&id, ike_bytes(data, size), &why);
    HOLDS(why.code == code);
    if (code != IKEV1_OK)
        return 0;
    HOLDS(is_inside(ike_bytes(id.data, id.len), data, size));
    uint8_t *buf = malloc(size);
    HOLDS(buf != NULL);
    struct ike_writer w = ike_writer(buf, size);
    ike_id_encode(&w, &id);
    HOLDS(is_written(&w, data, size));
    free(buf);
    HOLDS(ike_id_equal(&id, &id));
    check_selector(&id);
    check_text(&id);
    return 0;
}
