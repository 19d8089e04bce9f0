/*
 * Stands before the C library of a node (LD_PRELOAD): forces to disk take longer, and the wall
 * clock is wrong, by what a test writes into the two numbers of the file that NARU_SHIM names.
 * Clocks that only count on are left alone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct shim {
  volatile int64_t sync_delay_ns;
  volatile int64_t clock_offset_ns;
};

static struct shim nothing;
static struct shim *shim = &nothing;
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_clock_gettime)(clockid_t, struct timespec *);

static const int64_t NS_PER_S = 1000000000;

__attribute__((constructor)) static void begin(void) {
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  const char *path = getenv("NARU_SHIM");
  int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return;
  }
  void *mapped = mmap(NULL, sizeof(struct shim), PROT_READ, MAP_SHARED, fd, 0);
  if (mapped != MAP_FAILED) {
    shim = mapped;
  }
  close(fd);
}

static void delay(void) {
  int64_t ns = shim->sync_delay_ns;
  struct timespec left = {ns / NS_PER_S, ns % NS_PER_S};
  while (ns > 0 && nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

int fsync(int fd) {
  delay();
  return real_fsync(fd);
}

int fdatasync(int fd) {
  delay();
  return real_fdatasync(fd);
}

int clock_gettime(clockid_t clock, struct timespec *at) {
  if (real_clock_gettime == NULL) {
    real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  }
  int result = real_clock_gettime(clock, at);
  int64_t offset = shim->clock_offset_ns;
  if (result == 0 && offset != 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    int64_t ns = at->tv_sec * NS_PER_S + at->tv_nsec + offset;
    at->tv_sec = ns / NS_PER_S;
    at->tv_nsec = ns % NS_PER_S;
  }
  return result;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
  (void)zone;
  struct timespec now;
  int result = clock_gettime(CLOCK_REALTIME, &now);
  at->tv_sec = now.tv_sec;
  at->tv_usec = now.tv_nsec / 1000;
  return result;
}

time_t time(time_t *at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at != NULL) {
    *at = now.tv_sec;
  }
  return now.tv_sec;
}
