/* SPDX-License-Identifier: Apache-2.0 */
/* The list of IPsec SAs, and how one of them is printed. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway_prefix.h"
#include "gateway_sad.h"

struct sad_entry {
    struct sad_entry *next;
    ikev1_handle child;
    bool inbound;
    uint8_t protocol;
    uint32_t spi;
};

static void print_lower(const char *before, const char *text) {
    fputs(before, stdout);
    for (; text != NULL && *text != '\0'; text++) {
        putchar(tolower((unsigned char)*text));
    }
}

static void print_selector(const ikev1_selector *selector) {
    int family = selector->family == 4 ? AF_INET : AF_INET6;
    char text[INET6_ADDRSTRLEN];
    struct prefix prefix;
    fputs(inet_ntop(family, selector->start, text, sizeof text), stdout);
    if (prefix_whole(selector, &prefix)) {
        printf("/%u", (unsigned)prefix.len);
    } else {
        printf("-%s", inet_ntop(family, selector->end, text, sizeof text));
    }
    if (selector->protocol != 0) {
        printf("[%u/%u]", (unsigned)selector->protocol, (unsigned)selector->port);
    }
}

static void print_key(const char *name, ikev1_bytes key) {
    if (key.len == 0) {
        return;
    }
    printf(" %s 0x", name);
    for (size_t i = 0; i < key.len; i++) {
        printf("%02x", key.data[i]);
    }
}

static int transform_names(uint8_t protocol) {
    return protocol == IKEV1_PROTO_AH       ? IKEV1_NAMES_AH
           : protocol == IKEV1_PROTO_IPCOMP ? IKEV1_NAMES_IPCOMP
                                            : IKEV1_NAMES_ESP;
}

/* "SA in  esp spi 0xc0ffee01 10.92.1.0/24 <- 10.92.2.0/24 aes-cbc-128 hmac-sha1 udp tunnel ..." */
static void print_sa(const ikev1_ipsec *sa, uint32_t rule, bool show_keys) {
    printf("SA %s", sa->inbound ? "in " : "out");
    print_lower(" ", ikev1_name(IKEV1_NAMES_PROTOCOL, sa->protocol));
    printf(" spi 0x%08x ", (unsigned)sa->spi);
    print_selector(&sa->local);
    fputs(sa->inbound ? " <- " : " -> ", stdout);
    print_selector(&sa->remote);
    print_lower(" ", ikev1_name(transform_names(sa->protocol), sa->transform));
    if (sa->key_bits != 0) {
        printf("-%u", (unsigned)sa->key_bits);
    }
    if (sa->integrity != 0) {
        print_lower(" ", ikev1_name(IKEV1_NAMES_INTEG, sa->integrity));
    }
    fputs(sa->udp ? " udp" : "", stdout);
    print_lower(" ", ikev1_name(IKEV1_NAMES_ENCAP, sa->mode));
    if (sa->pfs_group != 0) {
        print_lower(" pfs ", ikev1_name(IKEV1_NAMES_GROUP, sa->pfs_group));
    }
    printf(" life %u s", (unsigned)sa->life_seconds);
    if (sa->life_kilobytes != 0) {
        printf(" %u kB", (unsigned)sa->life_kilobytes);
    }
    printf(" rule %u", (unsigned)rule);
    if (show_keys) {
        print_key("enc", sa->encryption_key);
        print_key("auth", sa->integrity_key);
    }
    putchar('\n');
}

static bool install_one(struct sad *sad, const ikev1_event *event, const ikev1_ipsec *sa) {
    struct sad_entry *entry = malloc(sizeof *entry);
    if (entry == NULL) {
        return false;
    }
    *entry = (struct sad_entry){.next = sad->first,
                                .child = event->child,
                                .inbound = sa->inbound,
                                .protocol = sa->protocol,
                                .spi = sa->spi};
    sad->first = entry;
    print_sa(sa, event->rule, sad->show_keys);
    return true;
}

bool sad_install(struct sad *sad, const ikev1_event *event) {
    for (size_t i = 0; i < event->ipsec_count; i++) {
        if (!install_one(sad, event, &event->ipsec[i])) {
            return false;
        }
    }
    return true;
}

void sad_remove(struct sad *sad, ikev1_handle child) {
    for (struct sad_entry **at = &sad->first; *at != NULL;) {
        struct sad_entry *entry = *at;
        if (entry->child != child) {
            at = &entry->next;
            continue;
        }
        printf("SA gone %s", entry->inbound ? "in " : "out");
        print_lower(" ", ikev1_name(IKEV1_NAMES_PROTOCOL, entry->protocol));
        printf(" spi 0x%08x\n", (unsigned)entry->spi);
        *at = entry->next;
        free(entry);
    }
}

bool sad_receives(const struct sad *sad, uint32_t spi) {
    const struct sad_entry *entry = sad->first;
    while (entry != NULL &&
           !(entry->inbound && entry->protocol == IKEV1_PROTO_ESP && entry->spi == spi)) {
        entry = entry->next;
    }
    return entry != NULL;
}

/* Of a bundle the entries stand together. */
ikev1_handle sad_next(const struct sad *sad, ikev1_handle child) {
    const struct sad_entry *entry = sad->first;
    if (child != 0) {
        while (entry != NULL && (entry->inbound || entry->child != child)) {
            entry = entry->next;
        }
    }
    while (entry != NULL && (entry->inbound || entry->child == child)) {
        entry = entry->next;
    }
    return entry != NULL ? entry->child : 0;
}
