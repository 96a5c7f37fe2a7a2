/* SPDX-License-Identifier: Apache-2.0 */
/* Input: a datagram. A header that decodes encodes to the same bytes; its text is bounded. */
#include "holds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ike_header h;
    ikev1_why why = {0};
    int code = ike_header_decode(&h, ike_bytes(data, size), &why);
    HOLDS(why.code == code);
    if (code != IKEV1_OK)
        return 0;
    uint8_t again[IKEV1_HEADER_SIZE];
    struct ike_writer w = ike_writer(again, sizeof(again));
    ike_header_encode(&w, &h);
    HOLDS(is_written(&w, data, IKEV1_HEADER_SIZE));
    char text[512];
    struct ike_text t = ike_text(text, sizeof(text));
    ike_dump_text(&t, &h, NULL);
    HOLDS(t.len < sizeof(text) && strlen(text) == t.len);
    return 0;
}
