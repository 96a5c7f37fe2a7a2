/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Main Mode (RFC 2409 5): SA, SA, KE+NONCE, KE+NONCE, ID+HASH, ID+HASH. Send and receive of each
 * message stand side by side; messages 3 and 4, and 5 and 6, are the same seen from two sides.
 */
#include <string.h>

#include "exchange/exchange.h"

/* ---- message 1: what the initiator offers ---- */

static bool path_is_good(const ikev1_path *path) {
    bool known = path->remote.family == 4 || path->remote.family == 6;
    return known && path->local.family == path->remote.family;
}

/* The host's answer becomes our path and our SA body, once: the hash covers that body to the byte
 * (SAi_b). */
static int prepare_offer(struct ike_xchg *x, ikev1_why *why) {
    struct ike_sa *sa = x->sa;
    ikev1_question q = ike_question(sa, x);
    ikev1_phase1 p;
    uint8_t body[2048];
    int r = ike_ask_phase1(sa->ctx, &q, &p, why);
    if (r != IKEV1_OK)
        return r;
    if (p.rule != sa->rule || !path_is_good(&p.path))
        return ike_refuse(why, IKEV1_E_CONFIG, 0, 0, NULL);
    r = ike_profile_keep(sa, x, &p);
    if (r != IKEV1_OK)
        return ike_refuse(why, r, 0, 0, NULL);
    sa->path = p.path;
    if (sa->path.local.port == 0)
        sa->path.local.port = IKEV1_PORT;
    if (sa->path.remote.port == 0)
        sa->path.remote.port = IKEV1_PORT;
    struct ike_writer w = ike_writer(body, sizeof body);
    ike_offer1(&w, &p);
    r = w.bad ? IKEV1_E_OUTPUT
              : ike_blob_set(&sa->ctx->mem, &x->sa_i, ike_bytes(body, ike_written(&w)));
    return r == IKEV1_OK ? r : ike_refuse(why, r, IKEV1_PAYLOAD_SA, 0, "RFC 2409 5");
}

IKE_PUT(ike_put_offer) {
    int r = x->sa_i.len != 0 ? IKEV1_OK : prepare_offer(x, why);
    if (r != IKEV1_OK)
        return r;
    ike_payload_put(m, IKEV1_PAYLOAD_SA, ike_blob_bytes(&x->sa_i));
    ike_vendors_put(x, m);
    ike_log(x->sa->ctx, IKEV1_LOG_SEND_REQUEST, &(struct ike_log_about){.sa = x->sa, .xchg = x});
    return IKEV1_OK;
}

IKE_GOT(ike_got_offer) {
    const struct ike_sa *sa = x->sa;
    ikev1_question q = ike_question(sa, x);
    ikev1_bytes body = ike_chain_find(&in->chain, IKEV1_PAYLOAD_SA, 0)->body;
    int r = ike_ask_phase1(sa->ctx, &q, &st->phase1, why);
    if (r != IKEV1_OK)
        return r;
    why->rule = st->phase1.rule;
    r = ike_choose1(sa->ctx, &st->phase1, body, &st->suite, why);
    if (r != IKEV1_OK) {
        st->refuse = IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN;
        return r;
    }
    st->has_phase1 = true;
    st->has_suite = true;
    st->sa_body = body;
    st->natt = st->phase1.natt != IKEV1_NATT_OFF && ike_vendors_natt(&in->chain);
    return IKEV1_OK;
}

/* ---- message 2: what the responder chose ---- */

/* The offered transform that was chosen: its numbers and lifetimes are repeated as they stood. */
static bool find_chosen(const struct ike_sa *sa, ikev1_bytes sa_body, struct ike_suite *suite) {
    struct ike_reader proposals = ike_sa_proposals(sa_body);
    struct ike_proposal p;
    struct ike_transform t;
    while (ike_proposal_next(&proposals, &p)) {
        while (ike_transform_next(&p, &t)) {
            ike_suite_decode1(suite, &p, &t);
            if (suite->bad == 0 && suite->cipher == sa->algs.cipher->id &&
                suite->key_bits == sa->key_bits && suite->hash == sa->algs.hash->id &&
                suite->group == sa->algs.group->id && suite->auth == sa->auth)
                return true;
        }
    }
    return false;
}

