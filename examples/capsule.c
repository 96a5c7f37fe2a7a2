/* SPDX-License-Identifier: Apache-2.0 */
#include "capsule.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define HEAD "capsule 1"

enum {
    DATAGRAM = 65536,
    LINE = 2 * DATAGRAM + 256,
    PUBLIC = 8, /* random bytes at most, of what everybody sees: cookies, SPIs, message IDs */
};

/* ---- bytes as text ---- */

static void put_hex(FILE *to, const uint8_t *data, size_t len) {
    for (size_t i = 0; i < len; i++)
        fprintf(to, "%02x", data[i]);
}

static int digit(char c) {
    static const char digits[] = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

/* How many bytes, at most `cap`; false = there is something else, or more. */
static bool get_hex(const char *text, uint8_t *out, size_t cap, size_t *len) {
    for (*len = 0; *text != '\0'; text += 2) {
        const int high = digit(text[0]), low = high >= 0 ? digit(text[1]) : -1;
        if (low < 0 || *len == cap)
            return false;
        out[(*len)++] = (uint8_t)(16 * high + low);
    }
    return true;
}

static uint64_t digest(const uint8_t *data, size_t len) { /* FNV-1a */
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < len; i++)
        h = (h ^ data[i]) * UINT64_C(0x100000001b3);
    return h;
}

static void put_address(FILE *to, const ikev1_address *a) {
    fprintf(to, " %u:", a->family);
    put_hex(to, a->ip, sizeof a->ip);
    fprintf(to, ":%u", a->port);
}

static bool get_address(const char *text, ikev1_address *a) {
    char ip[33];
    unsigned family, port;
    size_t len;
    if (sscanf(text, "%1u:%32[0-9a-f]:%5u", &family, ip, &port) != 3 || port > 65535 ||
        !get_hex(ip, a->ip, sizeof a->ip, &len) || len != sizeof a->ip)
        return false;
    a->family = (uint8_t)family;
    a->port = (uint16_t)port;
    return true;
}

/* ---- lines ---- */

static bool broken(struct capsule *c, const char *why) {
    if (c->broken == NULL)
        c->broken = why;
    return false;
}

static bool records(const struct capsule *c) {
    return c != NULL && c->file != NULL && !c->replays;
}

/* What cannot be written ends the recording, and nothing else. */
static void end_line(struct capsule *c) {
    fputc('\n', c->file);
    if (ferror(c->file)) {
        c->broken = strerror(errno);
        c->file = NULL;
    }
}

static bool next_line(struct capsule *c, char *line) {
    if (c->broken != NULL || fgets(line, LINE, c->file) == NULL)
        return false;
    c->line++;
    const size_t len = strlen(line);
    if (len == 0 || line[len - 1] != '\n')
        return broken(c, "a line is cut");
    line[len - 1] = '\0';
    return true;
}

/* ---- random bytes ---- */

static int draw(struct capsule *c, uint8_t *out, size_t len) {
    int r = c->random != NULL ? c->random(c->random_user, out, len)
                              : c->crypto->random(c->instance, out, len);
    if (r != IKEV1_OK || !records(c))
        return r;
    fprintf(c->file, "r %zu ", len);
    if (c->secrets || len <= PUBLIC)
        put_hex(c->file, out, len);
    end_line(c);
    return r;
}

static int draw_again(struct capsule *c, uint8_t *out, size_t len) {
    static char line[LINE];
    char hex[1025] = "";
    size_t want, got;
    if (!next_line(c, line) || sscanf(line, "r %zu %1024[0-9a-f]", &want, hex) < 1 || want != len) {
        broken(c, "it wants other random bytes");
        return IKEV1_E_RANDOM;
    }
    if (hex[0] == '\0') {
        memset(out, ++c->filled, len);
        return IKEV1_OK;
    }
    if (get_hex(hex, out, len, &got) && got == len)
        return IKEV1_OK;
    broken(c, "there are too few random bytes");
    return IKEV1_E_RANDOM;
}

static int random_of(void *user, uint8_t *out, size_t len) {
    struct capsule *c = user;
    return c->replays ? draw_again(c, out, len) : draw(c, out, len);
}

static void take_over(struct capsule *c, ikev1_config *config) {
    c->random = config->random;
    c->random_user = config->random_user;
    c->crypto = config->crypto;
    config->random = random_of;
    config->random_user = c;
}

/* ---- what the host finds out ---- */

