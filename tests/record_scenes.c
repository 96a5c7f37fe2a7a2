/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is negotiated for the recording: each method in each mode, then everything else that can be
 * in a message of ours. A message of the script that no scene sends fails check_wire.py.
 */
#include "record_wire.h"
#include "support/user.h"

static void both(struct pair *p, void (*set)(struct side *s)) {
    set(&p->i);
    set(&p->r);
}

/* ---- phase 1 ---- */

static void say_more(struct pair *p) {
    p->i.phase1.initial_contact = true;
    p->i.phase1.life_kilobytes = 100000;
    p->r.phase1.life_seconds = 3600;
    p->r.phase1.lifetime = IKEV1_LIFETIME_CLAIM;
    p->i.phase1.dpd_seconds = p->r.phase1.dpd_seconds = 20;
    p->i.phase1.unity = p->r.phase1.unity = true;
}

static void prf(struct pair *p) {
    p->i.phase1.prf = p->r.phase1.prf = IKEV1_PRF_AES_XCBC;
}

static const char *const IDENTITIES[] = {
    "gw.example.org", "user@example.org", "@#6b6579",          "C=XX, O=Example, CN=gw",
    "2001:db8::7",    "10.1.0.0/24",      "10.1.0.1-10.1.0.9", "2001:db8::/32"};
static size_t next_identity;

static void identity(struct pair *p) {
    static uint8_t room[2][64];
    for (size_t n = 0; n < 2; n++)
        assert_int_equal(
            ikev1_id_parse(IDENTITIES[next_identity++ % COUNT(IDENTITIES)], room[n], sizeof room[n],
                           n == 0 ? &p->i.phase1.local_id : &p->r.phase1.local_id, NULL),
            IKEV1_OK);
    p->i.phase1.remote_match = p->r.phase1.remote_match = IKEV1_MATCH_ANY;
}

static void general_name(struct pair *p) { /* dNSName, in DER */
    static const uint8_t name[] = {0x82, 2, 'g', 'w'};
    p->i.phase1.local_id = p->r.phase1.remote_id =
        (ikev1_id){.type = IKEV1_ID_DER_ASN1_GN, .data = name, .len = sizeof name};
}

static void ip6(struct pair *p) {
    static const ikev1_address A = {6, {0x20, 1, 0xd, 0xb8, [15] = 1}, IKEV1_PORT};
    static const ikev1_address B = {6, {0x20, 1, 0xd, 0xb8, [15] = 2}, IKEV1_PORT};
    static const ikev1_selector a = {6, 0, 0, {0xfd, 1}, {0xfd, 1, [15] = 0x77}};
    static const ikev1_selector b = {6, 6, 443, {0xfd, 2, [15] = 7}, {0xfd, 2, [15] = 7}};
    p->i.phase1.path.local = p->r.phase1.path.remote = A;
    p->i.phase1.path.remote = p->r.phase1.path.local = B;
    p->i.phase2.local = p->r.phase2.remote = a;
    p->i.phase2.remote = p->r.phase2.local = b;
}

/* ---- Quick Mode ---- */

static void networks(struct pair *p) {
    static const ikev1_selector a = {4, 0, 0, {10, 1, 0, 3}, {10, 1, 0, 9}};
    static const ikev1_selector b = {4, 17, 1701, {10, 2, 0, 1}, {10, 2, 0, 1}};
    p->i.phase2.local = p->r.phase2.remote = a;
    p->i.phase2.remote = p->r.phase2.local = b;
}

static void no_networks(struct pair *p) {
    static const ikev1_selector none = {0};
    p->i.phase2.local = p->r.phase2.remote = p->i.phase2.remote = p->r.phase2.local = none;
    p->i.phase2.mode = p->r.phase2.mode = IKEV1_ENCAP_TRANSPORT;
}

static void say_more_2(struct pair *p) {
    p->i.phase2.life_kilobytes = 5000000;
    p->r.phase2.life_seconds = 600;
    p->r.phase2.lifetime = IKEV1_LIFETIME_CLAIM;
    p->r.phase2.replay_status = IKEV1_REPLAY_ON;
    p->r.phase2.commit = true;
}

