/* SPDX-License-Identifier: Apache-2.0 */
/* Input: the body of a fragment payload. What decodes encodes to the same. */
#include "holds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ike_fragment f;
    ikev1_why why = {0};
    int code = ike_fragment_decode(&f, ike_bytes(data, size), &why);
    HOLDS(why.code == code);
    if (code != IKEV1_OK)
        return 0;
    HOLDS(f.number > 0 && f.data.len > 0 && is_inside(f.data, data, size));
    uint8_t *buf = malloc(size);
    HOLDS(buf != NULL);
    struct ike_writer w = ike_writer(buf, size);
    ike_fragment_encode(&w, &f);
    HOLDS(is_written(&w, data, size));
    free(buf);
    return 0;
}
