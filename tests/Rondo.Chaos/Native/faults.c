// Loaded into an executor with LD_PRELOAD: makes its disk and its clock misbehave as the control file says, and keeps what a loss of
// power would need to know: what every write replaced, and which writes a sync has made durable since.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

// The layout is known to Shim.cs.
struct control {
  volatile int32_t failing_syncs; // so many syncs fail with EIO from now on
  volatile int32_t sync_delay_ms;
  volatile int32_t torn_write; // the next write ends half way, and the process with it
  volatile int32_t lying; // syncs succeed and make nothing durable
  volatile int64_t clock_offset_ns;
};

// The layout is known to PowerCut.cs; the path and the replaced bytes follow.
struct entry {
  int32_t kind; // W a write, B a sync begins, E it has succeeded, T the size was set
  int32_t path_length;
  int64_t offset; // of a sync: its number
  int64_t length; // of a write
  int64_t replaced; // how many bytes follow the path
  int64_t size; // of the file before
};

static struct control *control;
static struct control none;
static char data[4096];
static size_t data_length;
static int undo = -1;
static int64_t syncs;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_pwritev)(int, const struct iovec *, int, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_clock_gettime)(clockid_t, struct timespec *);
static int (*real_gettimeofday)(struct timeval *, void *);

static void *(*real_dlsym)(void *, const char *);

static void find_real(void) {
  if (!real_dlsym) real_dlsym = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.2.5");
  if (!real_dlsym) real_dlsym = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34");
  real_pwrite = real_dlsym(RTLD_NEXT, "pwrite64");
  real_pwritev = real_dlsym(RTLD_NEXT, "pwritev64");
  real_write = real_dlsym(RTLD_NEXT, "write");
  real_fsync = real_dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = real_dlsym(RTLD_NEXT, "fdatasync");
  real_ftruncate = real_dlsym(RTLD_NEXT, "ftruncate64");
  real_gettimeofday = real_dlsym(RTLD_NEXT, "gettimeofday");
  real_clock_gettime = real_dlsym(RTLD_NEXT, "clock_gettime");
}

__attribute__((constructor)) static void start(void) {
  find_real();
  control = &none;
  // Whatever only starts the executor passes all of it on.
  if (strcmp(program_invocation_short_name, "rondo") != 0) return;
  const char *control_path = getenv("CHAOS_CONTROL"), *undo_path = getenv("CHAOS_UNDO"), *data_path = getenv("CHAOS_DATA");
  if (!control_path || !undo_path || !data_path) return;
  int file = open(control_path, O_RDWR | O_CLOEXEC);
  if (file < 0) { perror("chaos: control"); _exit(99); }
  struct control *mapped = mmap(NULL, sizeof *mapped, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (mapped == MAP_FAILED) { perror("chaos: control"); _exit(99); }
  close(file);
  control = mapped;
  // Far from the descriptors that a program counts on.
  int opened = open(undo_path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  undo = fcntl(opened, F_DUPFD_CLOEXEC, 900);
  if (undo < 0) { perror("chaos: undo"); _exit(99); }
  close(opened);
  data_length = (size_t)snprintf(data, sizeof data, "%s/", data_path);
  // The jobs are not meant.
  unsetenv("LD_PRELOAD");
  unsetenv("CHAOS_CONTROL");
  unsetenv("CHAOS_UNDO");
  unsetenv("CHAOS_DATA");
}

// The path of a file of the store; 0 for anything else. The index of SQLite's log is made anew after a loss of power.
static int stored(int fd, char *path, size_t size) {
  if (undo < 0 || fd == undo) return 0;
  char link[32];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, size - 1);
  if (length <= 0 || (size_t)length < data_length || strncmp(path, data, data_length - 1) != 0) return 0;
  path[length] = 0;
  return !(length > 4 && strcmp(path + length - 4, "-shm") == 0);
}

static void note(int kind, const char *path, int64_t offset, int64_t length, const void *bytes, int64_t replaced, int64_t size) {
  struct entry entry = {kind, (int32_t)strlen(path), offset, length, replaced, size};
  struct iovec parts[3] = {{&entry, sizeof entry}, {(void *)path, (size_t)entry.path_length}, {(void *)bytes, (size_t)replaced}};
  if (writev(undo, parts, 3) < 0) { perror("chaos: undo"); _exit(99); }
}

// Keeps what is about to be overwritten.
static void note_write(int fd, const char *path, size_t length, off_t offset) {
  struct stat file;
  if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode)) return;
  if ((fcntl(fd, F_GETFL) & O_DSYNC) != 0) return;
  char *old = malloc(length ? length : 1);
  ssize_t got = pread64(fd, old, length, offset);
  // Opened for writing only: read by its name.
  if (got < 0) {
    int other = open(path, O_RDONLY | O_CLOEXEC);
    got = other < 0 ? 0 : pread64(other, old, length, offset);
    if (other >= 0) close(other);
  }
  note('W', path, offset, (int64_t)length, old, got < 0 ? 0 : got, file.st_size);
  free(old);
}

