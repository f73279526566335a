#include <sys/mman.h>
#include <unistd.h>

#include <bit>
#include <cmath>
#include <functional>

#include "base/assert.h"
#include "base/encoding.h"
#include "kit/csv_reader.h"
#include "kit/json_reader.h"
#include "targets.h"

namespace penstock::fuzz {

namespace {

// A file in memory that has a path.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes) : descriptor_(::memfd_create("fuzz", 0)) {
    PENSTOCK_ASSERT(descriptor_ >= 0 &&
                    ::write(descriptor_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

struct Work {
  SystemDisk disk;
  SystemClock clock;
  SystemRandom random;
  SystemNetwork network;
  Terminal terminal;
  kit::Session session{disk, clock, random, network, terminal};
};

// What was read: of each column its name, type and values as texts.
struct Content {
  std::string failure;
  size_t rows = 0;
  std::vector<std::string> columns;
  friend bool operator==(const Content&, const Content&) = default;
};

void append_value(const explore::Column& column, size_t row, std::string& out) {
  if (column.type == explore::ColumnType::String) {
    const bool here = column.present.empty() || column.present[row] != 0;
    if (here) PENSTOCK_ASSERT(is_valid_utf8(column.strings[row]));
    out.append(here ? column.strings[row] : "\xff").append("\n");
  } else {
    const double value = column.type == explore::ColumnType::Unknown ? std::nan("") : column.numbers[row];
    out += std::isnan(value) ? "\xff\n" : std::to_string(std::bit_cast<uint64_t>(value)) + "\n";
  }
}

Content read_all(kit::Session& session, kit::Reader& reader) {
  Content content;
  std::vector<explore::ColumnType> types;
  const auto begin = [&] { content = {}, types.clear(); };
  const auto read = kit::stream(session, reader, begin, [&](const kit::Table& batch) -> Outcome<void> {
    content.columns.resize(batch.columns.size());
    types.resize(batch.columns.size());
    for (size_t i = 0; i < batch.columns.size(); ++i) {
      PENSTOCK_ASSERT(batch.columns[i].rows == batch.rows);
      types[i] = batch.columns[i].type;
      for (size_t row = 0; row < batch.rows; ++row) append_value(batch.columns[i], row, content.columns[i]);
    }
    content.rows += batch.rows;
    return {};
  });
  if (!read) {
    PENSTOCK_ASSERT(!read.error().message.empty() && read.error().code != "TypesChanged");
    return Content{read.error().code, 0, {}};
  }
  for (size_t i = 0; i < types.size(); ++i) content.columns[i] += std::to_string(static_cast<int>(types[i]));
  return content;
}

kit::SourceFile source_of(const MemoryFile& file, std::string_view bytes, const char* format) {
  kit::SourceFile source;
  source.path = file.path();
  source.shown = "file";
  source.format = format;
  source.bytes = bytes.size();
  return source;
}

// However a file is cut into batches, it says the same. `open` makes its reader.
void read_in_batches(std::string_view bytes, const char* format,
                     const std::function<Outcome<std::unique_ptr<kit::Reader>>(
                         kit::Session&, std::vector<kit::SourceFile>, const kit::ReadOptions&)>& open) {
  Work work;
  const MemoryFile file(bytes);
  Content first;
  for (const size_t batch_bytes : {size_t{4} << 20, size_t{64}}) {
    kit::ReadOptions options;
    options.batch_bytes = batch_bytes;
    auto reader = open(work.session, {source_of(file, bytes, format)}, options);
    Content content = reader ? read_all(work.session, **reader) : Content{reader.error().code, 0, {}};
    if (batch_bytes == 64)
      PENSTOCK_ASSERT(content == first);
    else
      first = std::move(content);
  }
}

}  // namespace

void csv(std::string_view bytes) {
  read_in_batches(bytes, "csv", kit::open_csv_reader);
}

// JSON lines, or an array of objects.
void json_lines(std::string_view bytes) {
  read_in_batches(bytes, "json", kit::open_json_reader);
}

}  // namespace penstock::fuzz
