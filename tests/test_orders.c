/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The payloads of every message of the script in every order that the RFC leaves open: all of up to
 * five, 120 drawn at random where there are more. RFC 2409 5; PAY-10.
 */
#include "support/rng.h"
#include "support/scene.h"

static struct craft c; /* large */

/* Places that may change: not the leader's, nor those of a pair of identities. */
static int movable(const struct scene *s, int *first) {
    int last = c.count - 1;
    *first = s->step->first != 0 ? 1 : 0;
    if (s->step->two != 0 && c.at[last].type == IKEV1_PAYLOAD_ID)
        last -= 2;
    return last + 1 - *first;
}

/* Order number k of n payloads from `first` on. */
static void arrange(int first, int n, uint32_t k) {
    for (int j = n - 1; j > 0; j--) {
        craft_swap(&c, first + j, first + (int)(k % (uint32_t)(j + 1)));
        k /= (uint32_t)(j + 1);
    }
}

static void test_step__every_order__accepted(void **state) { /* PAY-10 */
    enum { MOST = 5 };
    static const uint32_t ORDERS[] = {1, 1, 2, 6, 24, 120};
    static uint8_t out[CRAFT_MESSAGE];
    struct rng rng;
    (void)state;
    rng_init(&rng, 3);
    for (size_t i = 0; i < SCENE_POINTS; i++) {
        const struct point *at = &scene_points[i];
        uint32_t orders = 1;
        if (at->sas != 0) /* several SA payloads are answered in their order */
            continue;
        for (uint32_t k = 0; k < orders; k++) {
            struct scene s = scene_at(at);
            int first, n;
            scene_open(&s, &c);
            n = movable(&s, &first);
            orders = ORDERS[n < MOST ? n : MOST];
            arrange(first, n, n <= MOST ? k : rng_below(&rng, UINT32_MAX));
            size_t len = craft_close(&c, out, sizeof out);
            int r = ikev1_engine_input(s.to->ike, s.p->now, &s.genuine->path, out, len, NULL);
            ROW_EQUAL(at->name, r, IKEV1_OK);
            pair_stop(s.p);
            pair_free(s.p);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_step__every_order__accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
