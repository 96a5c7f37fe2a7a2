/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record_wire FOLDER writes there wire.pcap, wire.keys (the `ikev1_decryption_table` of tshark),
 * wire.scenes (which frames are which negotiation) and wire.tables: what the library's own tables
 * say may be sent, and what it calls the numbers. A negotiation that does not do what its scene
 * wants ends the program.
 */
#include <string.h>

#include <ikev1/openssl.h>

#include "exchange/phase1.h"
#include "record_wire.h"
#include "support/user.h"

/* ---- the capture: LINKTYPE_RAW, an IP and a UDP header before each message ---- */

enum { LINKTYPE_RAW = 101, UDP = 17, UDP_SIZE = 8, FRAME = 66000, MARKER = 4 };
static const uint32_t EPOCH = 1700000000;

struct frame {
    uint8_t bytes[FRAME];
    size_t len;
};

static void put(struct frame *f, uint32_t value, size_t size) {
    while (size-- > 0)
        f->bytes[f->len++] = (uint8_t)(value >> 8 * size);
}

static void put_bytes(struct frame *f, const uint8_t *p, size_t len) {
    memcpy(f->bytes + f->len, p, len);
    f->len += len;
}

static void put_ip(struct frame *f, const ikev1_path *path, size_t payload) {
    if (path->local.family == 6) {
        put(f, 0x60000000, 4);
        put(f, (uint32_t)payload, 2);
        put(f, UDP << 8 | 64, 2);
        put_bytes(f, path->remote.ip, 16);
        put_bytes(f, path->local.ip, 16);
        return;
    }
    put(f, 0x4500, 2);
    put(f, (uint32_t)(20 + payload), 2);
    put(f, 0, 4);
    put(f, 64 << 8 | UDP, 2);
    put(f, 0, 2); /* no checksum of its header: nobody looks at it here */
    put_bytes(f, path->remote.ip, 4);
    put_bytes(f, path->local.ip, 4);
}

static uint32_t sum(const uint8_t *p, size_t len) {
    uint32_t total = 0;
    for (size_t i = 0; i < len; i++)
        total += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
    return total;
}

/* RFC 768: over both addresses, protocol and length, then header and payload. */
static void put_checksum(struct frame *f, bool ip6, size_t payload) {
    const size_t addresses = ip6 ? 32 : 8;
    const uint8_t *udp = f->bytes + f->len - payload;
    uint32_t total = sum(udp - addresses, addresses) + UDP + (uint32_t)payload + sum(udp, payload);
    while (total > UINT16_MAX)
        total = (total & UINT16_MAX) + (total >> 16);
    total = total == UINT16_MAX ? total : ~total & UINT16_MAX;
    f->bytes[f->len - payload + 6] = (uint8_t)(total >> 8);
    f->bytes[f->len - payload + 7] = (uint8_t)total;
}

/* In the byte order of this machine, as the format wants it. */
static void write_words(FILE *to, const uint32_t *words, size_t count) {
    assert_int_equal(fwrite(words, sizeof *words, count, to), count);
}

static void write_header(FILE *to) {
    static const uint16_t version[] = {2, 4};
    write_words(to, (const uint32_t[]){0xa1b2c3d4}, 1);
    assert_int_equal(fwrite(version, sizeof version, 1, to), 1);
    write_words(to, (const uint32_t[]){0, 0, FRAME, LINKTYPE_RAW}, 4);
}

static void write_frame(struct recording *r, const struct datagram *d) {
    static struct frame f;
    const bool marked = d->path.encapsulated && !d->keepalive;
    const ikev1_time at = r->base + r->p->now;
    f.len = 0;
    const size_t payload = (marked ? UDP_SIZE + MARKER : UDP_SIZE) + d->len;
    put_ip(&f, &d->path, payload);
    put(&f, d->path.remote.port, 2);
    put(&f, d->path.local.port, 2);
    put(&f, (uint32_t)payload, 2);
    put(&f, 0, 2);
    if (marked)
        put(&f, 0, MARKER);
    put_bytes(&f, d->data, d->len);
    put_checksum(&f, d->path.local.family == 6, payload);
    write_words(r->pcap,
                (const uint32_t[]){EPOCH + (uint32_t)(at / 1000), (uint32_t)(at % 1000 * 1000),
                                   (uint32_t)f.len, (uint32_t)f.len},
                4);
    assert_int_equal(fwrite(f.bytes, 1, f.len, r->pcap), f.len);
    r->frames++;
}

/* ---- the keys ---- */

static void write_key(struct recording *r, const struct side *s, const struct datagram *d) {
    char line[200];
    size_t len;
    if (d->sa == 0 || d->keepalive)
        return;
    for (size_t i = 0; i < r->known_count; i++)
        if (memcmp(r->known[i], d->data, IKEV1_COOKIE_SIZE) == 0)
            return;
    if (ikev1_decryption_table(s->ike, d->sa, line, sizeof line, &len) != IKEV1_OK)
        return;
    assert_true(len < sizeof line && r->known_count < COUNT(r->known));
    memcpy(r->known[r->known_count++], d->data, IKEV1_COOKIE_SIZE);
    fprintf(r->keys, "%s\n", line);
}

