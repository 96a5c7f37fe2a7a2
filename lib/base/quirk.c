/* SPDX-License-Identifier: Apache-2.0 */
#include <ikev1/quirk.h>

#include "base/base.h"

static const char TEXTS[] =
#define TEXT(name, bit, on, text) text "\0"
    IKEV1_QUIRKS(TEXT);
#undef TEXT

const char *ikev1_quirk_name(uint32_t quirk) {
    const char *text = TEXTS;
    if ((quirk & IKEV1_QUIRKS_ALL) != quirk || quirk == 0 || (quirk & (quirk - 1)) != 0)
        return NULL;
    for (; quirk != 1; quirk >>= 1)
        text = ike_text_after(text);
    return text;
}
