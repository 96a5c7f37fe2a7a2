/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runner: one way in, one way out. What is between them: commit.c.
 */
#include <string.h>

#include "exchange/natt.h"
#include "exchange/phase1.h"
#include "exchange/quick.h"
#include "exchange/run.h"
#include "exchange/transaction.h"

enum { FLAGS_AT = 19 }; /* in the header */

/* ---- in ---- */

/* The payloads in clear: as they stand, or decrypted into the first half of scratch. */
static int open_body(const struct ike_sa *sa, bool sealed, const uint8_t *iv, ikev1_bytes datagram,
                     ikev1_bytes *plain, uint8_t *next_iv) {
    struct ike_context *ctx = sa->ctx;
    ikev1_bytes body =
        ike_bytes(datagram.data + IKEV1_HEADER_SIZE, datagram.len - IKEV1_HEADER_SIZE);
    *plain = body;
    if (!sealed)
        return IKEV1_OK;
    *plain = ike_bytes(ctx->scratch, body.len);
    return ike_body_decrypt(&ctx->crypto, &sa->algs, ike_live_key(sa->live), iv, body, ctx->scratch,
                            next_iv);
}

/* What follows the HASH payload, which leads. Cipher padding is not covered. */
static ikev1_bytes after_hash(const uint8_t *chain, size_t used, size_t hash_len) {
    size_t skip = 4 + hash_len;
    return ike_bytes(chain + skip, used - skip);
}

static int envelope_hash(const struct ike_sa *sa, const struct ike_material *mat, uint8_t kind,
                         uint32_t message_id, ikev1_bytes rest, uint8_t *out) {
    const struct ike_crypto *c = &sa->ctx->crypto;
    const uint8_t *k = ike_skeyid_a(sa->live);
    switch (kind) {
    case IKE_HASH_2:
        return ike_hash_2(c, &sa->algs, k, message_id, ike_blob_bytes(&mat->ni), rest, out);
    case IKE_HASH_3:
        return ike_hash_3(c, &sa->algs, k, message_id, ike_blob_bytes(&mat->ni),
                          ike_blob_bytes(&mat->nr), out);
    default:
        return ike_hash_1(c, &sa->algs, k, message_id, rest, out);
    }
}

/* HASH(n) authenticates the whole message: nothing of it is looked at before. */
static int verify_envelope(const struct ike_sa *sa, const struct ike_material *mat,
                           const struct ike_step *step, const struct ike_received *in,
                           ikev1_why *why) {
    if (step->hash == IKE_NO_HASH)
        return IKEV1_OK;
    uint8_t hash[IKEV1_MAX_HASH];
    ikev1_bytes theirs = in->chain.at[0].body;
    int r = envelope_hash(sa, mat, step->hash, in->header->message_id,
                          after_hash(in->plain.data, in->chain.used, theirs.len), hash);
    if (r != IKEV1_OK)
        return ike_refuse(why, r, 0, 0, NULL);
    size_t size = ike_prf_size(&sa->algs);
    bool good = theirs.len == size && sa->ctx->crypto.provider->equal(theirs.data, hash, size);
    sa->ctx->mem.wipe(hash, sizeof hash);
    return good ? IKEV1_OK
                : ike_refuse(why, IKEV1_E_AUTH, IKEV1_PAYLOAD_HASH, IKEV1_HEADER_SIZE, step->cite);
}

static bool is_sealed(const struct ike_header *h) {
    return (h->flags & IKEV1_FLAG_ENCRYPTION) != 0;
}