static void several(struct pair *p) {
    pair_several(p, 2);
}

/* ---- NAT traversal ---- */

static void natt(struct side *s) {
    s->phase1.natt = IKEV1_NATT_AUTO;
}

static void nat(struct pair *p) {
    both(p, natt);
    p->r.phase1.remote_match = IKEV1_MATCH_ANY;
    link_rule(&p->link, LINK_TO_RESPONDER, LINK_MOVE, 0, 61000);
}

static void nat_transport(struct pair *p) {
    nat(p);
    no_networks(p);
}

static size_t next_variant;

/* Each variant, in tunnel and in transport mode, which tells original addresses. */
static void variant(struct pair *p) {
    const uint16_t bit = (uint16_t)(1u << next_variant % 11);
    if (next_variant++ < 11)
        nat(p);
    else
        nat_transport(p);
    p->i.phase1.natt_variants = p->r.phase1.natt_variants = bit;
}

static void every_variant(struct pair *p) {
    nat(p);
    p->i.phase1.natt_variants = p->r.phase1.natt_variants = IKEV1_NATT_ALL;
}

static void no_nat(struct pair *p) {
    both(p, natt);
}

static void addresses(struct pair *p) {
    static const ikev1_address more[] = {{4, {192, 0, 2, 101}, 0}, {4, {192, 0, 2, 102}, 0}};
    no_nat(p);
    p->i.phase1.natt_addresses = more;
    p->i.phase1.natt_address_count = COUNT(more);
}

static void on_4500(struct pair *p) {
    both(p, natt);
    p->i.phase1.path.local.port = p->i.phase1.path.remote.port = IKEV1_PORT_NATT;
    p->i.phase1.path.encapsulated = true;
}

/* ---- fragments ---- */

static void in_pieces(struct side *s) {
    s->phase1.fragments = IKEV1_FRAGMENTS_FORCE;
    s->phase1.fragment_size = 400;
}

static void fragments(struct pair *p) {
    both(p, in_pieces);
}

static void fragments_behind_nat(struct pair *p) {
    both(p, in_pieces);
    nat(p);
}

/* ---- XAUTH and Mode Config ---- */

static void chap(struct pair *p) {
    pair_server(p)->phase1.xauth_type = IKEV1_XAUTH_CHAP;
    p->i.user.password = p->r.user.knows_password = "\1response";
}

static void one_time(struct pair *p) {
    struct user *u = &pair_server(p)->user;
    pair_server(p)->phase1.xauth_type = IKEV1_XAUTH_OTP;
    u->knows_password = NULL;
    u->name_only = true;
    u->messages[0] = "otp-md5 487 dog2";
    u->answers[0] = "ROME HUG SCAN LOIS CALF MERE";
}

static void s_key(struct pair *p) {
    one_time(p);
    pair_server(p)->phase1.xauth_type = IKEV1_XAUTH_SKEY;
}

static int want_more(void *user, const ikev1_question *q, const ikev1_xauth *reply,
                     ikev1_xauth *next) {
    (void)user, (void)q;
    if (reply->round == 1)
        next->asks = IKEV1_XAUTH_PASSCODE | IKEV1_XAUTH_DOMAIN | IKEV1_XAUTH_NEXT_PIN;
    return IKEV1_OK;
}

static int give_more(void *user, const ikev1_question *q, const ikev1_xauth *request,
                     ikev1_xauth *answer) {
    static const ikev1_bytes word = {(const uint8_t *)"123456", 6};
    (void)user, (void)q, (void)request;
    answer->user = answer->password = answer->passcode = answer->domain = answer->next_pin = word;
    return IKEV1_OK;
}

static void token(struct pair *p) {
    pair_server(p)->policy.xauth_verify = want_more;
    pair_client(p)->policy.xauth_user = give_more;
}

static void wrong_password(struct pair *p) {
    pair_client(p)->user.password = "wrong";
}

