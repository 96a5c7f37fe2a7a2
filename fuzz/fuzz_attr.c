/* SPDX-License-Identifier: Apache-2.0 */
/* Input: a list of attributes. Each one that decodes encodes to the same bytes. */
#include "holds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ike_reader r = ike_reader(ike_bytes(data, size));
    struct ike_attr a;
    uint8_t *buf = malloc(size + 1);
    HOLDS(buf != NULL);
    struct ike_writer w = ike_writer(buf, size);
    int got;
    while ((got = ike_attr_next(&r, &a)) > 0) {
        HOLDS(is_inside(a.bytes, data, size));
        if (a.basic)
            ike_attr_put_basic(&w, a.type, (uint16_t)a.value);
        else
            ike_attr_put_bytes(&w, a.type, a.bytes);
        HOLDS(is_written(&w, data, size - ike_left(&r)));
    }
    HOLDS(got == 0 ? ike_written(&w) == size : ike_attr_next(&r, &a) == got);
    free(buf);
    return 0;
}
