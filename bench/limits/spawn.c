// The kernel's own limit: runs /bin/true with its output captured through pipes, posix_spawn from a few threads, and prints the seconds.
// usage: spawn COUNT [THREADS]
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "run-true.h"

static atomic_long left;

static void *work(void *unused) {
  while (atomic_fetch_sub(&left, 1) > 0) {
    run_true();
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
