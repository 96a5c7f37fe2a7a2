/* SPDX-License-Identifier: Apache-2.0 */
/* What each key of the rule file means: one setter for each, and the tables that name them. */
#include <stdio.h>
#include <string.h>

#include "gateway_keys.h"
#include "gateway_life.h"

/* ---- [gateway] ---- */

static bool set_listen(struct rules *rules, struct rule *rule, const char *value,
                       struct mistake *mistake) {
    (void)rule;
    const char *entry;
    size_t len;
    for (rules->listen_count = 0; text_entry(&value, &entry, &len); rules->listen_count++) {
        char address[64];
        if (rules->listen_count == MAX_LISTEN) {
            return text_mistake(mistake, entry, "too many addresses", "at most 8");
        }
        snprintf(address, sizeof address, "%.*s", len < 60 ? (int)len : 60, entry);
        if (!text_address(address, &rules->listen[rules->listen_count], mistake)) {
            mistake->at = entry + (mistake->at - address);
            return false;
        }
    }
    return true;
}

static bool set_port(struct rules *rules, struct rule *rule, const char *value,
                     struct mistake *mistake) {
    (void)rule;
    return text_number(value, 1, 65535, &rules->port, mistake);
}

static bool set_natt_port(struct rules *rules, struct rule *rule, const char *value,
                          struct mistake *mistake) {
    (void)rule;
    return text_number(value, 0, 65535, &rules->natt_port, mistake);
}

static bool set_allow(struct rules *rules, struct rule *rule, const char *value,
                      struct mistake *mistake) {
    (void)rule;
    ikev1_text_error error;
    return ikev1_allow_parse(value, &rules->allow, &error) == IKEV1_OK ||
           text_wrong(mistake, value, &error);
}

static bool set_anonymous(struct rules *rules, struct rule *rule, const char *value,
                          struct mistake *mistake) {
    (void)rule;
    return text_yes(value, &rules->anonymous, mistake);
}

static bool set_clear_notify(struct rules *rules, struct rule *rule, const char *value,
                             struct mistake *mistake) {
    (void)rule;
    return text_yes(value, &rules->clear_notify, mistake);
}

static bool set_retry_ms(struct rules *rules, struct rule *rule, const char *value,
                         struct mistake *mistake) {
    (void)rule;
    return text_number(value, 1, 3600000, &rules->retry_ms, mistake);
}

static bool set_retry_count(struct rules *rules, struct rule *rule, const char *value,
                            struct mistake *mistake) {
    (void)rule;
    return text_number(value, 1, 60, &rules->retry_count, mistake);
}

static bool set_half_open_ms(struct rules *rules, struct rule *rule, const char *value,
                             struct mistake *mistake) {
    (void)rule;
    return text_number(value, 1, 3600000, &rules->half_open_ms, mistake);
}

static bool set_dpd_wait_ms(struct rules *rules, struct rule *rule, const char *value,
                            struct mistake *mistake) {
    (void)rule;
    return text_number(value, 1, 3600000, &rules->dpd_wait_ms, mistake);
}

static bool set_dpd_tries(struct rules *rules, struct rule *rule, const char *value,
                          struct mistake *mistake) {
    (void)rule;
    return text_number(value, 1, 100, &rules->dpd_tries, mistake);
}

static bool set_xauth_tries(struct rules *rules, struct rule *rule, const char *value,
                            struct mistake *mistake) {
    (void)rule;
    return text_number(value, 1, 100, &rules->xauth_tries, mistake);
}

static bool set_prepare(struct rules *rules, struct rule *rule, const char *value,
                        struct mistake *mistake) {
    (void)rule;
    return text_number(value, 0, MAX_PREPARE, &rules->prepare, mistake);
}

static bool set_log(struct rules *rules, struct rule *rule, const char *value,
                    struct mistake *mistake) {
    (void)rule;
    static const struct choice CHOICES[] = {{"error", IKEV1_LEVEL_ERROR},
                                            {"warn", IKEV1_LEVEL_WARN},
                                            {"info", IKEV1_LEVEL_INFO},
                                            {"detail", IKEV1_LEVEL_DETAIL},
                                            {NULL, 0}};
    return text_choice(CHOICES, value, &rules->log_level) ||
           text_mistake(mistake, value, "unknown level", "error, warn, info or detail");
}

