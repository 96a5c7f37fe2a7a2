/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A private key that another process holds: a token, an agent, a machine next door. The question to
 * sign is answered IKEV1_PENDING, the hash goes over a socket, and when the signature comes back
 * the loop hands it in with ikev1_engine_answer(). Until then the engine goes on with everything
 * else. remote_signer DIR rsa|ecdsa256       DIR as examples/make_certs.sh makes it Two engines,
 * west and east, each with a signing process of its own. Exits 0 when both have a pair of IPsec
 * SAs.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <ikev1/ikev1.h>
#include <ikev1/openssl.h>

enum { RULE = 1, MAX_FILE = 8192, MAX_HASH = 64, ONE_WAY_MS = 10, PATIENCE_MS = 10000 };

/* What goes to the signing process and what comes back; both ends are the same program. */
struct request {
    ikev1_ask ask;
    uint16_t auth;
    size_t len;
    uint8_t hash[MAX_HASH]; /* of SHA2-512 at most */
};

struct reply {
    ikev1_ask ask;
    int status;
    size_t len;
    uint8_t signature[IKEV1_MAX_SIGNATURE];
};

struct side {
    const char *name;
    ikev1_id id, peer_id;
    ikev1_address address, peer;
    ikev1_suite1 suite;
    uint8_t cert[MAX_FILE];
    ikev1_cert chain; /* which points there */
    ikev1_trust *trust;
    ikev1_engine *ike;
    int signer; /* a socket */
    pid_t pid;
    size_t waiting; /* for how many signatures */
    bool up, failed;
};

static bool read_file(const char *folder, const char *name, const char *suffix, uint8_t *out,
                      size_t *len) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s%s", folder, name, suffix);
    FILE *file = fopen(path, "rb");
    *len = file != NULL ? fread(out, 1, MAX_FILE, file) : 0;
    if (file == NULL) {
        perror(path);
    } else {
        fclose(file);
    }
    return *len > 0;
}

/* ---- the process that has the key ---- */

static int serve(int socket, const char *folder, const char *name) {
    uint8_t data[MAX_FILE];
    size_t len;
    ikev1_key *key = NULL;
    if (!read_file(folder, name, ".key", data, &len) ||
        ikev1_key_new(&key, (ikev1_bytes){data, len}) != IKEV1_OK) {
        return 1;
    }
    struct request request;
    while (recv(socket, &request, sizeof request, 0) == (ssize_t)sizeof request) {
        struct reply reply = {.ask = request.ask};
        const ikev1_signature what = {
            .size = sizeof what, .auth = request.auth, .hash = {request.hash, request.len}};
        reply.status = ikev1_key_sign(key, &what, reply.signature, &reply.len);
        send(socket, &reply, sizeof reply, 0);
    }
    ikev1_key_free(key);
    return 0;
}

static bool start_signer(struct side *side, const char *folder) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0 || (side->pid = fork()) < 0) {
        perror(side->name);
        return false;
    }
    if (side->pid == 0) {
        close(ends[0]);
        _exit(serve(ends[1], folder, side->name));
    }
    close(ends[1]);
    side->signer = ends[0];
    return true;
}

/* ---- the answers to the library's questions ---- */

static int answer_phase1(void *user, const ikev1_question *question, ikev1_phase1 *answer) {
    const struct side *side = user;
    (void)question; /* nobody else is there to call */
    answer->rule = RULE;
    answer->path.local = side->address;
    answer->path.remote = side->peer;
    answer->suites = &side->suite;
    answer->suite_count = 1;
    answer->local_id = side->id;
    answer->remote_id = side->peer_id;
    return IKEV1_OK;
}

static int answer_phase2(void *user, const ikev1_question *question, ikev1_phase2 *answer) {
    static const ikev1_suite2 SUITE = {IKEV1_PROTO_ESP, IKEV1_ESP_AES_CBC, 128,
                                       IKEV1_INTEG_HMAC_SHA2_256, 0};
    (void)user, (void)question;
    answer->rule = RULE;
    answer->suites = &SUITE;
    answer->suite_count = 1;
    answer->mode = IKEV1_ENCAP_TRANSPORT;
    return IKEV1_OK;
}

static int answer_certs(void *user, const ikev1_question *question, ikev1_certs *answer) {
    static const ikev1_bytes ANY_AUTHORITY = {NULL, 0};
    const struct side *side = user;
    (void)question;
    answer->chain = &side->chain;
    answer->chain_count = 1;
    answer->authorities = &ANY_AUTHORITY;
    answer->authority_count = 1;
    return IKEV1_OK;
}

/* Only the hash leaves; question->ask says later whose answer it is. */
static int answer_sign(void *user, const ikev1_question *question, const ikev1_signature *what,
                       ikev1_bytes *answer) {
    struct side *side = user;
    struct request request = {.ask = question->ask, .auth = what->auth, .len = what->hash.len};
    (void)answer;
    memcpy(request.hash, what->hash.data, what->hash.len);
    if (send(side->signer, &request, sizeof request, MSG_NOSIGNAL) != (ssize_t)sizeof request) {
        return IKEV1_E_NO_CREDENTIAL;
    }
    printf("%s: process %ld is to sign a hash of %zu bytes\n", side->name, (long)side->pid,
           what->hash.len);
    side->waiting++;
    return IKEV1_PENDING;
}

static int answer_verify(void *user, const ikev1_question *question, const ikev1_signature *what) {
    const struct side *side = user;
    (void)question;
    ikev1_trust_time(side->trust, (int64_t)time(NULL));
    return ikev1_trust_verify(side->trust, what, NULL);
}

/* ---- the loop ---- */

