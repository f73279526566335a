#include "core/pipeline/definition_digest.h"

#include <gtest/gtest.h>

namespace penstock::pipeline {
namespace {

TEST(DefinitionDigest, NeitherLayoutNorOrderCounts) {
  const std::string digest = definition_digest(R"({"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}})");
  EXPECT_EQ(definition_digest("{ \"States\": {\"A\": {\"End\": true,\n \"Type\": \"Pass\"}}, \"StartAt\": \"A\" }"),
            digest);
  // printf '{"StartAt":"A","States":{"A":{"End":true,"Type":"Pass"}}}' | sha256sum
  EXPECT_EQ(digest, "sha256:593fc9b65b6db7a704bef6feb8b3fd819c16698afa3dcf50dcf2536592e5a7f3");
}

TEST(DefinitionDigest, WhatRunsOtherwiseDiffers) {
  const std::string digest = definition_digest(R"({"States":{"A":{"Result":[1,2]}}})");
  EXPECT_NE(definition_digest(R"({"States":{"A":{"Result":[2,1]}}})"), digest);
  EXPECT_NE(definition_digest(R"({"States":{"A":{"Result":[1,2.0]}}})"), digest);
}

}  // namespace
}  // namespace penstock::pipeline