/* Reads a message up to where its meaning begins. */
static int read_message(const struct ike_sa *sa, const struct ike_material *mat,
                        const struct ike_step *step, const uint8_t *iv, ikev1_bytes datagram,
                        struct ike_received *in, uint8_t *next_iv, ikev1_why *why) {
    bool sealed = is_sealed(in->header);
    int r = open_body(sa, sealed, iv, datagram, &in->plain, next_iv);
    if (r == IKEV1_E_CIPHERTEXT)
        ike_why_numbers(why, datagram.len - IKEV1_HEADER_SIZE, sa->algs.cipher->block, "bytes");
    if (r != IKEV1_OK)
        return ike_refuse(why, r, 0, IKEV1_HEADER_SIZE, "RFC 2409 App. B");
    /* Peers pad with anything, some by a whole block where none is needed (PAY-04). */
    size_t pad = sealed ? sa->algs.cipher->block : 0;
    const struct ike_numbering numbering = ike_numbering_in(sa, in->header, in->plain);
    r = ike_chain_decode_as(&in->chain, &numbering, in->header->next, in->plain, pad, why);
    if (r != IKEV1_OK)
        return r;
    if (in->chain.skipped)
        (void)ike_quirk(sa, IKEV1_QUIRK_PAYLOAD_130);
    r = ike_step_check(step, &in->chain, why);
    if (r != IKEV1_OK)
        return r;
    return verify_envelope(sa, mat, step, in, why);
}

/* Does the message need the keys of phase 1? */
static bool is_proof(const struct ike_step *step, const struct ike_header *h) {
    return is_sealed(h) || step->sealed == IKE_SEALED;
}

static int check_seal(const struct ike_sa *sa, const struct ike_step *step,
                      const struct ike_header *h, ikev1_why *why) {
    bool sealed = is_sealed(h);
    if (step->sealed == IKE_EITHER || sealed == (step->sealed == IKE_SEALED))
        return IKEV1_OK;
    if (step->exchange == IKEV1_EXCHANGE_MAIN && step->number == 5 &&
        ike_quirk(sa, IKEV1_QUIRK_CLEAR_MAIN_5))
        return IKEV1_OK;
    return ike_refuse(why, sealed ? IKEV1_E_NO_KEY : IKEV1_E_UNPROTECTED, 0, 0, step->cite);
}

void ike_parked_free(struct ike_context *ctx, struct ike_parked **parked) {
    if (*parked != NULL)
        ike_free(&ctx->mem, *parked, sizeof **parked + (*parked)->len);
    *parked = NULL;
}

/* Keeps a datagram until the question it led to has been answered. */
static int park(struct ike_xchg *x, const ikev1_path *path, ikev1_bytes datagram,
                const struct ike_staged *st) {
    struct ike_context *ctx = x->sa->ctx;
    struct ike_parked *parked = ike_alloc(&ctx->mem, sizeof *parked + datagram.len);
    if (parked == NULL)
        return IKEV1_E_MEMORY;
    parked->path = *path;
    parked->len = datagram.len;
    memcpy(parked->datagram, datagram.data, datagram.len);
    if (st->secret_len != 0 &&
        ike_blob_set(&ctx->mem, &x->mat->held, ike_bytes(st->secret, st->secret_len)) != IKEV1_OK) {
        ike_parked_free(ctx, &parked);
        return IKEV1_E_MEMORY;
    }
    x->proven = st->proven;
    ike_parked_free(ctx, &x->parked);
    x->parked = parked;
    x->ask = ctx->asked;
    x->ask_kind = ctx->asked_kind;
    return IKEV1_PENDING;
}

static bool is_policy(int code) {
    return code < 0 && IKEV1_ERROR_CLASS(code) == IKEV1_CLASS_POLICY;
}