IKE_PUT(ike_put_choice) {
    struct ike_suite suite;
    if (!find_chosen(x->sa, ike_blob_bytes(&x->sa_i), &suite))
        return ike_refuse(why, IKEV1_E_BUG, IKEV1_PAYLOAD_SA, 0, "RFC 2409 5");
    ike_payload_begin(m, IKEV1_PAYLOAD_SA);
    ike_chosen1(&m->w, &suite);
    ike_payload_end(m);
    ike_vendors_put(x, m);
    return IKEV1_OK;
}

IKE_GOT(ike_got_choice) {
    const struct ike_sa *sa = x->sa;
    struct ike_proposal p;
    ikev1_bytes body = ike_chain_find(&in->chain, IKEV1_PAYLOAD_SA, 0)->body;
    if (ike_is_zero(in->header->rcookie, IKEV1_COOKIE_SIZE))
        return ike_refuse(why, IKEV1_E_COOKIE, 0, 8, "RFC 2408 3.1");
    /* Not covered by any hash, so a wrong answer is dropped: the right one may still come. */
    int r = ike_check_choice(sa->ctx, 1, ike_blob_bytes(&x->sa_i), body, &st->suite, &p, why);
    if (r != IKEV1_OK)
        return r;
    st->has_suite = true;
    st->rcookie = ike_bytes(in->header->rcookie, IKEV1_COOKIE_SIZE);
    st->natt = x->profile->natt != IKEV1_NATT_OFF && ike_vendors_natt(&in->chain);
    return IKEV1_OK;
}

/* ---- messages 3 and 4: public values and nonces ---- */

IKE_PUT(ike_put_ke) {
    int r = ike_material_draw(x, x->sa->algs.group);
    if (r != IKEV1_OK)
        return ike_refuse(why, r, IKEV1_PAYLOAD_KE, 0, "RFC 2409 5");
    const struct ike_material *mat = x->mat;
    ike_payload_put(m, IKEV1_PAYLOAD_KE, ike_blob_bytes(x->initiator ? &mat->ke_i : &mat->ke_r));
    ike_payload_put(m, IKEV1_PAYLOAD_NONCE, ike_blob_bytes(x->initiator ? &mat->ni : &mat->nr));
    r = ike_natd_put(x, m);
    return r == IKEV1_OK ? r : ike_refuse(why, r, IKEV1_PAYLOAD_NAT_D, 0, "RFC 3947 3.2");
}

IKE_GOT(ike_got_ke) {
    const struct ike_payload *ke = ike_chain_find(&in->chain, IKEV1_PAYLOAD_KE, 0);
    size_t at = ke->offset + IKEV1_HEADER_SIZE;
    int r = ike_group_check(x->sa->algs.group, ke->body);
    if (r != IKEV1_OK)
        return ike_refuse(why, r, IKEV1_PAYLOAD_KE, at, "RFC 2409 5");
    if (x->initiator && ike_bytes_equal(ke->body, ike_blob_bytes(&x->mat->ke_i))) /* KEX-05 */
        return ike_refuse(why, IKEV1_E_KE_REFLECTED, IKEV1_PAYLOAD_KE, at, "RFC 2409 5");
    /* Whether a public value is good shows fully in the result. The initiator finds out before it
     * commits to it, since the next thing would be to fail; the responder has spent nothing
     * on this peer yet and computes when message 5 shows that it is worth it. */
    if (x->initiator) {
        r = ike_group_agree(&x->sa->ctx->crypto, x->sa->algs.group, x->mat->seed, ke->body,
                            st->secret);
        if (r != IKEV1_OK)
            return ike_refuse(why, r, IKEV1_PAYLOAD_KE, at, "RFC 2409 5");
        st->secret_len = x->sa->algs.group->secret_size;
    }
    st->ke = ke->body;
    st->nonce = ike_chain_find(&in->chain, IKEV1_PAYLOAD_NONCE, 0)->body;
    r = ike_natd_got(x, in, st);
    return r == IKEV1_OK ? r : ike_refuse(why, r, IKEV1_PAYLOAD_NAT_D, 0, "RFC 3947 3.2");
}

/* ---- messages 5 and 6: who it is, and the proof ---- */

static int own_id(struct ike_xchg *x) {
    struct ike_sa *sa = x->sa;
    const struct ike_profile *profile = x->profile;
    if (sa->live->local_id.len != 0)
        return IKEV1_OK;
    if (profile->local_id.len != 0)
        return ike_blob_set(&sa->ctx->mem, &sa->live->local_id, ike_blob_bytes(&profile->local_id));
    uint8_t body[4 + 16];
    struct ike_writer w = ike_writer(body, sizeof body);
    ikev1_id id = ike_id_from_address(&sa->path.local);
    ike_id_encode(&w, &id);
    return ike_blob_set(&sa->ctx->mem, &sa->live->local_id, ike_bytes(body, ike_written(&w)));
}

