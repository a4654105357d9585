/* A browser without a network. A network namespace of its own holds one loopback interface,
   which is down: no socket of the browser reaches anything, of this machine or beyond. Root
   makes one; another user does in a user namespace of its own, where the kernel lets it. Where
   neither is permitted the browser is told by its flags that there is nothing to reach, which
   holds as far as the browser keeps to them. */
#ifndef ENGINE_LIVE_NETWORK_OFF_H
#define ENGINE_LIVE_NETWORK_OFF_H

#include <stdbool.h>

enum network_off { NETWORK_ON, NETWORK_OFF_NAMESPACE, NETWORK_OFF_USER_NAMESPACE, NETWORK_OFF_FLAGS };

/* The strongest that is permitted here, found by trying it in a child. */
enum network_off network_off_find(void);

/* Between fork and exec: system calls only. False, and errno, when what was found is refused
   now: then nothing may be executed. */
bool network_off_enter(enum network_off network_off);

#endif
