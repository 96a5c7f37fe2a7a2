/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No branch and no index of the library depends on a secret: under valgrind the pre-shared key, the
 * private values, the shared secrets and all that comes of them count as uninitialised, and
 * memcheck reports whoever decides by them. AUT-01; RFC 2409 5, 5.4, 5.5. check_secrets.sh runs it
 * on a build without sanitizers.
 *
 * What leaves is public: ciphertext, and with it a message once it is decrypted (its sender has
 * chosen it), a comparison's yes or no, packets. The provider's own functions are not looked at:
 * what they write is marked when they return.
 */
#include <valgrind/memcheck.h>

#include <ikev1/openssl.h>

#include "support/pair.h"

static ikev1_hash_alg hash;
static ikev1_cipher_alg cipher;
static ikev1_group_alg group;
static struct {
    const ikev1_hash_alg *hash;
    const ikev1_cipher_alg *cipher;
    const ikev1_group_alg *group;
    size_t compared, keyed;
    bool undisclosed; /* see main() */
} real;

static void secret(const void *p, size_t len) {
    (void)VALGRIND_MAKE_MEM_UNDEFINED(p, len);
}

static void public(const void *p, size_t len) {
    (void)VALGRIND_MAKE_MEM_DEFINED(p, len);
}

/* ---- a provider whose results are secret ---- */

enum { MOST = 4096 };

/* The provider may decide by what it likes: it gets a copy that nothing is said about. */
static uint8_t *plain(const uint8_t *from, size_t len, uint8_t *to) {
    assert_true(len <= MOST);
    memcpy(to, from, len);
    public(to, len);
    return to;
}

static int hmac(void *instance, ikev1_bytes key, const ikev1_bytes *parts, size_t count,
                uint8_t *out) {
    static uint8_t copies[9][MOST];
    ikev1_bytes in[8];
    assert_true(count <= COUNT(in));
    real.keyed++;
    for (size_t i = 0; i < count; i++)
        in[i] = (ikev1_bytes){plain(parts[i].data, parts[i].len, copies[i]), parts[i].len};
    key.data = plain(key.data, key.len, copies[8]);
    int status = real.hash->hmac(instance, key, in, count, out);
    secret(out, real.hash->size);
    return status;
}

static int crypt(void *instance, ikev1_bytes key, const uint8_t *iv, const uint8_t *in,
                 uint8_t *out, size_t len, bool out_of) {
    static uint8_t copies[3][MOST];
    ikev1_bytes clear = {plain(key.data, key.len, copies[0]), key.len};
    const uint8_t *from = plain(in, len, copies[1]), *start = plain(iv, cipher.block, copies[2]);
    int status = (out_of ? real.cipher->decrypt : real.cipher->encrypt)(instance, clear, start,
                                                                        from, out, len);
    public(out, len);
    return status;
}

static int encrypt(void *instance, ikev1_bytes key, const uint8_t *iv, const uint8_t *in,
                   uint8_t *out, size_t len) {
    return crypt(instance, key, iv, in, out, len, false);
}

static int decrypt(void *instance, ikev1_bytes key, const uint8_t *iv, const uint8_t *in,
                   uint8_t *out, size_t len) {
    return crypt(instance, key, iv, in, out, len, true);
}

static int generate(void *instance, const uint8_t *seed, uint8_t *out) {
    uint8_t copy[MOST];
    int status = real.group->generate(instance, plain(seed, group.seed_size, copy), out);
    secret(seed, group.seed_size); /* from here on; the random source does not say what is one */
    public(out, group.public_size);
    return status;
}

static int agree(void *instance, const uint8_t *seed, const uint8_t *peer, uint8_t *out) {
    uint8_t copy[MOST];
    int status = real.group->agree(instance, plain(seed, group.seed_size, copy), peer, out);
    secret(out, group.secret_size);
    return status;
}

static bool equal(const void *a, const void *b, size_t len) {
    bool same = ikev1_openssl()->equal(a, b, len);
    real.compared++;
    if (real.undisclosed)
        secret(&same, sizeof same);
    else
    public(&same, sizeof same);
    return same;
}

