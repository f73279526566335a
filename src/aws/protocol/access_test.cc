// How generic code reaches members of generated structs.
#include "aws/protocol/access.h"

#include <gtest/gtest.h>

#include <deque>

namespace penstock::aws {
namespace {

TEST(AccessTest, OptionalIsAbsentUntilMade) {
  std::optional<std::string> slot;
  const Access& access = access_of<std::optional<std::string>>;
  EXPECT_EQ(access.get(&slot), nullptr);
  *static_cast<std::string*>(access.make(&slot)) = "x";
  EXPECT_EQ(slot, "x");
  EXPECT_EQ(access.get(&slot), &*slot);
}

TEST(AccessTest, PlainIsAlwaysThere) {
  int64_t slot = 7;
  EXPECT_EQ(access_of<int64_t>.get(&slot), &slot);
  EXPECT_EQ(access_of<int64_t>.make(&slot), &slot);
}

TEST(AccessTest, BoxCopiesItsValue) {
  Box<std::string> box;
  EXPECT_EQ(access_of<Box<std::string>>.get(&box), nullptr);
  *static_cast<std::string*>(access_of<Box<std::string>>.make(&box)) = "x";
  Box<std::string> copy = box;
  *box = "y";
  EXPECT_EQ(*copy, "x");
}

TEST(AccessTest, ListsAndMapsKeepTheirOrder) {
  std::deque<bool> list;
  *static_cast<bool*>(list_access_of<std::deque<bool>>.append(&list)) = true;
  EXPECT_EQ(list_access_of<std::deque<bool>>.size(&list), 1U);
  Map<int64_t> map;
  *static_cast<int64_t*>(map_access_of<int64_t>.append(&map, "b")) = 1;
  *static_cast<int64_t*>(map_access_of<int64_t>.append(&map, "a")) = 2;
  EXPECT_EQ(map_access_of<int64_t>.key(&map, 0), "b");
  EXPECT_EQ(*map.find("a"), 2);
  EXPECT_EQ(map.find("c"), nullptr);
}

}  // namespace
}  // namespace penstock::aws
