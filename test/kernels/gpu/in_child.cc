#include "test/kernels/gpu/in_child.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

namespace gridstride::test {

namespace {

[[noreturn]] void run_and_exit(const std::function<std::string()>& body, int to) {
  const std::string text = body();
  std::fflush(stdout);
  size_t written = 0;
  while (written < text.size()) {
    const ssize_t bytes = write(to, text.data() + written, text.size() - written);
    if (bytes <= 0) _exit(1);
    written += static_cast<size_t>(bytes);
  }
  _exit(0);
}

}  // namespace

ChildResult run_in_child(const std::function<std::string()>& body, unsigned seconds) {
  int ends[2];
  std::fflush(stdout);
  if (pipe(ends) != 0) return {{}, "no pipe"};
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    alarm(seconds);
    run_and_exit(body, ends[1]);
  }
  close(ends[1]);
  ChildResult result;
  if (child < 0) result.failure = "no process";
  char block[4096];
  for (ssize_t bytes; (bytes = read(ends[0], block, sizeof block)) > 0;)
    result.text.append(block, static_cast<size_t>(bytes));
  close(ends[0]);
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) < 0) return result;
  if (WIFSIGNALED(status)) result.failure = strsignal(WTERMSIG(status));
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
    result.failure = "exit code " + std::to_string(WEXITSTATUS(status));
  return result;
}

}  // namespace gridstride::test
