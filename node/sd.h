/*
 * sd - tells the service manager how we are: READY=1, STOPPING=1, WATCHDOG=1, STATUS=...
 */
#ifndef NODE_SD_H
#define NODE_SD_H

#include <stdbool.h>
#include <stdint.h>

/* One datagram to $NOTIFY_SOCKET. False when there is none, or nobody took it. */
bool sd_notify(const char *state);

/* How often WATCHDOG=1 is due, in ms: half of what the manager waits. 0: never. */
uint64_t sd_watchdog_ms(void);

#endif