static bool set_log_rate(struct rules *rules, struct rule *rule, const char *value,
                         struct mistake *mistake) {
    (void)rule;
    return text_number(value, 1, 100000, &rules->log_rate, mistake);
}

static bool set_data(struct rules *rules, struct rule *rule, const char *value,
                     struct mistake *mistake) {
    (void)rule;
    static const struct choice CHOICES[] = {{"none", RULES_DATA_NONE},
                                            {"tun", RULES_DATA_TUN},
                                            {"kernel", RULES_DATA_KERNEL},
                                            {NULL, 0}};
    return text_choice(CHOICES, value, &rules->data) ||
           text_mistake(mistake, value, "unknown word", "none, tun or kernel");
}

static bool set_tun(struct rules *rules, struct rule *rule, const char *value,
                    struct mistake *mistake) {
    (void)rule;
    int len = snprintf(rules->tun, sizeof rules->tun, "%s", value);
    return (len > 0 && (size_t)len < sizeof rules->tun) ||
           text_mistake(mistake, value, "not a usable name", "1 to 15 bytes");
}

static bool read_path(const char *value, char out[MAX_PATH], struct mistake *mistake) {
    size_t len = strlen(value);
    if (len == 0 || len >= MAX_PATH) {
        return text_mistake(mistake, value, "not a usable path", "1 to 199 bytes");
    }
    memcpy(out, value, len + 1);
    return true;
}

/* These two stand in rules as well, for that rule alone. */
static bool set_ca(struct rules *rules, struct rule *rule, const char *value,
                   struct mistake *mistake) {
    return read_path(value, rule != NULL ? rule->files.ca : rules->files.ca, mistake);
}

static bool set_crl(struct rules *rules, struct rule *rule, const char *value,
                    struct mistake *mistake) {
    return read_path(value, rule != NULL ? rule->files.crl : rules->files.crl, mistake);
}

const struct key GATEWAY_KEYS[] = {
    {"listen", set_listen, OPTIONAL},
    {"port", set_port, OPTIONAL},
    {"natt_port", set_natt_port, OPTIONAL},
    {"allow", set_allow, OPTIONAL},
    {"anonymous", set_anonymous, OPTIONAL},
    {"clear_notify", set_clear_notify, OPTIONAL},
    {"retry_ms", set_retry_ms, OPTIONAL},
    {"retry_count", set_retry_count, OPTIONAL},
    {"half_open_ms", set_half_open_ms, OPTIONAL},
    {"dpd_wait_ms", set_dpd_wait_ms, OPTIONAL},
    {"dpd_tries", set_dpd_tries, OPTIONAL},
    {"xauth_tries", set_xauth_tries, OPTIONAL},
    {"prepare", set_prepare, OPTIONAL},
    {"log", set_log, OPTIONAL},
    {"log_rate", set_log_rate, OPTIONAL},
    {"data", set_data, OPTIONAL},
    {"tun", set_tun, OPTIONAL},
    {"ca", set_ca, OPTIONAL},
    {"crl", set_crl, OPTIONAL},
    {NULL, NULL, OPTIONAL},
};

/* ---- [rule N] ---- */

static bool set_name(struct rules *rules, struct rule *rule, const char *value,
                     struct mistake *mistake) {
    (void)rules;
    int len = snprintf(rule->name, sizeof rule->name, "%s", value);
    return (len > 0 && (size_t)len < sizeof rule->name) ||
           text_mistake(mistake, value, "not a usable name", "1 to 63 bytes");
}

static bool set_peer(struct rules *rules, struct rule *rule, const char *value,
                     struct mistake *mistake) {
    (void)rules;
    static const uint8_t ZERO[16] = {0};
    ikev1_address *peer = &rule->peer;
    uint16_t port = peer->port;
    bool any = strcmp(value, "any") == 0;
    if (!any && !text_address(value, peer, mistake)) {
        mistake->expected = "the peer's address, or any (0.0.0.0 and :: mean the same)";
        return false;
    }
    if (any || memcmp(peer->ip, ZERO, sizeof ZERO) == 0) {
        *peer = (ikev1_address){0};
    }
    peer->port = port;
    return true;
}

