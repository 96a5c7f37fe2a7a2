/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the host asks for: connect, another child, an end; and its answers.
 */
#include "api/api.h"

static int begin(struct ike_session *s, uint32_t rule, ikev1_handle *out, ikev1_why *why) {
    static const ikev1_path nowhere; /* the answer to the phase 1 question tells */
    struct ike_sa *sa;
    int r = ike_sa_new(s, &nowhere, NULL, IKEV1_EXCHANGE_MAIN, &sa);
    if (r != IKEV1_OK)
        return r;
    sa->rule = rule;
    sa->want_child = true;
    ike_rule_enter(sa);
    r = ike_run_send(sa->phase1, why);
    if (r < 0) {
        ike_sa_forget(sa);
        return r;
    }
    ike_xchg_arm(sa->phase1);
    *out = sa->handle;
    return r;
}

int ikev1_connect(ikev1_engine *engine, ikev1_time now, uint32_t rule, ikev1_handle *sa) {
    ikev1_why why = {.rule = rule};
    ikev1_handle unasked;
    if (engine == NULL || rule == 0)
        return IKEV1_E_ARGUMENT;
    int r = ike_enter(engine, now);
    if (r != IKEV1_OK)
        return r;
    struct ike_session *s = &engine->s;
    sa = sa != NULL ? sa : &unasked;
    struct ike_sa *known = ike_find_rule(s, rule);
    if (known == NULL) {
        r = begin(s, rule, sa, &why);
    } else {
        *sa = known->handle;
        r = known->state == IKE_SA_ESTABLISHED ? ike_quick_start(known, rule, NULL, &why)
                                               : IKEV1_E_BUSY;
    }
    if (r < 0) {
        why.code = r;
        ike_log_refusal(&s->ctx, &(struct ike_log_about){.sa = known, .why = &why});
    }
    return r;
}

int ikev1_child(ikev1_engine *engine, ikev1_time now, ikev1_handle handle, uint32_t rule,
                ikev1_handle *child) {
    ikev1_why why = {.rule = rule};
    if (engine == NULL || rule == 0)
        return IKEV1_E_ARGUMENT;
    int r = ike_enter(engine, now);
    if (r != IKEV1_OK)
        return r;
    struct ike_sa *sa = ike_handle_find(&engine->s.handles, IKE_KIND_SA, handle);
    if (sa == NULL || sa->state == IKE_SA_DEAD)
        return IKEV1_E_STALE;
    r = ike_quick_start(sa, rule, child, &why);
    if (r < 0)
        ike_log_refusal(sa->ctx, &(struct ike_log_about){.sa = sa, .why = &why});
    return r;
}

static void close_all(struct ike_session *s, const ikev1_why *why) {
    for (uint32_t slot = 1; slot <= s->handles.used; slot++) {
        struct ike_sa *sa = ike_handle_at(&s->handles, IKE_KIND_SA, slot);
        if (sa != NULL && sa->state != IKE_SA_DEAD)
            ike_sa_close(sa, why, true);
    }
}

int ikev1_delete(ikev1_engine *engine, ikev1_time now, ikev1_handle handle) {
    ikev1_why why = {.code = IKEV1_E_CLOSED};
    if (engine == NULL)
        return IKEV1_E_ARGUMENT;
    int r = ike_enter(engine, now);
    if (r == IKEV1_E_REENTRY)
        return r;
    struct ike_session *s = &engine->s;
    if (handle == IKEV1_ALL) {
        close_all(s, &why);
        return IKEV1_OK;
    }
    struct ike_sa *sa = ike_handle_find(&s->handles, IKE_KIND_SA, handle);
    struct ike_child *child = ike_handle_find(&s->handles, IKE_KIND_CHILD, handle);
    if (sa != NULL && sa->state != IKE_SA_DEAD)
        ike_sa_close(sa, &why, true);
    else if (child != NULL && child->state != IKE_CHILD_DEAD)
        ike_child_close(child, &why, true);
    else
        return IKEV1_E_STALE;
    return IKEV1_OK;
}

int ikev1_send_failed(ikev1_engine *engine, ikev1_time now, ikev1_handle handle) {
    if (engine == NULL)
        return IKEV1_E_ARGUMENT;
    int r = ike_enter(engine, now);
    if (r == IKEV1_E_REENTRY)
        return r;
    struct ike_sa *sa = ike_handle_find(&engine->s.handles, IKE_KIND_SA, handle);
    if (sa == NULL)
        return IKEV1_E_STALE;
    ike_log(sa->ctx, IKEV1_LOG_SEND_FAILED, &(struct ike_log_about){.sa = sa});
    return IKEV1_OK;
}

/* ---- answers ---- */

static struct ike_xchg *asking(const struct ike_session *s, ikev1_ask ask) {
    const struct ike_sa *sa = ike_handle_at(&s->handles, IKE_KIND_SA, (uint32_t)(ask >> 32));
    if (sa == NULL || ask == 0)
        return NULL;
    if (sa->phase1 != NULL && sa->phase1->ask == ask)
        return sa->phase1;
    for (struct ike_xchg *x = sa->xchgs; x != NULL; x = x->next) {
        if (x->ask == ask)
            return x;
    }
    return NULL;
}

int ikev1_engine_answer(ikev1_engine *engine, ikev1_time now, ikev1_ask ask,
                        const ikev1_answer *answer) {
    ikev1_why why = {0};
    if (engine == NULL || answer == NULL || answer->size != sizeof *answer)
        return IKEV1_E_ARGUMENT;
    int r = ike_enter(engine, now);
    if (r != IKEV1_OK)
        return r;
    struct ike_context *ctx = &engine->s.ctx;
    struct ike_xchg *x = asking(&engine->s, ask);
    if (x == NULL)
        return IKEV1_E_STALE;
    if (answer->kind != x->ask_kind || answer->status == IKEV1_PENDING)
        return IKEV1_E_ARGUMENT;
    ctx->answer = answer;
    r = ike_resume(x, &why); /* how it goes on is told by events and packets */
    ctx->answer = NULL;
    return r;
}

int ikev1_check_phase1(const ikev1_engine *engine, const ikev1_phase1 *phase1, ikev1_why *why) {
    ikev1_why unasked;
    why = why != NULL ? why : &unasked;
    *why = (ikev1_why){.exchange = IKEV1_EXCHANGE_MAIN};
    return engine == NULL || phase1 == NULL ? IKEV1_E_ARGUMENT
                                            : ike_check_phase1(&engine->s.ctx, phase1, why);
}

int ikev1_check_phase2(const ikev1_engine *engine, const ikev1_phase2 *phase2, ikev1_why *why) {
    ikev1_why unasked;
    why = why != NULL ? why : &unasked;
    *why = (ikev1_why){.exchange = IKEV1_EXCHANGE_QUICK};
    return engine == NULL || phase2 == NULL ? IKEV1_E_ARGUMENT
                                            : ike_check_phase2(&engine->s.ctx, phase2, why);
}
