/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of exported state, each written or read by the same list: part of state.c.
 */
#ifndef IKE_CODEC_H
#define IKE_CODEC_H

#include "exchange/transaction.h"

struct ike_codec {
    struct ike_writer *w; /* NULL: reads; else the objects are only looked at */
    struct ike_reader r;
    ikev1_time now;
    uint64_t elapsed; /* ms since it was written */
};

struct ike_names { /* of an SA's algorithms */
    uint16_t hash, prf, cipher, group;
};

enum { IKE_KEYS_MOST = 2 * IKEV1_MAX_HASH + IKEV1_MAX_KEY };

void ike_code_sa(struct ike_codec *c, struct ike_sa *sa, struct ike_names *names);
/* live->keys has room for IKE_KEYS_MOST. */
void ike_code_live(struct ike_codec *c, struct ike_live *live);
void ike_code_dpd(struct ike_codec *c, struct ike_dpd *dpd);
/* Of one that is over; user and lease stand elsewhere. */
void ike_code_access(struct ike_codec *c, struct ike_access *a);
/* `members`: IKEV1_MAX_BUNDLE, of which member_count are there. */
void ike_code_child(struct ike_codec *c, struct ike_child *child, struct ike_member *members);

#endif