static int hash_of(const struct ike_xchg *x, bool initiator, ikev1_bytes id, uint8_t *out) {
    struct ike_exchanged e = ike_exchanged(x);
    return ike_hash_ir(&x->sa->ctx->crypto, &x->sa->algs, x->mat->skeyid, initiator, &e,
                       ike_blob_bytes(&x->sa_i), id, out);
}

IKE_PUT(ike_put_id_hash) {
    struct ike_sa *sa = x->sa;
    uint8_t hash[IKEV1_MAX_HASH];
    int r = own_id(x);
    if (r == IKEV1_OK)
        r = hash_of(x, x->initiator, ike_blob_bytes(&sa->live->local_id), hash);
    if (r != IKEV1_OK)
        return ike_refuse(why, r, IKEV1_PAYLOAD_HASH, 0, "RFC 2409 5");
    ike_natt_float(x);
    ike_payload_put(m, IKEV1_PAYLOAD_ID, ike_blob_bytes(&sa->live->local_id));
    ike_payload_put(m, IKEV1_PAYLOAD_HASH, ike_bytes(hash, ike_prf_size(&sa->algs)));
    return IKEV1_OK;
}

/* RFC 2407 4.6.2: in phase 1 protocol and port are 0/0 or those of IKE itself. Some peers leave the
 * port out. */
static bool port_is_ikes(const ikev1_id *id) {
    if (id->protocol == 0)
        return id->port == 0;
    return id->protocol == 17 &&
           (id->port == IKEV1_PORT || id->port == IKEV1_PORT_NATT || id->port == 0);
}

static void id_text(char out[IKEV1_WHY_TEXT], const ikev1_id *id) {
    struct ike_text t = ike_text(out, IKEV1_WHY_TEXT);
    ike_text_name(&t, IKEV1_NAMES_ID, id->type);
    ike_text_str(&t, " ");
    ike_id_text(&t, id);
}

/* The identity that was proven must be the one that the rule expects: by type and exact bytes. */
static int check_id(const struct ike_xchg *x, const struct ike_payload *payload, ikev1_why *why) {
    const struct ike_profile *profile = x->profile;
    size_t at = payload->offset + IKEV1_HEADER_SIZE;
    ikev1_id theirs, expected = ike_id_from_address(&x->sa->path.remote);
    int r = ike_id_decode(&theirs, payload->body, why);
    if (r != IKEV1_OK)
        return r;
    if (!port_is_ikes(&theirs))
        return ike_refuse(why, IKEV1_E_ID_SYNTAX, IKEV1_PAYLOAD_ID, at, "RFC 2407 4.6.2");
    if (profile->remote_match == IKEV1_MATCH_ANY)
        return IKEV1_OK;
    if (profile->remote_id.len != 0)
        r = ike_id_decode(&expected, ike_blob_bytes(&profile->remote_id), why);
    if (r == IKEV1_OK && ike_id_equal(&theirs, &expected))
        return IKEV1_OK;
    why->rule = x->sa->rule;
    id_text(why->theirs, &theirs);
    id_text(why->ours, &expected);
    return ike_refuse(why, IKEV1_E_PEER_ID, IKEV1_PAYLOAD_ID, at, "RFC 2409 5.4");
}

IKE_GOT(ike_got_id_hash) {
    const struct ike_sa *sa = x->sa;
    const struct ike_payload *id = ike_chain_find(&in->chain, IKEV1_PAYLOAD_ID, 0);
    const struct ike_payload *hash = ike_chain_find(&in->chain, IKEV1_PAYLOAD_HASH, 0);
    uint8_t expected[IKEV1_MAX_HASH];
    int r = hash_of(x, !x->initiator, id->body, expected);
    if (r != IKEV1_OK)
        return ike_refuse(why, r, IKEV1_PAYLOAD_HASH, 0, "RFC 2409 5");
    size_t size = ike_prf_size(&sa->algs);
    bool good =
        hash->body.len == size && sa->ctx->crypto.provider->equal(hash->body.data, expected, size);
    sa->ctx->mem.wipe(expected, sizeof expected);
    if (!good)
        return ike_refuse(why, IKEV1_E_AUTH, IKEV1_PAYLOAD_HASH, hash->offset + IKEV1_HEADER_SIZE,
                          "RFC 2409 5");
    st->authentic = true;
    st->id = id->body;
    return check_id(x, id, why);
}
