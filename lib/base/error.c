/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

/* Codes in an array, their texts one after the other: see names.c. */
static const int16_t CODES[] = {IKEV1_OK, IKEV1_PENDING, IKEV1_DROPPED,
#define CODE(cls, n, name, text, hint) IKEV1_E_##name,
                                IKEV1_ERRORS(CODE)
#undef CODE
};

#define NAME_OF(cls, n, name, text, hint) #name "\0"
#define TEXT_OF(cls, n, name, text, hint) text "\0"
#define HINT_OF(cls, n, name, text, hint) hint "\0"

static const char NAMES[] = "OK\0PENDING\0DROPPED\0" IKEV1_ERRORS(NAME_OF) "UNKNOWN\0";
static const char TEXTS[] = "done\0a question waits for its answer\0dropped without "
                            "effect\0" IKEV1_ERRORS(TEXT_OF) "unknown error\0";
static const char HINTS[] = "\0answer it\0\0" IKEV1_ERRORS(HINT_OF) "\0";

#define ONE(cls, n, name, text, hint) +1
enum { BEFORE = 3, COUNT = 0 IKEV1_ERRORS(ONE) }; /* those that are no errors stand before */
_Static_assert(COUNT <= IKEV1_ERRORS_MOST, "ikev1_counters has no room for all of them");

/* Where a class begins: who drops floods counts them by this. */
#define PLACE_OF(cls, n, name, text, hint) AT_##name,
enum { IKEV1_ERRORS(PLACE_OF) };
static const uint8_t FIRST[] = {
    [IKEV1_CLASS_PEER] = AT_SHORT,    [IKEV1_CLASS_POLICY] = AT_NO_RULE,
    [IKEV1_CLASS_CRYPTO] = AT_RANDOM, [IKEV1_CLASS_LIMIT] = AT_MEMORY,
    [IKEV1_CLASS_USAGE] = AT_CONFIG,  [IKEV1_CLASS_INTERNAL] = AT_BUG,
};

int ikev1_error_index(int code) {
    const unsigned class = (unsigned)IKEV1_ERROR_CLASS(code);
    for (int i = class < sizeof FIRST ? FIRST[class] : COUNT; i < COUNT; i++) {
        if (CODES[BEFORE + i] == code)
            return i;
    }
    return -1;
}

int ikev1_error_at(int index) {
    return index >= 0 && index < COUNT ? CODES[BEFORE + index] : 0;
}

/* The text of a code, or the one behind all of them. */
static const char *find(int code, const char *at) {
    for (size_t i = 0; i < sizeof CODES / sizeof *CODES && CODES[i] != code; i++)
        at = ike_text_after(at);
    return at;
}

const char *ikev1_strerror(int code) {
    return find(code, TEXTS);
}

const char *ikev1_error_name(int code) {
    return find(code, NAMES);
}

const char *ikev1_error_hint(int code) {
    return find(code, HINTS);
}

/* Escaped by whoever filled it, but bounded here all the same. */
static void put_field(struct ike_text *t, const char *field) {
    ike_text_escaped(t, field, IKEV1_WHY_TEXT);
}

static void put_values(struct ike_text *t, const ikev1_why *why) {
    if (why->theirs[0] != '\0') {
        ike_text_str(t, ": theirs: ");
        put_field(t, why->theirs);
    }
    if (why->ours[0] != '\0') {
        ike_text_str(t, why->theirs[0] != '\0' ? ", ours: " : ": ours: ");
        put_field(t, why->ours);
    }
}

void ike_why_number(char out[IKEV1_WHY_TEXT], uint64_t v, const char *unit) {
    struct ike_text t = ike_text(out, IKEV1_WHY_TEXT);
    ike_text_u64(&t, v);
    if (unit != NULL) {
        ike_text_str(&t, " ");
        ike_text_str(&t, unit);
    }
}

void ike_why_numbers(ikev1_why *why, uint64_t theirs, uint64_t ours, const char *unit) {
    if (why == NULL)
        return;
    ike_why_number(why->theirs, theirs, unit);
    ike_why_number(why->ours, ours, unit);
}

static bool is_phase1(uint8_t exchange) {
    return exchange == IKEV1_EXCHANGE_MAIN || exchange == IKEV1_EXCHANGE_AGGRESSIVE ||
           exchange == IKEV1_EXCHANGE_BASE;
}

static bool same_pair(const ikev1_diff *a, const ikev1_diff *b) {
    return a->proposal == b->proposal && a->transform == b->transform && a->suite == b->suite;
}

/* What a key length belongs to: "AES-128" says more than two separate differences. */
static bool names_cipher(uint16_t attribute, bool phase1) {
    return phase1 ? attribute == IKEV1_ATTR1_CIPHER : attribute == IKEV1_DIFF_TRANSFORM;
}

/* The difference of the same pair of transform and suite that goes with `with`, NULL = none. */
static const ikev1_diff *companion(const ikev1_why *why, const ikev1_diff *with, bool phase1) {
    uint16_t key_bits = phase1 ? IKEV1_ATTR1_KEY_BITS : IKEV1_ATTR2_KEY_BITS;
    bool want_key = names_cipher(with->attribute, phase1);
    if (!want_key && with->attribute != key_bits)
        return NULL;
    for (size_t i = 0; i < why->diff_count && i < IKEV1_WHY_DIFFS; i++) {
        const ikev1_diff *d = &why->diffs[i];
        bool fits = want_key ? d->attribute == key_bits : names_cipher(d->attribute, phase1);
        if (fits && same_pair(d, with))
            return d;
    }
    return NULL;
}