static bool start(struct side *side, const char *folder) {
    uint8_t ca[MAX_FILE];
    size_t ca_len;
    if (!read_file(folder, side->name, ".der", side->cert, &side->chain.data.len) ||
        !read_file(folder, "ca", ".crt", ca, &ca_len) || !start_signer(side, folder) ||
        ikev1_trust_new(&side->trust) != IKEV1_OK ||
        ikev1_trust_anchor(side->trust, (ikev1_bytes){ca, ca_len}) != IKEV1_OK) {
        return false;
    }
    side->chain.encoding = IKEV1_CERT_X509_SIGNATURE;
    side->chain.data.data = side->cert;
    ikev1_policy policy = IKEV1_POLICY_INIT;
    policy.user = side;
    policy.phase1 = answer_phase1;
    policy.phase2 = answer_phase2;
    policy.certs = answer_certs;
    policy.sign = answer_sign;
    policy.verify = answer_verify;
    ikev1_config config = IKEV1_CONFIG_INIT;
    config.crypto = ikev1_openssl();
    config.policy = &policy;
    return ikev1_engine_new(&side->ike, &config) == IKEV1_OK;
}

static void take_event(struct side *side, const ikev1_event *event) {
    if (event->why != NULL) {
        char cause[512];
        ikev1_why_format(event->why, cause, sizeof cause);
        printf("%s: %s\n", side->name, cause);
        side->failed = true;
    } else if (event->type == IKEV1_EVENT_CHILD_UP) {
        printf("%s: IPsec SAs up\n", side->name);
        side->up = true;
    }
}

static bool deliver(struct side *from, const struct side *to, ikev1_time now) {
    ikev1_event event;
    ikev1_packet packet;
    bool delivered = false;
    while (ikev1_engine_next_event(from->ike, &event)) {
        take_event(from, &event);
    }
    while (ikev1_engine_next_packet(from->ike, &packet)) {
        const ikev1_path path = {packet.path.remote, packet.path.local, packet.path.encapsulated};
        ikev1_engine_input(to->ike, now, &path, packet.data, packet.len, NULL);
        delivered = true;
    }
    return delivered;
}

/* A host has the signing process' socket among those it waits for; here there are no others. */
static bool take_reply(struct side *side, ikev1_time now) {
    struct pollfd wait = {.fd = side->signer, .events = POLLIN};
    struct reply reply;
    if (side->waiting == 0 || poll(&wait, 1, PATIENCE_MS) != 1 ||
        recv(side->signer, &reply, sizeof reply, 0) != (ssize_t)sizeof reply) {
        return false;
    }
    side->waiting--;
    ikev1_answer answer = {.size = sizeof answer, .kind = IKEV1_QUESTION_SIGN};
    answer.status = reply.status;
    answer.signature = (ikev1_bytes){reply.signature, reply.len};
    printf("%s: process %ld has signed: %s\n", side->name, (long)side->pid,
           ikev1_strerror(reply.status));
    return ikev1_engine_answer(side->ike, now, reply.ask, &answer) == IKEV1_OK;
}

static void run(struct side *west, struct side *east) {
    ikev1_time now = 0;
    bool busy = ikev1_connect(west->ike, now, RULE, NULL) == IKEV1_OK;
    while (busy && !(west->up && east->up) && !west->failed && !east->failed) {
        now += ONE_WAY_MS;
        busy = deliver(west, east, now);
        busy = deliver(east, west, now) || busy;
        busy = busy || take_reply(west, now) || take_reply(east, now);
    }
}

/* A signing process ends when nobody has the other end of its socket. The second process has
 * inherited that of the first, so both are closed before either is waited for. */
static bool finish(struct side *west, struct side *east) {
    struct side *sides[] = {west, east};
    bool good = west->up && east->up;
    close(west->signer);
    close(east->signer);
    for (size_t i = 0; i < 2; i++) {
        int status = 0;
        good = waitpid(sides[i]->pid, &status, 0) == sides[i]->pid && status == 0 && good;
        ikev1_engine_free(sides[i]->ike);
        ikev1_trust_free(sides[i]->trust);
    }
    return good;
}

static ikev1_id fqdn(const char *name) {
    return (ikev1_id){.type = IKEV1_ID_FQDN, .data = (const uint8_t *)name, .len = strlen(name)};
}

int main(int argc, char **argv) {
    static struct side west = {.name = "west", .signer = -1, .pid = -1};
    static struct side east = {.name = "east", .signer = -1, .pid = -1};
    bool ecdsa = argc == 3 && strcmp(argv[2], "ecdsa256") == 0;
    if (argc != 3 || (!ecdsa && strcmp(argv[2], "rsa") != 0)) {
        fputs("remote_signer DIR rsa|ecdsa256\n", stderr);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF,
            0); /* or a child would have the parent's lines to print as well */
    west.id = east.peer_id = fqdn("west.example.org");
    east.id = west.peer_id = fqdn("east.example.org");
    west.address = east.peer = (ikev1_address){4, {192, 0, 2, 1}, IKEV1_PORT};
    east.address = west.peer = (ikev1_address){4, {192, 0, 2, 2}, IKEV1_PORT};
    west.suite = (ikev1_suite1){IKEV1_CIPHER_AES,   128, IKEV1_HASH_SHA2_256, IKEV1_AUTH_RSA,
                                IKEV1_GROUP_X25519, {0}};
    west.suite.auth = ecdsa ? IKEV1_AUTH_ECDSA_256 : IKEV1_AUTH_RSA;
    east.suite = west.suite;
    if (start(&west, argv[1]) && start(&east, argv[1])) {
        run(&west, &east);
    }
    return finish(&west, &east) ? 0 : 1;
}
