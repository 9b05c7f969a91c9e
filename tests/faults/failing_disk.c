/* Preloaded: counts what every process of a run writes below a folder, and lets the n-th such call fail.

   FAIL_BELOW  folder; FAIL_COUNT file of 8 bytes that all processes share; FAIL_AT n, counted from 1;
   FAIL_WITH   errno; FAIL_ON  "once", or "all" for every call from the n-th on. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static volatile uint64_t *count;
static const char *below;
static uint64_t at;
static int with_error, on_all;

__attribute__((constructor)) static void begin(void) {
    const char *shared = getenv("FAIL_COUNT");
    below = getenv("FAIL_BELOW");
    if (!shared || !below) return;
    at = strtoull(getenv("FAIL_AT"), NULL, 10);
    with_error = atoi(getenv("FAIL_WITH"));
    on_all = !strcmp(getenv("FAIL_ON"), "all");
    int handle = open(shared, O_RDWR | O_CLOEXEC);
    if (handle < 0) return;
    void *map = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, handle, 0);
    close(handle);
    if (map != MAP_FAILED) count = map;
}

static int fails(const char *path) {
    if (!count || !path || strncmp(path, below, strlen(below))) return 0;
    uint64_t now = __atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST);
    if (now == at || (on_all && now > at)) { errno = with_error; return 1; }
    return 0;
}

static int fails_at(int handle) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0) return 0;
    path[n] = 0;
    return fails(path);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int h, const void *b, size_t n) { return fails_at(h) ? -1 : NEXT(write)(h, b, n); }
ssize_t pwrite64(int h, const void *b, size_t n, off64_t o) { return fails_at(h) ? -1 : NEXT(pwrite64)(h, b, n, o); }
ssize_t sendfile64(int o, int i, off64_t *p, size_t n) {
    return fails_at(o) ? -1 : ((ssize_t (*)(int, int, off64_t *, size_t))dlsym(RTLD_NEXT, "sendfile64"))(o, i, p, n);
}
ssize_t sendfile(int o, int i, off_t *p, size_t n) {
    return fails_at(o) ? -1 : ((ssize_t (*)(int, int, off_t *, size_t))dlsym(RTLD_NEXT, "sendfile"))(o, i, p, n);
}
int fsync(int h) { return fails_at(h) ? -1 : NEXT(fsync)(h); }
int ftruncate64(int h, off64_t n) { return fails_at(h) ? -1 : NEXT(ftruncate64)(h, n); }
int rename(const char *a, const char *b) { return fails(b) ? -1 : NEXT(rename)(a, b); }
int mkdir(const char *p, mode_t m) { return fails(p) ? -1 : NEXT(mkdir)(p, m); }

static int opened(const char *name, const char *path, int flags, mode_t mode) {
    if ((flags & (O_CREAT | O_TRUNC)) && fails(path)) return -1;
    return ((int (*)(const char *, int, mode_t))dlsym(RTLD_NEXT, name))(path, flags, mode);
}
int open(const char *path, int flags, ...) {
    va_list more; va_start(more, flags); mode_t mode = va_arg(more, int); va_end(more);
    return opened("open", path, flags, mode);
}
int open64(const char *path, int flags, ...) {
    va_list more; va_start(more, flags); mode_t mode = va_arg(more, int); va_end(more);
    return opened("open64", path, flags, mode);
}