static void put_attribute(struct ike_text *t, const ikev1_diff *d, bool phase1) {
    if (d->attribute == IKEV1_DIFF_PROTOCOL)
        ike_text_str(t, "protocol");
    else if (d->attribute == IKEV1_DIFF_TRANSFORM)
        ike_text_str(t, d->protocol == IKEV1_PROTO_ESP ? "encryption" : "transform");
    else if (d->attribute == IKEV1_DIFF_BUNDLE)
        ike_text_str(t, "protocols");
    else
        ike_text_name(t, phase1 ? IKEV1_NAMES_ATTR1 : IKEV1_NAMES_ATTR2, d->attribute);
}

static int transform_names(uint8_t protocol) {
    return protocol == IKEV1_PROTO_AH       ? IKEV1_NAMES_AH
           : protocol == IKEV1_PROTO_IPCOMP ? IKEV1_NAMES_IPCOMP
                                            : IKEV1_NAMES_ESP;
}

/* "AH+ESP" */
static void put_protocols(struct ike_text *t, uint32_t packed) {
    for (; packed != 0; packed >>= 4) {
        ike_text_name(t, IKEV1_NAMES_PROTOCOL, packed & 15);
        if (packed > 15)
            ike_text_str(t, "+");
    }
}

static void put_value(struct ike_text *t, const ikev1_diff *d, bool phase1, uint32_t value,
                      uint32_t key_bits) {
    if (value == 0)
        ike_text_str(t, "none");
    else if (d->attribute == IKEV1_DIFF_PROTOCOL)
        ike_text_name(t, IKEV1_NAMES_PROTOCOL, value);
    else if (d->attribute == IKEV1_DIFF_BUNDLE)
        put_protocols(t, value);
    else if (d->attribute == IKEV1_DIFF_TRANSFORM)
        ike_text_name(t, transform_names(d->protocol), value);
    else
        ike_text_attr_value(t, phase1, d->attribute, value);
    if (value != 0 && key_bits != 0)
        ike_text_number(t, "-", key_bits);
}

/* An attribute that makes a transform unusable: one without a name, or with a value it cannot have.
 * UINT16_MAX stands for attribute 0. */
static void put_unusable(struct ike_text *t, uint32_t attribute, bool phase1) {
    const char *name = ikev1_name(phase1 ? IKEV1_NAMES_ATTR1 : IKEV1_NAMES_ATTR2, attribute);
    if (name != NULL) {
        ike_text_str(t, name);
        ike_text_str(t, ": the peer's is not usable");
    } else {
        ike_text_number(t, "unknown attribute ", attribute != UINT16_MAX ? attribute : 0);
    }
}

static void put_diff(struct ike_text *t, const ikev1_why *why, const ikev1_diff *d) {
    bool phase1 = is_phase1(why->exchange);
    if (d->attribute == IKEV1_DIFF_UNKNOWN) {
        put_unusable(t, d->theirs, phase1);
        return;
    }
    const ikev1_diff *key = companion(why, d, phase1);
    put_attribute(t, d, phase1);
    ike_text_str(t, ": peer ");
    put_value(t, d, phase1, d->theirs, key != NULL ? key->theirs : 0);
    if (why->rule != 0) {
        ike_text_number(t, ", rule ", why->rule);
        ike_text_str(t, " wants ");
    } else {
        ike_text_str(t, ", we want ");
    }
    put_value(t, d, phase1, d->ours, key != NULL ? key->ours : 0);
}

static void put_diffs(struct ike_text *t, const ikev1_why *why) {
    const char *before = ": ";
    const ikev1_diff *last = NULL;
    for (size_t i = 0; i < why->diff_count && i < IKEV1_WHY_DIFFS; i++) {
        const ikev1_diff *d = &why->diffs[i];
        bool phase1 = is_phase1(why->exchange);
        if (!names_cipher(d->attribute, phase1) && companion(why, d, phase1) != NULL)
            continue; /* a key length, said together with its cipher */
        if (last != NULL && !same_pair(last, d))
            before = " | "; /* the next pair, further apart */
        ike_text_str(t, before);
        put_diff(t, why, d);
        before = "; ";
        last = d;
    }
}

/* Which payload: helps where nothing else says what is wrong. */
static void put_place(struct ike_text *t, const ikev1_why *why) {
    if (why->payload == 0 || why->diff_count > 0 ||
        (IKEV1_ERROR_CLASS(why->code) != IKEV1_CLASS_PEER && why->code != IKEV1_E_PAYLOADS))
        return;
    ike_text_str(t, ": payload ");
    ike_text_name(t, IKEV1_NAMES_PAYLOAD, why->payload);
    ike_text_number(t, " at byte ", why->offset);
}

size_t ikev1_why_format(const ikev1_why *why, char *out, size_t cap) {
    struct ike_text t = ike_text(out, cap);
    if (why->code == IKEV1_OK)
        return 0;
    const char *hint = ikev1_error_hint(why->code);
    ike_text_str(&t, ikev1_strerror(why->code));
    if (why->code == IKEV1_E_NOTIFIED && why->notify != 0) {
        ike_text_str(&t, ": ");
        ike_text_name(&t, IKEV1_NAMES_NOTIFY, why->notify);
    }
    put_place(&t, why);
    put_values(&t, why);
    put_diffs(&t, why);
    if (why->cite != NULL) {
        ike_text_str(&t, " (");
        ike_text_str(&t, why->cite);
        ike_text_str(&t, ")");
    }
    if (hint[0] != '\0') {
        ike_text_str(&t, "; ");
        ike_text_str(&t, hint);
    }
    return t.len;
}