static const ikev1_crypto *watched(void) {
    static const ikev1_hash_alg *const hashes[] = {&hash, NULL};
    static const ikev1_cipher_alg *const ciphers[] = {&cipher, NULL};
    static const ikev1_group_alg *const groups[] = {&group, NULL};
    static ikev1_crypto provider;
    provider = *ikev1_openssl();
    for (size_t i = 0; provider.hashes[i] != NULL; i++)
        if (provider.hashes[i]->id == IKEV1_HASH_SHA2_256)
            real.hash = provider.hashes[i];
    for (size_t i = 0; provider.ciphers[i] != NULL; i++)
        if (provider.ciphers[i]->id == IKEV1_CIPHER_AES)
            real.cipher = provider.ciphers[i];
    for (size_t i = 0; provider.groups[i] != NULL; i++)
        if (provider.groups[i]->id == IKEV1_GROUP_X25519)
            real.group = provider.groups[i];
    hash = *real.hash;
    cipher = *real.cipher;
    group = *real.group;
    hash.hmac = hmac;
    cipher.encrypt = encrypt;
    cipher.decrypt = decrypt;
    group.generate = generate;
    group.agree = agree;
    provider.hashes = hashes;
    provider.ciphers = ciphers;
    provider.groups = groups;
    provider.equal = equal;
    return &provider;
}

/* ---- negotiations ---- */

static int secret_psk(void *user, const ikev1_question *q, ikev1_bytes *answer) {
    static uint8_t key[2][40] = {"a pre-shared key that nobody branches on",
                                 "another key that nobody here branches on"};
    const struct side *s = user;
    (void)q;
    uint8_t *mine = key[s->psk[0] == '!'];
    secret(mine, sizeof key[0]);
    *answer = (ikev1_bytes){mine, sizeof key[0]};
    return IKEV1_OK;
}

/* As pair_run(); a packet is public once it is out. */
static void run(struct pair *p) {
    do {
        side_drain(&p->i);
        side_drain(&p->r);
        for (size_t k = 0; k < p->link.flight_count; k++)
        public(p->link.flights[k].data, p->link.flights[k].len);
    } while (pair_step(p));
}

static struct pair *prepared(uint8_t mode) {
    struct pair *p = pair_new(watched());
    pair_by(p, IKEV1_AUTH_PSK, mode);
    p->i.policy.psk = p->r.policy.psk = secret_psk;
    for (size_t n = 0; n < 2; n++) {
        struct side *s = n == 0 ? &p->i : &p->r;
        s->suites1[0].hash = IKEV1_HASH_SHA2_256;
        s->suites1[0].cipher = IKEV1_CIPHER_AES;
        s->suites1[0].key_bits = 256; /* SKEYID_e is too short for it: RFC 2409 App. B */
        s->suites1[0].group = IKEV1_GROUP_X25519;
        s->phase2.pfs_group = IKEV1_GROUP_X25519;
    }
    return p;
}

static void test_secrets__negotiation__no_decision_by_them(void **state) {
    (void)state;
    for (uint8_t mode = IKEV1_MODE_MAIN; mode <= IKEV1_MODE_AGGRESSIVE; mode++) {
        struct pair *p = prepared(mode);
        real.compared = real.keyed = 0;
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        run(p);
        assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), 1);
        assert_int_equal(side_count(&p->r, IKEV1_EVENT_CHILD_UP), 1);
        assert_int_equal(ikev1_delete(p->i.ike, p->now, IKEV1_ALL), IKEV1_OK);
        run(p);
        assert_true(real.compared >= 5 && real.keyed >= 20);
        pair_stop(p);
        pair_free(p);
    }
}

static void test_secrets__wrong_key__no_decision_by_them(void **state) {
    (void)state;
    for (uint8_t mode = IKEV1_MODE_MAIN; mode <= IKEV1_MODE_AGGRESSIVE; mode++) {
        struct pair *p = prepared(mode);
        p->i.psk = "!";
        pair_start(p);
        assert_int_equal(pair_connect(p), IKEV1_OK);
        run(p);
        assert_int_equal(side_count(&p->r, IKEV1_EVENT_SA_UP), 0);
        pair_stop(p);
        pair_free(p);
    }
}

/* With an argument a comparison's answer stays secret: then the library does decide by a secret,
 * and memcheck has to say so. */
int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secrets__negotiation__no_decision_by_them),
        cmocka_unit_test(test_secrets__wrong_key__no_decision_by_them),
    };
    (void)argv;
    real.undisclosed = argc > 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
