/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The networks of live connections: what is in the way is found, whatever has come and gone, and
 * without going through all. session/claim.c; mission S10, S11.
 */
#include "api/api.h"
#include "session/claim.h"
#include "support/street.h"

enum { PEERS = 5, CHILDREN = 3000, QUESTIONS = 3000 };

struct crowd { /* SAs and children that no negotiation has made */
    struct street *street;
    struct ike_session *s;
    struct ike_sa sas[PEERS];
    struct ike_live lives[PEERS];
    uint8_t ids[PEERS][8];
    struct ike_child *children;
    struct rng rng;
};

static ikev1_selector random_net(struct rng *rng) {
    ikev1_selector s = {.family = rng_below(rng, 4) == 0 ? 6 : 4};
    uint32_t at = rng_below(rng, 60000), len = rng_below(rng, 40);
    for (size_t i = 0; i < 2; i++) {
        s.start[i + 2] = (uint8_t)(at >> (8 - 8 * i));
        s.end[i + 2] = (uint8_t)((at + len) >> (8 - 8 * i));
    }
    s.protocol = rng_below(rng, 8) == 0 ? 6 : 0;
    return s;
}

static struct crowd *crowd_new(void) {
    struct crowd *c = calloc(1, sizeof *c);
    assert_non_null(c);
    c->street = street_new();
    c->s = &street_house(c->street, "hub", 1)->ike->s;
    c->children = calloc(CHILDREN, sizeof *c->children);
    rng_init(&c->rng, 5);
    for (uint8_t i = 0; i < PEERS; i++) {
        struct ike_sa *sa = &c->sas[i];
        c->ids[i][0] = IKEV1_ID_KEY_ID;
        c->ids[i][7] = i;
        sa->ctx = &c->s->ctx;
        sa->live = &c->lives[i];
        sa->live->remote_id = (struct ike_blob){c->ids[i], 8};
        assert_int_equal(ike_handle_new(&c->s->handles, IKE_KIND_SA, sa, &sa->handle), IKEV1_OK);
    }
    for (uint32_t i = 0; i < CHILDREN; i++) {
        struct ike_child *child = &c->children[i];
        child->sa = &c->sas[rng_below(&c->rng, PEERS)];
        assert_int_equal(ike_handle_new(&c->s->handles, IKE_KIND_CHILD, child, &child->handle),
                         IKEV1_OK);
        child->rule = 1 + rng_below(&c->rng, 7);
        child->remote = random_net(&c->rng);
        child->local = (ikev1_selector){.family = child->remote.family};
    }
    return c;
}

static void crowd_free(struct crowd *c) {
    for (uint32_t i = 0; i < CHILDREN; i++) {
        ike_unclaim(&c->children[i]);
        ike_handle_end(&c->s->handles, c->children[i].handle);
    }
    assert_int_equal(c->s->claims, 0);
    for (uint32_t i = 0; i < PEERS; i++)
        ike_handle_end(&c->s->handles, c->sas[i].handle);
    street_free(c->street);
    free(c->children);
    free(c);
}

/* As one would find it who looks at everything. */
static bool in_the_way(const struct crowd *c, const struct ike_sa *sa, const ikev1_selector *net) {
    for (uint32_t i = 0; i < CHILDREN; i++) {
        if (c->children[i].claim.weight != 0 && c->children[i].sa != sa &&
            ike_selector_meets(&c->children[i].remote, net))
            return true;
    }
    return false;
}

static uint32_t pairs_of(const struct crowd *c, uint32_t rule) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < CHILDREN; i++)
        count += c->children[i].claim.weight != 0 && c->children[i].rule == rule;
    return count;
}

static unsigned depth(const struct ike_session *s, uint32_t slot) {
    const struct ike_child *top = ike_slot_at(s, slot);
    if (top == NULL)
        return 0;
    unsigned left = depth(s, top->claim.left), right = depth(s, top->claim.right);
    return 1 + (left > right ? left : right);
}

static int ask(struct crowd *c, const struct ike_sa *sa, const ikev1_selector *net,
               ikev1_why *why) {
    const ikev1_selector all = {.family = net->family};
    const ikev1_question q = {.size = sizeof q, .sa = sa->handle, .local = &all, .remote = net};
    const ikev1_phase2 p = {.size = sizeof p, .rule = 9, .exclusive = true};
    *why = (ikev1_why){0};
    return ike_admits(&c->s->ctx, &q, &p, why);
}

static void test_claims__thousands_come_and_go__as_by_looking_at_all(void **state) {
    struct crowd *c = crowd_new();
    (void)state;
    for (int n = 0; n < QUESTIONS; n++) {
        for (int k = 0; k < 4; k++) {
            struct ike_child *child = &c->children[rng_below(&c->rng, CHILDREN)];
            if (child->claim.weight != 0)
                ike_unclaim(child);
            else
                ike_claim(child);
        }
        const struct ike_sa *sa = &c->sas[rng_below(&c->rng, PEERS)];
        const ikev1_selector net = random_net(&c->rng);
        ikev1_why why;
        const bool bad = in_the_way(c, sa, &net);
        assert_int_equal(ask(c, sa, &net, &why), bad ? IKEV1_E_LIVE_CONFLICT : IKEV1_OK);
        assert_int_equal(why.other_rule != 0, bad);
    }
    for (uint32_t rule = 0; rule < 9; rule++)
        assert_int_equal(ike_claims_of(c->s, rule), pairs_of(c, rule));
    assert_true(depth(c->s, c->s->claims) < 40); /* some 1,500 of them: the logarithm is 11 */
    crowd_free(c);
}

/* Of one peer's identity another may only be where all who have a key can have any name; then it
 * is one within its rule. */
static void test_claims__same_name_by_a_shared_key__one_peer_within_a_rule(void **state) {
    struct crowd *c = crowd_new();
    struct ike_child *child = &c->children[0];
    struct ike_sa *other = child->sa == &c->sas[0] ? &c->sas[1] : &c->sas[0];
    ikev1_why why;
    (void)state;
    ike_claim(child);
    assert_int_equal(ask(c, other, &child->remote, &why), IKEV1_E_LIVE_CONFLICT);
    other->live->remote_id = child->sa->live->remote_id;
    assert_int_equal(ask(c, other, &child->remote, &why), IKEV1_OK);
    other->live->loose = true;
    other->rule = 2;
    assert_int_equal(ask(c, other, &child->remote, &why), IKEV1_E_LIVE_CONFLICT);
    child->sa->rule = 2;
    assert_int_equal(ask(c, other, &child->remote, &why), IKEV1_OK);
    crowd_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_claims__thousands_come_and_go__as_by_looking_at_all),
        cmocka_unit_test(test_claims__same_name_by_a_shared_key__one_peer_within_a_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
