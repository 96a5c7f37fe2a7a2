/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the host sees of its network and the library cannot: an address of ours that has changed
 * (mission S13).
 */
#include <string.h>

#include "api/api.h"

/* An SA that has begun or is up; half-open ones of strangers too. */
static struct ike_sa *sa_at(const struct ike_session *s, uint32_t slot) {
    struct ike_sa *sa = ike_live_sa_at(s, slot);
    return sa != NULL && sa->path.local.family != 0 ? sa : NULL;
}

int ikev1_local_changed(ikev1_engine *engine, ikev1_time now, const ikev1_address *was,
                        const ikev1_address *is) {
    ikev1_why why = {.code = IKEV1_E_LOCAL_CHANGED};
    if ((was == NULL && is == NULL) || (was != NULL && is != NULL && ike_same_ip(was, is)))
        return IKEV1_E_ARGUMENT;
    int r = ike_enter_anyway(engine, now);
    if (r != IKEV1_OK)
        return r;
    struct ike_session *s = &engine->s;
    const ikev1_path path = {.local = is != NULL ? *is : (ikev1_address){0}};
    ike_log(&s->ctx, IKEV1_LOG_LOCAL_CHANGED,
            &(struct ike_log_about){.path = &path, .authentic = true});
    for (uint32_t slot = 1; slot <= s->handles.used; slot++) {
        struct ike_sa *sa = sa_at(s, slot);
        if (sa == NULL)
            continue;
        const bool gone =
            was != NULL ? ike_same_ip(&sa->path.local, was)
                        : sa->path.local.family == is->family && !ike_same_ip(&sa->path.local, is);
        why.rule = sa->rule;
        if (gone)
            ike_sa_close(sa, &why, false); /* nothing can be sent from there any more */
    }
    return IKEV1_OK;
}
