/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: the first payload's type, how many bytes of padding may follow, then a payload chain. What
 * decodes lies in order inside the input, and written again it is the same bytes.
 */
#include "holds.h"

static void write_again(const struct ike_chain *c, uint8_t first, ikev1_bytes body) {
    size_t room = IKEV1_HEADER_SIZE + body.len;
    uint8_t *buf = malloc(room);
    HOLDS(buf != NULL);
    struct ike_message_writer m;
    ike_message_begin(&m, buf, room, &(struct ike_header){.next = first, .version = 0x10});
    for (size_t i = 0; i < c->count; i++)
        ike_payload_put(&m, c->at[i].wire_type, c->at[i].body);
    HOLDS(ike_message_end(&m, 0) == IKEV1_HEADER_SIZE + c->used);
    HOLDS(buf[16] == first);
    HOLDS(memcmp(buf + IKEV1_HEADER_SIZE, body.data, c->used) == 0);
    free(buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct ike_chain c;
    static char text[4096];
    ikev1_why why = {0};
    if (size < 2)
        return 0;
    ikev1_bytes body = ike_bytes(data + 2, size - 2);
    int code = ike_chain_decode(&c, data[0], body, data[1], &why);
    HOLDS(why.code == code);
    HOLDS(why.offset <= IKEV1_HEADER_SIZE + body.len);
    if (code != IKEV1_OK)
        return 0;
    HOLDS(c.count <= IKE_MAX_PAYLOADS && c.used <= body.len);
    const size_t left = body.len - c.used; /* padding, or up to three zeros that align it */
    HOLDS(left <= data[1] || left < 4);
    for (size_t i = 0; i < c.count; i++) {
        HOLDS(is_inside(c.at[i].body, body.data, c.used));
        HOLDS(i == 0 || c.at[i].offset > c.at[i - 1].offset);
        HOLDS(ike_chain_find(&c, c.at[i].type, 0) != NULL);
    }
    write_again(&c, data[0], body);
    struct ike_text t = ike_text(text, sizeof(text));
    ike_dump_text(&t, &(struct ike_header){.next = data[0]}, &c);
    HOLDS(strlen(text) < sizeof(text));
    return 0;
}