static int note_again(struct capsule *c, void *data, size_t cap, size_t *len) {
    static char line[LINE];
    int status, at = 0;
    if (next_line(c, line) && sscanf(line, "n %d %n", &status, &at) == 1 && at != 0 &&
        get_hex(line + at, data, cap, len))
        return status;
    broken(c, "it asks its host for something else");
    return IKEV1_E_REFUSED;
}

int capsule_note(struct capsule *c, int status, void *data, size_t cap, size_t *len) {
    if (c != NULL && c->replays)
        return note_again(c, data, cap, len);
    if (!records(c))
        return status;
    fprintf(c->file, "n %d ", status);
    put_hex(c->file, data, status == IKEV1_OK ? *len : 0);
    end_line(c);
    return status;
}

int capsule_note_number(struct capsule *c, int status, uint64_t *number) {
    uint8_t bytes[8];
    size_t len = sizeof bytes;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(*number >> (56 - 8 * i));
    status = capsule_note(c, status, bytes, sizeof bytes, &len);
    for (size_t i = 0; i < len; i++)
        *number = *number << 8 | bytes[i];
    return status;
}

/* ---- calls ---- */

static int answer(const struct capsule *c, ikev1_engine *engine, const struct capsule_call *call) {
    ikev1_answer later = {.size = sizeof later,
                          .kind = (int)call->number[1],
                          .status = (int)(int64_t)call->number[2]};
    if (call->answer != NULL)
        return ikev1_engine_answer(engine, call->now, call->number[0], call->answer);
    if (c->answer != NULL)
        c->answer(c->answer_user, &later);
    return ikev1_engine_answer(engine, call->now, call->number[0], &later);
}

static int call_engine(const struct capsule *c, ikev1_engine *engine,
                       const struct capsule_call *call) {
    const uint64_t *n = call->number;
    const ikev1_traffic traffic = {n[1], n[2], n[3], n[4]};
    switch (call->what) {
    case CAPSULE_INPUT:
        return ikev1_engine_input(engine, call->now, &call->path, call->data, call->len, NULL);
    case CAPSULE_TICK:
        return ikev1_engine_tick(engine, call->now);
    case CAPSULE_CONNECT:
        return ikev1_connect(engine, call->now, (uint32_t)n[0], NULL);
    case CAPSULE_OUTBOUND:
        return ikev1_outbound(engine, call->now, (uint32_t)n[0]);
    case CAPSULE_CHILD:
        return ikev1_child(engine, call->now, n[0], (uint32_t)n[1], NULL);
    case CAPSULE_DELETE:
        return ikev1_delete(engine, call->now, n[0]);
    case CAPSULE_REKEY:
        return ikev1_rekey(engine, call->now, n[0]);
    case CAPSULE_SEND_FAILED:
        return ikev1_send_failed(engine, call->now, n[0]);
    case CAPSULE_TRAFFIC:
        return ikev1_child_traffic(engine, call->now, n[0], &traffic);
    case CAPSULE_UNKNOWN_SPI:
        return ikev1_unknown_spi(engine, call->now, n[0], (uint8_t)n[1], (uint32_t)n[2]);
    case CAPSULE_LOCAL_CHANGED:
        return ikev1_local_changed(engine, call->now, &call->path.local, &call->path.remote);
    case CAPSULE_PREPARE:
        return ikev1_engine_prepare(engine, (uint16_t)n[0], (uint32_t)n[1]);
    case CAPSULE_ANSWER:
        return answer(c, engine, call);
    }
    return IKEV1_E_ARGUMENT;
}

static bool has_path(enum capsule_what what) {
    return what == CAPSULE_INPUT || what == CAPSULE_LOCAL_CHANGED;
}

int capsule_do(struct capsule *c, ikev1_engine *engine, const struct capsule_call *call) {
    const uint64_t *n = call->number;
    const uint64_t status = call->answer != NULL ? (uint64_t)(int64_t)call->answer->status : n[2];
    if (c->replays)
        return IKEV1_OK;
    if (!records(c))
        return call_engine(c, engine, call);
    fprintf(c->file, "%c %" PRIu64, call->what, call->now);
    if (has_path(call->what)) {
        put_address(c->file, &call->path.local);
        put_address(c->file, &call->path.remote);
        fprintf(c->file, " %d ", call->path.encapsulated);
        put_hex(c->file, call->data, call->len);
    } else {
        fprintf(c->file, " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64, n[0], n[1],
                status, n[3], n[4]);
    }
    end_line(c);
    return call_engine(c, engine, call);
}

