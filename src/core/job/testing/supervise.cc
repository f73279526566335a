// The supervisor as a program of its own, for tests that need no server: `penstock supervise JOBDIR` is the real one.
#include "core/job/supervisor.h"

int main(int count, char** arguments) {
  return count == 2 ? penstock::job::supervise(arguments[1]) : 64;
}