static bool set_peer_port(struct rules *rules, struct rule *rule, const char *value,
                          struct mistake *mistake) {
    (void)rules;
    uint32_t port = 0;
    bool good = text_number(value, 1, 65535, &port, mistake);
    rule->peer.port = (uint16_t)port;
    return good;
}

static bool set_peer_natt_port(struct rules *rules, struct rule *rule, const char *value,
                               struct mistake *mistake) {
    (void)rules;
    uint32_t port = 0;
    bool good = text_number(value, 1, 65535, &port, mistake);
    rule->phase1.natt_remote_port = (uint16_t)port;
    return good;
}

static bool set_address(struct rules *rules, struct rule *rule, const char *value,
                        struct mistake *mistake) {
    (void)rules;
    return text_address(value, &rule->local, mistake);
}

static bool set_auth(struct rules *rules, struct rule *rule, const char *value,
                     struct mistake *mistake) {
    (void)rules;
    static const struct choice CHOICES[] = {{"psk", IKEV1_AUTH_PSK},
                                            {"rsa", IKEV1_AUTH_RSA},
                                            {"dss", IKEV1_AUTH_DSS},
                                            {"ecdsa256", IKEV1_AUTH_ECDSA_256},
                                            {"ecdsa384", IKEV1_AUTH_ECDSA_384},
                                            {"ecdsa521", IKEV1_AUTH_ECDSA_521},
                                            {NULL, 0}};
    uint8_t auth = 0;
    bool good = text_choice(CHOICES, value, &auth);
    rule->auth = auth;
    return good || text_mistake(mistake, value, "unknown method",
                                "psk, rsa, dss, ecdsa256, ecdsa384 or ecdsa521");
}

static bool set_cert(struct rules *rules, struct rule *rule, const char *value,
                     struct mistake *mistake) {
    (void)rules;
    return read_path(value, rule->files.cert, mistake);
}

static bool set_key(struct rules *rules, struct rule *rule, const char *value,
                    struct mistake *mistake) {
    (void)rules;
    return read_path(value, rule->files.key, mistake);
}

static bool set_cert_unasked(struct rules *rules, struct rule *rule, const char *value,
                             struct mistake *mistake) {
    (void)rules;
    return text_yes(value, &rule->files.unasked, mistake);
}

static bool set_psk(struct rules *rules, struct rule *rule, const char *value,
                    struct mistake *mistake) {
    (void)rules;
    bool good = text_psk(value, &rule->psk, mistake);
    if (!good) {
        mistake->at = NULL; /* or the key would stand in the message */
    }
    return good;
}

static bool read_id(const char *value, ikev1_id *id, struct text_bytes *bytes,
                    struct mistake *mistake) {
    ikev1_text_error error;
    if (ikev1_id_parse(value, bytes->data, sizeof bytes->data, id, &error) != IKEV1_OK) {
        return text_wrong(mistake, value, &error);
    }
    bytes->len = id->len;
    return true;
}

static bool set_local_id(struct rules *rules, struct rule *rule, const char *value,
                         struct mistake *mistake) {
    (void)rules;
    return read_id(value, &rule->phase1.local_id, &rule->local_id, mistake);
}

static bool set_remote_id(struct rules *rules, struct rule *rule, const char *value,
                          struct mistake *mistake) {
    (void)rules;
    if (strcmp(value, "any") == 0) {
        rule->phase1.remote_match = IKEV1_MATCH_ANY;
        return true;
    }
    return read_id(value, &rule->phase1.remote_id, &rule->remote_id, mistake);
}

static bool set_ike(struct rules *rules, struct rule *rule, const char *value,
                    struct mistake *mistake) {
    (void)rules;
    ikev1_text_error error;
    return ikev1_suites1_parse(value, IKEV1_AUTH_PSK, rule->suites1, IKEV1_MAX_SUITES,
                               &rule->phase1.suite_count, &error) == IKEV1_OK ||
           text_wrong(mistake, value, &error);
}

static bool set_esp(struct rules *rules, struct rule *rule, const char *value,
                    struct mistake *mistake) {
    (void)rules;
    ikev1_text_error error;
    return ikev1_suites2_parse(value, rule->suites2, IKEV1_MAX_SUITES, &rule->phase2.suite_count,
                               &rule->phase2.pfs_group, &error) == IKEV1_OK ||
           text_wrong(mistake, value, &error);
}

