#include "kit/source.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <filesystem>

#include "aws/client/client.h"
#include "base/encoding.h"
#include "kit/temporary.h"

namespace penstock::kit {

namespace {

namespace fs = std::filesystem;

constexpr uint64_t piece_bytes = uint64_t{16} << 20;  // of an object, fetched at once

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool has_wildcard(std::string_view text) {
  return text.find_first_of("*?[") != std::string_view::npos;
}

bool is_hidden(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.starts_with('.') || name.starts_with('_');
}

struct Ending {
  std::string_view text;
  std::string_view format;
};
constexpr Ending endings[] = {{".csv", "csv"},   {".tsv", "csv"},    {".tab", "csv"},         {".txt", "csv"},
                              {".data", "csv"},  {".dat", "csv"},    {".parquet", "parquet"}, {".pq", "parquet"},
                              {".json", "json"}, {".jsonl", "json"}, {".ndjson", "json"}};

// The format that a name says; "csv" when it has no extension; nothing for a name like README.md.
std::string_view format_of(std::string_view name) {
  for (const Ending& ending : endings) {
    if (name.ends_with(ending.text)) return ending.format;
  }
  const std::string_view last = name.substr(name.rfind('/') + 1);
  const auto dot = last.rfind('.');
  // "part-0.2024-01-31" has no extension.
  const bool extension = dot != std::string_view::npos && std::ranges::any_of(last.substr(dot + 1), is_letter);
  return extension ? "" : "csv";
}

// Fills format and compression from the name: "part-0.csv.gz" is gzip over CSV. Whether the name says a format.
bool read_name(SourceFile& file, const std::string& format) {
  std::string name = to_lower(file.shown);
  const auto ends = [&](std::string_view end) { return std::string_view(name).ends_with(end); };
  if (ends(".gz")) file.compression = "gzip";
  if (ends(".zst") || ends(".zstd")) file.compression = "zstd";
  if (ends(".bz2")) file.compression = "bz2";
  if (ends(".xz")) file.compression = "xz";
  if (!file.compression.empty()) name.erase(name.rfind('.'));
  file.tabs = ends(".tsv") || ends(".tab");
  const std::string_view said = format_of(name);
  file.format = !format.empty() ? format : said.empty() ? "csv" : std::string(said);
  return !format.empty() || !said.empty();
}

Error no_data(const std::string& location, std::string_view why) {
  return Error{"NoData", fmt::format("{}: {}", location, why)};
}

// Every path that a glob of the last path component, or a plain path, stands for.
Outcome<std::vector<fs::path>> local_paths(const std::string& location) {
  if (location == "-")
    return no_data(location, "standard input is not read: data is read from files, some of it twice");
  std::vector<fs::path> found;
  const fs::path path(location);
  std::error_code error;
  if (!fs::exists(path, error) && has_wildcard(location)) {
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path();
    if (has_wildcard(folder.string())) {
      return no_data(location, "wildcards are understood in the last part of a path only");
    }
    const std::string pattern = path.filename().string();
    for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder, error)) {
      const std::string name = entry.path().filename().string();
      if (::fnmatch(pattern.c_str(), name.c_str(), FNM_PERIOD) == 0) found.push_back(folder / name);
    }
    if (found.empty()) return no_data(location, "no file has such a name");
  } else if (fs::is_directory(path, error)) {
    for (auto entry = fs::recursive_directory_iterator(path, error); entry != fs::recursive_directory_iterator();
         entry.increment(error)) {
      if (is_hidden(entry->path())) {
        if (entry->is_directory(error)) entry.disable_recursion_pending();
      } else if (entry->is_regular_file(error)) {
        found.push_back(entry->path());
      }
    }
    if (found.empty()) return no_data(location, "the folder has no files");
  } else if (fs::exists(path, error)) {
    found.push_back(path);
  } else {
    return no_data(location, "no such file or folder");
  }
  std::sort(found.begin(), found.end());
  return found;
}

