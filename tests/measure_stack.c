/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How deep the library goes, and what it leaves behind there. Every call of the engine that does
 * work runs on a stack of its own, painted before: the deepest byte that changed is the depth of
 * the call (MEM-09), and none of the secrets the engine has ever held may be found in what is left
 * of it (MEM-08). The linker puts the functions below in the engine's place (--wrap), so that the
 * scenes are those of the other tests. check_stack.sh runs it on a build without sanitizers.
 */
#include <stdio.h>
#include <ucontext.h>

#include "support/digest.h"
#include "support/pair.h"

enum {
    STACK = 256 * 1024,
    PAINT = 0xa5,
    MOST = 16 * 1024, /* published: README.md, "Memory and limits" */
    SECRETS = 4096,
    WINDOW = 16, /* bytes of a secret that nothing else would have by chance */
};

static struct {
    uint8_t stack[STACK] __attribute__((aligned(64)));
    uint8_t secrets[SECRETS][WINDOW];
    size_t secret_count, deepest, calls, residues;
    const char *deepest_in, *residue_in;
} m;

/* ---- secrets ---- */

static void remember(const uint8_t *secret, size_t len) {
    static const uint8_t none[WINDOW] = {0};
    if (len < WINDOW || memcmp(secret, none, WINDOW) == 0)
        return;
    for (size_t i = 0; i < m.secret_count; i++) {
        if (memcmp(m.secrets[i], secret, WINDOW) == 0)
            return;
    }
    assert_true(m.secret_count < SECRETS);
    memcpy(m.secrets[m.secret_count++], secret, WINDOW);
}

static void remember_material(const struct ike_material *mat) {
    if (mat == NULL)
        return;
    remember(mat->skeyid, sizeof mat->skeyid);
    remember(mat->seed, sizeof mat->seed);
    remember(mat->secret.data, mat->secret.len);
}

static void remember_detail(const struct ike_detail *d) {
    for (size_t i = 0; d != NULL && i < d->count; i++) {
        remember(d->as.ipsec[i].encryption_key.data, d->as.ipsec[i].encryption_key.len);
        remember(d->as.ipsec[i].integrity_key.data, d->as.ipsec[i].integrity_key.len);
    }
}

static void remember_sa(const struct ike_sa *sa) {
    if (sa->live != NULL) {
        remember(ike_skeyid_d(sa->live), sa->live->prf_size);
        remember(ike_skeyid_a(sa->live), sa->live->prf_size);
        remember(ike_live_key(sa->live), sa->live->key_size);
    }
    if (sa->phase1 != NULL)
        remember_material(sa->phase1->mat);
    for (const struct ike_xchg *x = sa->xchgs; x != NULL; x = x->next)
        remember_material(x->mat);
    for (const struct ike_child *c = sa->children; c != NULL; c = c->next) {
        remember_detail(c->inbound);
        remember_detail(c->outbound);
    }
}

static void remember_engine(const ikev1_engine *ike) {
    for (uint32_t slot = 1; slot <= ike->s.handles.used; slot++) {
        const struct ike_sa *sa = ike_handle_at(&ike->s.handles, IKE_KIND_SA, slot);
        if (sa != NULL && sa->state != IKE_SA_DEAD)
            remember_sa(sa);
    }
}

/* ---- the stack ---- */

static size_t depth(void) {
    size_t untouched = 0;
    while (untouched < STACK && m.stack[untouched] == PAINT)
        untouched++;
    return STACK - untouched;
}

static bool has_residue(size_t used) {
    const uint8_t *left = m.stack + STACK - used;
    for (size_t i = 0; i < m.secret_count; i++) {
        for (size_t at = 0; at + WINDOW <= used; at++) {
            if (left[at] == m.secrets[i][0] && memcmp(left + at, m.secrets[i], WINDOW) == 0)
                return true;
        }
    }
    return false;
}

static void judge(const char *name, const ikev1_engine *ike) {
    const size_t used = depth();
    m.calls++;
    remember_engine(ike);
    if (used > m.deepest) {
        m.deepest = used;
        m.deepest_in = name;
    }
    if (has_residue(used)) {
        m.residues++;
        m.residue_in = name;
    }
}

/* ---- in the engine's place ---- */

/* The entry function of a context takes no arguments: those of the call that runs stand here. */
static struct {
    int result;
    ikev1_engine *ike;
    ikev1_time now;
    const ikev1_path *path;
    const uint8_t *data;
    size_t len;
    ikev1_why *why;
    uint64_t number; /* a handle, a question, a rule */
    const ikev1_answer *answer;
    ikev1_handle *handle;
} a;

static int on_own_stack(const char *name, void (*run)(void)) {
    ucontext_t there, back;
    memset(m.stack, PAINT, STACK);
    assert_int_equal(getcontext(&there), 0);
    there.uc_stack.ss_sp = m.stack;
    there.uc_stack.ss_size = STACK;
    there.uc_link = &back;
    makecontext(&there, run, 0);
    assert_int_equal(swapcontext(&back, &there), 0);
    judge(name, a.ike);
    return a.result;
}

#define IN_PLACE_OF(name, arguments, ...)                                                          \
    int __real_##name arguments;                                                                   \
    int __wrap_##name arguments;                                                                   \
    static void run_##name(void) {                                                                 \
        a.result = __real_##name(__VA_ARGS__);                                                     \
    }                                                                                              \
    int __wrap_##name arguments

