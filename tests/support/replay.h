/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One side of a recorded exchange, played by an engine: it is fed what the other side has sent, and
 * each of its own messages is compared with the recorded one.
 */
#ifndef TEST_REPLAY_H
#define TEST_REPLAY_H

#include <ikev1/ikev1.h>
#include <ikev1/openssl.h>

#include "playback.h"
#include "vectors.h"

enum { REPLAY_NONCE = 32, REPLAY_KEYMAT = 64 };

#define REPLAY_MSG(n) (1u << (n))

enum { /* between whom */
       REPLAY_RUB,
       REPLAY_RUB_2,
       REPLAY_SWAN,
       REPLAY_OPEN,
       REPLAY_OZCAN,
       REPLAY_ZEEK_MAIN,
       REPLAY_TCPDUMP,
       REPLAY_ZEEK_AGGRESSIVE,
};

struct replay_row {
    const char *file;
    uint8_t ends, natt;
    uint8_t last_r, last_i;  /* message to be played, as responder and as initiator */
    uint32_t same_r, same_i; /* REPLAY_MSG() of our messages that are the recorded bytes */
    uint32_t quick;          /* message ID of the Quick Mode; 0 = none */
    uint32_t life_1;         /* what the recorded offer had */
    uint16_t pfs;
    uint32_t life_2;
    bool aggressive;
    uint32_t beside;    /* REPLAY_MSG() of those that are not played */
    ikev1_suite1 suite; /* cipher 0: AES-128, SHA-1, PSK, MODP-1024 */
};

/* One side of one recording, played by an engine. */
struct replay {
    const struct replay_row *row;
    bool initiator;
    struct vec_file *f;
    char name[96];
    struct playback play;
    ikev1_engine *engine;
    ikev1_time now;
    uint8_t nonces[2][REPLAY_NONCE]; /* of phase 1 and Quick Mode, as we draw them */
    uint8_t offer[512];              /* our SA body, as it went out */
    size_t nonces_drawn, seeds_drawn;

    unsigned ups, ends, notifies;
    uint16_t notify;
    int end_code;
    struct {
        uint8_t keys[REPLAY_KEYMAT];
        size_t len;
        uint32_t spi;
    } child[2]; /* outbound, inbound */
};

/* The nth case of the row's file; where the vectors are missing, the test is skipped. */
void replay_begin(struct replay *r, const struct replay_row *row, bool initiator, size_t nth);
void replay_end(struct replay *r);
/* Messages 1 to the last of the row. Returns what the last one that was fed led to. */
int replay_play(struct replay *r, ikev1_why *why);
int replay_feed(struct replay *r, size_t n, ikev1_why *why); /* message n, of the peer */
void replay_expect(struct replay *r, size_t n);              /* message n is ours, and next */
void replay_connect(struct replay *r);
bool replay_pull(struct replay *r);    /* has the engine one more to send? */
void replay_run_out(struct replay *r); /* what it still does by itself, to the end */
void replay_check_keys(struct replay *r);
uint8_t replay_last(const struct replay *r);

#endif
