/* SPDX-License-Identifier: Apache-2.0 */
#include "craft.h"

#include "exchange/natt.h"

#include "rows.h"

/* ---- apart ---- */

static const struct ike_sa *find_sa(const ikev1_engine *e, const struct ike_header *h) {
    static const uint8_t none[8] = {0};
    const struct ike_sa *sa = ike_find_sa(&e->s, h->icookie, h->rcookie);
    return sa != NULL ? sa : ike_find_sa(&e->s, h->icookie, none);
}

static void set_iv(struct craft *c) {
    const struct ike_sa *sa = c->sa;
    if (c->x != NULL) {
        memcpy(c->iv, c->x->iv, sizeof c->iv);
        return;
    }
    const uint8_t *last = sa->state == IKE_SA_ESTABLISHED ? sa->live->last_block : sa->phase1->iv;
    assert_int_equal(ike_iv_exchange(&sa->ctx->crypto, &sa->algs, last, c->h.message_id, c->iv),
                     IKEV1_OK);
}

static void set_hash(struct craft *c) {
    uint8_t number = c->x != NULL ? c->x->number : 1;
    const struct ike_step *step =
        ike_step_find(c->h.exchange, number, c->sa != NULL ? c->sa->auth : 0);
    c->hash = step != NULL ? step->hash : IKE_NO_HASH;
}

void craft_open(struct craft *c, const ikev1_engine *receiver, const uint8_t *data, size_t len) {
    static struct ike_chain chain;
    uint8_t plain[CRAFT_MESSAGE], next_iv[IKEV1_MAX_BLOCK];
    ikev1_bytes body = {data + IKEV1_HEADER_SIZE, len - IKEV1_HEADER_SIZE};
    *c = (struct craft){.engine = receiver};
    assert_int_equal(ike_header_decode(&c->h, ike_bytes(data, len), NULL), IKEV1_OK);
    c->sa = find_sa(receiver, &c->h);
    if (c->sa != NULL && c->h.exchange != IKEV1_EXCHANGE_INFORMATIONAL)
        c->x = ike_xchg_find(c->sa, c->h.message_id);
    set_hash(c);
    size_t pad = 0;
    if (c->h.flags & IKEV1_FLAG_ENCRYPTION) {
        assert_non_null(c->sa);
        assert_non_null(c->sa->live);
        set_iv(c);
        assert_int_equal(ike_body_decrypt(&c->sa->ctx->crypto, &c->sa->algs,
                                          ike_live_key(c->sa->live), c->iv, body, plain, next_iv),
                         IKEV1_OK);
        body.data = plain;
        pad = IKEV1_MAX_BLOCK;
    }
    struct ike_numbering numbering = {0, 0, false};
    if (c->sa != NULL)
        numbering = ike_numbering_in(c->sa, &c->h, body);
    assert_int_equal(ike_chain_decode_as(&chain, &numbering, c->h.next, body, pad, NULL), IKEV1_OK);
    for (size_t i = 0; i < chain.count; i++)
        craft_append(c, chain.at[i].wire_type, chain.at[i].body.data, chain.at[i].body.len);
}

void craft_empty(struct craft *c) {
    c->count = 0;
}

int craft_find(const struct craft *c, uint8_t type, int nth) {
    for (int i = 0; i < c->count; i++) {
        if (c->at[i].type == type && nth-- == 0)
            return i;
    }
    return CRAFT_NONE;
}

/* ---- changed ---- */

void craft_remove(struct craft *c, int at) {
    assert_in_range(at, 0, c->count - 1);
    c->count--;
    memmove(&c->at[at], &c->at[at + 1], (size_t)(c->count - at) * sizeof c->at[0]);
}

void craft_insert(struct craft *c, int at, uint8_t type, const void *body, size_t len) {
    struct craft_payload p = {.type = type, .len = len};
    assert_true(c->count < CRAFT_PAYLOADS && len <= sizeof p.body);
    if (len != 0)
        memcpy(p.body, body, len);
    memmove(&c->at[at + 1], &c->at[at], (size_t)(c->count - at) * sizeof c->at[0]);
    c->at[at] = p;
    c->count++;
}

