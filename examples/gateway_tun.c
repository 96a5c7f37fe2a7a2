/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* struct ifreq */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway_tun.h"

/* Small enough for ESP in UDP over IPv6 on Ethernet, whatever the algorithms. */
enum { MTU = 1360 };

static struct ifreq request_for(const struct tun *tun) {
    struct ifreq request = {0};
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", tun->name);
    return request;
}

static bool set_up(struct tun *tun) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq request = request_for(tun);
    bool good = fd >= 0 && ioctl(fd, SIOCGIFINDEX, &request) == 0;
    tun->index = request.ifr_ifindex;
    request = request_for(tun);
    request.ifr_mtu = MTU;
    good = good && ioctl(fd, SIOCSIFMTU, &request) == 0;
    request = request_for(tun);
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    good = good && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    int error = errno;
    if (fd >= 0) {
        close(fd);
    }
    errno = error;
    return good;
}

bool tun_open(struct tun *tun, const char *name) {
    snprintf(tun->name, sizeof tun->name, "%s", name);
    struct ifreq request = request_for(tun);
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    tun->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    bool good = tun->fd >= 0 && ioctl(tun->fd, TUNSETIFF, &request) == 0;
    if (good) {
        memcpy(tun->name, request.ifr_name, sizeof tun->name);
        good = set_up(tun);
    }
    if (!good) {
        fprintf(stderr, "cannot make the TUN device %s: %s\n", name, strerror(errno));
        tun_close(tun);
    }
    return good;
}

void tun_close(struct tun *tun) {
    if (tun->fd >= 0) {
        close(tun->fd);
    }
    tun->fd = -1;
}