static bool read_selector(const char *value, ikev1_selector *out, struct mistake *mistake) {
    ikev1_text_error error;
    return ikev1_selector_parse(value, out, &error) == IKEV1_OK ||
           text_wrong(mistake, value, &error);
}

static bool set_local(struct rules *rules, struct rule *rule, const char *value,
                      struct mistake *mistake) {
    (void)rules;
    return read_selector(value, &rule->phase2.local, mistake);
}

static bool set_remote(struct rules *rules, struct rule *rule, const char *value,
                       struct mistake *mistake) {
    (void)rules;
    rule->open_remote = strcmp(value, "any") == 0; /* what the peer says is behind it */
    return rule->open_remote || read_selector(value, &rule->phase2.remote, mistake);
}

static bool set_mode(struct rules *rules, struct rule *rule, const char *value,
                     struct mistake *mistake) {
    (void)rules;
    static const struct choice CHOICES[] = {
        {"tunnel", IKEV1_ENCAP_TUNNEL}, {"transport", IKEV1_ENCAP_TRANSPORT}, {NULL, 0}};
    return text_choice(CHOICES, value, &rule->phase2.mode) ||
           text_mistake(mistake, value, "unknown mode", "tunnel or transport");
}

static bool set_selectors(struct rules *rules, struct rule *rule, const char *value,
                          struct mistake *mistake) {
    (void)rules;
    static const struct choice CHOICES[] = {{"exact", IKEV1_SELECT_EXACT},
                                            {"subset", IKEV1_SELECT_SUBSET},
                                            {"superset", IKEV1_SELECT_SUPERSET},
                                            {"accept", IKEV1_SELECT_ACCEPT},
                                            {NULL, 0}};
    return text_choice(CHOICES, value, &rule->phase2.match) ||
           text_mistake(mistake, value, "unknown word", "exact, subset, superset or accept");
}

static bool set_sha256_bits(struct rules *rules, struct rule *rule, const char *value,
                            struct mistake *mistake) {
    (void)rules;
    static const struct choice CHOICES[] = {{"96", 96}, {"128", 128}, {NULL, 0}};
    return text_choice(CHOICES, value, &rule->phase2.sha256_bits) ||
           text_mistake(mistake, value, "no such length", "128 (RFC 4868) or 96 (the draft)");
}

static bool set_natt(struct rules *rules, struct rule *rule, const char *value,
                     struct mistake *mistake) {
    (void)rules;
    static const struct choice CHOICES[] = {
        {"auto", IKEV1_NATT_AUTO}, {"off", IKEV1_NATT_OFF}, {"force", IKEV1_NATT_FORCE}, {NULL, 0}};
    return text_choice(CHOICES, value, &rule->phase1.natt) ||
           text_mistake(mistake, value, "unknown word", "auto, off or force");
}

static bool set_natt_variants(struct rules *rules, struct rule *rule, const char *value,
                              struct mistake *mistake) {
    (void)rules;
    ikev1_text_error error;
    return ikev1_natt_parse(value, &rule->phase1.natt_variants, &error) == IKEV1_OK ||
           text_wrong(mistake, value, &error);
}

static bool set_quirks(struct rules *rules, struct rule *rule, const char *value,
                       struct mistake *mistake) {
    (void)rules;
    ikev1_text_error error;
    return ikev1_quirks_parse(value, &rule->phase1.quirks_on, &rule->phase1.quirks_off, &error) ==
               IKEV1_OK ||
           text_wrong(mistake, value, &error);
}

static bool set_exchange(struct rules *rules, struct rule *rule, const char *value,
                         struct mistake *mistake) {
    static const struct choice CHOICES[] = {{"main", IKEV1_MODE_MAIN},
                                            {"aggressive", IKEV1_MODE_AGGRESSIVE},
                                            {"base", IKEV1_MODE_BASE},
                                            {NULL, 0}};
    (void)rules;
    return text_choice(CHOICES, value, &rule->phase1.mode) ||
           text_mistake(mistake, value, "unknown exchange", "main, aggressive or base");
}