void craft_append(struct craft *c, uint8_t type, const void *body, size_t len) {
    craft_insert(c, c->count, type, body, len);
}

void craft_swap(struct craft *c, int a, int b) {
    struct craft_payload p = c->at[a];
    c->at[a] = c->at[b];
    c->at[b] = p;
}

size_t craft_sample(uint8_t type, uint8_t *body) {
    static const uint8_t SA[] = {0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 16,
                                 1, 1, 0, 1, 0, 0, 0, 8, 1, 1, 0, 0};
    static const uint8_t ADDRESS_ID[] = {1, 0, 0, 0, 192, 0, 2, 9};
    static const uint8_t INITIAL_CONTACT[] = {0, 0, 0, 1, 1, 0, 0x60, 0x02};
    static const uint8_t DELETE[] = {0, 0, 0, 1, 3, 4, 0, 1, 9, 9, 9, 9};
    static const uint8_t CONFIG[] = {1, 0, 0, 7};
    static const uint8_t NAT_OA[] = {1, 0, 0, 0, 10, 0, 0, 1};
    static const uint8_t PLAIN[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    const struct {
        uint8_t type;
        const uint8_t *body;
        size_t len;
    } SAMPLES[] = {
        {IKEV1_PAYLOAD_SA, SA, sizeof SA},
        {IKEV1_PAYLOAD_KE, PLAIN, 16},
        {IKEV1_PAYLOAD_ID, ADDRESS_ID, sizeof ADDRESS_ID},
        {IKEV1_PAYLOAD_CERT, PLAIN, 16},
        {IKEV1_PAYLOAD_CERTREQ, PLAIN, 16},
        {IKEV1_PAYLOAD_HASH, PLAIN, 16},
        {IKEV1_PAYLOAD_SIG, PLAIN, 16},
        {IKEV1_PAYLOAD_NONCE, PLAIN, 16},
        {IKEV1_PAYLOAD_NOTIFY, INITIAL_CONTACT, sizeof INITIAL_CONTACT},
        {IKEV1_PAYLOAD_DELETE, DELETE, sizeof DELETE},
        {IKEV1_PAYLOAD_VENDOR, PLAIN, 16},
        {IKEV1_PAYLOAD_CONFIG, CONFIG, sizeof CONFIG},
        {IKEV1_PAYLOAD_NAT_D, PLAIN, 16},
        {IKEV1_PAYLOAD_NAT_OA, NAT_OA, sizeof NAT_OA},
    };
    for (size_t i = 0; i < COUNT(SAMPLES); i++) {
        if (SAMPLES[i].type == type) {
            memcpy(body, SAMPLES[i].body, SAMPLES[i].len);
            return SAMPLES[i].len;
        }
    }
    return 0;
}

/* ---- together ---- */

static size_t write_chain(const struct craft *c, uint8_t *out, size_t cap) {
    struct ike_writer w = ike_writer(out, cap);
    for (int i = 0; i < c->count; i++) {
        const struct craft_payload *p = &c->at[i];
        bool last = i + 1 == c->count;
        ike_write_u8(&w, !last ? c->at[i + 1].type : (c->last_next ? c->next_type : 0));
        ike_write_u8(&w, p->reserved);
        ike_write_u16(&w, (uint16_t)((int)p->len + 4 + p->longer));
        ike_write(&w, ike_bytes(p->body, p->len));
    }
    assert_false(w.bad);
    return ike_written(&w);
}

static void write_hash(const struct craft *c, uint8_t *chain, size_t used) {
    const struct ike_crypto *crypto = &c->sa->ctx->crypto;
    const uint8_t *k = ike_skeyid_a(c->sa->live);
    const struct ike_material *mat = c->x != NULL ? c->x->mat : NULL;
    size_t skip = 4 + c->at[0].len;
    ikev1_bytes rest = ike_bytes(chain + skip, used - skip);
    uint8_t hash[IKEV1_MAX_HASH];
    int r = IKEV1_OK;
    if (c->hash == IKE_HASH_1)
        r = ike_hash_1(crypto, &c->sa->algs, k, c->h.message_id, rest, hash);
    else if (c->hash == IKE_HASH_2)
        r = ike_hash_2(crypto, &c->sa->algs, k, c->h.message_id, ike_blob_bytes(&mat->ni), rest,
                       hash);
    else
        r = ike_hash_3(crypto, &c->sa->algs, k, c->h.message_id, ike_blob_bytes(&mat->ni),
                       ike_blob_bytes(&mat->nr), hash);
    assert_int_equal(r, IKEV1_OK);
    size_t size = ike_prf_size(&c->sa->algs);
    memcpy(chain + 4, hash, c->at[0].len < size ? c->at[0].len : size);
}

size_t craft_close(struct craft *c, uint8_t *out, size_t cap) {
    uint8_t *chain = out + IKEV1_HEADER_SIZE, next_iv[IKEV1_MAX_BLOCK];
    size_t used = write_chain(c, chain, cap - IKEV1_HEADER_SIZE);
    if (c->count != 0 && c->at[0].type == IKEV1_PAYLOAD_HASH && c->hash != IKE_NO_HASH &&
        !c->keep_hash)
        write_hash(c, chain, used);
    used -= c->cut;
    bool sealed = (c->h.flags & IKEV1_FLAG_ENCRYPTION) != 0 && !c->clear;
    size_t block = sealed ? c->sa->algs.cipher->block : 1;
    size_t len = used + c->trailing;
    if (len == 0 && sealed)
        len = block; /* nothing but padding: an empty body is another defect */
    len = (len + block - 1) / block * block;
    assert_true(len + IKEV1_HEADER_SIZE <= cap);
    memset(chain + used, 0, len - used);
    if (sealed)
        assert_int_equal(ike_body_encrypt(&c->sa->ctx->crypto, &c->sa->algs,
                                          ike_live_key(c->sa->live), c->iv, chain, len, next_iv),
                         IKEV1_OK);
    struct ike_writer w = ike_writer(out, cap);
    c->h.next = c->count != 0 ? c->at[0].type : 0;
    c->h.length = (uint32_t)(IKEV1_HEADER_SIZE + len);
    if (c->clear)
        c->h.flags &= (uint8_t)~IKEV1_FLAG_ENCRYPTION;
    ike_header_encode(&w, &c->h);
    return IKEV1_HEADER_SIZE + len;
}

size_t craft_transaction(struct craft *c, const ikev1_engine *receiver, const struct ike_sa *sa,
                         uint32_t id, const struct ike_config *config, uint8_t *out, size_t cap) {
    static uint8_t body[CRAFT_BODY];
    static const uint8_t none[IKEV1_MAX_HASH];
    struct ike_writer w = ike_writer(body, sizeof body);
    *c = (struct craft){.engine = receiver, .sa = sa, .hash = IKE_HASH_1};
    memcpy(c->h.icookie, sa->icookie, IKEV1_COOKIE_SIZE);
    memcpy(c->h.rcookie, sa->rcookie, IKEV1_COOKIE_SIZE);
    c->h.version = 0x10;
    c->h.exchange = IKEV1_EXCHANGE_TRANSACTION;
    c->h.flags = IKEV1_FLAG_ENCRYPTION;
    c->h.message_id = id;
    c->x = ike_xchg_find(sa, id);
    set_iv(c);
    ike_config_encode(&w, config);
    craft_append(c, IKEV1_PAYLOAD_HASH, none, ike_prf_size(&sa->algs));
    craft_append(c, IKEV1_PAYLOAD_CONFIG, body, ike_written(&w));
    return craft_close(c, out, cap);
}
