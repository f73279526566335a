// Where the items of a map run come from and where its results go; implemented by aws/integration over S3.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/outcome.h"

namespace penstock::execution {

// Items one by one, so that a run over millions of them keeps only a few in memory. One thread at a time.
class ItemSource {
 public:
  virtual ~ItemSource() = default;
  // The next item; nothing at the end. Errors have the code that the map run fails with ("States.ItemReaderFailed").
  virtual Outcome<std::optional<Json>> next() = 0;
  // Whether the items are the members of an object, as pipeline::items_of gives them.
  virtual bool pairs() const { return false; }
  // Where the items are from, as the context object's Map.Item.Source tells it.
  virtual std::string name() const { return "STATE_DATA"; }
};

// The result files of one map run.
class ResultSink {
 public:
  virtual ~ResultSink() = default;
  // Adds to the file of that kind ("SUCCEEDED", "FAILED", "PENDING"). Errors: States.ResultWriterFailed.
  virtual Outcome<void> append(std::string_view kind, std::string_view text) = 0;
  // Writes the files and the manifest, which tells of `map_run_arn`; gives the state's ResultWriterDetails.
  virtual Outcome<Json> finish(const std::string& map_run_arn) = 0;
};

}  // namespace penstock::execution
