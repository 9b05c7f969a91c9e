/* Preloaded: the wall clock of a run, moved by the seconds that stand in a file of 8 bytes all its processes share.
   The clock that never jumps is left alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *moved;

__attribute__((constructor)) static void begin(void) {
    const char *shared = getenv("MOVED_CLOCK");
    int handle = shared ? open(shared, O_RDONLY | O_CLOEXEC) : -1;
    if (handle < 0) return;
    void *map = mmap(NULL, 8, PROT_READ, MAP_SHARED, handle, 0);
    close(handle);
    if (map != MAP_FAILED) moved = map;
}

int clock_gettime(clockid_t clock, struct timespec *t) {
    int answer = ((int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime"))(clock, t);
    if (!answer && moved && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) t->tv_sec += *moved;
    return answer;
}
int gettimeofday(struct timeval *restrict t, void *restrict zone) {
    int answer = ((int (*)(struct timeval *, void *))dlsym(RTLD_NEXT, "gettimeofday"))(t, zone);
    if (!answer && moved) t->tv_sec += *moved;
    return answer;
}
time_t time(time_t *t) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (t) *t = now.tv_sec;
    return now.tv_sec;
}
