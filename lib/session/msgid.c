/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Message IDs that were used in an ISAKMP SA: each opens one exchange, ever (RFC 2408 3.1, R-11).
 * A set of numbers that is as large as the exchanges there were, and bounded by a limit: when it is
 * full, the SA opens no more exchanges and has to be replaced.
 */
#include "session/session.h"

static uint32_t *place(const struct ike_sa *sa, uint32_t *ids, uint32_t room, uint32_t id) {
    uint32_t at = ike_hash_number(ike_session(sa), id) % room; /* the peer chooses half of them */
    while (ids[at] != 0 && ids[at] != id)
        at = (at + 1) % room;
    return &ids[at];
}

int ike_msgid_reserve(struct ike_sa *sa) {
    struct ike_live *live = sa->live;
    struct ike_mem *mem = &sa->ctx->mem;
    if (live->id_count >= sa->ctx->limits.message_ids)
        return IKEV1_E_MESSAGE_IDS;
    if (live->id_count + 1 <= live->id_room - live->id_room / 4 && live->id_room != 0)
        return IKEV1_OK;
    uint32_t room = live->id_room != 0 ? 2 * live->id_room : 4;
    uint32_t *ids = ike_alloc(mem, room * sizeof *ids);
    if (ids == NULL)
        return IKEV1_E_MEMORY;
    for (uint32_t i = 0; i < live->id_room; i++) {
        if (live->ids[i] != 0)
            *place(sa, ids, room, live->ids[i]) = live->ids[i];
    }
    ike_free(mem, live->ids, live->id_room * sizeof *ids);
    live->ids = ids;
    live->id_room = room;
    return IKEV1_OK;
}

bool ike_msgid_used(const struct ike_sa *sa, uint32_t id) {
    const struct ike_live *live = sa->live;
    return live->id_room != 0 && *place(sa, live->ids, live->id_room, id) == id;
}

void ike_msgid_claim(struct ike_sa *sa, uint32_t id) {
    *place(sa, sa->live->ids, sa->live->id_room, id) = id;
    sa->live->id_count++;
}

/* Its upper four bits are how often the SA has been imported: what it drew in an earlier life,
 * known here or not, is not drawn again (HAX-02). */
int ike_msgid_draw(struct ike_sa *sa, uint32_t *id) {
    int r = ike_msgid_reserve(sa);
    for (int tries = 0; r == IKEV1_OK && tries < 16; tries++) { /* CRY-02: a stuck source ends */
        r = ike_random_u32(sa->ctx, id);
        *id = (*id & ~(0xfu << 28)) | (uint32_t)sa->live->epoch << 28;
        if (r == IKEV1_OK && *id != 0 && !ike_msgid_used(sa, *id)) {
            ike_msgid_claim(sa, *id);
            return IKEV1_OK;
        }
    }
    return r != IKEV1_OK ? r : IKEV1_E_RANDOM;
}
