// The kernel's own limit: runs /bin/true with its output captured through pipes, posix_spawn from a few threads, and prints the seconds.
// usage: spawn COUNT [THREADS]
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
static atomic_long left;

static void check(int failed, const char *what) {
  if (failed) {
    perror(what);
    exit(1);
  }
}

static void drain(int fd) {
  char buffer[4096];
  while (read(fd, buffer, sizeof buffer) > 0) {
  }
  close(fd);
}

static void *work(void *unused) {
  char *argv[] = {"/bin/true", NULL};
  while (atomic_fetch_sub(&left, 1) > 0) {
    int out[2], err[2], status;
    check(pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC), "pipe2");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, err[1], 2);
    pid_t pid;
    check(posix_spawn(&pid, argv[0], &actions, NULL, argv, environ), "posix_spawn");
    posix_spawn_file_actions_destroy(&actions);
    close(out[1]);
    close(err[1]);
    drain(out[0]);
    drain(err[0]);
    check(waitpid(pid, &status, 0) != pid || status != 0, "waitpid");
  }
  return unused;
}

int main(int argc, char **argv) {
  atomic_store(&left, argc > 1 ? atol(argv[1]) : 1000);
  int threads = argc > 2 ? atoi(argv[2]) : 4;
  struct timespec from, to;
  clock_gettime(CLOCK_MONOTONIC, &from);
  pthread_t thread[64];
  for (int i = 0; i < threads && i < 64; i++) {
    check(pthread_create(&thread[i], NULL, work, NULL), "pthread_create");
  }
  for (int i = 0; i < threads && i < 64; i++) {
    pthread_join(thread[i], NULL);
  }
  clock_gettime(CLOCK_MONOTONIC, &to);
  printf("%.4f\n", to.tv_sec - from.tv_sec + (to.tv_nsec - from.tv_nsec) / 1e9);
  return 0;
}
