/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: one byte that chooses, then the body of a notification, delete or NAT-OA payload. What
 * decodes encodes to the same, but for the generic DOI, which we never write.
 */
#include "holds.h"

enum { DOI_AT = 3 }; /* the byte in which DOI 0 and DOI 1 differ */

static bool same_but_doi(struct ike_writer *w, ikev1_bytes body) {
    if (w->bad || ike_written(w) != body.len)
        return false;
    w->start[DOI_AT] = body.data[DOI_AT];
    return memcmp(w->start, body.data, body.len) == 0;
}

static void notify(ikev1_bytes body, struct ike_writer *w) {
    struct ike_notify n;
    if (ike_notify_decode(&n, body, NULL) != IKEV1_OK)
        return;
    HOLDS(is_inside(n.spi, body.data, body.len) && is_inside(n.data, body.data, body.len));
    ike_notify_encode(w, &n);
    HOLDS(same_but_doi(w, body));
}

static void delete (ikev1_bytes body, struct ike_writer *w) {
    struct ike_delete d;
    if (ike_delete_decode(&d, body, NULL) != IKEV1_OK)
        return;
    HOLDS(is_inside(d.spis, body.data, body.len));
    HOLDS(d.count > 0 && (size_t)d.count * d.spi_size == d.spis.len);
    ike_delete_encode(w, &d);
    HOLDS(same_but_doi(w, body));
}

static void natoa(ikev1_bytes body, struct ike_writer *w) {
    ikev1_address a;
    if (ike_natoa_decode(&a, body, NULL) != IKEV1_OK)
        return;
    ike_natoa_encode(w, &a);
    HOLDS(is_written(w, body.data, body.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static void (*const kinds[])(ikev1_bytes, struct ike_writer *) = {notify, delete, natoa};
    if (size < 1)
        return 0;
    uint8_t *buf = malloc(size);
    HOLDS(buf != NULL);
    struct ike_writer w = ike_writer(buf, size);
    kinds[data[0] % 3](ike_bytes(data + 1, size - 1), &w);
    free(buf);
    return 0;
}
