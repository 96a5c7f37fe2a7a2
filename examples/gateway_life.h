/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of a rule that say how long its SAs live, and what takes their place: their setters. */
#ifndef GATEWAY_LIFE_H
#define GATEWAY_LIFE_H

#include "gateway_access.h"

ACCESS_SETTER(life_set_ike_life);
ACCESS_SETTER(life_set_esp_life);
ACCESS_SETTER(life_set_esp_kilobytes);
ACCESS_SETTER(life_set_rekey);
ACCESS_SETTER(life_set_rekey_margin);
ACCESS_SETTER(life_set_idle);
ACCESS_SETTER(life_set_keep_children);
ACCESS_SETTER(life_set_unique);
ACCESS_SETTER(life_set_reconnect);
ACCESS_SETTER(life_set_initial_contact);
ACCESS_SETTER(life_set_whole_answer);
ACCESS_SETTER(life_set_dpd);

#endif
