// One run of /bin/true with its output captured through pipes, as the programs beside this file measure it.
#pragma once
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

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

static void run_true(void) {
  char *argv[] = {"/bin/true", NULL};
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
