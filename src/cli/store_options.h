// What the commands on a store share: the data directory they look at.
#pragma once

#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace penstock::cli {

// Declares --data; the value is there once the command line was read: the option, $PENSTOCK_DATA, or the default
// folder.
std::shared_ptr<const std::string> declare_data_option(CLI::App& app);

}  // namespace penstock::cli
