/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* clock_gettime(), localtime_r(), explicit_bzero() */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway_print.h"

void print_line(const struct options *options, const ikev1_log_event *event) {
    char line[1024];
    ikev1_log_format(event, line, sizeof line);
    if (options->show_time) {
        struct timespec time;
        struct tm parts;
        clock_gettime(CLOCK_REALTIME, &time);
        localtime_r(&time.tv_sec, &parts);
        printf("%02d:%02d:%02d.%03d ", parts.tm_hour, parts.tm_min, parts.tm_sec,
               (int)(time.tv_nsec / 1000000));
    }
    if (options->show_peer && event->path.remote.family != 0) {
        char peer[64];
        ikev1_address remote = event->path.remote;
        remote.port = 0;
        ikev1_address_format(&remote, peer, sizeof peer);
        printf("%s ", peer);
    }
    puts(line);
}

void print_phase1(const ikev1_event *event) {
    const ikev1_sa_info *info = event->info;
    printf("ISAKMP SA up rule %u %s %s", (unsigned)event->rule,
           event->initiator ? "initiator" : "responder",
           ikev1_name(IKEV1_NAMES_CIPHER, info->cipher));
    if (info->key_bits != 0) {
        printf("-%u", (unsigned)info->key_bits);
    }
    printf(" %s %s %s%s%s life %u s\n", ikev1_name(IKEV1_NAMES_HASH, info->hash),
           ikev1_name(IKEV1_NAMES_GROUP, info->group), ikev1_name(IKEV1_NAMES_AUTH, info->auth),
           info->nat_local ? " nat-here" : "", info->nat_remote ? " nat-there" : "",
           (unsigned)info->life_seconds);
}

void print_end(const char *what, const ikev1_event *event) {
    char cause[1024];
    ikev1_why_format(event->why, cause, sizeof cause);
    printf("%s rule %u: %s\n", what, (unsigned)event->rule, cause);
}

void print_key(const char *path, const ikev1_engine *engine, ikev1_handle sa) {
    char line[256];
    size_t len;
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    bool good =
        file >= 0 && ikev1_decryption_table(engine, sa, line, sizeof line - 1, &len) == IKEV1_OK;
    if (good) {
        line[len] = '\n';
        good = write(file, line, len + 1) == (ssize_t)(len + 1);
    }
    if (!good) {
        perror(path);
    }
    if (file >= 0) {
        close(file);
    }
    explicit_bzero(line, sizeof line);
}