IN_PLACE_OF(ikev1_engine_input,
            (ikev1_engine * ike, ikev1_time now, const ikev1_path *path, const uint8_t *data,
             size_t len, ikev1_why *why),
            a.ike, a.now, a.path, a.data, a.len, a.why) {
    a.ike = ike, a.now = now, a.path = path, a.data = data, a.len = len, a.why = why;
    return on_own_stack("ikev1_engine_input", run_ikev1_engine_input);
}

IN_PLACE_OF(ikev1_engine_tick, (ikev1_engine * ike, ikev1_time now), a.ike, a.now) {
    a.ike = ike, a.now = now;
    return on_own_stack("ikev1_engine_tick", run_ikev1_engine_tick);
}

IN_PLACE_OF(ikev1_connect, (ikev1_engine * ike, ikev1_time now, uint32_t rule, ikev1_handle *sa),
            a.ike, a.now, (uint32_t)a.number, a.handle) {
    a.ike = ike, a.now = now, a.number = rule, a.handle = sa;
    return on_own_stack("ikev1_connect", run_ikev1_connect);
}

IN_PLACE_OF(ikev1_engine_answer,
            (ikev1_engine * ike, ikev1_time now, ikev1_ask ask, const ikev1_answer *answer), a.ike,
            a.now, a.number, a.answer) {
    a.ike = ike, a.now = now, a.number = ask, a.answer = answer;
    return on_own_stack("ikev1_engine_answer", run_ikev1_engine_answer);
}

IN_PLACE_OF(ikev1_delete, (ikev1_engine * ike, ikev1_time now, ikev1_handle handle), a.ike, a.now,
            a.number) {
    a.ike = ike, a.now = now, a.number = handle;
    return on_own_stack("ikev1_delete", run_ikev1_delete);
}

/* ---- scenes ---- */

/* As many suites as may be, of which only the last is on both sides: the comparison with the most
 * differences to keep. */
static void widen(struct side *s, uint16_t other) {
    const ikev1_suite1 common = s->phase1.suites[0];
    for (size_t i = 0; i < IKE_MAX_SUITES; i++) {
        s->suites1[i] = common;
        if (i + 1 != IKE_MAX_SUITES)
            s->suites1[i].hash = other;
    }
    s->phase1.suites = s->suites1;
    s->phase1.suite_count = IKE_MAX_SUITES;
}

static void negotiate(const struct pair_kind *kind, bool later, bool wide) {
    struct pair *p = pair_new(NULL);
    pair_by(p, kind->auth, kind->mode);
    p->i.phase2.pfs_group = p->r.phase2.pfs_group = IKEV1_GROUP_X25519;
    p->i.phase1.natt = p->r.phase1.natt = IKEV1_NATT_FORCE;
    if (wide) {
        widen(&p->i, IKEV1_HASH_SHA2_384);
        widen(&p->r, IKEV1_HASH_SHA2_512);
    }
    if (later)
        p->r.status[IKEV1_QUESTION_PHASE1] = p->r.status[IKEV1_QUESTION_PSK] = IKEV1_PENDING;
    pair_start(p);
    pair_connect(p);
    pair_run(p);
    for (int asked = IKEV1_QUESTION_PHASE1; later && asked <= IKEV1_QUESTION_PSK; asked++) {
        if (asked == IKEV1_QUESTION_PSK && kind->auth != IKEV1_AUTH_PSK)
            break;
        assert_int_equal(side_answer(&p->r, asked, IKEV1_OK), IKEV1_OK);
        pair_run(p);
    }
    pair_wait(p, 5000);
    assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_UP), 1);
    ikev1_delete(p->i.ike, p->now, IKEV1_ALL);
    pair_run(p);
    pair_free(p);
}

/* Every byte of every message changed once, at full length: what is refused goes deep, too. */
static void refuse(const struct pair_kind *kind) {
    struct pair *p = pair_new(NULL);
    pair_by(p, kind->auth, kind->mode);
    pair_start(p);
    pair_connect(p);
    while (p->link.flight_count != 0) {
        const struct datagram *next = &p->link.flights[0];
        struct side *to = next->way == LINK_TO_INITIATOR ? &p->i : &p->r;
        uint8_t copy[4096];
        assert_true(next->len <= sizeof copy);
        for (size_t at = 0; at < next->len; at += 3) {
            memcpy(copy, next->data, next->len);
            copy[at] ^= 0x5a;
            ikev1_path path = next->path;
            (void)ikev1_engine_input(to->ike, p->now, &path, copy, next->len, NULL);
        }
        pair_step(p);
    }
    pair_free(p);
}

static void scenes(void **state) {
    (void)state;
    for (size_t k = 0; k < PAIR_KINDS; k++) {
        for (int way = 0; way < 4; way++)
            negotiate(&pair_kinds[k], (way & 1) != 0, (way & 2) != 0);
        refuse(&pair_kinds[k]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(scenes)};
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    printf("%s - stack: %zu calls, the deepest %zu bytes in %s, at most %d\n",
           m.deepest <= MOST ? "ok" : "not ok", m.calls, m.deepest, m.deepest_in, MOST);
    printf("%s - stack: none of %zu secrets left behind (%zu times%s%s)\n",
           m.residues == 0 ? "ok" : "not ok", m.secret_count, m.residues,
           m.residues != 0 ? ", last in " : "", m.residues != 0 ? m.residue_in : "");
    return failed == 0 && m.deepest <= MOST && m.residues == 0 ? 0 : 1;
}
