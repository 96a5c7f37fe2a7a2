/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file forecast.h
 * What two configurations will agree on, told before a packet is sent (mission B4).
 *
 * The negotiation is rehearsed in memory, between two engines of this library: so the forecast
 * decides by the very code that decides later. Where the two sides do not agree, the rehearsal is
 * repeated as if the difference were gone, until all of them are known.
 *
 * What depends on more than the two configurations is not in it: NAT, certificates and signatures
 * (they are taken for good, for the identities that are configured), what the peer's implementation
 * lacks, other rules of both sides.
 */
#ifndef IKEV1_FORECAST_H
#define IKEV1_FORECAST_H

#include <ikev1/rules.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How a forecast is made. Since 0.1. */
typedef struct ikev1_forecast_config {
    size_t size;                /**< set by IKEV1_FORECAST_CONFIG_INIT */
    const ikev1_crypto *crypto; /**< required: of both sides. It computes as for a negotiation */
    const ikev1_allocator *allocator; /**< NULL = malloc and free */
    uint32_t allow;                   /**< IKEV1_ALLOW_... bits of both sides */
    uint32_t psk_min;                 /**< ikev1_limits.psk_min of both sides */
    /** Told every line that both sides will log up to `log_level`, as they are now. May be NULL. */
    void (*log)(void *user, bool initiator, const ikev1_log_event *event);
    void *log_user;
    uint8_t log_level; /**< IKEV1_LEVEL_... [IKEV1_LEVEL_INFO] */
} ikev1_forecast_config;

#ifdef __cplusplus
#define IKEV1_FORECAST_CONFIG_INIT                                                                 \
    [] {                                                                                           \
        ikev1_forecast_config c = ikev1_forecast_config();                                         \
        c.size = sizeof(ikev1_forecast_config);                                                    \
        return c;                                                                                  \
    }()
#else
/** Everything at its default. */
#define IKEV1_FORECAST_CONFIG_INIT ((ikev1_forecast_config){.size = sizeof(ikev1_forecast_config)})
#endif

/** How many differences are told. */
#define IKEV1_FORECAST_DIFFERENCES 12

/** One thing in which the two sides do not agree. Since 0.1. */
typedef struct ikev1_forecast_difference {
    bool initiator; /**< which side will refuse */
    ikev1_why why;  /**< and why, as its event will say */
} ikev1_forecast_difference;

/** The forecast. Since 0.1. */
typedef struct ikev1_forecast_result {
    bool phase1; /**< there will be an ISAKMP SA */
    bool agreed; /**< and a pair of IPsec SAs */

    uint8_t exchange; /**< phase1: IKEV1_EXCHANGE_..., and the suite that will be chosen */
    ikev1_suite1 suite1;
    uint32_t life1_seconds;

    size_t suite2_count; /**< agreed: protocols of the pair, innermost first */
    ikev1_suite2 suites2[IKEV1_MAX_BUNDLE];
    uint16_t pfs_group;
    uint8_t mode;                            /**< IKEV1_ENCAP_... */
    ikev1_selector local, remote;            /**< of the initiator */
    uint32_t life2_seconds, life2_kilobytes; /**< for the initiator */

    /** In the order in which a negotiation would come upon them, one after the other had been put
     *  right. */
    size_t difference_count;
    bool more; /**< there may be others behind the last: it has to be put right first */
    ikev1_forecast_difference differences[IKEV1_FORECAST_DIFFERENCES];
} ikev1_forecast_result;

/**
 * Tells what happens when one side connects the other.
 * @param config read now
 * @param local  the side that connects, as a rule; two answers for phase1 and phase2 are put into
 *               one from IKEV1_RULE_INIT. Its `peer` may be a name. Addresses that one side leaves
 *               out are the other's. Where a side has no `psk`, keys are not compared
 * @param remote the side that answers, as its own rule: its local is our remote
 * @param result receives the forecast
 * @return IKEV1_OK, whatever the forecast is; IKEV1_E_CONFIG, IKEV1_E_ARGUMENT a field or size is
 *         not usable; IKEV1_E_MEMORY; a code of class CRYPTO. Since 0.1.
 */
IKEV1_API int ikev1_forecast(const ikev1_forecast_config *config, const ikev1_rule *local,
                             const ikev1_rule *remote, ikev1_forecast_result *result);

#ifdef __cplusplus
}
#endif
#endif
