/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: the body of an SA payload. The iterators end on any input and show all of a checked one; a
 * usable suite that is written again decodes to the same.
 */
#include "holds.h"

static void check_suite(bool phase1, const struct ike_proposal *p, const struct ike_transform *t) {
    struct ike_suite first, second;
    (phase1 ? ike_suite_decode1 : ike_suite_decode2)(&first, p, t);
    if (first.bad != 0)
        return;
    uint8_t buf[512];
    struct ike_writer w = ike_writer(buf, sizeof(buf));
    struct ike_sa_writer s;
    ike_sa_begin(&s, &w);
    ike_sa_proposal(&s, p->number, p->protocol, p->spi);
    (phase1 ? ike_sa_transform1 : ike_sa_transform2)(&s, &first);
    ike_sa_end(&s);
    ikev1_bytes body = ike_bytes(buf, ike_written(&w));
    HOLDS(ike_sa_check(body, NULL) == IKEV1_OK);
    struct ike_reader proposals = ike_sa_proposals(body);
    struct ike_proposal p2;
    struct ike_transform t2;
    HOLDS(ike_proposal_next(&proposals, &p2) && ike_transform_next(&p2, &t2));
    HOLDS(ike_bytes_equal(p2.spi, p->spi));
    (phase1 ? ike_suite_decode1 : ike_suite_decode2)(&second, &p2, &t2);
    HOLDS(first.transform == second.transform && first.id == second.id);
    HOLDS(first.cipher == second.cipher && first.hash == second.hash);
    HOLDS(first.auth == second.auth && first.prf == second.prf && first.group == second.group);
    HOLDS(first.key_bits == second.key_bits && first.integrity == second.integrity);
    HOLDS(first.encapsulation == second.encapsulation && first.esn == second.esn);
    HOLDS(first.life_seconds == second.life_seconds);
    HOLDS(first.life_kilobytes == second.life_kilobytes && second.bad == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ikev1_why why = {0};
    ikev1_bytes body = ike_bytes(data, size);
    int code = ike_sa_check(body, &why);
    HOLDS(why.code == code);
    struct ike_reader proposals = ike_sa_proposals(body);
    struct ike_proposal p;
    struct ike_transform t;
    size_t total = 0;
    while (ike_proposal_next(&proposals, &p)) {
        size_t count = 0;
        HOLDS(is_inside(p.spi, data, size));
        for (; ike_transform_next(&p, &t); count++) {
            HOLDS(is_inside(t.attrs, data, size));
            if (code == IKEV1_OK) {
                check_suite(true, &p, &t);
                check_suite(false, &p, &t);
            }
        }
        HOLDS(code != IKEV1_OK || count == p.transforms);
        total += count;
    }
    HOLDS(code != IKEV1_OK || (total > 0 && total <= IKE_MAX_TRANSFORMS));
    HOLDS(code != IKEV1_OK || ike_left(&proposals) == 0);
    return 0;
}