static void pull(struct pair *p) {
    pair_with_config(p, IKEV1_CONFIG_PULL, IKEV1_CONFIG_SERVE);
}

static void give_everything(ikev1_lease *l) {
    static const ikev1_address dns[] = {{4, {10, 0, 0, 1}, 0}, {6, {0x20, 1, 0xd, 0xb8}, 0}};
    static const ikev1_selector subnets[] = {{4, 0, 0, {10, 1, 0, 0}, {10, 1, 255, 255}}};
    static const ikev1_selector split[] = {{4, 17, 53, {10, 2, 0, 0}, {10, 2, 0, 255}},
                                           {4, 0, 0, {10, 3, 0, 7}, {10, 3, 0, 7}}};
    static const uint8_t further[] = {0x7a, 0x69, 0, 2, 'h', 'i'}; /* 31337, which nobody knows */
    l->ip6 = (ikev1_address){6, {0x20, 1, 0xd, 0xb8, [15] = 9}, 0};
    memset(l->netmask6, 0xff, 8);
    l->expires = 100000;
    l->dns = l->nbns = l->dhcp = dns;
    l->dns_count = 2;
    l->nbns_count = l->dhcp_count = 1;
    l->subnets = l->local_lan = subnets;
    l->subnet_count = l->local_lan_count = 1;
    l->split = split;
    l->split_count = 2;
    l->version = (ikev1_bytes){(const uint8_t *)"gateway 1", 9};
    l->banner = (ikev1_bytes){(const uint8_t *)"welcome", 7};
    l->domain = (ikev1_bytes){(const uint8_t *)"example.org", 11};
    l->split_domains = (ikev1_bytes){(const uint8_t *)"a,b", 3};
    l->backup_servers = (ikev1_bytes){(const uint8_t *)"192.0.2.7", 9};
    l->natt_port = 10000;
    l->save_password = l->pfs = true;
    l->attributes = (ikev1_bytes){further, sizeof further};
}

static void everything(struct pair *p, uint8_t client, uint8_t server) {
    static uint16_t types[IKEV1_MAX_CONFIG_TYPES];
    size_t count = 0;
    for (uint32_t n = 1; n <= UINT16_MAX && count < COUNT(types) - 1; n++)
        if (ikev1_name(IKEV1_NAMES_ATTRC, n) != NULL &&
            (n < IKEV1_ATTRC_XAUTH_TYPE || n > IKEV1_ATTRC_XAUTH_ANSWER))
            types[count++] = (uint16_t)n;
    types[count++] = 31337;
    pair_with_config(p, client, server);
    pair_client(p)->phase1.config_types = types;
    pair_client(p)->phase1.config_type_count = count;
    p->i.phase1.unity = p->r.phase1.unity = true;
    give_everything(&pair_server(p)->user.lease);
}

static void pull_everything(struct pair *p) {
    everything(p, IKEV1_CONFIG_PULL, IKEV1_CONFIG_SERVE);
}

static void push_everything(struct pair *p) {
    everything(p, IKEV1_CONFIG_WAIT, IKEV1_CONFIG_PUSH);
}

static void no_lease(struct pair *p) {
    pull(p);
    pair_server(p)->status[IKEV1_QUESTION_LEASE] = IKEV1_E_REFUSED;
}

/* ---- what happens ---- */

static void connect_only(struct recording *r) {
    assert_int_equal(pair_connect(r->p), IKEV1_OK);
    recording_run(r);
    assert_int_equal(side_count(&r->p->i, IKEV1_EVENT_CHILD_UP), 0);
}

static void delete_child(struct recording *r) {
    recording_up(r);
    assert_int_equal(ikev1_delete(r->p->r.ike, r->p->now, side_child(&r->p->r)), IKEV1_OK);
    recording_run(r);
    recording_delete(r, &r->p->r);
}