static void take(struct recording *r) {
    struct pair *p = r->p;
    side_drain(&p->i);
    side_drain(&p->r);
    for (; r->taken < p->link.kept_count; r->taken++)
        write_frame(r, &p->link.kept[r->taken]);
    for (size_t i = 0; i < p->link.kept_count; i++)
        write_key(r, p->link.kept[i].way == LINK_TO_RESPONDER ? &p->i : &p->r, &p->link.kept[i]);
}

/* ---- what scenes do ---- */

void recording_run(struct recording *r) {
    take(r);
    while (pair_step(r->p))
        take(r);
}

void recording_wait(struct recording *r, ikev1_time ms) {
    enum { STEP = 100 };
    for (; ms > 0; ms -= ms < STEP ? ms : STEP) {
        pair_wait(r->p, ms < STEP ? ms : STEP);
        take(r);
    }
}

void recording_up(struct recording *r) {
    assert_int_equal(pair_connect(r->p), IKEV1_OK);
    recording_run(r);
    assert_true(side_count(&r->p->i, IKEV1_EVENT_CHILD_UP) > 0);
    assert_true(side_count(&r->p->r, IKEV1_EVENT_CHILD_UP) > 0);
}

void recording_delete(struct recording *r, struct side *s) {
    assert_int_equal(ikev1_delete(s->ike, r->p->now, IKEV1_ALL), IKEV1_OK);
    recording_run(r);
}

static void set_up(struct recording *r, const struct record_scene *scene) {
    struct side *both[] = {&r->p->i, &r->p->r};
    if (scene->auth > IKEV1_AUTH_ECDSA_521)
        pair_with_user(r->p, scene->auth, scene->mode == IKEV1_MODE_AGGRESSIVE);
    else
        pair_by(r->p, scene->auth, scene->mode);
    if (ike_auth_layout(scene->auth) != IKE_SIGNS_NOBODY)
        record_sign(r->p, scene->auth);
    for (size_t n = 0; n < 2; n++) {
        struct side *s = both[n];
        rng_init(&s->rng, ++r->seed);
        s->config.analysis = true;
        s->config.allow = UINT32_MAX;
        if (scene->ike != NULL)
            assert_int_equal(ikev1_suites1_parse(scene->ike, scene->auth, s->suites1,
                                                 COUNT(s->suites1), &s->phase1.suite_count, NULL),
                             IKEV1_OK);
        if (scene->esp != NULL)
            assert_int_equal(ikev1_suites2_parse(scene->esp, s->suites2, COUNT(s->suites2),
                                                 &s->phase2.suite_count, &s->phase2.pfs_group,
                                                 NULL),
                             IKEV1_OK);
    }
}

static void play(struct recording *r, const struct record_scene *scene) {
    r->p = pair_new(ikev1_openssl());
    r->taken = 0;
    set_up(r, scene);
    if (scene->prepare != NULL)
        scene->prepare(r->p);
    pair_start(r->p);
    fprintf(r->scenes, "%zu %u %s\n", r->frames + 1, ike_auth_layout(scene->auth), scene->name);
    print_message("# %s\n", scene->name);
    if (scene->drive != NULL) {
        scene->drive(r);
    } else {
        recording_up(r);
        recording_delete(r, &r->p->i);
    }
    take(r);
    r->base += r->p->now + 10000;
    pair_free(r->p);
}

/* ---- what the library's tables have ---- */

static void write_bits(FILE *to, uint32_t bits) {
    const char *comma = "";
    for (unsigned type = 1; type < 32; type++)
        if ((bits & IKE_BIT(type)) != 0) {
            fprintf(to, "%s%u", comma, type);
            comma = ",";
        }
    fputs(bits == 0 ? "- " : " ", to);
}

static void write_tables(FILE *to) {
    const struct ike_step *step;
    for (size_t i = 0; (step = ike_step_at(i)) != NULL; i++) {
        fprintf(to, "row %u %u %u %u ", step->exchange, step->number, step->auth,
                step->sealed == IKE_SEALED);
        write_bits(to, step->must);
        write_bits(to, step->may);
        fprintf(to, "%s\n", step->cite);
    }
    for (int kind = 0; kind < 64; kind++)
        for (uint32_t n = 0; n <= UINT16_MAX; n++)
            if (ikev1_name(kind, n) != NULL)
                fprintf(to, "name %d %u %s\n", kind, (unsigned)n, ikev1_name(kind, n));
}

/* ---- the program ---- */

static const char *folder;

static FILE *create(const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    return f;
}

static void record_everything(void **state) {
    static struct recording r;
    (void)state;
    FILE *tables = create("wire.tables");
    write_tables(tables);
    assert_int_equal(fclose(tables), 0);
    r.pcap = create("wire.pcap");
    r.keys = create("wire.keys");
    r.scenes = create("wire.scenes");
    write_header(r.pcap);
    for (size_t i = 0; i < record_scene_count; i++)
        play(&r, &record_scenes[i]);
    record_sign_end();
    assert_int_equal(fclose(r.pcap) | fclose(r.keys) | fclose(r.scenes), 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(record_everything)};
    if (argc != 2) {
        fputs("usage: record_wire FOLDER\n", stderr);
        return 2;
    }
    folder = argv[1];
    return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
