/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys for an analyser of captured traffic: nothing of this happens unless the host's configuration
 * names it.
 */
#include "api/api.h"

int ikev1_decryption_table(const ikev1_engine *engine, ikev1_handle handle, char *out, size_t cap,
                           size_t *len) {
    if (engine == NULL || (out == NULL && cap != 0) || len == NULL)
        return IKEV1_E_ARGUMENT;
    *len = 0;
    if (!engine->s.ctx.analysis)
        return IKEV1_E_REFUSED;
    const struct ike_sa *sa = ike_handle_find(&engine->s.handles, IKE_KIND_SA, handle);
    if (sa == NULL)
        return IKEV1_E_STALE;
    if (sa->live == NULL || sa->state == IKE_SA_EXPIRED)
        return IKEV1_E_STATE;
    struct ike_text t = ike_text(out, cap);
    ike_text_hex(&t, ike_bytes(sa->icookie, sizeof sa->icookie));
    ike_text_str(&t, ",");
    ike_text_hex(&t, ike_bytes(ike_live_key(sa->live), sa->live->key_size));
    *len = t.len;
    return IKEV1_OK;
}
