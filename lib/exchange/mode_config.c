/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mode Config (isakmp-mode-cfg): what the client would like, and what the server gives it, asked
 * for or not. The server's host is asked once for each SA (CFG-08); the client takes of what it
 * gets what it would have asked for (CFG-07).
 */
#include <string.h>

#include <ikev1/version.h>

#include "exchange/ask.h"
#include "exchange/transaction.h"

#define CITE "isakmp-mode-cfg 3.3"

/* ---- the client's wish ---- */

static bool is_address(uint16_t type) {
    return type == IKEV1_ATTRC_IP4_ADDRESS || type == IKEV1_ATTRC_IP6_ADDRESS;
}

/* It would like to keep the address it has. */
IKE_PUT(ike_put_wish) {
    const struct ike_sa *sa = x->sa;
    const struct ike_blob *types = &sa->access->types;
    const ikev1_bytes before = sa->ctx->lease_of(sa);
    (void)why;
    for (size_t i = 0; i < types->len; i += sizeof(uint16_t)) {
        uint16_t type;
        struct ike_attr had;
        memcpy(&type, types->data + i, sizeof type);
        const bool known = is_address(type) && ike_config_find(before, type, &had);
        const size_t size = type == IKEV1_ATTRC_IP4_ADDRESS ? 4 : 16; /* no prefix behind it */
        ike_attr_put_bytes(&m->w, type, ike_bytes(known ? had.bytes.data : NULL, known ? size : 0));
    }
    return IKEV1_OK;
}

IKE_GOT(ike_got_wish) {
    (void)x, (void)in, (void)st, (void)why; /* ike_put_grant() reads it */
    return IKEV1_OK;
}

/* ---- what the server gives ---- */

static size_t types_of(ikev1_bytes attrs, uint16_t types[IKEV1_MAX_CONFIG_ATTRIBUTES]) {
    struct ike_reader r = ike_reader(attrs);
    struct ike_attr a;
    size_t count = 0;
    while (ike_attr_next(&r, &a) > 0)
        types[count++] = a.type;
    return count;
}

static ikev1_address wanted(ikev1_bytes attrs, uint16_t type, uint8_t family) {
    ikev1_address address = {.family = family};
    struct ike_attr a;
    const size_t size = family == 4 ? 4 : 16;
    if (!ike_config_find(attrs, type, &a) || a.bytes.len < size || ike_is_zero(a.bytes.data, size))
        return (ikev1_address){0};
    memcpy(address.ip, a.bytes.data, size);
    return address;
}

static int keep_lease(struct ike_sa *sa, const ikev1_lease *lease) {
    struct ike_context *ctx = sa->ctx;
    uint8_t *room = ike_alloc(&ctx->mem, 2 * (size_t)IKEV1_MAX_CONFIG_BYTES), *kept;
    if (room == NULL)
        return IKEV1_E_MEMORY;
    kept = room + IKEV1_MAX_CONFIG_BYTES;
    struct ike_writer all = ike_writer(room, IKEV1_MAX_CONFIG_BYTES);
    struct ike_writer w = ike_writer(kept, IKEV1_MAX_CONFIG_BYTES);
    ike_lease_encode(&all, lease);
    ike_lease_filter(&w, ike_bytes(room, ike_written(&all)), NULL, 0);
    int r = all.bad ? IKEV1_E_CONFIG
                    : ike_blob_set(&ctx->mem, &sa->access->lease, ike_bytes(kept, ike_written(&w)));
    ike_free(&ctx->mem, room, 2 * (size_t)IKEV1_MAX_CONFIG_BYTES);
    return r;
}

static int ask_lease(struct ike_xchg *x, const uint16_t *types, size_t count, ikev1_why *why) {
    struct ike_sa *sa = x->sa;
    struct ike_context *ctx = sa->ctx;
    ikev1_question q = ike_question(sa, x);
    ikev1_bytes asked = ike_blob_bytes(&x->transaction->attrs), before = ctx->lease_of(sa);
    ikev1_lease_request request = {.size = sizeof request, .types = types, .type_count = count};
    ikev1_lease previous, answer;
    ikev1_id peer;
    if (ike_id_decode(&peer, ike_blob_bytes(&sa->live->remote_id), NULL) == IKEV1_OK)
        q.peer_id = &peer;
    request.ip4 = wanted(asked, IKEV1_ATTRC_IP4_ADDRESS, 4);
    request.ip6 = wanted(asked, IKEV1_ATTRC_IP6_ADDRESS, 6);
    if (before.len != 0) {
        ike_lease_decode(&previous, ctx->lease_room, before);
        request.previous = &previous;
    }
    int r = ike_ask_lease(ctx, &q, &request, &answer, why);
    if (r == IKEV1_OK)
        r = keep_lease(sa, &answer);
    if (r == IKEV1_PENDING || r == IKEV1_E_MEMORY)
        return r;
    if (r != IKEV1_OK)
        ike_log_refused(sa, x, why);
    sa->access->leased = true; /* asked, however it was answered */
    return IKEV1_OK;
}