static void tear(int fd, const void *bytes, size_t length, off_t offset) {
  control->torn_write = 0;
  real_pwrite(fd, bytes, length / 2, offset);
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t offset) {
  char path[4096];
  if (!real_pwrite) find_real();
  if (!stored(fd, path, sizeof path)) return real_pwrite(fd, bytes, length, offset);
  pthread_mutex_lock(&gate);
  note_write(fd, path, length, offset);
  if (control->torn_write && length > 1) tear(fd, bytes, length, offset);
  ssize_t written = real_pwrite(fd, bytes, length, offset);
  int error = errno;
  pthread_mutex_unlock(&gate);
  errno = error;
  return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return pwrite64(fd, bytes, length, offset); }

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t offset) {
  char path[4096];
  if (!real_pwritev) find_real();
  if (!stored(fd, path, sizeof path)) return real_pwritev(fd, parts, count, offset);
  ssize_t total = 0;
  for (int i = 0; i < count; i++) {
    ssize_t written = pwrite64(fd, parts[i].iov_base, parts[i].iov_len, offset + total);
    if (written < 0) return total ? total : written;
    total += written;
    if ((size_t)written < parts[i].iov_len) break;
  }
  return total;
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) { return pwritev64(fd, parts, count, offset); }

ssize_t write(int fd, const void *bytes, size_t length) {
  char path[4096];
  if (!real_write) find_real();
  if (fd <= 2 || !stored(fd, path, sizeof path)) return real_write(fd, bytes, length);
  pthread_mutex_lock(&gate);
  off_t offset = (fcntl(fd, F_GETFL) & O_APPEND) ? lseek(fd, 0, SEEK_END) : lseek(fd, 0, SEEK_CUR);
  if (offset >= 0) {
    note_write(fd, path, length, offset);
    if (control->torn_write && length > 1) tear(fd, bytes, length, offset);
  }
  ssize_t written = real_write(fd, bytes, length);
  int error = errno;
  pthread_mutex_unlock(&gate);
  errno = error;
  return written;
}

static int set_size(int fd, off_t size) {
  char path[4096];
  if (!real_ftruncate) find_real();
  if (!stored(fd, path, sizeof path)) return real_ftruncate(fd, size);
  pthread_mutex_lock(&gate);
  int result = real_ftruncate(fd, size);
  int error = errno;
  note('T', path, 0, 0, "", 0, size);
  pthread_mutex_unlock(&gate);
  errno = error;
  return result;
}

int ftruncate64(int fd, off_t size) { return set_size(fd, size); }

int ftruncate(int fd, off_t size) { return set_size(fd, size); }

static int sync_with(int (*real)(int), int fd) {
  char path[4096];
  if (!stored(fd, path, sizeof path)) return real(fd);
  int delay_ms = control->sync_delay_ms;
  if (delay_ms > 0) {
    struct timespec delay = {delay_ms / 1000, (delay_ms % 1000) * 1000000L};
    nanosleep(&delay, NULL);
  }
  if (control->failing_syncs > 0) {
    __sync_fetch_and_sub(&control->failing_syncs, 1);
    errno = EIO;
    return -1;
  }
  if (control->lying) return 0;
  int64_t number = __sync_add_and_fetch(&syncs, 1);
  pthread_mutex_lock(&gate);
  note('B', path, number, 0, "", 0, 0);
  pthread_mutex_unlock(&gate);
  int result = real(fd);
  int error = errno;
  if (result == 0) {
    pthread_mutex_lock(&gate);
    note('E', path, number, 0, "", 0, 0);
    pthread_mutex_unlock(&gate);
  }
  errno = error;
  return result;
}

int fsync(int fd) {
  if (!real_fsync) find_real();
  return sync_with(real_fsync, fd);
}

int fdatasync(int fd) {
  if (!real_fdatasync) find_real();
  return sync_with(real_fdatasync, fd);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  if (!real_clock_gettime) find_real();
  int result = real_clock_gettime(clock, time);
  int64_t offset = control ? control->clock_offset_ns : 0;
  if (result == 0 && offset != 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    int64_t ns = (int64_t)time->tv_sec * 1000000000 + time->tv_nsec + offset;
    time->tv_sec = ns / 1000000000;
    time->tv_nsec = ns % 1000000000;
  }
  return result;
}

int gettimeofday(struct timeval *time, void *zone) {
  if (!real_gettimeofday) find_real();
  int result = real_gettimeofday(time, zone);
  int64_t offset = control ? control->clock_offset_ns : 0;
  if (result == 0 && offset != 0) {
    int64_t us = (int64_t)time->tv_sec * 1000000 + time->tv_usec + offset / 1000;
    time->tv_sec = us / 1000000;
    time->tv_usec = us % 1000000;
  }
  return result;
}

// .NET looks functions up in the C library itself, past what was loaded before it.
void *dlsym(void *library, const char *name) {
  static const struct {
    const char *name;
    void *function;
  } ours[] = {
      {"fsync", fsync},
      {"fdatasync", fdatasync},
      {"pwrite", pwrite},
      {"pwrite64", pwrite64},
      {"pwritev", pwritev},
      {"pwritev64", pwritev64},
      {"write", write},
      {"ftruncate", ftruncate},
      {"ftruncate64", ftruncate64},
      {"clock_gettime", clock_gettime},
      {"gettimeofday", gettimeofday},
  };
  if (!real_dlsym) find_real();
  for (size_t i = 0; library != RTLD_NEXT && i < sizeof ours / sizeof *ours; i++) {
    if (strcmp(ours[i].name, name) == 0) return ours[i].function;
  }
  return real_dlsym(library, name);
}