static bool set_connections(struct rules *rules, struct rule *rule, const char *value,
                            struct mistake *mistake) {
    (void)rules;
    return text_number(value, 1, 1000000, &rule->phase2.connections, mistake);
}

static bool set_fragments(struct rules *rules, struct rule *rule, const char *value,
                          struct mistake *mistake) {
    (void)rules;
    static const struct choice CHOICES[] = {{"accept", IKEV1_FRAGMENTS_ACCEPT},
                                            {"on", IKEV1_FRAGMENTS_ON},
                                            {"force", IKEV1_FRAGMENTS_FORCE},
                                            {"off", IKEV1_FRAGMENTS_OFF},
                                            {NULL, 0}};
    return text_choice(CHOICES, value, &rule->phase1.fragments) ||
           text_mistake(mistake, value, "unknown word", "accept, on, force or off");
}

static bool set_fragment_size(struct rules *rules, struct rule *rule, const char *value,
                              struct mistake *mistake) {
    (void)rules;
    uint32_t size = 0;
    bool good = text_number(value, 256, 2048, &size, mistake);
    rule->phase1.fragment_size = (uint16_t)size;
    return good;
}

const struct key RULE_KEYS[] = {
    {"name", set_name, OPTIONAL},
    {"peer", set_peer, REQUIRED},
    {"peer_port", set_peer_port, OPTIONAL},
    {"peer_natt_port", set_peer_natt_port, OPTIONAL},
    {"address", set_address, OPTIONAL},
    {"auth", set_auth, OPTIONAL},
    {"psk", set_psk, NEEDS_PSK},
    {"cert", set_cert, NEEDS_CERT},
    {"key", set_key, NEEDS_CERT},
    {"cert_unasked", set_cert_unasked, FITS_CERT},
    {"ca", set_ca, FITS_CERT},
    {"crl", set_crl, FITS_CERT},
    {"local_id", set_local_id, OPTIONAL},
    {"remote_id", set_remote_id, OPTIONAL},
    {"ike", set_ike, REQUIRED},
    {"esp", set_esp, REQUIRED},
    {"local", set_local, OPTIONAL},
    {"remote", set_remote, OPTIONAL},
    {"selectors", set_selectors, OPTIONAL},
    {"sha256_bits", set_sha256_bits, OPTIONAL},
    {"mode", set_mode, OPTIONAL},
    {"natt", set_natt, OPTIONAL},
    {"natt_variants", set_natt_variants, OPTIONAL},
    {"quirks", set_quirks, OPTIONAL},
    {"exchange", set_exchange, OPTIONAL},
    {"ike_life", life_set_ike_life, OPTIONAL},
    {"esp_life", life_set_esp_life, OPTIONAL},
    {"esp_kilobytes", life_set_esp_kilobytes, OPTIONAL},
    {"connections", set_connections, OPTIONAL},
    {"rekey", life_set_rekey, OPTIONAL},
    {"rekey_margin", life_set_rekey_margin, OPTIONAL},
    {"idle", life_set_idle, OPTIONAL},
    {"keep_children", life_set_keep_children, OPTIONAL},
    {"unique", life_set_unique, OPTIONAL},
    {"reconnect", life_set_reconnect, OPTIONAL},
    {"initial_contact", life_set_initial_contact, OPTIONAL},
    {"whole_answer", life_set_whole_answer, OPTIONAL},
    {"fragments", set_fragments, OPTIONAL},
    {"fragment_size", set_fragment_size, OPTIONAL},
    {"dpd", life_set_dpd, OPTIONAL},
    {"xauth", access_set_xauth, OPTIONAL},
    {"hybrid", access_set_hybrid, OPTIONAL},
    {"user", access_set_user, OPTIONAL},
    {"password", access_set_password, OPTIONAL},
    {"config", access_set_config, OPTIONAL},
    {"unity", access_set_unity, OPTIONAL},
    {"pool", access_set_pool, OPTIONAL},
    {"dns", access_set_dns, OPTIONAL},
    {"split", access_set_split, OPTIONAL},
    {"banner", access_set_banner, OPTIONAL},
    {"domain", access_set_domain, OPTIONAL},
    {NULL, NULL, OPTIONAL},
};