static void rekey_all(struct recording *r) {
    struct pair *p = r->p;
    recording_up(r);
    assert_int_equal(ikev1_rekey(p->i.ike, p->now, side_child(&p->i)), IKEV1_OK);
    recording_run(r);
    assert_int_equal(ikev1_rekey(p->r.ike, p->now, side_child(&p->r)), IKEV1_OK);
    recording_run(r);
    assert_int_equal(ikev1_rekey(p->i.ike, p->now, side_sa(&p->i)), IKEV1_OK);
    recording_wait(r, 90000);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_CHILD_UP), 3);
    assert_int_equal(side_count(&p->i, IKEV1_EVENT_SA_UP), 2);
    recording_delete(r, &p->i);
}

static void watch(struct pair *p) {
    say_more(p);
    p->i.phase1.dpd_periodic = p->r.phase1.dpd_periodic = true;
}

static void both_ask_for_life(struct recording *r) {
    recording_up(r);
    recording_wait(r, 120000);
    recording_delete(r, &r->p->i);
}

static void lost_messages(struct recording *r) {
    for (uint32_t n = 1; n <= 5; n++) {
        link_rule(&r->p->link, LINK_TO_RESPONDER, LINK_DROP, 2 * n - 1, 0);
        link_rule(&r->p->link, LINK_TO_INITIATOR, LINK_DROP, 2 * n, 0);
    }
    assert_int_equal(pair_connect(r->p), IKEV1_OK);
    recording_wait(r, 100000);
    assert_int_equal(side_count(&r->p->r, IKEV1_EVENT_CHILD_UP), 1);
    recording_delete(r, &r->p->i);
}

static void unknown_spi(struct recording *r) {
    recording_up(r);
    assert_int_equal(
        ikev1_unknown_spi(r->p->r.ike, r->p->now, side_sa(&r->p->r), IKEV1_PROTO_ESP, 0x12345678),
        IKEV1_OK);
    recording_run(r);
}

static void keepalives(struct recording *r) {
    recording_up(r);
    recording_wait(r, 70000);
    recording_delete(r, &r->p->i);
}

/* ---- refusals ---- */

static void tell(struct side *s) {
    s->config.clear_notify = true;
}

static void other_group(struct pair *p) {
    both(p, tell);
    p->r.suites1[0].group = IKEV1_GROUP_ECP256;
}

static void other_transform(struct pair *p) {
    p->r.suites2[0].key_bits = 256;
}

static void other_networks(struct pair *p) {
    p->r.phase2.remote.start[1] = p->r.phase2.remote.end[1] = 77;
}

static void other_identity(struct pair *p) {
    both(p, tell);
    p->i.phase1.local_id =
        (ikev1_id){.type = IKEV1_ID_FQDN, .data = (const uint8_t *)"x", .len = 1};
}

/* A first message that is spoilt on its way: what is said of it is ours. */
static void spoilt(struct recording *r, size_t byte, uint8_t value) {
    struct pair *p = r->p;
    assert_int_equal(pair_connect(p), IKEV1_OK);
    side_drain(&p->i);
    assert_true(p->link.flight_count == 1 && p->link.flights[0].len > byte);
    p->link.flights[0].data[byte] = value;
    recording_run(r);
}

static void bad_doi(struct recording *r) {
    spoilt(r, 35, 9);
}

static void bad_reserved(struct recording *r) {
    spoilt(r, 29, 1);
}

static void tells(struct pair *p) {
    both(p, tell);
}

#define MODES(name, auth)                                                                          \
    {"main, " name, auth, IKEV1_MODE_MAIN, NULL, NULL, no_nat, NULL}, {                            \
        "aggressive, " name, auth, IKEV1_MODE_AGGRESSIVE, NULL, NULL, nat, NULL                    \
    }
#define BASE(name, auth)                                                                           \
    { "base, " name, auth, IKEV1_MODE_BASE, NULL, NULL, NULL, NULL }
#define MAIN(name, prepare, drive)                                                                 \
    { name, IKEV1_AUTH_PSK, IKEV1_MODE_MAIN, NULL, NULL, prepare, drive }
#define SUITES(name, ike, esp, prepare)                                                            \
    { name, IKEV1_AUTH_PSK, IKEV1_MODE_MAIN, ike, esp, prepare, NULL }