// Whether an object belongs to what was asked for: the object itself, one under it as a folder, or one of the glob.
bool is_wanted(const std::string& wanted, const std::string& key) {
  if (has_wildcard(wanted)) return ::fnmatch(wanted.c_str(), key.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0;
  if (key == wanted) return !key.empty() && key.back() != '/';
  const std::string folder = wanted.empty() || wanted.back() == '/' ? wanted : wanted + "/";
  return key.starts_with(folder) && key.back() != '/' && !is_hidden(fs::path(key));
}

// Files of a folder whose names say no format, README.md and the like: they are no part of a data set.
class LeftOut {
 public:
  void add(const std::string& path) {
    if (count_++ == 0) first_ = path;
  }
  // A line for the person; an error when nothing else is there.
  Outcome<void> tell(Session& session, const std::string& location, bool nothing_else) const {
    if (count_ == 0) return {};
    const std::string others = count_ > 1 ? fmt::format(" and {} more", count_ - 1) : "";
    if (nothing_else) {
      return no_data(location,
                     fmt::format("no file is named as data ({}{}): --format says what they are", first_, others));
    }
    session.terminal.error(
        fmt::format("penstock-kit: left out, not named as data: {}{} (--format reads all)", first_, others));
    return {};
  }

 private:
  size_t count_ = 0;
  std::string first_;
};

// Copies an object piece by piece into a file that has no name any more when this returns.
Outcome<void> copy_object(Session& session, aws::Client& client, const std::string& bucket,
                          const aws::Client::Listed& object, SourceFile& file) {
  const TemporaryFolder folder(session.disk);
  const std::string path = fmt::format("{}/object", folder.path());
  if (auto made = session.disk.make_folders(folder.path()); !made) return made;
  auto copy = session.disk.open(path, Disk::Mode::create_exclusive, 0600);
  if (!copy) return copy.error();
  for (uint64_t at = 0; at < object.size;) {
    auto piece = client.get_range(bucket, object.key, at, std::min(piece_bytes, object.size - at));
    if (!piece) return piece.error();
    if (piece->empty()) return Error{"NetworkError", fmt::format("{} ended early", file.shown)};
    if (auto written = (*copy)->append(*piece); !written) return written;
    at += piece->size();
  }
  file.held = *std::move(copy);
  file.path = fmt::format("/proc/self/fd/{}", file.held->descriptor());
  return {};
}

Outcome<std::vector<SourceFile>> fetch_objects(Session& session, const std::string& location,
                                               const std::string& format) {
  const std::string_view rest = std::string_view(location).substr(5);
  const std::string bucket(rest.substr(0, rest.find('/')));
  const std::string wanted(bucket.size() == rest.size() ? "" : rest.substr(bucket.size() + 1));
  if (bucket.empty()) return no_data(location, "no bucket is named (s3://BUCKET/KEY)");
  auto options = aws::read_client_options(session.disk);
  if (!options) return options.error();
  if (options->endpoint.starts_with("https:")) {
    return no_data(location,
                   fmt::format("the endpoint {} needs TLS, which this client does not speak: copy the data first, or "
                               "run where the objects are files (a job's input channel)",
                               options->endpoint));
  }
  aws::Client client(session.network, session.clock, *std::move(options));
  auto objects = client.list_objects(bucket, wanted.substr(0, wanted.find_first_of("*?[")));
  if (!objects) return Error{objects.error().code, fmt::format("{}: {}", location, objects.error().message), 400, {}};
  std::vector<SourceFile> files;
  LeftOut left_out;
  const bool exact = std::ranges::any_of(*objects, [&](const auto& object) { return object.key == wanted; });
  for (const aws::Client::Listed& object : *objects) {
    if (exact ? object.key != wanted : !is_wanted(wanted, object.key) || object.size == 0) continue;
    SourceFile file;
    file.shown = fmt::format("s3://{}/{}", bucket, object.key);
    file.bytes = object.size;
    if (!read_name(file, format) && !exact && !has_wildcard(wanted)) {
      left_out.add(file.shown);
      continue;
    }
    if (auto copied = copy_object(session, client, bucket, object, file); !copied) return copied.error();
    files.push_back(std::move(file));
  }
  if (auto told = left_out.tell(session, location, files.empty()); !told) return told.error();
  if (files.empty()) return no_data(location, "no object of that name, and none under it");
  return files;
}

}  // namespace

Outcome<std::vector<SourceFile>> find_files(Session& session, const std::string& location, const std::string& format) {
  if (location.starts_with("s3://")) return fetch_objects(session, location, format);
  auto paths = local_paths(location);
  if (!paths) return paths.error();
  std::vector<SourceFile> files;
  LeftOut left_out;
  std::error_code error;
  const bool folder = fs::is_directory(location, error);
  for (const fs::path& path : *paths) {
    SourceFile file;
    file.path = file.shown = path.string();
    if (!fs::is_regular_file(path, error)) {
      return no_data(file.shown,
                     "this is no file: data is read from files, some of it twice (a pipe would have to be "
                     "written to one)");
    }
    file.bytes = fs::file_size(path, error);
    if (error) return no_data(location, error.message());
    if (!read_name(file, format) && folder) {
      left_out.add(file.shown);
    } else if (file.bytes > 0 || paths->size() == 1) {
      files.push_back(std::move(file));
    }
  }
  if (auto told = left_out.tell(session, location, files.empty()); !told) return told.error();
  if (files.empty()) return no_data(location, "every file is empty");
  return files;
}

}  // namespace penstock::kit
