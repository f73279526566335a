// Instance types: how much of a machine a job may use.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace penstock::job {

struct Instance {
  int cores = 0;  // virtual CPUs
  int64_t memory_bytes = 0;
};

// "ml.m5.xlarge": 4 cores, 16 GiB. By family and size, as Amazon EC2's instance pages list them; nothing when unknown.
std::optional<Instance> find_instance(std::string_view type);

// The interface that the hosts of a job reach each other by: "eth0", as on SageMaker, where the machine has it, else
// "lo".
std::string network_interface();

// Memory of this machine in bytes, 0 when unknown.
int64_t machine_memory_bytes();

}  // namespace penstock::job
