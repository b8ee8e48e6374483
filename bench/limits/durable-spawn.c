// What no executor that keeps its promises gets round: as spawn.c, in as many processes as a ring has, and the end of each command is on stable
// storage before it is told, together with the start of the next one: one append and one fdatasync for both, one line over TCP to a
// client that waits for all of them. No scheduling, no ring, no parsing. Prints the seconds.
// usage: durable-spawn COUNT DIRECTORY [PROCESSES] [THREADS]
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "run-true.h"

#define JOURNAL_BYTES (16 << 20)
#define RECORD_BYTES 104

static atomic_long left;
static int journal, client;
static off_t end;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void commit(void) {
  char record[RECORD_BYTES] = {1};
  pthread_mutex_lock(&gate);
  off_t at = end;
  end += RECORD_BYTES;
  check(end > JOURNAL_BYTES, "too many records");
  check(pwrite(journal, record, RECORD_BYTES, at) != RECORD_BYTES, "pwrite");
  pthread_mutex_unlock(&gate);
  check(fdatasync(journal), "fdatasync");
}

static void *work(void *unused) {
  static const char line[] = "{\"id\":\"abcd-1234\",\"state\":\"succeeded\",\"exitCode\":0}\n";
  while (atomic_fetch_sub(&left, 1) > 0) {
    run_true();
    commit();
    check(write(client, line, sizeof line - 1) != sizeof line - 1, "write");
  }
  return unused;
}

static void executor(const char *directory, int number, long jobs, int threads, struct sockaddr_in *address) {
  char path[4096];
  snprintf(path, sizeof path, "%s/journal-%d", directory, number);
  journal = open(path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
  check(journal < 0, path);
  unlink(path);
  char *zeros = calloc(1, JOURNAL_BYTES);
  check(pwrite(journal, zeros, JOURNAL_BYTES, 0) != JOURNAL_BYTES || fsync(journal), "journal");
  free(zeros);
  client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  check(client < 0 || connect(client, (struct sockaddr *)address, sizeof *address), "connect");
  atomic_store(&left, jobs);
  char go;
  check(read(client, &go, 1) != 1, "read");
  pthread_t thread[64];
  for (int i = 0; i < threads && i < 64; i++) {
    check(pthread_create(&thread[i], NULL, work, NULL), "pthread_create");
  }
  for (int i = 0; i < threads && i < 64; i++) {
    pthread_join(thread[i], NULL);
  }
  exit(0);
}

static void *count(void *socket) {
  char buffer[65536];
  ssize_t got;
  long lines = 0;
  while ((got = read((int)(long)socket, buffer, sizeof buffer)) > 0) {
    for (ssize_t i = 0; i < got; i++) {
      lines += buffer[i] == '\n';
    }
  }
  return (void *)lines;
}

int main(int argc, char **argv) {
  check(argc < 3, "usage: durable-spawn COUNT DIRECTORY [PROCESSES] [THREADS]");
  long jobs = atol(argv[1]);
  int processes = argc > 3 ? atoi(argv[3]) : 4, threads = argc > 4 ? atoi(argv[4]) : 2;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  check(server < 0 || bind(server, (struct sockaddr *)&address, size) || listen(server, processes), "listen");
  check(getsockname(server, (struct sockaddr *)&address, &size), "getsockname");
  pthread_t reader[64];
  int sockets[64];
  for (int i = 0; i < processes && i < 64; i++) {
    if (fork() == 0) {
      executor(argv[2], i, jobs / processes + (i < jobs % processes), threads, &address);
    }
    sockets[i] = accept(server, NULL, NULL);
    check(sockets[i] < 0, "accept");
  }
  struct timespec from, to;
  clock_gettime(CLOCK_MONOTONIC, &from);
  for (int i = 0; i < processes && i < 64; i++) {
    check(write(sockets[i], "g", 1) != 1, "write");
    check(pthread_create(&reader[i], NULL, count, (void *)(long)sockets[i]), "pthread_create");
  }
  long told = 0;
  for (int i = 0; i < processes && i < 64; i++) {
    void *lines;
    pthread_join(reader[i], &lines);
    told += (long)lines;
  }
  clock_gettime(CLOCK_MONOTONIC, &to);
  check(told != jobs, "not every end was told");
  printf("%.4f\n", to.tv_sec - from.tv_sec + (to.tv_nsec - from.tv_nsec) / 1e9);
  return 0;
}
