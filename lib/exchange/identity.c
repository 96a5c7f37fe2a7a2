/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who we say we are in phase 1, and who the peer says it is.
 */
#include <string.h>

#include "exchange/material.h"
#include "exchange/phase1.h"
#include "exchange/vendor.h"

const struct ike_blob *ike_id_of(const struct ike_material *mat, bool initiator) {
    return initiator ? &mat->id_i : &mat->id_r;
}

ikev1_bytes ike_peer_id_body(const struct ike_xchg *x, const struct ike_received *in) {
    const struct ike_payload *p =
        in != NULL ? ike_chain_find(&in->chain, IKEV1_PAYLOAD_ID, 0) : NULL;
    return p != NULL ? p->body : ike_blob_bytes(ike_id_of(x->mat, !x->initiator));
}

int ike_own_id(struct ike_xchg *x) {
    struct ike_blob *own = x->initiator ? &x->mat->id_i : &x->mat->id_r;
    if (own->len != 0)
        return IKEV1_OK;
    uint8_t address[4 + 16];
    struct ike_writer w = ike_writer(address, sizeof address);
    const ikev1_id id = ike_id_from_address(&x->sa->path.local);
    ike_id_encode(&w, &id);
    const ikev1_bytes body = x->profile->local_size != 0 ? ike_profile_local(x->profile)
                                                         : ike_bytes(address, ike_written(&w));
    int r = ike_material_reserve(&x->sa->ctx->mem, x->mat, body.len);
    if (r == IKEV1_OK)
        ike_keep(x->mat, own, body);
    return r;
}

/* RFC 2407 4.6.2: in phase 1 protocol and port are 0/0 or those of IKE itself. */
static bool port_is_ikes(const struct ike_sa *sa, const ikev1_id *id) {
    if (id->protocol == 0)
        return id->port == 0;
    if (id->protocol != 17)
        return false;
    return id->port == IKEV1_PORT ||
           ((id->port == IKEV1_PORT_NATT || id->port == 0) && ike_quirk(sa, IKEV1_QUIRK_ID_PORT));
}

static void id_text(char out[IKEV1_WHY_TEXT], const ikev1_id *id) {
    struct ike_text t = ike_text(out, IKEV1_WHY_TEXT);
    ike_text_name(&t, IKEV1_NAMES_ID, id->type);
    ike_text_str(&t, " ");
    ike_id_text(&t, id);
}

/* ---- the peer's identity ---- */

static bool is_loose(const struct ike_sa *sa, uint8_t match) {
    return ike_auth_shares(sa->auth) && match != IKEV1_MATCH_EXACT;
}

bool ike_is_loose(const struct ike_xchg *x) {
    return is_loose(x->sa, x->profile->remote_match);
}

int ike_check_place(const struct ike_sa *sa, uint32_t rule, ikev1_bytes id, bool loose,
                    uint8_t unique, ikev1_why *why) {
    const struct ike_sa *one;
    const uint32_t others = sa->ctx->peer_count(sa, rule, id, loose, &one);
    if (unique == IKEV1_UNIQUE_REFUSE && others != 0) {
        if (why != NULL) {
            struct ike_text t = ike_text(why->ours, sizeof why->ours);
            ike_text_str(&t, "an SA with ");
            ike_text_address(&t, &one->path.remote);
        }
        return IKEV1_E_NOT_UNIQUE;
    }
    return others < sa->ctx->limits.sas_peer ? IKEV1_OK : IKEV1_E_PEER_SAS;
}

struct expected { /* by a rule */
    uint32_t rule;
    ikev1_id id; /* type 0 = the address */
    uint8_t match, unique;
};

static struct expected expected_by(const struct ike_xchg *x, const ikev1_phase1 *rule) {
    const struct ike_profile *p = x->profile;
    if (rule != NULL)
        return (struct expected){rule->rule, rule->remote_id, rule->remote_match, rule->unique};
    struct expected e = {.rule = x->sa->rule, .match = p->remote_match, .unique = p->unique};
    if (p->remote_size != 0)
        (void)ike_id_decode(&e.id, ike_profile_remote(p), NULL); /* we encoded it */
    return e;
}

/* By type and exact bytes, or as the rule says. */
int ike_check_peer_id(const struct ike_xchg *x, const struct ike_received *in,
                      const ikev1_phase1 *rule, ikev1_why *why) {
    const struct ike_sa *sa = x->sa;
    struct expected e = expected_by(x, rule);
    ikev1_id theirs;
    ikev1_bytes body = ike_peer_id_body(x, in);
    int r = ike_id_decode(&theirs, body, why);
    if (r != IKEV1_OK)
        return r;
    if (!port_is_ikes(x->sa, &theirs))
        return ike_refuse(why, IKEV1_E_ID_SYNTAX, IKEV1_PAYLOAD_ID, 0, "RFC 2407 4.6.2");
    if (e.id.type == 0)
        e.id = ike_id_from_address(&sa->path.remote);
    why->rule = e.rule;
    if (!ike_id_matches(e.match, &e.id, &theirs)) {
        id_text(why->theirs, &theirs);
        id_text(why->ours, &e.id);
        return ike_refuse(why, IKEV1_E_PEER_ID, IKEV1_PAYLOAD_ID, 0, "RFC 2409 5.4");
    }
    r = ike_check_place(sa, e.rule, body, is_loose(sa, e.match), e.unique, why);
    if (r == IKEV1_OK)
        return r;
    id_text(why->theirs, &theirs);
    return ike_refuse(why, r, IKEV1_PAYLOAD_ID, 0, NULL);
}

void ike_log_stranger(const struct ike_xchg *x) {
    ikev1_why why = {0};
    if (x != x->sa->phase1 || x->initiator || x->mat == NULL || x->mat->id_i.len == 0)
        return;
    if (ike_check_peer_id(x, NULL, NULL, &why) == IKEV1_E_PEER_ID)
        ike_log(x->sa->ctx, IKEV1_LOG_PEER_ID,
                &(struct ike_log_about){.sa = x->sa, .xchg = x, .why = &why});
}