static bool replay_path(struct capsule *c, ikev1_engine *engine, const char *line) {
    static uint8_t data[DATAGRAM];
    struct capsule_call call = {.what = (enum capsule_what)line[0]};
    char local[48], remote[48];
    int encapsulated, at = 0;
    if (sscanf(line + 1, "%" SCNu64 " %47s %47s %d %n", &call.now, local, remote, &encapsulated,
               &at) != 4 ||
        at == 0 || !get_address(local, &call.path.local) ||
        !get_address(remote, &call.path.remote) ||
        !get_hex(line + 1 + at, data, sizeof data, &call.len))
        return broken(c, "a datagram cannot be read");
    call.path.encapsulated = encapsulated != 0;
    call.data = data;
    call_engine(c, engine, &call);
    return c->broken == NULL;
}

static bool replay_call(struct capsule *c, ikev1_engine *engine, const char *line) {
    struct capsule_call call = {.what = (enum capsule_what)line[0]};
    uint64_t *n = call.number;
    if (sscanf(line + 1, "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64,
               &call.now, &n[0], &n[1], &n[2], &n[3], &n[4]) != 6)
        return broken(c, "a call cannot be read");
    call_engine(c, engine, &call);
    return c->broken == NULL;
}

/* ---- what came out ---- */

static void text_of_event(char *out, size_t cap, const ikev1_event *e) {
    snprintf(out, cap, "e %u %" PRIu64 " %" PRIu64 " %" PRIu32 " %d", e->type, e->sa, e->child,
             e->rule, e->why != NULL ? e->why->code : 0);
}

static void text_of_packet(char *out, size_t cap, const ikev1_packet *p) {
    snprintf(out, cap, "p %zu %u %016" PRIx64, p->len, p->path.remote.port,
             digest(p->data, p->len));
}

int capsule_next_event(struct capsule *c, ikev1_engine *engine, ikev1_event *event) {
    char text[128];
    if (ikev1_engine_next_event(engine, event) == 0)
        return 0;
    if (records(c)) {
        text_of_event(text, sizeof text, event);
        fputs(text, c->file);
        end_line(c);
    }
    return 1;
}

int capsule_next_packet(struct capsule *c, ikev1_engine *engine, ikev1_packet *packet) {
    char text[128];
    if (ikev1_engine_next_packet(engine, packet) == 0)
        return 0;
    if (records(c)) {
        text_of_packet(text, sizeof text, packet);
        fputs(text, c->file);
        end_line(c);
    }
    return 1;
}

static bool replay_event(struct capsule *c, ikev1_engine *engine, const char *line) {
    ikev1_event event;
    char text[128];
    if (ikev1_engine_next_event(engine, &event) == 0)
        return broken(c, "an event does not come");
    text_of_event(text, sizeof text, &event);
    if (strcmp(text, line) != 0)
        return broken(c, "another event comes");
    if (c->event != NULL)
        c->event(c->event_user, &event);
    return true;
}

/* Without secrets its bytes are others. */
static bool replay_packet(struct capsule *c, ikev1_engine *engine, const char *line) {
    ikev1_packet packet;
    char text[128];
    if (ikev1_engine_next_packet(engine, &packet) == 0)
        return broken(c, "a packet does not come");
    text_of_packet(text, sizeof text, &packet);
    return c->filled != 0 || strcmp(text, line) == 0 || broken(c, "another packet comes");
}

/* ---- the whole ---- */

int capsule_record(struct capsule *c, FILE *file, bool secrets, ikev1_config *config) {
    *c = (struct capsule){.file = file, .secrets = secrets};
    take_over(c, config);
    fputs(HEAD, file);
    end_line(c);
    return c->random != NULL ? IKEV1_OK : c->crypto->open(c->crypto, &c->instance);
}

int capsule_replay(struct capsule *c, FILE *file, ikev1_config *config) {
    static char line[LINE];
    *c = (struct capsule){.file = file, .replays = true};
    take_over(c, config);
    return next_line(c, line) && strcmp(line, HEAD) == 0 ? IKEV1_OK : IKEV1_E_ARGUMENT;
}

bool capsule_step(struct capsule *c, ikev1_engine *engine) {
    static char line[LINE];
    if (!next_line(c, line))
        return false;
    switch (line[0]) {
    case CAPSULE_INPUT:
    case CAPSULE_LOCAL_CHANGED:
        return replay_path(c, engine, line);
    case 'e':
        return replay_event(c, engine, line);
    case 'p':
        return replay_packet(c, engine, line);
    case 'r':
    case 'n':
        return broken(c, "it asks for less");
    default:
        return replay_call(c, engine, line);
    }
}

void capsule_end(struct capsule *c) {
    if (c->instance != NULL)
        c->crypto->close(c->instance);
    c->instance = NULL;
}
