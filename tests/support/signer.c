/* SPDX-License-Identifier: Apache-2.0 */
#include "signer.h"

#include "pair.h"

enum { NAME = 1 };

static int asked(struct side *side, const ikev1_question *q, int kind, int status) {
    side->signer.ask = q->ask;
    side->signer.asked_kind = kind;
    if (status == IKEV1_PENDING) {
        assert_true(side->ask_count < PAIR_ASKS);
        side->asks[side->ask_count++] =
            (struct pair_ask){q->ask, kind, q->sa, q->child, q->rule, false};
    }
    return status;
}

static int sign(void *user, const ikev1_question *q, const ikev1_signature *what,
                ikev1_bytes *answer) {
    struct signer *s = &((struct side *)user)->signer;
    s->signature[0] = (uint8_t)s->name;
    memcpy(s->signature + NAME, what->hash.data, what->hash.len);
    s->signature_len = NAME + what->hash.len;
    s->auth = what->auth;
    s->signed_times++;
    *answer = (ikev1_bytes){s->signature, s->signature_len};
    return asked(user, q, IKEV1_QUESTION_SIGN, s->sign_status);
}

static int verify(void *user, const ikev1_question *q, const ikev1_signature *what) {
    struct signer *s = &((struct side *)user)->signer;
    s->verified_times++;
    s->certs_seen = what->cert_count;
    assert_non_null(what->id);
    int status = asked(user, q, IKEV1_QUESTION_VERIFY, s->verify_status);
    if (status != IKEV1_OK)
        return status;
    bool good = what->signature.len == NAME + what->hash.len &&
                what->signature.data[0] == (uint8_t)s->trust &&
                memcmp(what->signature.data + NAME, what->hash.data, what->hash.len) == 0;
    return good ? IKEV1_OK : IKEV1_E_AUTH;
}

static int certs(void *user, const ikev1_question *q, ikev1_certs *answer) {
    static const uint8_t der[] = {0x30, 0x03, 0x02, 0x01, 0x05};
    static const ikev1_cert chain[] = {
        {IKEV1_CERT_X509_SIGNATURE, {der, sizeof der}},
        {IKEV1_CERT_X509_SIGNATURE, {der, sizeof der}},
    };
    static const ikev1_bytes any = {NULL, 0};
    (void)user, (void)q;
    answer->chain = chain;
    answer->chain_count = 2;
    answer->authorities = &any;
    answer->authority_count = 1;
    return IKEV1_OK;
}

const struct pair_kind pair_kinds[PAIR_KINDS] = {
    {"main", IKEV1_AUTH_PSK, IKEV1_MODE_MAIN},
    {"aggressive", IKEV1_AUTH_PSK, IKEV1_MODE_AGGRESSIVE},
    {"main, signed", IKEV1_AUTH_RSA, IKEV1_MODE_MAIN},
    {"aggressive, signed", IKEV1_AUTH_RSA, IKEV1_MODE_AGGRESSIVE},
    {"base", IKEV1_AUTH_PSK, IKEV1_MODE_BASE},
    {"base, signed", IKEV1_AUTH_RSA, IKEV1_MODE_BASE},
};

void pair_by(struct pair *p, uint16_t auth, uint8_t mode) {
    struct side *sides[] = {&p->i, &p->r};
    for (size_t n = 0; n < 2; n++) {
        struct side *s = sides[n];
        s->suites1[0].auth = auth;
        s->phase1.mode = mode;
        if (auth == IKEV1_AUTH_PSK)
            continue;
        s->signer = (struct signer){.name = n == 0 ? 'i' : 'r', .trust = n == 0 ? 'r' : 'i'};
        s->policy.certs = certs;
        s->policy.sign = sign;
        s->policy.verify = verify;
        s->psk = NULL; /* nobody may ask for it */
    }
}