/* Under the keys that there are, or those of the host's pre-shared key that is next. */
static int try_keys(struct ike_xchg *x, const struct ike_step *step, ikev1_bytes datagram,
                    struct ike_received *in, struct ike_staged *st, uint8_t *next_iv,
                    ikev1_why *why) {
    struct ike_context *ctx = x->sa->ctx;
    int r = is_proof(step, in->header) && x == x->sa->phase1 ? ike_phase1_keys(x, why) : IKEV1_OK;
    /* No key from the host, or no secret out of the peer's value: no other message 5 would do. */
    st->hopeless = x->candidate == 0 && (r == IKEV1_E_KE_INVALID || is_policy(r));
    if (r != IKEV1_OK)
        return r;
    r = read_message(x->sa, x->mat, step, x->iv, datagram, in, next_iv, why);
    if (r != IKEV1_OK)
        return r;
    st->authentic = step->hash != IKE_NO_HASH;
    if (x == x->sa->phase1)
        st->can = ike_vendors_read(&in->chain);
    if ((st->can & IKE_CAN_BIT(IKE_CAN_ASK_CERT)) != 0)
        st->requests = &in->chain;
    if (!ctx->resumed) {
        ike_log(ctx, IKEV1_LOG_RECV,
                &(struct ike_log_about){.sa = x->sa,
                                        .xchg = x,
                                        .chain = &in->chain,
                                        .authentic = step->hash != IKE_NO_HASH});
        if (x == x->sa->phase1)
            ike_vendors_log(x, in);
    }
    r = step->got(x, in, st, why);
    return r == IKEV1_OK ? ike_habits_check(x, in, st, why) : r;
}

/* From the committed state and a message to a staged change. */
static int understand(struct ike_xchg *x, const struct ike_step *step, ikev1_bytes datagram,
                      struct ike_received *in, struct ike_staged *st, uint8_t *next_iv,
                      ikev1_why *why) {
    int r = check_seal(x->sa, step, in->header, why);
    if (r != IKEV1_OK)
        return r;
    if (!x->sa->ctx->resumed && x->sa->live == NULL)
        x->candidate = 0;
    do {
        r = try_keys(x, step, datagram, in, st, next_iv, why);
    } while (is_proof(step, in->header) && r < 0 && r != IKEV1_E_MEMORY && !st->authentic &&
             !st->hopeless && x == x->sa->phase1 && ike_phase1_next_key(x));
    return r;
}

int ike_run_receive(struct ike_xchg *x, const struct ike_header *h, ikev1_bytes datagram,
                    const ikev1_path *path, struct ike_refusal *refusal, ikev1_why *why) {
    struct ike_context *ctx = x->sa->ctx;
    const struct ike_step *step = ike_step_find(x->exchange, x->number, x->sa->auth);
    struct ike_received in; /* not zeroed: it is large, and decode fills what counts */
    struct ike_staged st;
    uint8_t next_iv[IKEV1_MAX_BLOCK];
    memset(&st, 0, offsetof(struct ike_staged, phase1));
    *refusal = (struct ike_refusal){0};
    in.header = h;
    in.path = path;
    why->exchange = x->exchange;
    why->message = x->number;
    int r = understand(x, step, datagram, &in, &st, next_iv, why);
    if (x->exchange == IKEV1_EXCHANGE_QUICK && x->initiator)
        st.commit = (h->flags & IKEV1_FLAG_COMMIT) != 0;
    if (r == IKEV1_OK)
        r = ike_commit(x, step, &st, next_iv, is_sealed(h) ? datagram.len - IKEV1_HEADER_SIZE : 0,
                       why);
    else if (r == IKEV1_PENDING)
        r = park(x, path, datagram, &st);
    if (r == IKEV1_OK && x->came == 0)
        x->came = (uint16_t)datagram.len; /* limits.datagram has no more bits */
    if (is_sealed(h))
        ctx->mem.wipe(ctx->scratch, datagram.len);
    /* In Base Mode the peer has its keys when we find out that it is not whom we mean: it has to
     * hear of it under ours. */
    if (r < 0 && r != IKEV1_E_MEMORY && st.proven && st.derived.live != NULL && x->sa->live == NULL)
        ike_keys_install(x, &st.derived);
    ike_derived_free(ctx, &st.derived);
    ike_transaction_unstage(ctx, &st);
    if (st.secret_len != 0)
        ctx->mem.wipe(st.secret, st.secret_len);
    if (r != IKEV1_PENDING && r != IKEV1_E_MEMORY) {
        if (x->mat != NULL)
            ike_blob_free(&ctx->mem, &x->mat->held);
        x->proven = false;
    }
    if (r < 0) {
        refusal->fatal = (st.authentic && r != IKEV1_E_MEMORY) || st.hopeless;
        memcpy(refusal->iv, st.authentic && is_sealed(h) ? next_iv : x->iv, sizeof refusal->iv);
        refusal->proven = st.proven;
        refusal->notify = st.refuse;
        refusal->protocol = st.named_protocol;
        refusal->spi = st.named_spi;
        why->code = r;
    }
    return r;
}

