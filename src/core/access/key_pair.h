// KeyPair: what a caller signs with.
#pragma once

#include <string>

namespace penstock::access {

struct KeyPair {
  std::string access_key;
  std::string secret;
};

}  // namespace penstock::access
