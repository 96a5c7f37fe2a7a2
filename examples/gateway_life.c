/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a rule's SAs once they are there: when they end, and what takes their place. */
#include "gateway_life.h"
#include "gateway_rules.h"

ACCESS_SETTER(life_set_ike_life) {
    (void)rules;
    return text_number(value, 10, 2592000, &rule->phase1.life_seconds, mistake);
}

ACCESS_SETTER(life_set_esp_life) {
    (void)rules;
    return text_number(value, 10, 2592000, &rule->phase2.life_seconds, mistake);
}

ACCESS_SETTER(life_set_esp_kilobytes) {
    (void)rules;
    return text_number(value, 1, UINT32_MAX, &rule->phase2.life_kilobytes, mistake);
}

ACCESS_SETTER(life_set_rekey) {
    (void)rules;
    static const struct choice CHOICES[] = {{"own", IKEV1_REKEY_OWN},
                                            {"always", IKEV1_REKEY_ALWAYS},
                                            {"off", IKEV1_REKEY_OFF},
                                            {NULL, 0}};
    bool good = text_choice(CHOICES, value, &rule->phase2.rekey);
    rule->phase1.rekey = rule->phase2.rekey;
    return good || text_mistake(mistake, value, "unknown word", "own, always or off");
}

ACCESS_SETTER(life_set_rekey_margin) {
    (void)rules;
    bool good = text_number(value, 1, 86400, &rule->phase2.rekey_margin, mistake);
    rule->phase1.rekey_margin = rule->phase2.rekey_margin;
    return good;
}

ACCESS_SETTER(life_set_idle) {
    (void)rules;
    return text_number(value, 1, 2592000, &rule->phase2.idle_seconds, mistake);
}

ACCESS_SETTER(life_set_keep_children) {
    (void)rules;
    return text_yes(value, &rule->phase1.keep_children, mistake);
}

ACCESS_SETTER(life_set_unique) {
    (void)rules;
    static const struct choice CHOICES[] = {{"no", IKEV1_UNIQUE_NO},
                                            {"replace", IKEV1_UNIQUE_REPLACE},
                                            {"keep", IKEV1_UNIQUE_KEEP},
                                            {"refuse", IKEV1_UNIQUE_REFUSE},
                                            {NULL, 0}};
    return text_choice(CHOICES, value, &rule->phase1.unique) ||
           text_mistake(mistake, value, "unknown word", "no, replace, keep or refuse");
}

ACCESS_SETTER(life_set_reconnect) {
    (void)rules;
    return text_yes(value, &rule->phase1.reconnect, mistake);
}

ACCESS_SETTER(life_set_initial_contact) {
    (void)rules;
    return text_yes(value, &rule->phase1.initial_contact, mistake);
}

ACCESS_SETTER(life_set_whole_answer) {
    (void)rules;
    return text_yes(value, &rule->phase1.whole_answer, mistake);
}

/* Without a data path nobody reports traffic: then only asking always makes sense. */
ACCESS_SETTER(life_set_dpd) {
    (void)rules;
    uint32_t seconds = 0;
    bool good = text_number(value, 1, 3600, &seconds, mistake);
    rule->phase1.dpd_seconds = (uint16_t)seconds;
    rule->phase1.dpd_periodic = true;
    return good;
}
