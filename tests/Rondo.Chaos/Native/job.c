// A job of the chaos program: notes in a file that it began, works for a while, notes that it ended, and prints a result that no other
// attempt can print.   job LOG NONCE MILLISECONDS EXITCODE
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static const char *setting(const char *name) {
  const char *value = getenv(name);
  return value && *value ? value : "?";
}

static int note(int log, char what, const char *nonce, uint64_t mine) {
  struct timespec now;
  char line[512];
  clock_gettime(CLOCK_MONOTONIC, &now);
  int length = snprintf(line, sizeof line, "%c %s %s %s %s %016" PRIx64 " %" PRId64 " %d\n", what, nonce, setting("RONDO_JOB_ID"),
                        setting("RONDO_ATTEMPT"), setting("RONDO_EXECUTOR"), mine, (int64_t)now.tv_sec * 1000000000 + now.tv_nsec, (int)getpid());
  return write(log, line, (size_t)length) == length;
}

int main(int count, char **words) {
  if (count != 5) return 90;
  uint64_t mine;
  int log = open(words[1], O_WRONLY | O_APPEND | O_CREAT, 0666);
  if (log < 0 || getrandom(&mine, sizeof mine, 0) != sizeof mine || !note(log, 'S', words[2], mine)) return 91;
  usleep((useconds_t)atoi(words[3]) * 1000);
  if (!note(log, 'E', words[2], mine)) return 92;
  printf("%s %s %s %016" PRIx64 "\n", words[2], setting("RONDO_JOB_ID"), setting("RONDO_ATTEMPT"), mine);
  return atoi(words[4]);
}
