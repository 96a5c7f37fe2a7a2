/* SPDX-License-Identifier: Apache-2.0 */
/* The status notifications of RFC 2407 4.6.3 as they are on the wire, byte for byte. Mission R7. */
#include "exchange/phase1.h"

#include "support/craft.h"
#include "support/pair.h"
#include "support/vectors.h"

static struct craft c; /* large */
static uint8_t cookies[16];

/* The side whose message is on its way has to have its keys, to read it with. */
static void open_next(struct pair *p, struct side *receiver) {
    const struct datagram *d = &p->link.flights[0];
    struct ike_sa *sa = ike_find_sa(&receiver->ike->s, d->data, d->data + 8);
    ikev1_why why = {0};
    assert_int_equal(p->link.flight_count, 1);
    assert_non_null(sa);
    if (sa->phase1 != NULL && sa->live == NULL)
        assert_int_equal(ike_phase1_keys(sa->phase1, &why), IKEV1_OK);
    craft_open(&c, receiver->ike, d->data, d->len);
    memcpy(cookies, d->data, sizeof cookies);
}

static void steps(struct pair *p, int count) {
    while (count-- > 0)
        assert_true(pair_step(p));
    side_drain(&p->i);
    side_drain(&p->r);
}

/* `head` up to the SPI and `data` behind it, in hex. */
static void check_notify(const char *name, int nth, const char *head, const void *spi,
                         size_t spi_len, const char *data) {
    ikev1_bytes before = hex_make(head), after = hex_make(data);
    int at = craft_find(&c, IKEV1_PAYLOAD_NOTIFY, nth);
    const uint8_t *body = c.at[at].body;
    ROW_EQUAL(name, at == CRAFT_NONE, false);
    ROW_EQUAL(name, c.at[at].len, before.len + spi_len + after.len);
    assert_memory_equal(body, before.data, before.len);
    assert_memory_equal(body + before.len, spi, spi_len);
    assert_memory_equal(body + before.len + spi_len, after.data, after.len);
    hex_free(before);
    hex_free(after);
}

static void test_status__each__bytes_of_the_rfc(void **state) {
    struct pair *p = pair_new(NULL);
    uint8_t spi[4];
    (void)state;
    p->i.phase1.initial_contact = true;
    p->i.phase1.life_seconds = 7200;
    p->r.phase1.life_seconds = 3600;
    p->i.phase2.life_seconds = 3600;
    p->r.phase2.life_seconds = 1800;
    p->r.phase1.lifetime = p->r.phase2.lifetime = IKEV1_LIFETIME_CLAIM;
    p->r.phase2.replay_status = IKEV1_REPLAY_ON;
    pair_start(p);
    assert_int_equal(pair_connect(p), IKEV1_OK);
    steps(p, 4);
    open_next(p, &p->r);
    check_notify("INITIAL-CONTACT", 0, "00000001 01 10 6002", cookies, 16, "");
    steps(p, 1);
    open_next(p, &p->i);
    check_notify("RESPONDER-LIFETIME", 0, "00000001 01 10 6000", cookies, 16, "80010001 80020e10");
    steps(p, 2);
    open_next(p, &p->i);
    ike_put_u32(spi, side_event(&p->r, IKEV1_EVENT_CHILD_INBOUND, 0)->ipsec.spi);
    check_notify("RESPONDER-LIFETIME of ESP", 0, "00000001 03 04 6000", spi, 4,
                 "80010001 80020708");
    check_notify("REPLAY-STATUS", 1, "00000001 03 04 6001", spi, 4, "00000001");
    pair_run(p);
    pair_check_up(p, 1);
    pair_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status__each__bytes_of_the_rfc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
