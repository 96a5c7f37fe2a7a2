/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: the body of an attribute payload. What decodes can be walked to its end, and encodes to
 * the same but for its padding.
 */
#include "holds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ike_config c;
    ikev1_why why = {0};
    int code = ike_config_decode(&c, ike_bytes(data, size), &why);
    HOLDS(why.code == code);
    if (code != IKEV1_OK)
        return 0;
    HOLDS(is_inside(c.attrs, data, size));
    struct ike_reader r = ike_reader(c.attrs);
    struct ike_attr a;
    int got;
    while ((got = ike_attr_next(&r, &a)) > 0)
        HOLDS(is_inside(a.bytes, data, size));
    HOLDS(got == 0);
    uint8_t *buf = malloc(size);
    HOLDS(buf != NULL);
    struct ike_writer w = ike_writer(buf, size);
    ike_config_encode(&w, &c);
    size_t written = ike_written(&w);
    HOLDS(size - written < 4 && ike_is_zero(data + written, size - written));
    HOLDS(is_written(&w, data, written));
    free(buf);
    return 0;
}
