#include "base/available_memory.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace penstock {
namespace {

TEST(AvailableMemory, IsWhatTheLeastBoundLeaves) {
  SystemDisk disk;
  const auto all = available_memory(disk);
  ASSERT_TRUE(all.has_value());
  EXPECT_GT(*all, uint64_t{1} << 20);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_DATA, &before), 0);
  const rlimit little = {.rlim_cur = uint64_t{1} << 20, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_DATA, &little), 0);
  const auto left = available_memory(disk);
  ASSERT_EQ(::setrlimit(RLIMIT_DATA, &before), 0);
  ASSERT_TRUE(left.has_value());
  EXPECT_LT(*left, uint64_t{1} << 20);
}

}  // namespace
}  // namespace penstock
