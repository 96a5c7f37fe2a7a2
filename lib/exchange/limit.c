/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The limits of the configuration by name, for who reads a cause: whoever finds that one is reached
 * only says which code that is.
 */
#include <string.h>

#include "exchange/context.h"

/* Several of one code stand in the order of IKE_BY_ADDRESS, IKE_BY_PREFIX, all. */
#define LIMITS(X)                                                                                  \
    X(HALF_OPEN, half_open_address)                                                                \
    X(HALF_OPEN, half_open_prefix)                                                                 \
    X(HALF_OPEN, half_open)                                                                        \
    X(RATE, first_rate_address)                                                                    \
    X(RATE, first_rate_prefix)                                                                     \
    X(FAILURES, auth_failures)                                                                     \
    X(SAS, sas)                                                                                    \
    X(PEER_SAS, sas_peer)                                                                          \
    X(CHILDREN, children)                                                                          \
    X(EXCHANGES, exchanges)                                                                        \
    X(MESSAGE_IDS, message_ids)                                                                    \
    X(ROUNDS, xauth_rounds)                                                                        \
    X(MEMORY, memory)                                                                              \
    X(OUTPUT, datagram)

/* Names stand one after the other as in log.c. */
#define ROOM(code, field) char field[sizeof #field];
#define NAME(code, field) #field,
#define ROW(code, field)                                                                           \
    {IKEV1_E_##code, offsetof(ikev1_limits, field), offsetof(struct names, field)},
static const struct names { LIMITS(ROOM) } NAMES = {LIMITS(NAME)};
static const struct {
    int16_t code;
    uint8_t at;
    uint16_t name;
} ROWS[] = {LIMITS(ROW)};

int ike_why_limit(const struct ike_context *ctx, int code, int which, ikev1_why *why) {
    const size_t rows = sizeof ROWS / sizeof *ROWS;
    uint32_t most = 0;
    size_t i = 0;
    why->code = code;
    if (why->ours[0] != '\0')
        return code;
    while (i < rows && ROWS[i].code != code)
        i++;
    i += (size_t)which;
    if (i < rows)
        memcpy(&most, (const char *)&ctx->limits + ROWS[i].at, sizeof most);
    if (most == 0) /* none, as memory may have */
        return code;
    struct ike_text t = ike_text(why->ours, sizeof why->ours);
    ike_text_str(&t, "limits.");
    ike_text_str(&t, (const char *)&NAMES + ROWS[i].name);
    ike_text_number(&t, " ", most);
    return code;
}