/* What is not in the lease but is known anyway. */
static void put_known(const struct ike_sa *sa, struct ike_writer *w, const uint16_t *types,
                      size_t count) {
    static const char version[] = "libikev1 " IKEV1_VERSION_STRING;
    struct ike_attr a;
    for (size_t i = 0; i < count; i++) {
        if (types[i] == IKEV1_ATTRC_VERSION && !sa->ctx->anonymous &&
            !ike_config_find(ike_blob_bytes(&sa->access->lease), types[i], &a))
            ike_attr_put_bytes(w, types[i], ike_bytes(version, sizeof version - 1));
        if (types[i] == IKEV1_ATTRC_SUPPORTED) {
            ike_write_u16(w, types[i]);
            ike_write_u16(w, 2 * IKEV1_ATTRC_IP6_SUBNET);
            for (uint16_t known = 1; known <= IKEV1_ATTRC_IP6_SUBNET; known++)
                ike_write_u16(w, known);
        }
    }
}

IKE_PUT(ike_put_grant) {
    uint16_t types[IKEV1_MAX_CONFIG_ATTRIBUTES];
    const bool pulled = x->transaction->kind == IKE_PULLS;
    const size_t count = types_of(ike_blob_bytes(&x->transaction->attrs), types);
    int r = x->sa->access->leased ? IKEV1_OK : ask_lease(x, types, count, why);
    if (r != IKEV1_OK)
        return r;
    ike_lease_filter(&m->w, ike_blob_bytes(&x->sa->access->lease), pulled ? types : NULL, count);
    put_known(x->sa, &m->w, types, count);
    return IKEV1_OK;
}

static bool wants_address(const struct ike_access *a) {
    for (size_t i = 0; i < a->types.len; i += sizeof(uint16_t)) {
        uint16_t type;
        memcpy(&type, a->types.data + i, sizeof type);
        if (is_address(type))
            return true;
    }
    return false;
}

/* The list is one of uint16_t, made by us, in memory that is aligned for it. */
static const uint16_t *list_of(const struct ike_blob *types) {
    return (const uint16_t *)(const void *)types->data;
}

IKE_GOT(ike_got_grant) {
    struct ike_context *ctx = x->sa->ctx;
    const struct ike_access *a = x->sa->access;
    struct ike_attr found;
    (void)in;
    if (a->leased) /* asked for, and set meanwhile */
        return IKEV1_OK;
    uint8_t *room = ike_alloc(&ctx->mem, IKEV1_MAX_CONFIG_BYTES);
    if (room == NULL)
        return ike_refuse(why, IKEV1_E_MEMORY, 0, 0, CITE);
    struct ike_writer w = ike_writer(room, IKEV1_MAX_CONFIG_BYTES);
    ike_lease_filter(&w, st->transaction.attrs, list_of(&a->types),
                     a->types.len / sizeof(uint16_t));
    const ikev1_bytes kept = ike_bytes(room, ike_written(&w));
    int r = ike_blob_set(&ctx->mem, &st->transaction.lease, kept);
    if (wants_address(a) && !ike_config_find(kept, IKEV1_ATTRC_IP4_ADDRESS, &found) &&
        !ike_config_find(kept, IKEV1_ATTRC_IP6_ADDRESS, &found))
        st->transaction.verdict = IKEV1_E_NO_LEASE;
    ike_free(&ctx->mem, room, IKEV1_MAX_CONFIG_BYTES);
    return r == IKEV1_OK ? r : ike_refuse(why, r, 0, 0, CITE);
}

/* ---- the client's acknowledgement: what it has taken, without the values ---- */

IKE_PUT(ike_put_thanks) {
    struct ike_reader r = ike_reader(ike_blob_bytes(&x->sa->access->lease));
    struct ike_attr a;
    (void)why;
    while (ike_attr_next(&r, &a) > 0)
        ike_attr_put_bytes(&m->w, a.type, ike_bytes(NULL, 0));
    return IKEV1_OK;
}

/* ---- what came of it ---- */

void ike_lease_addresses(const struct ike_sa *sa, ikev1_address *ip4, ikev1_address *ip6) {
    const ikev1_bytes lease = ike_blob_bytes(&sa->access->lease);
    *ip4 = wanted(lease, IKEV1_ATTRC_IP4_ADDRESS, 4);
    *ip6 = wanted(lease, IKEV1_ATTRC_IP6_ADDRESS, 6);
}

void ike_lease_log(struct ike_sa *sa) {
    char text[IKEV1_WHY_TEXT];
    struct ike_text t = ike_text(text, sizeof text);
    ikev1_address ip[2];
    ike_lease_addresses(sa, &ip[0], &ip[1]);
    for (size_t i = 0; i < 2; i++) {
        if (ip[i].family == 0)
            continue;
        ike_text_str(&t, t.len != 0 ? " and " : "");
        ike_text_address(&t, &ip[i]);
    }
    if (t.len == 0)
        ike_text_str(&t, "no address");
    ike_log_sa(sa, IKEV1_LOG_LEASE, text);
}
