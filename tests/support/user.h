/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hosts of XAUTH and Mode Config: a user who knows a name and a password, a server that knows the
 * same, and one pool of leases.
 *
 *     struct pair *p = pair_new(NULL);
 *     pair_with_user(p, IKEV1_AUTH_XAUTH_INIT_PSK, false);
 *     p->i.user.password = "wrong";
 */
#ifndef TEST_USER_H
#define TEST_USER_H

#include <ikev1/policy.h>

enum { USER_ROUNDS = 20, USER_TEXT = 80, USER_LIST = 64, USER_RAW = 9000 };

/* A lease as an event had it, kept. */
struct user_lease {
    ikev1_lease at;
    ikev1_address servers[3][16];
    ikev1_selector networks[3][USER_LIST];
    uint8_t texts[5][USER_TEXT];
    uint8_t raw[USER_RAW];
};
const ikev1_lease *user_keep(struct user_lease *to, const ikev1_lease *lease);

/* What one side's hosts do, and saw. */
struct user {
    /* client */
    const char *name, *password; /* NULL: not answered */
    bool nul;                    /* ends the password with one */
    /* server */
    const char *knows_name, *knows_password;
    const char *messages[USER_ROUNDS]; /* of one more round each: asks for an answer... */
    const char *answers[USER_ROUNDS];  /* ... which must be this; the client gives it */
    bool name_only;                    /* of the first round only the name counts */
    ikev1_lease lease;
    /* seen */
    size_t asked, verified, leased;
    struct { /* as server, the last answer; as client, the last question */
        uint8_t type, round;
        uint32_t asks;
        bool has_user, has_password;
        size_t user_len, password_len, challenge_len;
        char user[USER_TEXT], password[USER_TEXT], message[USER_TEXT], of[USER_TEXT];
        uint8_t challenge[USER_TEXT];
    } seen;
    struct {
        size_t type_count;
        ikev1_address ip4, ip6;
        bool has_previous;
        ikev1_address previous;
        char user[USER_TEXT];
    } wish;
};

struct pair;
struct side;

/* Both sides of a pair that has not been started: the method, and hosts that agree. */
void pair_with_user(struct pair *p, uint16_t auth, bool aggressive);
/* Mode Config beside it, or without: IKEV1_CONFIG_... of the client and of the server. */
void pair_with_config(struct pair *p, uint8_t client, uint8_t server);
/* Who passes XAUTH, who lets pass. */
struct side *pair_client(struct pair *p);
struct side *pair_server(struct pair *p);

/* Fills in the part of an answer that is given later. */
void user_answer(struct side *s, int kind, ikev1_answer *answer, ikev1_xauth *xauth);

#endif