int ike_run_informational(struct ike_sa *sa, const struct ike_header *h, ikev1_bytes datagram,
                          uint8_t *chain_iv, struct ike_received *in, ikev1_why *why) {
    const struct ike_step *step = ike_step_find(IKEV1_EXCHANGE_INFORMATIONAL, 1, sa->auth);
    uint8_t iv[IKEV1_MAX_BLOCK], next_iv[IKEV1_MAX_BLOCK];
    why->exchange = IKEV1_EXCHANGE_INFORMATIONAL;
    why->message = 1;
    in->header = h;
    int r = check_seal(sa, step, h, why);
    if (r != IKEV1_OK)
        return r;
    /* Before establishment the last block of phase 1 is the one the exchange has got to. */
    const uint8_t *last = sa->state == IKE_SA_ESTABLISHED ? sa->live->last_block : sa->phase1->iv;
    if (chain_iv == NULL)
        r = ike_iv_exchange(&sa->ctx->crypto, &sa->algs, last, h->message_id, iv);
    if (r != IKEV1_OK)
        return ike_refuse(why, r, 0, 0, step->cite);
    r = read_message(sa, NULL, step, chain_iv != NULL ? chain_iv : iv, datagram, in, next_iv, why);
    if (r == IKEV1_OK)
        r = ike_habits_judge(sa, sa->quirks, ike_habits_padding(sa, in), why);
    if (r != IKEV1_OK)
        return r;
    if (chain_iv != NULL)
        memcpy(chain_iv, next_iv, sizeof next_iv);
    ike_count_sealed(sa, datagram.len - IKEV1_HEADER_SIZE);
    ike_log(sa->ctx, IKEV1_LOG_RECV,
            &(struct ike_log_about){.sa = sa, .header = h, .chain = &in->chain, .authentic = true});
    return IKEV1_OK;
}

/* ---- out ---- */

struct outgoing {
    struct ike_message_writer m;
    struct ike_chain chain;
    const struct ike_sa *sa;
    uint8_t *buf;
    uint8_t next_iv[IKEV1_MAX_BLOCK];
    size_t len;
};

static void begin(struct outgoing *o, const struct ike_sa *sa, const struct ike_step *step,
                  uint32_t message_id) {
    struct ike_context *ctx = sa->ctx;
    struct ike_header h = {.version = 0x10, .exchange = step->exchange, .message_id = message_id};
    memcpy(h.icookie, sa->icookie, sizeof h.icookie);
    memcpy(h.rcookie, sa->rcookie, sizeof h.rcookie);
    h.flags = step->sealed != IKE_CLEAR ? IKEV1_FLAG_ENCRYPTION : 0;
    o->sa = sa;
    o->buf = ctx->scratch + ctx->limits.datagram;
    ike_message_begin(&o->m, o->buf, ctx->limits.datagram, &h);
    if (step->hash != IKE_NO_HASH) {
        ike_payload_begin(&o->m, IKEV1_PAYLOAD_HASH);
        ike_write_room(&o->m.w, ike_prf_size(&sa->algs));
        ike_payload_end(&o->m);
    }
}

