/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* SO_ATTACH_FILTER */
#include <linux/filter.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "gateway_stray.h"

enum {
    HEAD = 8,          /* instructions in front of those for the SPIs, at most */
    MAX_SPI = 2000,    /* two for each; the kernel takes 4096 */
    SEEN = 60 + 8 + 8, /* IP, UDP, and of ESP what is before the encrypted part */
};

#define STEP(code, yes, no, k)  ((struct sock_filter){code, yes, no, k})
#define PASS(bytes)             STEP(BPF_RET | BPF_K, 0, 0, bytes)
#define LOAD(size, at)          STEP(BPF_LD | (size) | BPF_IND, 0, 0, at)
#define SKIP_IF(value, yes, no) STEP(BPF_JMP | BPF_JEQ | BPF_K, yes, no, value)

bool stray_open(struct net *net, const struct rules *rules) {
    for (size_t i = 0; i < rules->listen_count; i++) {
        ikev1_address address = rules->listen[i];
        address.port = 0;
        if (!net_open(net, &address, NET_ESP)) {
            return false;
        }
        address.port = (uint16_t)rules->natt_port;
        if (address.port != 0 && !net_open(net, &address, NET_ESP_UDP)) {
            return false;
        }
    }
    stray_skip(net, NULL, 0);
    return true;
}

/* X is where the header of ESP or UDP begins: IPv4 sockets see the one of IP, those of IPv6 do not.
 */
static size_t write_head(struct sock_filter *code, bool v4, uint16_t udp_port) {
    size_t n = 0;
    code[n++] = STEP(v4 ? BPF_LDX | BPF_B | BPF_MSH : BPF_LDX | BPF_W | BPF_IMM, 0, 0, 0);
    if (udp_port != 0) {
        code[n++] = LOAD(BPF_H, 2);
        code[n++] = SKIP_IF(udp_port, 1, 0);
        code[n++] = PASS(0);
        code[n++] = LOAD(BPF_W, 8);
        code[n++] = SKIP_IF(0, 0, 1); /* that is IKE */
        code[n++] = PASS(0);
    } else {
        code[n++] = LOAD(BPF_W, 0);
    }
    return n;
}

static void attach(const struct net *net, size_t i, struct sock_filter *code, const uint32_t *spi,
                   size_t count) {
    bool udp = net->kind[i] == NET_ESP_UDP;
    size_t n = write_head(code, net->bound[i].family == 4, udp ? net->bound[i].port : 0);
    for (size_t k = 0; k < count; k++) {
        code[n++] = SKIP_IF(spi[k], 0, 1);
        code[n++] = PASS(0);
    }
    code[n++] = PASS(SEEN);
    struct sock_filter nothing = PASS(0);
    struct sock_fprog program = {.len = (unsigned short)n, .filter = code};
    const struct sock_fprog none = {.len = 1, .filter = &nothing};
    int fd = net->poll[i].fd;
    if (count > MAX_SPI ||
        setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0) {
        setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &none, sizeof none);
    }
}

void stray_skip(const struct net *net, const uint32_t *spi, size_t count) {
    struct sock_filter *code = calloc(HEAD + 2 * count + 1, sizeof *code);
    for (size_t i = 0; code != NULL && i < net->count; i++) {
        if (net->kind[i] == NET_ESP || net->kind[i] == NET_ESP_UDP) {
            attach(net, i, code, spi, count);
        }
    }
    free(code);
}
