#include "base/process.h"

#include <gtest/gtest.h>

#include <csignal>

#include "base/network.h"

namespace penstock {
namespace {

TEST(Process, ReadsLinesAndTheExitStatus) {
  SystemProcess process;
  auto child = process.start({"sh", "-c", "echo one; echo two; exit 3"}, true);
  ASSERT_TRUE(child.ok());
  EXPECT_EQ(*(*child)->read_line(), "one");
  EXPECT_EQ(*(*child)->read_line(), "two");
  EXPECT_FALSE((*child)->read_line().ok());
  EXPECT_EQ((*child)->wait(), 3);
  EXPECT_EQ((*child)->wait(), 3);
}

TEST(Process, TellsASignalAsTheShellDoes) {
  SystemProcess process;
  auto child = process.start({"sleep", "600"}, false);
  ASSERT_TRUE(child.ok());
  (*child)->signal(SIGKILL);
  EXPECT_EQ((*child)->wait(), 128 + SIGKILL);
}

TEST(Process, NamesAProgramThatIsNotThere) {
  SystemProcess process;
  auto child = process.start({"no-such-program-anywhere"}, true);
  ASSERT_FALSE(child.ok());
  EXPECT_EQ(child.error().message, "no-such-program-anywhere: No such file or directory");
}

TEST(Network, NamesThePeerThatRefuses) {
  SystemNetwork network;
  auto connection = network.connect("127.0.0.1", 1);
  ASSERT_FALSE(connection.ok());
  EXPECT_EQ(connection.error().message, "127.0.0.1:1: Connection refused");
}

}  // namespace
}  // namespace penstock
