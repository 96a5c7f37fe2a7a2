/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the host does with SAs that are up: ends and replacements, traffic, packets without an SA.
 */
#include "api/api.h"
#include "session/life.h"

enum { SPI_TOLD_EVERY = 10 }; /* seconds: message IDs of an ISAKMP SA are not without end */

/* ---- ends ---- */

static void close_all(struct ike_session *s, const ikev1_why *why) {
    for (uint32_t slot = 1; slot <= s->handles.used; slot++) {
        struct ike_sa *sa = ike_live_sa_at(s, slot);
        ike_again_end(ike_handle_at(&s->handles, IKE_KIND_AGAIN, slot));
        if (sa != NULL)
            ike_sa_close(sa, why, true);
    }
}

int ikev1_delete(ikev1_engine *engine, ikev1_time now, ikev1_handle handle) {
    ikev1_why why = {.code = IKEV1_E_CLOSED};
    int r = ike_enter_anyway(engine, now);
    if (r != IKEV1_OK)
        return r;
    if (handle == IKEV1_ALL) {
        close_all(&engine->s, &why);
        return IKEV1_OK;
    }
    struct ike_sa *sa = ike_live_sa(engine, handle);
    struct ike_child *child = ike_live_child(engine, handle);
    if (sa != NULL)
        ike_sa_close(sa, &why, true);
    else if (child != NULL)
        ike_child_close(child, &why, true);
    else
        return IKEV1_E_STALE;
    return IKEV1_OK;
}

int ikev1_delete_rule(ikev1_engine *engine, ikev1_time now, uint32_t rule) {
    const ikev1_why why = {.code = IKEV1_E_CLOSED, .rule = rule};
    int r = rule != 0 ? ike_enter_anyway(engine, now) : IKEV1_E_ARGUMENT;
    if (r != IKEV1_OK)
        return r;
    struct ike_session *s = &engine->s;
    struct ike_again *again = ike_again_find(s, rule);
    r = again != NULL ? IKEV1_OK : IKEV1_E_STALE;
    ike_again_end(again);
    for (uint32_t slot = 1; slot <= s->handles.used; slot++) {
        struct ike_sa *sa = ike_live_sa_at(s, slot);
        struct ike_child *child = ike_handle_at(&s->handles, IKE_KIND_CHILD, slot);
        if (sa != NULL && sa->rule == rule)
            ike_sa_close(sa, &why, true);
        else if (child != NULL && child->state != IKE_CHILD_DEAD && child->rule == rule)
            ike_child_close(child, &why, true);
        else
            continue;
        r = IKEV1_OK;
    }
    return r;
}

static bool is_identity(const struct ike_sa *sa, const ikev1_id *id) {
    const struct ike_live *live = sa->live;
    if (live == NULL || live->remote_id.len == 0) /* nothing is proven yet */
        return false;
    ikev1_bytes content = ike_bytes(live->remote_id.data + 4, live->remote_id.len - 4);
    return live->remote_id.data[0] == id->type &&
           ike_bytes_equal(content, ike_bytes(id->data, id->len));
}

static bool is_peer(const struct ike_sa *sa, const ikev1_id *id, const ikev1_address *address) {
    return (id == NULL || is_identity(sa, id)) &&
           (address == NULL || ike_same_ip(&sa->path.remote, address));
}

int ikev1_delete_peer(ikev1_engine *engine, ikev1_time now, const ikev1_id *id,
                      const ikev1_address *address) {
    const ikev1_why why = {.code = IKEV1_E_CLOSED};
    int r = id != NULL || address != NULL ? ike_enter_anyway(engine, now) : IKEV1_E_ARGUMENT;
    if (r != IKEV1_OK)
        return r;
    r = IKEV1_E_STALE;
    struct ike_session *s = &engine->s;
    for (uint32_t slot = 1; slot <= s->handles.used; slot++) {
        struct ike_sa *sa = ike_live_sa_at(s, slot);
        if (sa == NULL || !is_peer(sa, id, address))
            continue;
        ike_sa_close(sa, &why, true);
        r = IKEV1_OK;
    }
    return r;
}

/* ---- replacements, traffic ---- */

int ikev1_rekey(ikev1_engine *engine, ikev1_time now, ikev1_handle handle) {
    ikev1_why why = {0};
    int r = ike_enter(engine, now);
    if (r != IKEV1_OK)
        return r;
    struct ike_sa *sa = ike_live_sa(engine, handle);
    struct ike_child *child = ike_live_child(engine, handle);
    if (sa != NULL)
        return ike_sa_renew(sa, NULL, &why);
    return child != NULL ? ike_child_renew(child, &why) : IKEV1_E_STALE;
}

int ikev1_child_traffic(ikev1_engine *engine, ikev1_time now, ikev1_handle handle,
                        const ikev1_traffic *total) {
    int r = total != NULL ? ike_enter(engine, now) : IKEV1_E_ARGUMENT;
    if (r != IKEV1_OK)
        return r;
    struct ike_child *child = ike_live_child(engine, handle);
    if (child == NULL)
        return IKEV1_E_STALE;
    if (child->state != IKE_CHILD_UP)
        return IKEV1_E_STATE;
    ike_child_traffic(child, total);
    return IKEV1_OK;
}

int ikev1_unknown_spi(ikev1_engine *engine, ikev1_time now, ikev1_handle handle, uint8_t protocol,
                      uint32_t spi) {
    int r = ike_enter(engine, now);
    if (r != IKEV1_OK)
        return r;
    struct ike_context *ctx = &engine->s.ctx;
    struct ike_sa *sa = ike_handle_find(&engine->s.handles, IKE_KIND_SA, handle);
    ike_log(ctx, IKEV1_LOG_UNKNOWN_SPI, &(struct ike_log_about){.sa = sa});
    if (handle == 0)
        return IKEV1_OK;
    if (sa == NULL || sa->state == IKE_SA_DEAD)
        return IKEV1_E_STALE;
    if (sa->state != IKE_SA_ESTABLISHED)
        return IKEV1_E_STATE;
    const uint32_t second = (uint32_t)(ctx->now / 1000);
    if (sa->live->silent_until != 0 && (int32_t)(sa->live->silent_until - second) > 0)
        return IKEV1_DROPPED;
    sa->live->silent_until = second + SPI_TOLD_EVERY;
    ike_tell_notify(sa, IKEV1_NOTIFY_INVALID_SPI, protocol, spi);
    return IKEV1_OK;
}

int ikev1_outbound(ikev1_engine *engine, ikev1_time now, uint32_t rule) {
    ikev1_why why = {.rule = rule};
    ikev1_handle sa;
    int r = rule != 0 ? ike_enter(engine, now) : IKEV1_E_ARGUMENT;
    if (r != IKEV1_OK)
        return r;
    struct ike_session *s = &engine->s;
    if (ike_rule_served(s, rule, true))
        return IKEV1_OK;
    ike_log(&s->ctx, IKEV1_LOG_NO_OUTBOUND, &(struct ike_log_about){.why = &why});
    if (ike_rule_served(s, rule, false) || ike_again_waits(ike_again_find(s, rule)))
        return IKEV1_PENDING;
    r = ike_connect(s, rule, &sa, &why);
    return r == IKEV1_OK || r == IKEV1_E_BUSY ? IKEV1_PENDING : r;
}
