/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

#include <stdlib.h>
#include <string.h>

static void *default_alloc(void *user, size_t len) {
    (void)user;
    return malloc(len);
}

static void default_release(void *user, void *p, size_t len) {
    (void)user;
    (void)len;
    free(p);
}

/* Called through a volatile pointer, so that no compiler proves the writes to be useless. */
static void default_wipe(void *p, size_t len) {
    void *(*volatile set)(void *, int, size_t) = memset;
    set(p, 0, len);
}

void ike_mem_init(struct ike_mem *mem, void *user, void *(*alloc)(void *, size_t),
                  void (*release)(void *, void *, size_t), void (*wipe)(void *, size_t)) {
    *mem = (struct ike_mem){
        .user = user,
        .alloc = alloc != NULL ? alloc : default_alloc,
        .release = release != NULL ? release : default_release,
        .wipe = wipe != NULL ? wipe : default_wipe,
    };
}

/* Memory as the allocator gives it: whoever takes it fills all of it. */
static void *take(struct ike_mem *mem, size_t len) {
    if (len == 0 || (mem->most != 0 && len > mem->most - mem->used))
        return NULL;
    void *p = mem->alloc(mem->user, len);
    if (p == NULL)
        return NULL;
    mem->used += len;
    if (mem->used > mem->peak)
        mem->peak = mem->used;
    return p;
}

void *ike_alloc(struct ike_mem *mem, size_t len) {
    void *p = take(mem, len);
    return p != NULL ? memset(p, 0, len) : NULL;
}

void ike_free(struct ike_mem *mem, void *p, size_t len) {
    if (p == NULL)
        return;
    mem->wipe(p, len);
    mem->release(mem->user, p, len);
    mem->used -= len;
}

void *ike_grow(struct ike_mem *mem, void *p, size_t old_len, size_t new_len) {
    void *grown = ike_alloc(mem, new_len);
    if (grown == NULL)
        return NULL;
    if (p != NULL)
        memcpy(grown, p, old_len < new_len ? old_len : new_len);
    ike_free(mem, p, old_len);
    return grown;
}

int ike_blob_set(struct ike_mem *mem, struct ike_blob *blob, ikev1_bytes from) {
    uint8_t *copy = NULL;
    if (from.len > 0) {
        copy = take(mem, from.len);
        if (copy == NULL)
            return IKEV1_E_MEMORY;
        memcpy(copy, from.data, from.len);
    }
    ike_blob_free(mem, blob);
    *blob = (struct ike_blob){copy, from.len};
    return IKEV1_OK;
}

void ike_blob_free(struct ike_mem *mem, struct ike_blob *blob) {
    ike_free(mem, blob->data, blob->len);
    *blob = (struct ike_blob){NULL, 0};
}

bool ike_bytes_equal(ikev1_bytes a, ikev1_bytes b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}
