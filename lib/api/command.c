/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the host asks for: connect, another child, an end; and its answers.
 */
#include "api/api.h"
#include "exchange/ask.h"
#include "session/claim.h"
#include "session/life.h"
#include "exchange/proposal.h"

int ikev1_connect(ikev1_engine *engine, ikev1_time now, uint32_t rule, ikev1_handle *sa) {
    ikev1_why why = {.rule = rule};
    ikev1_handle unasked;
    int r = rule != 0 ? ike_enter(engine, now) : IKEV1_E_ARGUMENT;
    if (r != IKEV1_OK)
        return r;
    return ike_connect(&engine->s, rule, sa != NULL ? sa : &unasked, &why);
}

int ikev1_child(ikev1_engine *engine, ikev1_time now, ikev1_handle handle, uint32_t rule,
                ikev1_handle *child) {
    ikev1_why why = {.rule = rule};
    int r = rule != 0 ? ike_enter(engine, now) : IKEV1_E_ARGUMENT;
    if (r != IKEV1_OK)
        return r;
    struct ike_sa *sa = ike_live_sa(engine, handle);
    if (sa == NULL)
        return IKEV1_E_STALE;
    r = ike_quick_start(sa, rule, NULL, child, &why);
    if (r < 0)
        ike_log_refused(sa, NULL, &why);
    return r;
}

int ikev1_send_failed(ikev1_engine *engine, ikev1_time now, ikev1_handle handle) {
    int r = ike_enter_anyway(engine, now);
    if (r != IKEV1_OK)
        return r;
    struct ike_sa *sa = ike_handle_find(&engine->s.handles, IKE_KIND_SA, handle);
    if (sa == NULL)
        return IKEV1_E_STALE;
    ike_log_sa(sa, IKEV1_LOG_SEND_FAILED, NULL);
    return IKEV1_OK;
}

uint32_t ikev1_rule_live(const ikev1_engine *engine, uint32_t rule) {
    if (engine == NULL || rule == 0)
        return 0;
    uint32_t count = ike_claims_of(&engine->s, rule);
    for (const struct ike_sa *sa = ike_find_rule(&engine->s, rule); sa != NULL; sa = sa->rule_next)
        count += sa->state == IKE_SA_ESTABLISHED;
    return count;
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
    const bool good = answer != NULL && answer->size == sizeof *answer;
    int r = good ? ike_enter(engine, now) : IKEV1_E_ARGUMENT;
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

int ikev1_check_psk(const ikev1_engine *engine, ikev1_bytes psk, ikev1_why *why) {
    ikev1_why unasked;
    why = why != NULL ? why : &unasked;
    *why = (ikev1_why){0};
    return engine == NULL ? IKEV1_E_ARGUMENT : ike_check_psk(&engine->s.ctx, psk, why);
}