/* Our own message must pass the check that the peer's has to pass. */
static int check_own(struct outgoing *o, const struct ike_step *step, ikev1_why *why) {
    if (o->m.w.bad)
        return IKEV1_E_OUTPUT;
    ikev1_bytes chain =
        ike_bytes(o->buf + IKEV1_HEADER_SIZE, ike_written(&o->m.w) - IKEV1_HEADER_SIZE);
    const struct ike_numbering numbering = ike_numbering(o->sa);
    ikev1_why own; /* filled when one of the two refuses */
    if (ike_chain_decode_as(&o->chain, &numbering, o->buf[16], chain, 0, &own) != IKEV1_OK ||
        ike_step_check(step, &o->chain, &own) != IKEV1_OK)
        return ike_refuse(why, IKEV1_E_BUG, own.payload, own.offset, step->cite);
    return IKEV1_OK;
}

/* Hash over the envelope, padding, encryption. */
static int seal(struct outgoing *o, const struct ike_step *step, const struct ike_material *mat,
                uint32_t message_id, const uint8_t *iv) {
    const struct ike_sa *sa = o->sa;
    int r = IKEV1_OK;
    if (step->hash != IKE_NO_HASH) {
        uint8_t *chain = o->buf + IKEV1_HEADER_SIZE;
        ikev1_bytes rest = after_hash(chain, o->chain.used, ike_prf_size(&sa->algs));
        r = envelope_hash(sa, mat, step->hash, message_id, rest, chain + 4);
    }
    if (r != IKEV1_OK)
        return r;
    bool sealed = step->sealed != IKE_CLEAR;
    o->len = ike_message_end(&o->m, sealed ? sa->algs.cipher->block : 0);
    if (o->len == 0)
        return IKEV1_E_OUTPUT;
    if (!sealed)
        return IKEV1_OK;
    return ike_body_encrypt(&sa->ctx->crypto, &sa->algs, ike_live_key(sa->live), iv,
                            o->buf + IKEV1_HEADER_SIZE, o->len - IKEV1_HEADER_SIZE, o->next_iv);
}

/* The choice in Main Mode is made of nothing but what the exchange has anyway. Not to keep it makes
 * half-open entries smaller, and those are what a flood leaves behind (DOS-07). */
static bool can_be_written_again(const struct ike_step *step) {
    return step->put == ike_put_choice;
}

/* To who has not shown that it receives, whoever wrote its address there: three times what came, or
 * what the host wants. */
size_t ike_answer_most(const struct ike_xchg *x) {
    bool any = x->initiator || x->sa->reached || x != x->sa->phase1 || x->profile->whole_answer;
    return any ? SIZE_MAX : 3 * (size_t)x->came;
}

static int check_size(const struct outgoing *o, const struct ike_step *step,
                      const struct ike_xchg *x, ikev1_why *why) {
    if (o->len <= ike_answer_most(x))
        return IKEV1_OK;
    return ike_refuse_numbers(why, IKEV1_E_ANSWER, 0, step->cite, x->came, o->len, "bytes");
}

static int finish(struct outgoing *o, const struct ike_step *step, struct ike_xchg *x,
                  ikev1_why *why) {
    struct ike_context *ctx = x->sa->ctx;
    int r = check_own(o, step, why);
    if (r == IKEV1_OK)
        r = seal(o, step, x->mat, x->message_id, x->iv);
    if (r == IKEV1_OK)
        r = check_size(o, step, x, why);
    if (r == IKEV1_OK && !can_be_written_again(step))
        r = ike_blob_set(&ctx->mem, &x->sent, ike_bytes(o->buf, o->len));
    if (r == IKEV1_OK)
        r = ike_send(x->sa, ike_bytes(o->buf, o->len));
    if (r != IKEV1_OK)
        return ike_why_limit(ctx, r, 0, why);
    ike_log(ctx, IKEV1_LOG_SEND,
            &(struct ike_log_about){.sa = x->sa, .xchg = x, .chain = &o->chain});
    if (step->sealed != IKE_CLEAR) {
        memcpy(x->iv, o->next_iv, sizeof x->iv);
        ike_count_sealed(x->sa, o->len - IKEV1_HEADER_SIZE);
    }
    if (o->chain.counts[IKEV1_PAYLOAD_SIG] != 0) /* nobody asks for the chain any more */
        ike_blob_free(&ctx->mem, &x->mat->requests);
    x->tries = 0;
    x->number++;
    x->state = step->last ? IKE_FINISHED : IKE_AWAITS;
    return IKEV1_OK;
}