#define AGGRESSIVE(name, prepare)                                                                  \
    { name, IKEV1_AUTH_PSK, IKEV1_MODE_AGGRESSIVE, NULL, NULL, prepare, NULL }
#define USER(name, auth, prepare, drive)                                                           \
    { name, auth, IKEV1_MODE_MAIN, NULL, NULL, prepare, drive }
#define VARIANTS(x) x, x, x, x, x, x, x, x, x, x, x

const struct record_scene record_scenes[] = {
    MODES("PSK", IKEV1_AUTH_PSK),
    MODES("RSA", IKEV1_AUTH_RSA),
    MODES("DSS", IKEV1_AUTH_DSS),
    MODES("ECDSA-256", IKEV1_AUTH_ECDSA_256),
    MODES("ECDSA-384", IKEV1_AUTH_ECDSA_384),
    MODES("ECDSA-521", IKEV1_AUTH_ECDSA_521),
    MODES("XAUTH PSK (initiator)", IKEV1_AUTH_XAUTH_INIT_PSK),
    MODES("XAUTH PSK (responder)", IKEV1_AUTH_XAUTH_RESP_PSK),
    MODES("XAUTH RSA (initiator)", IKEV1_AUTH_XAUTH_INIT_RSA),
    MODES("XAUTH RSA (responder)", IKEV1_AUTH_XAUTH_RESP_RSA),
    MODES("XAUTH DSS (initiator)", IKEV1_AUTH_XAUTH_INIT_DSS),
    MODES("XAUTH DSS (responder)", IKEV1_AUTH_XAUTH_RESP_DSS),
    MODES("hybrid RSA (initiator)", IKEV1_AUTH_HYBRID_INIT_RSA),
    MODES("hybrid RSA (responder)", IKEV1_AUTH_HYBRID_RESP_RSA),
    MODES("hybrid DSS (initiator)", IKEV1_AUTH_HYBRID_INIT_DSS),
    MODES("hybrid DSS (responder)", IKEV1_AUTH_HYBRID_RESP_DSS),
    BASE("PSK", IKEV1_AUTH_PSK),
    BASE("RSA", IKEV1_AUTH_RSA),
    BASE("DSS", IKEV1_AUTH_DSS),
    BASE("ECDSA-256", IKEV1_AUTH_ECDSA_256),

    MAIN("notifications of phase 1, DPD and Unity announced", say_more, NULL),
    AGGRESSIVE("the same, aggressive", say_more),
    {"the same, RSA", IKEV1_AUTH_RSA, IKEV1_MODE_MAIN, NULL, NULL, say_more, NULL},
    {"the same, RSA, aggressive", IKEV1_AUTH_RSA, IKEV1_MODE_AGGRESSIVE, NULL, NULL, say_more,
     NULL},
    {"the same, hybrid", IKEV1_AUTH_HYBRID_INIT_RSA, IKEV1_MODE_MAIN, NULL, NULL, say_more, NULL},
    SUITES("every cipher and hash",
           "aes256-sha512-modp2048, aes192-sha384-modp1536, 3des-sha1-modp1024, des-md5-modp768, "
           "camellia256-sha256-modp3072, blowfish256-sha1-modp4096, cast128-sha1-x25519",
           NULL, NULL),
    SUITES("3DES and MD5", "3des-md5-modp1024", NULL, NULL),
    SUITES("DES", "des-sha1-modp768", NULL, NULL),
    SUITES("AES-256 and SHA2-512", "aes256-sha512-ecp521", NULL, NULL),
    SUITES("AES-192 and SHA2-384", "aes192-sha384-ecp384", NULL, NULL),
    SUITES("Camellia", "camellia256-sha256-modp2048", NULL, NULL),
    SUITES("Blowfish", "blowfish256-sha1-modp1024", NULL, NULL),
    SUITES("CAST", "cast128-sha1-modp1024", NULL, NULL),
    SUITES("MODP of 4096 bits", "aes128-sha256-modp4096", NULL, NULL),
    MAIN("AES-XCBC as prf", prf, NULL),
    MAIN("identities: names", identity, NULL),
    MAIN("identities: a key, a distinguished name", identity, NULL),
    MAIN("identities: IPv6, a subnet", identity, NULL),
    MAIN("identities: a range, a subnet of IPv6", identity, NULL),
    MAIN("identities: a general name", general_name, NULL),
    MAIN("IPv6", ip6, NULL),

    SUITES("every ESP cipher", NULL,
           "aes128-sha256, aes256-sha512, 3des-md5, des-sha1, blowfish128-sha1, cast128-sha1, "
           "camellia256-sha384, aes128ctr-sha1, aes256gcm16, aes192gcm8, aes128ccm12, null-sha256, "
           "aes128gmac, aes128-aesxcbc, aes128-aescmac",
           networks),
    SUITES("AH", NULL, "ah:sha256, ah:md5, ah:sha1, ah:sha512, ah:aesxcbc", NULL),
    SUITES("ESP with AH", NULL, "aes128-sha1+ah:sha1", NULL),
    SUITES("ESP with compression", NULL, "aes128-sha256+deflate", NULL),
    SUITES("ESP, AH and compression, or less", NULL,
           "aes128+deflate+ah:sha256, aes128-sha256+lzs, aes128-sha256", NULL),
    SUITES("PFS and long sequence numbers", NULL, "aes128gcm16-esn-modp2048", NULL),
    MAIN("no selectors", no_networks, NULL),
    MAIN("lifetimes, replay status, commit bit", say_more_2, NULL),
    MAIN("several SAs", several, NULL),

    MAIN("no NAT, two more addresses", addresses, NULL),
    MAIN("begun on 4500", on_4500, NULL),
    MAIN("behind NAT, keepalives", nat, keepalives),
    MAIN("behind NAT, transport mode", nat_transport, NULL),
    MAIN("every variant of NAT traversal at once", every_variant, NULL),
    VARIANTS(MAIN("a variant of NAT traversal", variant, NULL)),
    VARIANTS(MAIN("a variant of NAT traversal, transport mode", variant, NULL)),

    SUITES("fragments", "aes128-sha256-modp4096", NULL, fragments),
    {"fragments with certificates", IKEV1_AUTH_RSA, IKEV1_MODE_MAIN, NULL, NULL, fragments, NULL},
    {"fragments with certificates behind NAT", IKEV1_AUTH_RSA, IKEV1_MODE_MAIN, NULL, NULL,
     fragments_behind_nat, NULL},

    USER("XAUTH by CHAP", IKEV1_AUTH_XAUTH_INIT_PSK, chap, NULL),
    USER("XAUTH by one-time password", IKEV1_AUTH_XAUTH_INIT_PSK, one_time, NULL),
    USER("XAUTH by token card", IKEV1_AUTH_XAUTH_INIT_PSK, token, NULL),
    USER("XAUTH by S/KEY", IKEV1_AUTH_XAUTH_RESP_RSA, s_key, NULL),
    USER("XAUTH, wrong password", IKEV1_AUTH_XAUTH_INIT_PSK, wrong_password, connect_only),
    MAIN("Mode Config, pull", pull, NULL),
    MAIN("Mode Config, pull of everything", pull_everything, NULL),
    MAIN("Mode Config, push of everything", push_everything, NULL),
    MAIN("Mode Config, nothing to give", no_lease, connect_only),

    MAIN("delete of one pair, then of all", NULL, delete_child),
    MAIN("rekeys", NULL, rekey_all),
    MAIN("dead peer detection", watch, both_ask_for_life),
    MAIN("lost messages", NULL, lost_messages),
    MAIN("packets under an SPI that is none", NULL, unknown_spi),
    MAIN("no proposal chosen in phase 1", other_group, connect_only),
    MAIN("no proposal chosen in phase 2", other_transform, connect_only),
    MAIN("networks refused", other_networks, connect_only),
    MAIN("identity refused", other_identity, connect_only),
    MAIN("refused for its DOI", tells, bad_doi),
    MAIN("refused as malformed", tells, bad_reserved),
};

const size_t record_scene_count = COUNT(record_scenes);