/* The row of the message that is owed. What must be there before one of phase 1 is begun: for the
 * first the host's answer, which says which exchange it is; for a sealed one the keys. */
static int prepare(struct ike_xchg *x, const struct ike_step **step, ikev1_why *why) {
    const bool phase1 = x == x->sa->phase1;
    int r = phase1 && x->initiator && x->number == 1 ? ike_phase1_begin(x, why) : IKEV1_OK;
    *step = ike_step_find(x->exchange, x->number, x->sa->auth);
    if (r == IKEV1_OK && phase1 && (*step)->sealed == IKE_SEALED)
        r = ike_phase1_keys(x, why);
    return r;
}

int ike_run_send(struct ike_xchg *x, ikev1_why *why) {
    struct ike_context *ctx = x->sa->ctx;
    struct outgoing o;
    const struct ike_step *step;
    int r = prepare(x, &step, why);
    why->exchange = x->exchange;
    why->message = x->number;
    if (r == IKEV1_OK) {
        begin(&o, x->sa, step, x->message_id);
        if (x->commit && !x->initiator)
            o.buf[FLAGS_AT] |= IKEV1_FLAG_COMMIT;
        r = step->put(x, &o.m, why);
        if (r == IKEV1_OK)
            r = finish(&o, step, x, why);
        ctx->mem.wipe(o.buf, (size_t)(o.m.w.p - o.m.w.start));
    }
    if (r == IKEV1_PENDING) {
        x->ask = ctx->asked;
        x->ask_kind = ctx->asked_kind;
    } else if (r < 0) {
        why->code = r;
    }
    return r;
}

int ike_run_again(struct ike_xchg *x, ikev1_why *why) {
    const struct ike_step *step = ike_step_find(x->exchange, (uint8_t)(x->number - 1), x->sa->auth);
    struct outgoing o;
    if (x->sent.len != 0)
        return ike_send(x->sa, ike_blob_bytes(&x->sent));
    if (step == NULL || !can_be_written_again(step))
        return IKEV1_DROPPED;
    begin(&o, x->sa, step, x->message_id);
    int r = step->put(x, &o.m, why);
    if (r == IKEV1_OK)
        r = check_own(&o, step, why);
    if (r == IKEV1_OK)
        r = seal(&o, step, x->mat, x->message_id, x->iv);
    return r == IKEV1_OK ? ike_send(x->sa, ike_bytes(o.buf, o.len)) : r;
}

int ike_send_informational(struct ike_sa *sa, uint32_t message_id, uint8_t payload,
                           ikev1_bytes body) {
    const struct ike_step *step = ike_step_find(IKEV1_EXCHANGE_INFORMATIONAL, 1, sa->auth);
    struct outgoing o;
    uint8_t iv[IKEV1_MAX_BLOCK];
    int r = ike_iv_exchange(&sa->ctx->crypto, &sa->algs, sa->live->last_block, message_id, iv);
    if (r != IKEV1_OK)
        return r;
    begin(&o, sa, step, message_id);
    ike_payload_put(&o.m, payload, body);
    r = check_own(&o, step, NULL);
    if (r == IKEV1_OK)
        r = seal(&o, step, NULL, message_id, iv);
    if (r == IKEV1_OK)
        r = ike_send(sa, ike_bytes(o.buf, o.len));
    if (r != IKEV1_OK)
        return r;
    ike_count_sealed(sa, o.len - IKEV1_HEADER_SIZE);
    ike_log(sa->ctx, IKEV1_LOG_SEND, &(struct ike_log_about){.sa = sa, .chain = &o.chain});
    return IKEV1_OK;
}
